#!/usr/bin/env python3
"""How long a CycleGAN step takes in PyTorch and in AgeLens: same configuration, same machine, one after the other.

Every way to run PyTorch (memory layout, eager or compiled) is timed in a process of its own; the fastest counts.

Exit codes: 0 measured, 1 something could not be timed, 2 wrong usage or something is missing.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import torch
from cyclegan import Step

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIGS = [REPOSITORY / "configs/benchmark-plane.toml", REPOSITORY / "configs/benchmark-volume.toml"]
HALF = {"bf16": torch.bfloat16, "f16": torch.float16}
VARIANTS = ["eager", "eager,channels_last", "compiled", "compiled,channels_last"]


def finish(device):
    """Waits until a graphics card has done what it was given."""
    if device == "cuda":
        torch.cuda.synchronize()


def time_variant(arguments):
    """Times one way to run PyTorch in this process; prints JSON."""
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    config = tomllib.loads(arguments.configs[0].read_text())
    ways = arguments.variant.split(",")
    step = Step(config, arguments.torch_device, "channels_last" in ways, "compiled" in ways, precision_of(ways))
    steps = []
    for number in range(arguments.warmup + arguments.steps):
        drawn = step.draw()
        finish(arguments.torch_device)
        began = time.perf_counter()
        step.step(drawn)
        finish(arguments.torch_device)
        if number >= arguments.warmup:
            steps.append(time.perf_counter() - began)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    image, _, slices, *_ = step.draw()[0]
    context, forwards = step.grid.slices(slices), []
    with torch.no_grad(), step.precision():
        for number in range(arguments.warmup + arguments.steps):
            began = time.perf_counter()
            step.to_old(image, context)
            finish(arguments.torch_device)
            if number >= arguments.warmup:
                forwards.append(time.perf_counter() - began)
    print(json.dumps({
        "variant": arguments.variant,
        "step_s": statistics.median(steps),
        "least_s": min(steps),
        "generator_forward_s": statistics.median(forwards),
        "peak_memory_mib": peak_mib,
        "device_memory_mib": torch.cuda.max_memory_reserved() / 2**20 if arguments.torch_device == "cuda" else None,
    }))
    return 0


def precision_of(ways):
    """Half precision among the words of a variant, or None."""
    return next((dtype for word, dtype in HALF.items() if word in ways), None)


def in_new_process(config, variant, arguments):
    """The answer of `time_variant` in a process of its own, or None with the reason on stderr."""
    command = [sys.executable, __file__, str(config), "--variant", variant, "--threads", str(arguments.threads)]
    command += ["--steps", str(arguments.steps), "--warmup", str(arguments.warmup)]
    command += ["--torch-device", arguments.torch_device]
    environment = os.environ | {"OMP_NUM_THREADS": str(arguments.threads), "MKL_NUM_THREADS": str(arguments.threads)}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=arguments.limit)
    except subprocess.TimeoutExpired:
        print(f"  {variant}: not done in {arguments.limit} s, left out", file=sys.stderr)
        return None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        print(f"  {variant}: failed, left out ({last})", file=sys.stderr)
        return None
    answer = json.loads(done.stdout.splitlines()[-1])
    print(f"  PyTorch {variant}: {answer['step_s']:.4f} s a step", file=sys.stderr)
    return answer


def agelens(config, arguments):
    """What `trainer benchmark training` answers, or None with the reason on stderr."""
    command = [str(arguments.trainer), "benchmark", "training", "--json", "--config", str(config)]
    command += ["--steps", str(arguments.steps), "--warmup", str(arguments.warmup), "--device", arguments.device]
    environment = os.environ | {"RAYON_NUM_THREADS": str(arguments.threads)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"  AgeLens: failed ({done.stderr.strip()})", file=sys.stderr)
        return None
    answer = json.loads(done.stdout)
    print(f"  AgeLens: {answer['step_s']['median']:.4f} s a step on {answer['device']}", file=sys.stderr)
    return answer


def compare(config, arguments):
    """One configuration: PyTorch's fastest way, AgeLens, and PyTorch's way once more, whose better time counts."""
    print(config.name, file=sys.stderr)
    found = [in_new_process(config, variant, arguments) for variant in arguments.variants]
    found = [answer for answer in found if answer]
    if not found:
        return None
    best = min(found, key=lambda answer: answer["step_s"])
    row = {"config": config.name, "pytorch": best, "pytorch_all": found, "agelens": None, "ratio": None}
    if arguments.trainer:
        row["agelens"] = agelens(config, arguments)
        again = in_new_process(config, best["variant"], arguments)
        if row["agelens"] is None or again is None:
            return None
        best = min([best, again], key=lambda answer: answer["step_s"])
        row["pytorch"] = best
        row["ratio"] = row["agelens"]["step_s"]["median"] / best["step_s"]
        forward = row["agelens"]["generator_forward_s"]["median"]
        row["forward_ratio"] = forward / best["generator_forward_s"]
    return row


def table(rows, arguments):
    """The rows as one Markdown table."""
    print(f"{processor()}, {arguments.threads} threads, PyTorch {torch.__version__} ({arguments.torch_device}), "
          f"median of {arguments.steps} steps after {arguments.warmup}\n")
    print("| config | mode | PyTorch, fastest | step, s | AgeLens step, s | ratio | forward, s | AgeLens forward, s "
          "| ratio | peak MiB, PyTorch | peak MiB, AgeLens |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        torch_row, own = row["pytorch"], row["agelens"]
        cells = [row["config"], own["kind"] if own else "", torch_row["variant"], f"{torch_row['step_s']:.3f}"]
        cells += [f"{own['step_s']['median']:.3f}", f"**{row['ratio']:.2f}**"] if own else ["", ""]
        cells += [f"{torch_row['generator_forward_s']:.4f}"]
        cells += [f"{own['generator_forward_s']['median']:.4f}", f"{row['forward_ratio']:.2f}"] if own else ["", ""]
        peak = own["peak_memory_mib"] if own else None
        cells += [f"{torch_row['peak_memory_mib']:.0f}", f"{peak:.0f}" if peak else ""]
        print("| " + " | ".join(cells) + " |")


def processor():
    """The processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def found_trainer():
    """The program from $AGELENS_TRAINER or this repository's build, or None."""
    places = [os.environ.get("AGELENS_TRAINER", ""), REPOSITORY / "target/release/trainer"]
    places.append(Path.home() / ".cache/agelens/target/release/trainer")
    return next((Path(place) for place in places if str(place) and Path(place).is_file()), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configs", nargs="*", type=Path, default=CONFIGS, help="training configurations (TOML)")
    parser.add_argument("--steps", type=int, default=10, help="steps that are timed (default %(default)s)")
    parser.add_argument("--warmup", type=int, default=3, help="steps before them that are not (default %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="threads of either (default %(default)s)")
    parser.add_argument("--variants", nargs="+", default=VARIANTS, choices=VARIANTS, help="ways to run PyTorch")
    parser.add_argument("--limit", type=int, default=600, help="seconds one way may take (default %(default)s)")
    parser.add_argument("--trainer", type=Path, default=found_trainer(), help="AgeLens's program")
    parser.add_argument("--device", default="cpu", help="--device of the trainer (default %(default)s)")
    parser.add_argument("--torch-device", default="cpu", choices=["cpu", "cuda"], help="device of PyTorch")
    parser.add_argument("--pytorch-only", action="store_true", help="leave AgeLens out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    parser.add_argument("--variant", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.variant:
        return time_variant(arguments)
    if arguments.pytorch_only:
        arguments.trainer = None
    elif arguments.trainer is None:
        print("the trainer is missing: `make native`, or name it with --trainer or $AGELENS_TRAINER", file=sys.stderr)
        return 2
    rows = [compare(config, arguments) for config in arguments.configs]
    if not all(rows):
        return 1
    table(rows, arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
