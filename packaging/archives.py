#!/usr/bin/env python3
"""The files of a release: `packaging/archives.py BUILT OUT`.

BUILT holds a folder for each of PROGRAMS, with the program in it, and `page`, the folder that `make site` built. OUT gets an archive of
each, with all that must travel along (papers.py), and SHA256SUMS. What is missing in BUILT, or what should not be there, is refused.
"""

import hashlib
import os
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

import papers

# Name in the release: target, features of the trainer, program.
PROGRAMS = {
    "linux-x86_64": ("x86_64-unknown-linux-gnu", "", "trainer"),
    "linux-x86_64-cuda": ("x86_64-unknown-linux-gnu", "vulkan,cuda", "trainer"),
    "linux-aarch64": ("aarch64-unknown-linux-gnu", "", "trainer"),
    "macos-arm64": ("aarch64-apple-darwin", "", "trainer"),
    "windows-x86_64": ("x86_64-pc-windows-msvc", "", "trainer.exe"),
}
PAGE = "page"


def version():
    return tomllib.loads((papers.TOP / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def lay_out(name, built, folder):
    """Fills the folder that becomes the archive `name`."""
    if name == PAGE:
        shutil.copytree(built / PAGE, folder)
        papers.write(folder, "web", "wasm32-unknown-unknown", "worker")
        return
    target, features, program = PROGRAMS[name]
    folder.mkdir()
    shutil.copyfile(built / name / program, folder / program)
    # Lost on the way through the workflow's store.
    (folder / program).chmod(0o755)
    papers.write(folder, "trainer", target, features)


def check(built):
    """Every program and the page are there, and nothing else."""
    wanted = {f"{name}/{program}" for name, (_, _, program) in PROGRAMS.items()} | {f"{PAGE}/index.html"}
    missing = sorted(one for one in wanted if not (built / one).is_file())
    unknown = sorted(one.name for one in built.iterdir() if one.name not in {*PROGRAMS, PAGE})
    if missing or unknown:
        sys.exit(f"archives.py: {built}: missing: {', '.join(missing) or 'nothing'}; not known: {', '.join(unknown) or 'nothing'}")


def write(built, out):
    check(built)
    out.mkdir(parents=True, exist_ok=True)
    sums = []
    with tempfile.TemporaryDirectory(dir=out) as work:
        for name in [*PROGRAMS, PAGE]:
            title = f"agelens-{version()}-{name}"
            lay_out(name, built, Path(work) / title)
            zipped = name == PAGE or name.startswith("windows")
            made = Path(shutil.make_archive(os.path.join(work, title), "zip" if zipped else "gztar", work, title))
            sums.append(f"{hashlib.sha256(made.read_bytes()).hexdigest()}  {made.name}\n")
            made.replace(out / made.name)
            shutil.rmtree(Path(work) / title)
    (out / "SHA256SUMS").write_text("".join(sums))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: packaging/archives.py BUILT OUT")
    write(Path(sys.argv[1]), Path(sys.argv[2]).resolve())
