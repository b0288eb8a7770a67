#!/usr/bin/env python3
"""All that must or should travel with a program: `packaging/papers.py FOLDER --package trainer --target TRIPLE [--features F]`.

FOLDER gets our licences, the notices of template and atlas, and in notices/rust.txt the licence of every crate that the program is
linked from; with the trainer also README, CHANGELOG, citation and configs/. A crate without any licence text ends it with exit
code 1: nothing is passed over. With `--package web`, the crates of both modules of the page.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
OURS = ["LICENSE-APACHE", "LICENSE-MIT"]
BESIDE_THE_TRAINER = ["README.md", "CHANGELOG.md", "CITATION.cff"]
NAMES = re.compile(r"(?i)(un)?licen[cs]e|copying|notice|copyright")


def cargo(*arguments):
    result = subprocess.run(["cargo", *arguments, "--locked"], cwd=TOP, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"papers.py: `cargo {' '.join(arguments)}` failed; its reason stands above")
    return result.stdout


def crates(package, target, features):
    """What cargo knows of each crate from elsewhere that is linked into the program, by name."""
    known = json.loads(cargo("metadata", "--format-version", "1", "--all-features"))["packages"]
    by_name = {(one["name"], one["version"]): one for one in known}
    tree = cargo("tree", "--package", package, "--target", target, "--features", features, "--edges", "normal", "--prefix", "none",
                 "--format", "{p}")
    linked = {tuple(re.match(r"(\S+) v(\S+)", line).groups()) for line in tree.splitlines() if line.strip()}
    return [by_name[one] for one in sorted(linked) if by_name[one]["source"]]


def own_texts(crate):
    """The licence files that the crate's package holds."""
    folder = Path(crate["manifest_path"]).parent
    files = sorted(file for file in folder.iterdir() if NAMES.match(file.name) and file.is_file())
    return [(file.name, file.read_text(encoding="utf-8", errors="replace").strip()) for file in files]


def repository(crate):
    """Where the crate is kept, without the folder in it; none where it does not say."""
    return re.sub(r"(\.git)?(/tree/.*)?/?$", "", crate["repository"] or "")


def standard_text(crate, others):
    """For a package that says its licence but holds no text: that of its repository, else the licence's own text."""
    wanted = set(re.split(r" OR |/", crate["license"] or ""))
    for other in others:
        same_place = repository(crate) and repository(other) == repository(crate) and other["license"] == crate["license"]
        if same_place and own_texts(other):
            return own_texts(other)
    if "Apache-2.0" in wanted:
        return [("Apache-2.0", (TOP / "LICENSE-APACHE").read_text().strip())]
    holders = f"Copyright (c) {', '.join(crate['authors']) or 'the authors of ' + crate['name']}"
    if "MIT" in wanted:
        ours = (TOP / "LICENSE-MIT").read_text()
        return [("MIT", f"{holders}\n\n{ours[ours.index('Permission is hereby granted'):].strip()}")]
    if "BSD-3-Clause" in wanted:
        return [("BSD-3-Clause", f"{holders}\n\n{(TOP / 'packaging/BSD-3-Clause.txt').read_text().strip()}")]
    for other in others:
        if other["license"] in wanted and len(own_texts(other)) == 1:
            return own_texts(other)
    return []


def notices(package, target, features):
    """The text of notices/rust.txt. Texts that several crates share word for word stand there once."""
    linked = crates(package, target, features)
    sharing = {}
    lacking = []
    for crate in linked:
        texts = own_texts(crate) or standard_text(crate, linked)
        if not texts:
            lacking.append(f"{crate['name']} {crate['version']} ({crate['license']})")
        for name, text in texts:
            sharing.setdefault(text, []).append(f"{crate['name']} {crate['version']}, {crate['license']} ({name}), "
                                                f"https://crates.io/crates/{crate['name']}/{crate['version']}")
    if lacking:
        sys.exit("papers.py: no licence text for " + ", ".join(lacking) + "; take one up into `standard_text`, or do without the crate")
    parts = [f"Licences of the {len(linked)} Rust crates in {package} for {target}. Each one's source stands at its address."]
    parts += ["\n".join(sorted(names)) + "\n\n" + text for text, names in sorted(sharing.items(), key=lambda one: min(one[1]))]
    return ("\n\n" + "=" * 100 + "\n\n").join(parts) + "\n"


def write(folder, package, target, features=""):
    (folder / "notices").mkdir(parents=True, exist_ok=True)
    for name in OURS + (BESIDE_THE_TRAINER if package == "trainer" else []):
        shutil.copyfile(TOP / name, folder / name)
    if package == "trainer":
        shutil.copytree(TOP / "configs", folder / "configs", dirs_exist_ok=True)
    for name in ["template", "atlas"]:
        shutil.copyfile(TOP / "static" / name / "NOTICE.md", folder / "notices" / f"{name}.md")
    (folder / "notices" / "rust.txt").write_text(notices(package, target, features), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--package", choices=["trainer", "web"], required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--features", default="")
    given = parser.parse_args()
    write(given.folder, given.package, given.target, given.features)
