#!/usr/bin/env python3
"""Writes a scan of a cube of 256 mm, 256 x 256 x 256 voxels of 1 mm unless said otherwise: a smaller one, interpolated (cubic), with
noise in the air and padded with zeros. `--sagittal` stores it as sagittal slices, as many scanners do.

    python benches/preparation/large_volume.py SCAN.nii.gz /tmp/large.nii.gz --spacing-mm 0.5 --sagittal
    python benches/preparation/stopwatch.py /tmp/large.json target/release/trainer prepare /tmp/large.nii.gz --out /tmp/large
"""

import argparse

import nibabel as nib
import numpy as np
from scipy import ndimage

SIDE_MM = 256
# Of the noise, in multiples of the scan's own brightest values.
NOISE = 0.005


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("scan")
    arguments.add_argument("large")
    arguments.add_argument("--spacing-mm", type=float, default=1.0)
    arguments.add_argument("--sagittal", action="store_true")
    arguments = arguments.parse_args()
    image = nib.as_closest_canonical(nib.load(arguments.scan))
    factor = np.array(image.header.get_zooms()[:3]) / arguments.spacing_mm
    data = ndimage.zoom(image.get_fdata(dtype=np.float32), factor, order=3, grid_mode=True, mode="nearest")
    sigma = NOISE * np.percentile(data, 99.9)
    data = np.abs(data + np.random.default_rng(1).normal(0, sigma, data.shape).astype(np.float32))
    side = round(SIDE_MM / arguments.spacing_mm)
    room = [side - count for count in data.shape]
    if min(room) < 0:
        raise SystemExit(f"{arguments.scan}: {data.shape} voxels of {arguments.spacing_mm} mm do not fit into {SIDE_MM} mm")
    before = [count // 2 for count in room]
    data = np.pad(data, [(low, count - low) for low, count in zip(before, room)])
    # The first of the smaller voxels begins where the first of the larger ones does.
    affine = image.affine @ np.diag([*(1 / factor), 1])
    affine[:3, 3] = (image.affine @ [*(0.5 / factor - 0.5), 1])[:3] - affine[:3, :3] @ before
    large = nib.Nifti1Image(np.rint(data).astype(np.int16), affine)
    if arguments.sagittal:
        orientations = [nib.orientations.axcodes2ornt(tuple(codes)) for codes in ("RAS", "PSR")]
        large = large.as_reoriented(nib.orientations.ornt_transform(*orientations))
    nib.save(large, arguments.large)


if __name__ == "__main__":
    main()
