#!/usr/bin/env python3
"""Runs one command and writes its exit code, wall seconds and peak memory as JSON: stopwatch.py REPORT COMMAND...

A process of its own, started with `python -I -S` and without NumPy: Linux counts the memory of the process that
starts a command as the command's first peak, so a large starter would hide what a small command needs.
"""

import json
import os
import sys
import time


def main() -> int:
    report, command = sys.argv[1], sys.argv[2:]
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    with open(report, "w", encoding="utf-8") as file:
        # On Linux ru_maxrss is in KiB.
        json.dump({"exit_code": code, "process_seconds": seconds, "peak_mib": usage.ru_maxrss / 1024}, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
