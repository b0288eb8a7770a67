#!/usr/bin/env python3
"""AgeLens on a graphics card, beside PyTorch: is it right, how fast is a training step, how much memory does it take?

Made for a bare machine: Python and PyTorch, no network. The programs come built (benches/gpu/pack.sh). Every measurement
runs in a process of its own with a time limit; what fails is named in the results, and the rest goes on. Results are
written after each measurement, so a machine that is taken away loses one.

Exit codes: 0 all asked for was measured and right, 1 something was wrong or could not be measured, 2 wrong usage.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import results

REPOSITORY = Path(__file__).resolve().parents[2]
STEP = REPOSITORY / "benches/pytorch/step.py"
BUNDLES = [REPOSITORY / "static/models" / name for name in ("phantom-small", "phantom", "oasis1-slab")]
# Configurations by the name that the results have for them.
CONFIGS = {
    "plane": REPOSITORY / "configs/benchmark-plane.toml",
    "volume_4mm": REPOSITORY / "configs/benchmark-volume.toml",
    "volume_2mm": None,  # made from volume_4mm
}
TORCH_WAYS = ["eager", "eager,channels_last", "compiled", "compiled,channels_last"]
MEMORY_EVERY_S = 0.2


class Machine:
    """Runs commands one after another until the time is up, and keeps what they gave."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.until = time.monotonic() + arguments.budget
        self.found = {"rows": [], "correctness": [], "left_out": []}

    def left(self):
        return self.until - time.monotonic()

    def run(self, name, command, limit, environment=None):
        """What the command printed and the most memory the card held meanwhile; None where it failed, with the reason kept."""
        limit = min(limit, self.left())
        if limit < 5:
            return self.leave_out(name, "the time was up")
        began = time.monotonic()
        watch = Memory()
        try:
            done = subprocess.run(
                [str(part) for part in command], capture_output=True, text=True, timeout=limit, cwd=self.arguments.work,
                env=os.environ | (environment or {}),
            )
        except subprocess.TimeoutExpired as stopped:
            told = stopped.stderr or b""
            return self.leave_out(name, f"not done in {limit:.0f} s {last(told.decode(errors='replace'))}")
        except OSError as error:
            return self.leave_out(name, str(error))
        finally:
            peak_mib = watch.stop()
        took = time.monotonic() - began
        print(f"{took:6.1f} s  {name}", file=sys.stderr, flush=True)
        if done.returncode != 0:
            self.leave_out(name, f"exit code {done.returncode}: {last(done.stderr)}")
            if not done.stdout.strip().startswith("{"):
                return None
        return {"stdout": done.stdout, "card_memory_mib": peak_mib, "wall_s": took}

    def leave_out(self, name, reason):
        print(f"        {name}: {reason}", file=sys.stderr, flush=True)
        self.found["left_out"].append({"name": name, "reason": reason[-600:]})
        return None

    def write(self):
        results.write(self.found, self.arguments.out)


class Memory:
    """The most memory that the card held while something ran, in MiB; None where nvidia-smi does not tell."""

    def __init__(self):
        self.peak, self.over = None, threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.over.is_set():
            used = query("memory.used")
            if used is None:
                return
            self.peak = max(self.peak or 0.0, float(used))
            self.over.wait(MEMORY_EVERY_S)

    def stop(self):
        self.over.set()
        self.thread.join(timeout=5)
        return self.peak


def query(fields):
    """What nvidia-smi answers for the first card, or None without it."""
    command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.splitlines()[0].strip() if done.returncode == 0 and done.stdout.strip() else None


def last(text):
    """The end of what a program said."""
    return " | ".join(line.strip() for line in text.strip().splitlines()[-4:])[-500:] or "no message"


def describe(machine):
    """The machine: card, driver, what the programs find."""
    machine.found["card"] = query("name,memory.total,driver_version")
    machine.found["processor_threads"] = os.cpu_count()
    machine.found["programs"] = {}
    for label, program in machine.arguments.programs.items():
        done = machine.run(f"{label}: devices", [program, "devices"], 30)
        machine.found["programs"][label] = done["stdout"].strip() if done else None
    machine.write()


def bundles(machine, label, program, device):
    """Stored answers of the shipped bundles, computed again on the card."""
    name = f"{label} {device}: stored answers"
    done = machine.run(name, [program, "benchmark", "bundles", "--json", "--device", device, *BUNDLES], 90)
    if done:
        answer = json.loads(done["stdout"])
        machine.found["correctness"].append({"name": name, **answer})
        machine.write()


def same_steps(machine, label, program, device):
    """Losses of the same first steps on the card and on the CPU, in single precision and without noise."""
    config = machine.arguments.work / "tiny.toml"
    text = (REPOSITORY / "trainer/tests/tiny.toml").read_text()
    config.write_text(replaced(text, "return_noise = 0.02", "return_noise = 0.0"))
    losses = {}
    for where in ("cpu", device):
        command = [program, "benchmark", "training", "--json", "--config", config, "--steps", "4", "--warmup", "0"]
        done = machine.run(f"{label} {where}: four small steps", [*command, "--device", where], 90)
        if not done:
            return
        losses[where] = json.loads(done["stdout"])["losses"]
    worst = max(abs(losses["cpu"][name] - loss) / max(abs(loss), 1e-3) for name, loss in losses[device].items())
    name = f"{label} {device}: losses of four small steps beside the CPU's"
    machine.found["correctness"].append({"name": name, "largest_relative_difference": worst, "passed": worst <= 0.02})
    machine.write()


def ours(machine, label, program, device, config_name, precision):
    """A training step of AgeLens."""
    name = f"{label} {device} {config_name} {precision}"
    steps, warmup = machine.arguments.steps, machine.arguments.warmup
    command = [program, "benchmark", "training", "--json", "--config", config_of(machine, config_name)]
    command += ["--device", device, "--precision", precision, "--steps", steps, "--warmup", warmup]
    done = machine.run(name, command, machine.arguments.limit)
    if not done:
        return
    answer = json.loads(done["stdout"])
    machine.found["rows"].append({
        "program": label, "device": device, "config": config_name, "precision": precision,
        "step_s": answer["step_s"]["median"], "least_s": answer["step_s"]["least"],
        "forward_s": answer["generator_forward_s"]["median"], "first_step_s": answer["first_step_s"],
        "memory_mib": answer["device_memory_mib"], "card_memory_mib": done["card_memory_mib"],
        "wall_s": done["wall_s"], "adapter": answer["device"], "losses": answer["losses"],
    })
    machine.write()


def pytorch(machine, config_name, ways, precision):
    """A training step of the same networks in PyTorch."""
    torch_device = machine.arguments.torch_device
    words = ways if precision == "f32" else f"{ways},{precision}"
    command = [sys.executable, STEP, config_of(machine, config_name), "--variant", words]
    command += ["--torch-device", torch_device, "--threads", os.cpu_count(), "--steps", machine.arguments.steps]
    done = machine.run(f"PyTorch {config_name} {words}", [*command, "--warmup", 5], machine.arguments.limit)
    if not done:
        return
    answer = json.loads(done["stdout"].splitlines()[-1])
    machine.found["rows"].append({
        "program": "PyTorch", "device": torch_device, "ways": ways, "config": config_name, "precision": precision,
        "step_s": answer["step_s"], "least_s": answer["least_s"], "forward_s": answer["generator_forward_s"],
        "memory_mib": answer["device_memory_mib"], "card_memory_mib": done["card_memory_mib"], "wall_s": done["wall_s"],
    })
    machine.write()


def config_of(machine, name):
    """The configuration's file; whole brains of 2 mm are those of 4 mm on a finer grid."""
    if name != "volume_2mm":
        return CONFIGS[name]
    path = machine.arguments.work / "benchmark-volume-2mm.toml"
    text = CONFIGS["volume_4mm"].read_text()
    text = replaced(text, "shape = [48, 56, 48]", "shape = [96, 112, 96]")
    path.write_text(replaced(text, "spacing_mm = 4.0", "spacing_mm = 2.0"))
    return path


def replaced(text, old, new):
    """The text with `old` replaced, which must be in it."""
    if old not in text:
        raise ValueError(f"a configuration has no `{old}` any more")
    return text.replace(old, new)


def programs_of(named):
    """Label and path of each `LABEL=PATH`."""
    programs = {}
    for entry in named:
        label, _, path = entry.rpartition("=")
        programs[label or "AgeLens"] = Path(path).resolve()
    return programs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", dest="named", action="append", required=True, metavar="[LABEL=]PATH",
                        help="a build of the trainer; several are compared")
    parser.add_argument("--devices", nargs="+", default=["cuda", "vulkan"], help="of each build (default %(default)s)")
    parser.add_argument("--configs", nargs="+", default=list(CONFIGS), choices=list(CONFIGS), help="what is timed")
    parser.add_argument("--precisions", nargs="+", default=["f32", "bf16"], help="(default %(default)s)")
    parser.add_argument("--ways", nargs="*", default=TORCH_WAYS, choices=TORCH_WAYS, help="ways to run PyTorch; none: not")
    parser.add_argument("--torch-device", default="cuda", choices=["cpu", "cuda"], help="device of PyTorch")
    parser.add_argument("--steps", type=int, default=20, help="steps that are timed (default %(default)s)")
    parser.add_argument("--warmup", type=int, default=5, help="steps before them (default %(default)s)")
    parser.add_argument("--limit", type=float, default=90, help="seconds a measurement may take (default %(default)s)")
    parser.add_argument("--budget", type=float, default=480, help="seconds in all (default %(default)s)")
    parser.add_argument("--no-correctness", action="store_true", help="time only")
    parser.add_argument("--out", type=Path, default=Path("runs/bench-gpu"), help="folder of the results")
    arguments = parser.parse_args()
    arguments.programs = programs_of(arguments.named)
    missing = [str(path) for path in arguments.programs.values() if not path.is_file()]
    if missing:
        print(f"{', '.join(missing)}: not there; build with `make gpu`", file=sys.stderr)
        return 2
    arguments.out = arguments.out.resolve()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        arguments.work = Path(work)
        machine = Machine(arguments)
        measure(machine)
    results.write(machine.found, arguments.out)
    print((arguments.out / "gpu.md").read_text())
    wrong = [entry["name"] for entry in machine.found["correctness"] if not results.is_right(entry)]
    for name in wrong:
        print(f"WRONG: {name}", file=sys.stderr)
    return 1 if wrong or machine.found["left_out"] else 0


def measure(machine):
    """Everything, most telling first."""
    arguments = machine.arguments
    describe(machine)
    places = [(label, program, device) for label, program in arguments.programs.items() for device in arguments.devices]
    if not arguments.no_correctness:
        for place in places:
            bundles(machine, *place)
            same_steps(machine, *place)
    timed = [(config, precision) for config in arguments.configs for precision in arguments.precisions]
    # What is compared is measured one after the other: should the time run out, there are fewer pairs, but no halves.
    for config, precision in timed:
        for place in places:
            ours(machine, *place, config, precision)
        for ways in arguments.ways[:1]:
            pytorch(machine, config, ways, precision)
    for ways in arguments.ways[1:]:
        for config, precision in timed:
            pytorch(machine, config, ways, precision)


if __name__ == "__main__":
    sys.exit(main())
