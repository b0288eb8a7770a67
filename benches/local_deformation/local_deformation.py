#!/usr/bin/env python3
"""A translation without a network that moves tissue: local_deformation.py --cohort COHORT.

For a phantom cohort of two groups with truth maps. In a small neighbourhood of each voxel the difference of the training groups' means is
fitted, by ridge regression, with the means of six numbers of a map x: x, s (1 - x), x (1 - b), and the slopes of s along three axes (s and b:
x smoothed a little and more). The coefficients then translate each test phantom. Prints the agreement with the truth and its individual part.
Needs numpy, scipy and nibabel.
"""

import argparse
import csv
import pathlib

import nibabel
import numpy as np
from scipy.ndimage import convolve1d, gaussian_filter

NEIGHBOURHOOD_VOXELS = 0.85
RIDGE = 0.1
SMOOTHING = 0.4  # share of a voxel that its two neighbours along an axis replace before slopes are taken
LEAST_MEAN = 0.05  # of all maps: what is brain


def read(path):
    return np.asarray(nibabel.load(path).dataobj, dtype=np.float32)


def smooth(image, share):
    for axis in range(3):
        image = convolve1d(image, [share / 2, 1 - share, share / 2], axis=axis, mode="constant")
    return image


def features(image):
    slopes = np.gradient(smooth(image, SMOOTHING))
    return np.stack([image, smooth(image, 0.1) * (1 - image), image * (1 - gaussian_filter(image, 1)), *slopes], -1)


def coefficients(means, change, mask):
    """Of each voxel, from its neighbourhood: `means` `[x, y, z, feature]`, `change` `[x, y, z]`."""
    scale = np.sqrt((means[mask] ** 2).mean(0))
    means, count = means / scale, means.shape[-1]
    around = lambda values: gaussian_filter(values * mask, NEIGHBOURHOOD_VOXELS)
    squares = np.stack([np.stack([around(means[..., a] * means[..., b]) for a in range(count)], -1) for b in range(count)], -2)
    aims = np.stack([around(means[..., a] * change) for a in range(count)], -1)
    ridge = RIDGE * np.trace(squares, axis1=-2, axis2=-1)[..., None, None] / count + 1e-6
    return np.linalg.solve(squares + np.eye(count) * ridge, aims[..., None])[..., 0] / scale


def agreement(a, b):
    return float(np.corrcoef(a, b)[0, 1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cohort", required=True, type=pathlib.Path)
    cohort = parser.parse_args().cohort
    with open(cohort / "participants.tsv", newline="") as file:
        people = list(csv.DictReader(file, delimiter="\t"))
    maps = {one["participant_id"]: read(next((cohort / one["participant_id"]).rglob("*.nii.gz"))) for one in people}
    truth = {name: cohort / "truth" / f"{name}_desc-oldMinusYoung_GM.nii.gz" for name in maps}
    if not any(path.exists() for path in truth.values()):
        parser.error(f"{cohort} has no truth maps; make it with: trainer cohort phantom")
    mask = np.mean(list(maps.values()), axis=0) > LEAST_MEAN
    training = {
        group: [maps[one["participant_id"]] for one in people if (one["group"], one["split"]) == (group, "train")]
        for group in ("young", "old")
    }
    change = np.mean(training["old"], 0) - np.mean(training["young"], 0)
    for own, other, sign in (("young", "old", 1), ("old", "young", -1)):
        weights = coefficients(np.mean([features(one) for one in training[own]], 0), sign * change, mask)
        tested = [one["participant_id"] for one in people if one["group"] == own and truth[one["participant_id"]].exists()]
        drawn = np.stack([(features(maps[name]) * weights).sum(-1)[mask] for name in tested])
        true = np.stack([sign * read(truth[name])[mask] for name in tested])
        whole = np.mean([agreement(*pair) for pair in zip(drawn, true)])
        individual = np.mean([agreement(*pair) for pair in zip(drawn - drawn.mean(0), true - true.mean(0))])
        print(f"{own} -> {other}: agreement with the truth {whole:.3f}, individual {individual:.3f}, {len(tested)} phantoms")


if __name__ == "__main__":
    main()
