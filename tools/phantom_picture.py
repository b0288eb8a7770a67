#!/usr/bin/env python3
"""Draws docs/images/phantom.png: a phantom, the same one in the other group, and the truth.

    python3 -m venv /tmp/picture && /tmp/picture/bin/pip install numpy==2.4.6 nibabel==5.4.2 matplotlib==3.11.2
    trainer cohort phantom --subjects 5 --seed 1 --spacing-mm 2 --out /tmp/phantom
    /tmp/picture/bin/python tools/phantom_picture.py /tmp/phantom docs/images/phantom.png [--beside MAP.nii.gz]

Takes the oldest test subject with a truth map. With --beside a real map stands in a row below, to compare the two; such a
picture shows a person and does not belong into the repository.
"""

import argparse
import csv
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import nibabel as nib
import numpy as np

PLANES_MM = {"axial": (2, 16.0), "coronal": (1, -20.0), "sagittal": (0, 26.0)}


def slice_mm(image, axis, at_mm):
    """One slice, left of the person at the left, with its extent in mm; None where the map does not reach there."""
    along = int(round((at_mm - image.affine[axis, 3]) / image.affine[axis, axis]))
    if not 0 <= along < image.shape[axis]:
        return None
    values = np.take(image.get_fdata(), along, axis)
    first, second = [other for other in range(3) if other != axis]
    ends = [image.affine[other, 3] + np.array([-0.5, image.shape[other] - 0.5]) * image.affine[other, other]
            for other in (first, second)]
    return values.T, [*ends[0], *ends[1]]


def oldest(cohort):
    """The oldest test subject of the old group: identifier and both ages of the truth."""
    table = lambda name: csv.DictReader((cohort / name).open(), delimiter="\t")
    old = {row["participant_id"] for row in table("participants.tsv") if row["group"] == "old"}
    rows = [row for row in table("truth/subjects.tsv") if row["participant_id"] in old and row["old_age"] != "n/a"]
    if not rows:
        sys.exit(f"{cohort}: no test subject has a truth; make it with `trainer cohort phantom --kind brain`")
    return max(rows, key=lambda row: float(row["old_age"]))


def draw(axes, name, image, limits, colours):
    """One row of three planes."""
    for axis, (plane, (along, at_mm)) in zip(axes, PLANES_MM.items()):
        axis.set_axis_off()
        found = slice_mm(image, along, at_mm)
        if found is None:
            continue
        shown = axis.imshow(found[0], extent=found[1], origin="lower", vmin=limits[0], vmax=limits[1], cmap=colours)
        axis.set_title(f"{name}, {plane} {'xyz'[along]} = {at_mm:g} mm", fontsize=8, color="white")
    bar = axes[-1].figure.colorbar(shown, ax=list(axes), shrink=0.8, pad=0.01)
    bar.ax.tick_params(colors="white", labelsize=7)
    bar.set_label("grey-matter density", color="white", fontsize=7)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", type=Path, help="phantom cohort")
    parser.add_argument("out", type=Path, help="PNG to write")
    parser.add_argument("--beside", type=Path, help="a real grey-matter map, for a look by yourself")
    arguments = parser.parse_args()
    row = oldest(arguments.cohort)
    name = row["participant_id"]
    own = nib.load(next((arguments.cohort / name / "anat").glob("*probseg.nii.gz")))
    truth = nib.load(arguments.cohort / f"truth/{name}_desc-oldMinusYoung_GM.nii.gz")
    younger = nib.Nifti1Image(own.get_fdata() - truth.get_fdata(), own.affine)
    rows = [(f"phantom, {float(row['old_age']):.0f} years", own, (0, 1), "gray"),
            (f"the same, {float(row['young_age']):.0f} years", younger, (0, 1), "gray"),
            ("truth: old − young", truth, (-0.5, 0.5), "RdBu_r")]
    if arguments.beside:
        rows.append((arguments.beside.name[:20], nib.load(arguments.beside), (0, 1), "gray"))
    figure, axes = plt.subplots(len(rows), 3, figsize=(9, 2.9 * len(rows)), facecolor="black", layout="constrained")
    for axis, content in zip(axes, rows):
        draw(axis, *content)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(arguments.out, dpi=110, facecolor="black")


if __name__ == "__main__":
    main()
