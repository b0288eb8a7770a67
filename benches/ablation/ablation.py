#!/usr/bin/env python3
"""Trains the arms of an ablation and prints one table: ablation.py --cohort COHORT --out DIR.

Each arm adds settings to those of the arms before it (arms.json). What is in DIR is not done again; trainings go on from their
checkpoints. Needs Python 3.11 and the trainer, nothing else.
"""

import argparse
import json
import os
import pathlib
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
DIRECTIONS = ("young_to_old", "old_to_young")
# Heading, name in the report, and which of two numbers is the better.
COLUMNS = (
    ("mean map, against others", "mean_map_ncc_with_others", max),
    ("change in own group", "leaves_alone", min),
    ("grey values", "histogram", min),
    ("spatial frequencies", "spectrum", min),
    ("judge flips", "judge_flips", max),
    ("truth", "truth_ncc", max),
    ("individual", "individual_ncc", max),
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cohort", required=True, type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--config", type=pathlib.Path, default=HERE / "slab.toml", help="where the first arm begins")
    parser.add_argument("--arms", type=pathlib.Path, default=HERE / "arms.json")
    parser.add_argument("--steps", type=int, help="of each CycleGAN, in place of the configuration's")
    parser.add_argument("--trainer", type=pathlib.Path, default=os.environ.get("AGELENS_TRAINER", HERE.parents[1] / "target/release/trainer"))
    parser.add_argument("--device", default="auto", help="or several, such as cuda:0,cuda:1, which train side by side")
    arguments = parser.parse_args()
    for path in (arguments.trainer, arguments.cohort, arguments.config, arguments.arms):
        if not path.exists():
            parser.error(f"{path} is missing")
    arms = json.loads(arguments.arms.read_text())
    reports = [arguments.out / f"arm-{number}" / "report" / "report.json" for number in range(len(arms))]
    code = train_and_evaluate(arguments, arms, reports)
    # Also of a part: each arm takes a while.
    done = [(arm["name"], json.loads(report.read_text())) for arm, report in zip(arms, reports) if report.exists()]
    if done:
        table = to_markdown(done)
        (arguments.out / "ablation.md").write_text(table)
        print(table)
    sys.exit(code)


def train_and_evaluate(arguments, arms, reports):
    """Does what is missing: one job for each arm, on one device or several. Returns the trainer's exit code, whose message is enough."""
    jobs, settings = [], []
    for arm, report in zip(arms, reports):
        settings = settings + arm["adds"]
        if report.exists():
            continue
        run = report.parents[1] / "run"
        train = ["train", "--cohort", arguments.cohort, "--config", arguments.config, "--out", run]
        for setting in settings + ([f"cyclegan.steps={arguments.steps}"] if arguments.steps else []):
            train += ["--set", setting]
        evaluate = ["evaluate", "--run", run, "--cohort", arguments.cohort, "--out", report.parent]
        jobs.append(" && ".join(shlex.join(map(str, words)) for words in (train, evaluate)))
    if not jobs:
        return 0
    queue = arguments.out / "queue"
    queue.mkdir(parents=True, exist_ok=True)
    # What is done is told by the reports.
    (queue / "queue.json").unlink(missing_ok=True)
    (queue / "jobs.txt").write_text("\n".join(jobs) + "\n")
    words = ["queue", "--jobs", queue / "jobs.txt", "--device", arguments.device, "--out", queue]
    return subprocess.run([arguments.trainer, *words], check=False).returncode


def number(way, column, direction):
    """One measure of the network or a baseline; None where it was not measured."""
    of = way["realism"][direction].get(column) if column in ("histogram", "spectrum") else way[column][direction]
    return None if of is None else of["value"]


def cell(numbers):
    """Young to old and old to young."""
    if all(found is None for found in numbers):
        return None
    return ", ".join("–" if found is None else f"{found:.2f}" for found in numbers)


def of_network(report):
    network = next(way for way in report["comparison"]["ways"] if way["way"] is None)
    return [cell([number(network, column, direction) for direction in DIRECTIONS]) for _, column, _ in COLUMNS]


def best_baseline(report):
    """For each column and direction the best of the baselines: no single one has them all."""
    ways = [way for way in report["comparison"]["ways"] if way["way"] not in (None, "to_the_mean")]

    def best(column, direction, better):
        found = [number(way, column, direction) for way in ways]
        return better((one for one in found if one is not None), default=None)

    return [cell([best(column, direction, better) for direction in DIRECTIONS]) for _, column, better in COLUMNS]


def to_markdown(reports):
    """One row for each arm, and the best baseline of each column below them."""
    rows = [(name, of_network(report)) for name, report in reports]
    rows.append(("best baseline of each column", best_baseline(reports[-1][1])))
    shown = [place for place in range(len(COLUMNS)) if any(cells[place] is not None for _, cells in rows)]
    header = ["arm"] + [COLUMNS[place][0] for place in shown]
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    for name, cells in rows:
        lines.append("| " + " | ".join([name] + [cells[place] or "–" for place in shown]) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
