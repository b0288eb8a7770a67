#!/usr/bin/env python3
"""Prints what CHANGELOG.md says of a version, for its release: `packaging/tag.py v0.2.0`.

A tag is refused, with exit code 2, unless it is `v` and the workspace's version, CITATION.cff has that version too, and CHANGELOG.md
has its chapter, with the day.
"""

import re
import sys
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent


class Refused(Exception):
    """Why a tag is no release, and what to do."""


def notes(tag, cargo_toml, changelog, citation):
    """The chapter of a tag's version, from the texts of the three files."""
    version = tomllib.loads(cargo_toml)["workspace"]["package"]["version"]
    if tag != f"v{version}":
        raise Refused(f"the tag is {tag}, but Cargo.toml says version {version}; tag v{version}, or change the version first")
    cited = re.search(r"^version: (.*)$", citation, re.MULTILINE)
    if not cited or cited[1].strip() != version:
        raise Refused(f"CITATION.cff says version {cited[1] if cited else '(none)'}; write {version}")
    chapters = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    dated = [one for one in chapters if re.match(re.escape(version) + r" - \d{4}-\d\d-\d\d\n", one)]
    if len(dated) != 1:
        raise Refused(f"CHANGELOG.md has {len(dated)} chapters `## {version} - YYYY-MM-DD`; it must have one")
    text = dated[0].split("\n", 1)[1].strip()
    if not text:
        raise Refused(f"CHANGELOG.md says nothing of {version}")
    return text + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: packaging/tag.py TAG")
    try:
        print(notes(sys.argv[1], *(TOP.joinpath(name).read_text() for name in ["Cargo.toml", "CHANGELOG.md", "CITATION.cff"])), end="")
    except Refused as reason:
        print(f"tag.py: {reason}", file=sys.stderr)
        sys.exit(2)
