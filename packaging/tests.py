#!/usr/bin/env python3
"""What packaging says agrees with the repository, and a release is refused where it should be: `packaging/tests.py`, in `make check`.

Nothing is built or downloaded here; building an image and a run of the release workflow try the rest.
"""

import re
import tempfile
import tomllib
import unittest
from pathlib import Path

import archives
import papers
import tag

TOP = papers.TOP
DEBIAN = {"bookworm": "12", "trixie": "13"}


def text(name):
    return TOP.joinpath(name).read_text(encoding="utf-8")


def found(pattern, name):
    """The one group of the pattern, which the file must hold just once."""
    hits = re.findall(pattern, text(name), re.MULTILINE)
    assert len(hits) == 1, f"{name}: {pattern} stands there {len(hits)} times, not once"
    return hits[0]


class Versions(unittest.TestCase):
    def test_rust_is_what_cargo_toml_asks_for(self):
        rust = tomllib.loads(text("Cargo.toml"))["workspace"]["package"]["rust-version"]
        self.assertEqual(found(r"^ARG RUST=(.*)$", "packaging/Dockerfile"), rust)
        self.assertEqual(found(r"^From: rust:(.*)-slim-", "packaging/agelens.def"), rust)
        self.assertEqual(found(r"^  RUST: '(.*)'$", ".github/workflows/release.yml"), rust)
        self.assertEqual(found(r"with Rust ([\d.]+) or newer", "docs/toolchain.md"), rust)

    def test_debian_is_the_oldest_that_the_toolchain_is_tried_on(self):
        debian = found(r"^ARG DEBIAN=(.*)$", "packaging/Dockerfile")
        self.assertEqual(found(r"^From: rust:.*-slim-(.*)$", "packaging/agelens.def"), debian)
        self.assertEqual(found(r"^From: debian:(.*)-slim$", "packaging/agelens.def"), debian)
        self.assertEqual(found(r"on Debian (\d+) or Ubuntu", "docs/toolchain.md"), DEBIAN[debian])

    def test_cuda_is_one_version_with_a_hash_for_each_machine(self):
        packages = re.findall(r"^nvidia-cuda-(\w+)-cu12==(\d+\.\d+)\.\d+ \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
                              text("packaging/cuda.txt"), re.MULTILINE)
        self.assertEqual([name for name, _, _ in packages], ["nvrtc", "runtime", "cccl", "nvcc"])
        version = found(r"^\| CUDA's compiler and headers \| ([\d.]+) \|", "docs/packaging.md")
        self.assertEqual({one for _, one, _ in packages}, {version})
        self.assertEqual([hashes.count("sha256:") for _, _, hashes in packages], [2, 2, 2, 2])

    def test_actions_are_pinned_by_commit_and_name_their_version(self):
        workflows = [text(f".github/workflows/{name}.yml") for name in ["ci", "release"]]
        used = [one for workflow in workflows for one in re.findall(r"uses: (.*)$", workflow, re.MULTILINE)]
        self.assertGreater(len(used), 8)
        for one in used:
            self.assertRegex(one, r"^actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
        # One action, one commit.
        self.assertEqual(len({one.split("@")[0] for one in used}), len(set(used)))

    def test_the_citation_has_the_version_of_the_workspace(self):
        self.assertEqual(found(r"^version: (.*)$", "CITATION.cff"), archives.version())


class Images(unittest.TestCase):
    def test_both_images_are_made_from_the_same_files(self):
        allowed = [line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")]
        copied = re.findall(r"^    (\S+) /source/(\S+)$", text("packaging/agelens.def"), re.MULTILINE)
        self.assertEqual([source for source, _ in copied], allowed)
        self.assertEqual([target for _, target in copied], allowed)
        for one in allowed:
            self.assertTrue((TOP / one).exists(), one)

    def test_both_images_are_made_by_the_same_steps(self):
        for step in ["packages.sh", "build.sh"]:
            arguments = " /image" if step == "build.sh" else ""
            self.assertIn(f'packaging/{step} "$DEVICES"{arguments}\n', text("packaging/Dockerfile"))
            self.assertIn(f"packaging/{step} {{{{ devices }}}}{arguments}\n", text("packaging/agelens.def"))
        self.assertEqual(found(r"^ARG DEVICES=(.*)$", "packaging/Dockerfile"), found(r"^    devices=(.*)$", "packaging/agelens.def"))

    def test_what_the_sources_compile_in_is_among_the_files(self):
        allowed = [line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")]
        seen = 0
        for source in [*TOP.glob("shared/src/**/*.rs"), *TOP.glob("trainer/src/**/*.rs")]:
            for name in re.findall(r'include_(?:str|bytes)!\("([^"]+)"\)', source.read_text(encoding="utf-8")):
                path = (source.parent / name).resolve().relative_to(TOP)
                seen += 1
                self.assertTrue(any(path.is_relative_to(one) for one in allowed), f"{path}, which {source.relative_to(TOP)} needs")
        self.assertGreater(seen, 10)


class Releases(unittest.TestCase):
    CARGO = '[workspace.package]\nversion = "1.2.0"\n'
    CITATION = "title: x\nversion: 1.2.0\n"
    CHANGELOG = "# Changelog\n\n## [Unreleased]\n\nnext\n\n## 1.2.0 - 2027-01-31\n\n### Added\n- this\n\n## 1.1.0 - 2027-01-01\n\n- that\n"

    def test_the_notes_are_the_chapter_of_the_version(self):
        self.assertEqual(tag.notes("v1.2.0", self.CARGO, self.CHANGELOG, self.CITATION), "### Added\n- this\n")

    def test_a_tag_that_does_not_fit_is_refused_with_its_reason(self):
        for given, reason in [
            (("v1.3.0", self.CARGO, self.CHANGELOG, self.CITATION), "Cargo.toml says version 1.2.0"),
            (("1.2.0", self.CARGO, self.CHANGELOG, self.CITATION), "tag v1.2.0"),
            (("v1.2.0", self.CARGO, self.CHANGELOG, "version: 1.1.0\n"), "CITATION.cff says version 1.1.0"),
            (("v1.2.0", self.CARGO, self.CHANGELOG.replace("## 1.2.0 - 2027-01-31\n", ""), self.CITATION), "has 0 chapters"),
            (("v1.2.0", self.CARGO, self.CHANGELOG.replace(" - 2027-01-31", ""), self.CITATION), "has 0 chapters"),
            (("v1.2.0", self.CARGO, self.CHANGELOG.replace("### Added\n- this\n", ""), self.CITATION), "says nothing of 1.2.0"),
        ]:
            with self.subTest(reason), self.assertRaisesRegex(tag.Refused, re.escape(reason)):
                tag.notes(*given)

    def test_the_workflow_builds_what_the_archives_hold(self):
        built = re.findall(r"^          - program: (\S+)$.*?^            build: (.*?)$\s+file: (\S+)$", text(".github/workflows/release.yml"),
                           re.MULTILINE | re.DOTALL)
        self.assertEqual([name for name, _, _ in built], list(archives.PROGRAMS))
        for name, build, file in built:
            _, features, program = archives.PROGRAMS[name]
            self.assertEqual(Path(file).name, program)
            self.assertEqual(build == "make gpu", features == found(r"^GPU_FEATURES \?= (.*)$", "Makefile"), name)

    def test_a_release_with_a_part_missing_or_unknown_is_refused(self):
        with tempfile.TemporaryDirectory() as work:
            built = Path(work)
            for name, (_, _, program) in archives.PROGRAMS.items():
                (built / name).mkdir()
                (built / name / program).touch()
            with self.assertRaisesRegex(SystemExit, "missing: page/index.html; not known: nothing"):
                archives.check(built)
            (built / "page").mkdir()
            (built / "page/index.html").touch()
            archives.check(built)
            (built / "surprise").mkdir()
            with self.assertRaisesRegex(SystemExit, "missing: nothing; not known: surprise"):
                archives.check(built)


class Licences(unittest.TestCase):
    """Of made-up crates; the real ones are read when an image or a release is made."""

    def crate(self, name, licence, file=None, repository=None):
        folder = Path(self.work.name) / name
        folder.mkdir()
        if file:
            (folder / "LICENSE").write_text(file)
        return {"name": name, "license": licence, "authors": ["A. Author"], "repository": repository,
                "manifest_path": str(folder / "Cargo.toml")}

    def setUp(self):
        self.work = tempfile.TemporaryDirectory()
        self.addCleanup(self.work.cleanup)

    def test_a_crates_own_text_counts(self):
        self.assertEqual(papers.own_texts(self.crate("a", "MIT", "its text\n")), [("LICENSE", "its text")])

    def test_without_one_that_of_its_repository(self):
        with_text = self.crate("a", "MIT", "the house's", "https://host/house/tree/main/a")
        without = self.crate("b", "MIT", None, "https://host/house.git")
        self.assertEqual(papers.standard_text(without, [with_text, without]), [("LICENSE", "the house's")])

    def test_else_the_licence_itself_with_its_holder(self):
        for licence, start in [("MIT", "Permission is hereby granted"), ("BSD-3-Clause", "Redistribution and use")]:
            [(_, read)] = papers.standard_text(self.crate(licence, licence), [])
            self.assertTrue(read.startswith(f"Copyright (c) A. Author\n\n{start}"), read[:90])
        [(name, _)] = papers.standard_text(self.crate("c", "MIT OR Apache-2.0"), [])
        self.assertEqual(name, "Apache-2.0")

    def test_else_the_same_licence_of_another_crate_or_nothing(self):
        other = self.crate("a", "MPL-2.0", "MPL's text")
        self.assertEqual(papers.standard_text(self.crate("b", "MPL-2.0"), [other]), [("LICENSE", "MPL's text")])
        self.assertEqual(papers.standard_text(self.crate("c", "ISC"), [other]), [])


if __name__ == "__main__":
    unittest.main()
