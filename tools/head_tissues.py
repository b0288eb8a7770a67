#!/usr/bin/env python3
"""Makes static/template/heads20_4mm_tissues.nii.gz: how often each tissue is found where, in 20 heads laid on the standard brain.

Needs label maps of whole heads (FreeSurfer numbers in the brain, 500 and above outside it) at 2 mm: the training label maps of
SynthSeg (BBillot/SynthSeg, Apache-2.0), of which each 2 mm voxel is the majority of eight. They are not in this repository.

    python tools/head_tissues.py FOLDER_OF_LABEL_MAPS

Each head is laid on the ICBM152 brain by the twelve-parameter affine with the least squared difference of the smoothed grey and
white matter (Gauss-Newton). The shares of six tissues (gm, wm, csf, bone, soft, air) are averaged over the heads and over left and
right, and kept within 28 mm of the brain. In the file the six lie one above the other along z.

Packages: numpy, scipy, nibabel. When the file changes, raise TEMPLATE_VERSION in shared/src/prepare/t1/template.rs.
"""

import argparse
import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy import ndimage

TEMPLATE = Path(__file__).resolve().parent.parent / "static/template"
GM = [3, 8, 10, 11, 12, 13, 17, 18, 26, 42, 47, 49, 50, 51, 52, 53, 54, 58]
WM = [2, 7, 16, 28, 41, 46, 60, 77, 85, 251, 252, 253, 254, 255]
# Ventricles, vessels, choroid plexus; 24 is the fluid around the brain.
CSF = [4, 5, 14, 15, 24, 25, 30, 43, 44, 57, 62, 72]
BONE = [515, 516]
SOFT = [502, 506, 507, 508, 509, 511, 512, 514, 530]
SMOOTHING_VOXELS = 2.0
SHAPE, ORIGIN_MM, SPACING_MM = (52, 64, 60), (-102.0, -142.0, -114.0), 4.0
REACH_MM = 28.0
LEAST_HEADS = 15


def load(path):
    image = nib.load(path)
    return np.asarray(image.get_fdata(), np.float32), image.affine


def share(labels, values):
    return np.isin(labels, values).astype(np.float32)


def smooth(values):
    return ndimage.gaussian_filter(values, SMOOTHING_VOXELS)


def centre_mm(weights, affine):
    return (affine @ np.r_[np.array(ndimage.center_of_mass(weights)), 1.0])[:3]


def points_of(shape, affine, step=1):
    voxels = np.stack(np.meshgrid(*[np.arange(0, count, step) for count in shape], indexing="ij"), -1).reshape(-1, 3)
    return voxels, np.c_[voxels, np.ones(len(voxels))] @ affine.T


def lay(head, head_affine, standard, standard_affine):
    """The affine from MNI mm to the head's mm."""
    voxels, points = points_of(standard[0].shape, standard_affine, step=2)
    near = ndimage.maximum_filter(standard[0] + standard[1], 7)[tuple(voxels.T)] > 0.02
    points = points[near]
    wanted = [values[tuple(voxels[near].T)] for values in standard]
    slopes = [np.gradient(values) for values in head]
    voxel_from_world = np.linalg.inv(head_affine)
    middle = centre_mm(standard[0] + standard[1], standard_affine)
    placed = np.eye(4)
    placed[:3, 3] = centre_mm(head[0] + head[1], head_affine) - middle
    about = np.c_[points[:, :3] - middle, np.ones(len(points))]
    for _ in range(60):
        places = (points @ (voxel_from_world @ placed).T)[:, :3].T
        jacobian, residual = [], []
        for values, slope, target in zip(head, slopes, wanted):
            along = np.stack([ndimage.map_coordinates(part, places, order=1) for part in slope], 1) @ voxel_from_world[:3, :3]
            jacobian.append((along[:, :, None] * about[:, None, :]).reshape(len(points), 12))
            residual.append(target - ndimage.map_coordinates(values, places, order=1))
        jacobian, residual = np.concatenate(jacobian), np.concatenate(residual)
        normal = jacobian.T @ jacobian
        normal += 1e-6 * np.eye(12) * np.trace(normal) / 12
        step = np.linalg.solve(normal, jacobian.T @ residual).reshape(3, 4)
        change = np.zeros((4, 4))
        change[:3, :3], change[:3, 3] = step[:, :3], step[:, 3] - step[:, :3] @ middle
        placed = placed + change
        if np.abs(step[:, 3]).max() < 0.01 and np.abs(step[:, :3]).max() < 1e-4:
            break
    return placed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of label maps (*.nii.gz)")
    folder = parser.parse_args().folder
    (gm, affine), (wm, _) = (load(TEMPLATE / f"icbm152_2mm_{name}.nii.gz") for name in ("gm", "wm"))
    standard = [smooth(gm), smooth(wm)]
    mni_from_voxel = np.diag([SPACING_MM] * 3 + [1.0])
    mni_from_voxel[:3, 3] = ORIGIN_MM
    _, points = points_of(SHAPE, mni_from_voxel)
    total, seen = np.zeros((6, len(points))), np.zeros(len(points))
    for path in sorted(folder.glob("*.nii.gz")):
        labels, head_affine = load(path)
        placed = lay([smooth(share(labels, GM)), smooth(share(labels, WM))], head_affine, standard, affine)
        print(path.name, "scales", np.linalg.norm(placed[:3, :3], axis=0).round(3), flush=True)
        places = (points @ (np.linalg.inv(head_affine) @ placed).T)[:, :3].T
        inside = np.all((places >= -0.5) & (places <= np.array(labels.shape)[:, None] - 0.5), 0)
        tissues = [share(labels, values) for values in (GM, WM, CSF, BONE, SOFT)]
        tissues.append(np.maximum(0.0, 1.0 - sum(tissues)))
        for sums, tissue in zip(total, tissues):
            # Smoothed by what 4 mm cannot hold.
            smoothed = ndimage.gaussian_filter(tissue, 0.8)
            sums += ndimage.map_coordinates(smoothed, places, order=1, mode="nearest") * inside
        seen += inside
    shares = (total / np.maximum(seen, 1)).reshape((6,) + SHAPE)
    seen = seen.reshape(SHAPE)
    shares, seen = (shares + shares[:, ::-1]) / 2, np.minimum(seen, seen[::-1])
    away_mm = SPACING_MM * ndimage.distance_transform_edt(shares[:3].sum(0) < 0.5)
    near = (away_mm <= REACH_MM) & (seen >= LEAST_HEADS)
    box = ndimage.find_objects(near.astype(int))[0]
    shares = np.round(shares / shares.sum(0) * near * 255)[(slice(None), *box)].astype(np.uint8)
    mni_from_voxel[:3, 3] += SPACING_MM * np.array([part.start for part in box])
    image = nib.Nifti1Image(np.concatenate(list(shares), 2), mni_from_voxel)
    image.header.set_slope_inter(1 / 255.0, 0)
    image.set_sform(mni_from_voxel, 4)
    image.set_qform(mni_from_voxel, 4)
    image.header["descrip"] = b"gm wm csf bone soft air, one above the other along z"
    (TEMPLATE / "heads20_4mm_tissues.nii.gz").write_bytes(gzip.compress(image.to_bytes(), 9, mtime=0))


if __name__ == "__main__":
    main()
