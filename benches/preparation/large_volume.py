#!/usr/bin/env python3
"""Writes a scan of 256 x 256 x 256 voxels of 1 mm: a smaller one, interpolated (cubic) and padded with zeros.

    python benches/preparation/large_volume.py SCAN.nii.gz /tmp/large.nii.gz
    /usr/bin/time -v target/release/trainer prepare /tmp/large.nii.gz --out /tmp/large
"""

import sys

import nibabel as nib
import numpy as np
from scipy import ndimage

SIDE = 256


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    image = nib.as_closest_canonical(nib.load(sys.argv[1]))
    spacing = np.array(image.header.get_zooms()[:3])
    data = ndimage.zoom(image.get_fdata(dtype=np.float32), spacing, order=3, grid_mode=True, mode="nearest")
    data = np.clip(data, 0, None)
    room = [SIDE - count for count in data.shape]
    if min(room) < 0:
        sys.exit(f"{sys.argv[1]}: {data.shape} voxels at 1 mm do not fit into {SIDE} along each axis")
    before = [count // 2 for count in room]
    data = np.pad(data, [(low, count - low) for low, count in zip(before, room)])
    # A voxel of 1 mm begins half of the larger voxel's width before its centre.
    affine = image.affine @ np.diag([*(1 / spacing), 1])
    affine[:3, 3] = (image.affine @ [*(0.5 / spacing - 0.5), 1])[:3] - affine[:3, :3] @ before
    nib.save(nib.Nifti1Image(np.rint(data).astype(np.int16), affine), sys.argv[2])


if __name__ == "__main__":
    main()
