#!/usr/bin/env python3
"""Writes a bundle's classifier and both generators as ONNX files, and checks them against the native answers.

Beside the networks lies what the browser needs to ask and to judge them: the reference input, the expected results.

Exit codes: 0 all agree, 1 one does not, 2 wrong usage or a bundle cannot be read.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import graph
import numpy
import onnxruntime
from safetensors.numpy import load_file

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from exported import Bundle

REPOSITORY = Path(__file__).resolve().parents[2]
BUNDLES = [REPOSITORY / "static/models/phantom-small"]
TOLERANCE = 1e-3


class Networks(Bundle):
    """A bundle with its networks in ONNX."""

    def volume(self, role):
        """Values `[z, y, x]`."""
        return numpy.ascontiguousarray(super().volume(role).T)

    def network(self, role, context):
        """The ONNX model of a role."""
        weights = {name: values.astype(numpy.float32) for name, values in load_file(self.path(role)).items()}
        kind = "classifier" if role == "classifier" else "generator"
        try:
            return getattr(graph, kind)(self.manifest["models"][kind], weights, context)
        except KeyError as missing:
            raise ValueError(f"{self.path(role)}: the tensor {missing} is missing") from missing


def write(bundle, folder):
    """Writes all files of a bundle; returns rows (direction, quantity, largest difference from the native answer).

    `expected.json`, without which nothing is measured, is written where they agree only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    about_path = folder / "expected.json"
    about_path.unlink(missing_ok=True)
    context = graph.Context(bundle.manifest["grid"], bundle.volume("mask"))
    original = bundle.volume("reference_input")

    def session(role):
        data = bundle.network(role, context).SerializeToString()
        (folder / f"{role}.onnx").write_bytes(data)
        running = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        return lambda image: running.run(None, {"image": image[None, None]})[0]

    classify = session("classifier")
    original.tofile(folder / "input.f32")
    rows, directions = [], {}
    for expected in bundle.manifest["reference"]:
        direction = expected["direction"]
        translated = session(direction)(original)[0, 0]
        native = bundle.volume(expected["translated"])
        native.tofile(folder / f"{direction}.f32")
        directions[direction] = {key: expected[f"probability_old_{key}"] for key in ("before", "after")}
        rows.append((direction, "translated", numpy.abs(translated - native).max()))
        for key, image in (("before", original), ("after", translated)):
            probability = 1.0 / (1.0 + numpy.exp(-float(classify(image)[0, 0])))
            rows.append((direction, f"probability {key}", abs(probability - directions[direction][key])))
    about = {
        "bundle": bundle.folder.name,
        "manifest_sha256": hashlib.sha256(bundle.manifest_bytes).hexdigest(),
        "mode": bundle.manifest["models"]["generator"]["kind"],
        "shape": context.shape,
        "tolerance": TOLERANCE,
        "probability_old": directions,
    }
    if all(fits(difference) for *_, difference in rows):
        about_path.write_text(json.dumps(about, indent=1) + "\n")
    return rows


def fits(difference):
    return bool(difference <= TOLERANCE)  # false for NaN too


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundles", nargs="*", type=Path, default=BUNDLES, help="folders of bundles")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "runs/onnx", help="folder (default runs/onnx)")
    arguments = parser.parse_args()
    agree = True
    print(f"{'bundle':16} {'direction':13} {'quantity':19} {'largest difference':>18}")
    for folder in arguments.bundles:
        try:
            rows = write(Networks(folder), arguments.out / folder.resolve().name)
        except (OSError, KeyError, ValueError) as error:
            print(f"{folder}: {error}", file=sys.stderr)
            return 2
        for direction, quantity, difference in rows:
            agree &= fits(difference)
            verdict = "" if fits(difference) else "  TOO FAR"
            print(f"{folder.name:16} {direction:13} {quantity:19} {difference:18.2e}{verdict}")
    print(f"{'all agree' if agree else 'NOT all agree'} within {TOLERANCE:g}")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
