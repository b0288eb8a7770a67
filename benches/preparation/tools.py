"""Runs each tool on one volume, in a process of its own under the stopwatch."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent


class Outputs(NamedTuple):
    gm: Path
    mask: Path
    mni_from_world: Path


class Run(NamedTuple):
    """What one tool did with one volume. `failure` says why there are no outputs."""

    outputs: Outputs | None
    failure: str | None
    # What the comparison of speeds counts.
    seconds: float
    # From start to end of the process.
    process_seconds: float
    peak_mib: float
    # Seconds of the steps (ANTs) or the record of the quality control (AgeLens).
    details: dict


def _timed(command: list[str], folder: Path) -> tuple[dict, str, str]:
    """The stopwatch's report, standard output and the end of the error output."""
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / "stopwatch.json"
    # -I -S: the smallest interpreter, see stopwatch.py.
    stopwatch = [sys.executable, "-I", "-S", str(HERE / "stopwatch.py"), str(report)]
    done = subprocess.run([*stopwatch, *command], capture_output=True, text=True)
    if done.returncode != 0 or not report.is_file():
        raise RuntimeError(f"{command[0]} could not be started: {done.stderr.strip()[-500:]}")
    return json.loads(report.read_text(encoding="utf-8")), done.stdout, done.stderr.strip()[-500:]


def run_ants(t1: Path, head: Path, template: Path, out: Path) -> Run:
    """ANTs counts from reading the volume to writing the results: loading Python and ANTsPy is not held against it."""
    script = [sys.executable, str(HERE / "ants_prepare.py"), str(t1)]
    watch, _, errors = _timed([*script, "--head", str(head), "--template", str(template), "--out", str(out)], out)
    process = (watch["process_seconds"], watch["peak_mib"])
    if watch["exit_code"] != 0:
        return Run(None, f"exit code {watch['exit_code']}: {errors}", process[0], *process, {})
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    outputs = Outputs(out / "gm.nii.gz", out / "mask.nii.gz", out / "mni_from_world.txt")
    return Run(outputs, None, record["seconds"], *process, record["steps"])


def run_agelens(trainer: Path, t1: Path, out: Path) -> Run:
    """AgeLens counts from the start to the end of its process, with the loading of program and template."""
    watch, text, errors = _timed([str(trainer), "prepare", str(t1), "--out", str(out), "--json"], out)
    process = (watch["process_seconds"], watch["peak_mib"])
    try:
        record = json.loads(text)
    except json.JSONDecodeError:
        record = {}
    if watch["exit_code"] != 0:
        return Run(None, f"exit code {watch['exit_code']}: {errors}", process[0], *process, record)
    files = record.get("files", {})
    if not {"gm", "mask", "affine"} <= files.keys():
        reason = "its --json output names no maps; is this trainer of the same version?"
        return Run(None, reason, process[0], *process, record)
    outputs = Outputs(*(out / files[role] for role in ("gm", "mask", "affine")))
    return Run(outputs, None, process[0], *process, record)
