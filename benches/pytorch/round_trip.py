#!/usr/bin/env python3
"""Do exported weights give in PyTorch what the native program gave? Compares each bundle's reference outputs.

Exit codes: 0 all agree, 1 one does not, 2 wrong usage or a bundle cannot be read.
"""

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from exported import Bundle
from networks import Classifier, Generator, GridContext, image, load_weights

REPOSITORY = Path(__file__).resolve().parents[2]
TOLERANCE = 1e-4


class Networks(Bundle):
    """A bundle with its networks in PyTorch."""

    def network(self, role):
        """The network of a role with the weights of the bundle."""
        models = self.manifest["models"]
        if role in ("classifier", "judge"):
            return load_weights(Classifier(models[role]), self.path(role))
        return load_weights(Generator(models["generator"]), self.path(role))


@torch.no_grad()
def compare(bundle):
    """Rows (direction, quantity, largest difference)."""
    context = GridContext.of(bundle.manifest["grid"], bundle.volume("mask"))
    original = image(bundle.volume("reference_input"))
    classifier = bundle.network("classifier")
    bundle.network("judge")  # its answers are in no bundle, but its tensors must fit
    rows = []
    for expected in bundle.manifest["reference"]:
        direction = expected["direction"]
        translated = bundle.network(direction)(original, context)
        found = {
            "translated": translated,
            "difference": translated - original,
            "probability before": torch.sigmoid(classifier(original, context)),
            "probability after": torch.sigmoid(classifier(translated, context)),
        }
        native = {
            "translated": image(bundle.volume(expected["translated"])),
            "difference": image(bundle.volume(expected["difference"])),
            "probability before": torch.tensor([[expected["probability_old_before"]]]),
            "probability after": torch.tensor([[expected["probability_old_after"]]]),
        }
        for quantity, values in found.items():
            rows.append((direction, quantity, (values - native[quantity]).abs().max().item()))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundles", nargs="*", type=Path, help="folders of bundles; default: those in static/models without an age dial")
    parser.add_argument("--threads", type=int, default=2, help="threads of PyTorch (default %(default)s)")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    # Those with an age dial are refused when they are named.
    shipped = [path for path in (REPOSITORY / "static/models").glob("*/manifest.json") if '"ageing"' not in path.read_text()]
    folders = arguments.bundles or sorted(path.parent for path in shipped)
    if not folders:
        print("no bundle is there: name a folder that `trainer export` wrote", file=sys.stderr)
        return 2
    agree = True
    print(f"{'bundle':16} {'direction':13} {'quantity':19} {'largest difference':>18}")
    for folder in folders:
        try:
            rows = compare(Networks(folder))
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            print(f"{folder}: {error}", file=sys.stderr)
            return 2
        for direction, quantity, difference in rows:
            fits = difference <= TOLERANCE  # false for NaN too
            agree &= fits
            print(f"{folder.name:16} {direction:13} {quantity:19} {difference:18.2e}{'' if fits else '  TOO FAR'}")
    print(f"{'all agree' if agree else 'NOT all agree'} within {TOLERANCE:g}")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
