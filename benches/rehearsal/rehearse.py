#!/usr/bin/env python3
"""Rehearses the whole way on synthetic heads: rehearse.py --demographics IXI.xls --labels DIR --out DIR --page dist.

Makes a raw head for each person of the spreadsheet, gives them to `trainer thesis`, kills it (SIGKILL) in each of its phases, gives the
same command again, and compares the regions of its report with the atrophy that was put in. Prints what each phase took and what came out;
OUT/rehearsal.json keeps it. Heads that are in OUT are not made again. Needs Python 3.11 on Linux or macOS and the trainer, nothing else.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PHASES = 6
# Phase and seconds after its beginning at which the program is killed: the third, which is the longest, twice.
KILLS = [(1, 60), (2, 3), (3, 60), (3, 300), (4, 3), (5, 2), (6, 0)]
BEGUN = re.compile(r"\[(\d)/6\] (.*)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--demographics", required=True, type=pathlib.Path, help="IXI.xls as published")
    parser.add_argument("--labels", type=pathlib.Path, help="whole-head label maps; without, all heads come from one template")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--page", type=pathlib.Path, default=ROOT / "dist", help="the page as `make site` builds it")
    parser.add_argument("--every", type=int, default=1, help="only every N-th person of the spreadsheet")
    parser.add_argument("--sooner", type=float, default=1.0, help="kill so many times as early; for small rehearsals")
    built = os.environ.get("AGELENS_TRAINER", ROOT / "target/release/trainer")
    parser.add_argument("--trainer", type=pathlib.Path, default=built)
    parser.add_argument("thesis", nargs="*", help="further options of `trainer thesis`, after --")
    arguments = parser.parse_args()
    heads, out = arguments.out / "heads", arguments.out / "thesis"
    if (arguments.out / "rehearsal.json").exists():
        sys.exit(f"{arguments.out}: holds a rehearsal that is finished: see rehearsal.json, or choose another --out")
    if out.exists():
        sys.exit(f"{out}: was begun before, and its phases cannot all be killed again; remove it (the heads are kept)")
    made = ["benchmark", "rehearsal", "--demographics", arguments.demographics, "--every", str(arguments.every), "--out", heads]
    if arguments.labels:
        made += ["--labels", arguments.labels]
    arguments.out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    if not (heads / "IXI.xls").exists():
        subprocess.run([arguments.trainer, *made], check=True)
    making = time.monotonic() - began

    command = [arguments.trainer, "thesis", "--ixi", heads, "--out", out, "--page", arguments.page, "--force", *arguments.thesis]
    attempts = []
    for phase, seconds in [*KILLS, (None, None)]:
        attempts.append(attempt(command, arguments.out / f"said-{len(attempts)}.log", phase, (seconds or 0) / arguments.sooner))
        print(f"start {len(attempts)}: {attempts[-1]}", flush=True)
    seconds = [sum(each["seconds"][phase] for each in attempts) for phase in range(PHASES)]
    missed = {phase for phase, _ in KILLS} - {each["killed_in"] for each in attempts}

    compared = subprocess.run(
        [arguments.trainer, "benchmark", "rehearsal", "--out", heads, "--report", out / "report"], check=True, capture_output=True, text=True
    ).stdout
    print(compared)
    result = {
        "heads": len(list((heads / "t1").iterdir())),
        "seconds_making_heads": round(making),
        "seconds_of_phases": [round(each) for each in seconds],
        "cpu_seconds": round(sum(each["cpu_seconds"] for each in attempts)),
        "peak_mib": max(each["peak_mib"] for each in attempts),
        "killed_in": [each["killed_in"] for each in attempts if each["killed_in"]],
        "compared": compared,
    }
    (arguments.out / "rehearsal.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps({name: value for name, value in result.items() if name != "compared"}, indent=2))
    if missed:
        sys.exit(f"not killed in phase {', '.join(map(str, sorted(missed)))}, which was over before: give a larger --sooner")


def attempt(command, log, kill_in, after):
    """Runs the command until it ends, or kills it so many seconds into a phase, and says how long each phase was at work."""
    seconds, state = [0.0] * PHASES, {"phase": None, "since": 0.0}

    def close(now):
        if state["phase"]:
            seconds[state["phase"] - 1] += now - state["since"]

    with log.open("w") as written, subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True) as work:
        killed, timer = None, None

        def kill(phase):
            nonlocal killed
            if state["phase"] == phase:
                killed = phase
                work.kill()

        for line in work.stderr:
            written.write(line)
            if begun := BEGUN.match(line):
                now = time.monotonic()
                close(now)
                state = {"phase": int(begun[1]), "since": now}
                if state["phase"] == kill_in and "there already" not in line:
                    timer = threading.Timer(after, kill, [kill_in])
                    timer.start()
        close(time.monotonic())
        _, status, usage = os.wait4(work.pid, 0)
        work.returncode = os.waitstatus_to_exitcode(status)
    if timer:
        timer.cancel()
    if work.returncode != 0 and killed is None:
        sys.exit(f"the command failed ({work.returncode}): see {log}")
    return {
        "killed_in": killed,
        "seconds": [round(each, 1) for each in seconds],
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_mib": round(usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)),
    }


if __name__ == "__main__":
    main()
