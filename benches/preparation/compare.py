#!/usr/bin/env python3
"""Compares AgeLens's preparation of T1 scans with ANTsPy on the five IXI volumes that have labels.

    python compare.py [--json FILE]      # exit code 0: every bar kept; 1: one is not; 2: wrong usage or missing files

See README.md for what is run and what is measured.
"""

import argparse
import hashlib
import importlib.metadata
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

import nibabel as nib

import report
from agreement import Labels, grey_labels, measure
from tools import HERE, Run, run_agelens, run_ants

ROOT = HERE.parent.parent
TEMPLATE = ROOT / "static" / "template"
# For these the bars are stated.
VOLUMES = 5
T1_END, LABELS_END = "_T1w.nii.gz", "_desc-dlmuse_dseg.nii.gz"


class Unusable(Exception):
    """What was given on the command line cannot be used; the message says why and what to do."""


def parse_arguments() -> argparse.Namespace:
    data = Path(os.environ.get("AGELENS_DATA") or ROOT.parent / "shared" / "data") / "ixi-t1-2mm"
    trainer = Path(os.environ.get("AGELENS_TRAINER") or ROOT / "target" / "release" / "trainer")
    parser = argparse.ArgumentParser(
        description="Compares AgeLens's preparation of T1 scans with ANTsPy on the five IXI volumes that have labels."
    )
    add = parser.add_argument
    add("--data", type=Path, default=data, metavar="DIR", help="folder of the labelled volumes (%(default)s)")
    add("--trainer", type=Path, default=trainer, metavar="FILE", help="AgeLens's program (%(default)s)")
    add("--head", type=Path, default=TEMPLATE / "colin27_2mm_head.nii.gz", metavar="FILE",
        help="whole head in MNI space that ANTs registers to (%(default)s)")
    add("--only", metavar="TEXT", help="only volumes whose name contains TEXT; no bar is judged")
    add("--ants-only", action="store_true", help="run ANTs alone; no bar is judged")
    add("--cache", type=Path, metavar="FILE", help="take ANTs's numbers from FILE where nothing they depend on has "
        "changed, and keep new ones there; the speed is not judged with numbers from the cache")
    add("--keep", type=Path, metavar="DIR", help="keep the prepared maps of both tools in DIR")
    add("--json", type=Path, metavar="FILE", help="write everything that was measured")
    return parser.parse_args()


def find_volumes(data: Path, only: str | None) -> list[tuple[str, Path, Path]]:
    """Name, T1 and label map of each volume, in the order of names."""
    found = []
    for t1 in sorted(data.glob(f"sub-*/anat/*{T1_END}")):
        name = t1.name.removesuffix(T1_END)
        labels = t1.with_name(name + LABELS_END)
        if labels.is_file() and (only is None or only in name):
            found.append((name, t1, labels))
    if not found or (only is None and len(found) != VOLUMES):
        raise Unusable(
            f"{data}: {len(found)} volumes sub-*/anat/*{T1_END} with {LABELS_END} beside them instead of {VOLUMES}; "
            "give the folder of the IXI volumes with --data"
        )
    return found


def check(arguments: argparse.Namespace) -> None:
    """Says at once what would only be missed after minutes of computing."""
    if not arguments.head.is_file():
        raise Unusable(f"{arguments.head}: missing; make it with tools/template.py, or give another with --head")
    if not arguments.ants_only and not os.access(arguments.trainer, os.X_OK):
        raise Unusable(f"{arguments.trainer}: no program; build it with `make native`, or name it with --trainer")


def row_of(run: Run, labels: Labels, grey, grid: nib.Nifti1Image) -> dict:
    """What is kept of a run: the numbers of the table and the tool's own details."""
    row = run._asdict()
    outputs = row.pop("outputs")
    agreement = measure(*outputs, labels, grey, grid)._asdict() if outputs else {"gm_dice": None, "mask_dice": None}
    return {**agreement, **row}


def cache_key(paths: list[Path]) -> str:
    """Changes whenever ANTs's numbers might: with the data, the template, the recipe, the measures, the packages."""
    digest = hashlib.sha256(json.dumps(versions()).encode())
    for path in [*paths, HERE / "ants_prepare.py", HERE / "agreement.py", HERE / "tools.py"]:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    packages = {name: importlib.metadata.version(name) for name in ("antspyx", "nibabel", "numpy")}
    return {"python": platform.python_version(), **packages}


def machine() -> dict:
    """Where the seconds were measured; `load_at_start` well above 0 means that they were measured in company."""
    models = [line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "load_at_start": os.getloadavg()[0],
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def compare(arguments: argparse.Namespace, work: Path) -> list[dict]:
    """Both tools on each volume in turn, so that both meet the same state of the machine."""
    found = find_volumes(arguments.data, arguments.only)
    grid = nib.load(TEMPLATE / "icbm152_2mm_gm.nii.gz")
    grey_table = arguments.data / "dlmuse-labels.tsv"
    grey = grey_labels(grey_table)
    templates = [arguments.head, *sorted(TEMPLATE.glob("icbm152_2mm_*.nii.gz"))]
    cache = {}
    if arguments.cache and arguments.cache.is_file():
        cache = json.loads(arguments.cache.read_text(encoding="utf-8"))
    volumes = []
    for name, t1, label_file in found:
        labels = Labels.read(label_file)
        key = cache_key([t1, label_file, grey_table, *templates])
        if key in cache:
            ants = {**cache[key], "cached": True}
        else:
            print(f"{name}: ANTs", file=sys.stderr, flush=True)
            ants = row_of(run_ants(t1, arguments.head, TEMPLATE, work / name / "ants"), labels, grey, grid)
            if arguments.cache and ants["failure"] is None:
                cache[key] = ants
                write_json(arguments.cache, cache)
        volume = {"name": name, "ants": ants}
        if not arguments.ants_only:
            print(f"{name}: AgeLens", file=sys.stderr, flush=True)
            run = run_agelens(arguments.trainer, t1, work / name / "agelens")
            volume["agelens"] = row_of(run, labels, grey, grid)
        volumes.append(volume)
    return volumes


def write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    arguments = parse_arguments()
    here = machine()
    try:
        check(arguments)
        with tempfile.TemporaryDirectory(prefix="agelens-preparation-") as scratch:
            volumes = compare(arguments, arguments.keep.resolve() if arguments.keep else Path(scratch))
    except (Unusable, OSError, ValueError, RuntimeError) as error:
        print(f"compare.py: {error}", file=sys.stderr)
        return 2
    judged = [] if arguments.ants_only or arguments.only else report.bars(volumes)
    print(report.markdown(volumes, judged))
    if arguments.json:
        write_json(arguments.json, {
            "machine": here,
            "versions": versions(),
            "volumes": volumes,
            "means": {tool: report.means(volumes, tool) for tool in ("ants", "agelens") if tool in volumes[0]},
            "bars": [bar._asdict() for bar in judged],
        })
    return 1 if any(bar.passed is False for bar in judged) else 0


if __name__ == "__main__":
    sys.exit(main())
