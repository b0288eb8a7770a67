"""How well a prepared map agrees with a label map: the same code for every tool."""

from pathlib import Path
from typing import NamedTuple

import nibabel as nib
import numpy as np


class Agreement(NamedTuple):
    gm_dice: float
    mask_dice: float


class Labels(NamedTuple):
    """A label map in the person's own space."""

    values: np.ndarray
    world_from_voxel: np.ndarray

    @classmethod
    def read(cls, path: Path) -> "Labels":
        image = nib.load(path)
        return cls(np.asanyarray(image.dataobj).round().astype(np.int32), image.affine)


def grey_labels(table: Path) -> np.ndarray:
    """Labels with a 1 in the column `grey_matter` of dlmuse-labels.tsv."""
    rows = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()]
    label, grey = rows[0].index("label"), rows[0].index("grey_matter")
    return np.array([int(row[label]) for row in rows[1:] if row[grey].strip() == "1"])


def read_on_grid(path: Path, grid: nib.Nifti1Image) -> np.ndarray:
    """Values of an image that must lie on `grid`."""
    image = nib.load(path)
    if image.shape != grid.shape or not np.allclose(image.affine, grid.affine, atol=1e-3):
        raise ValueError(f"{path}: not on the grid of the ICBM152 template; both tools must be measured there")
    return image.get_fdata(dtype=np.float32)


def labels_in_mni(labels: Labels, mni_from_world: np.ndarray, grid: nib.Nifti1Image) -> np.ndarray:
    """The label of the nearest voxel at each voxel of the MNI grid; 0 outside of the label map."""
    voxel_from_grid = np.linalg.inv(mni_from_world @ labels.world_from_voxel) @ grid.affine
    indices = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    nearest = np.floor(indices @ voxel_from_grid[:3, :3].T + voxel_from_grid[:3, 3] + 0.5).astype(np.int64)
    inside = np.all((nearest >= 0) & (nearest < labels.values.shape), axis=-1)
    found = np.zeros(grid.shape, dtype=labels.values.dtype)
    found[inside] = labels.values[tuple(nearest[inside].T)]
    return found


def dice(one: np.ndarray, other: np.ndarray) -> float:
    size = int(one.sum()) + int(other.sum())
    return 2.0 * int((one & other).sum()) / size if size else 0.0


def measure(gm: Path, mask: Path, affine: Path, labels: Labels, grey: np.ndarray, grid: nib.Nifti1Image) -> Agreement:
    """Dice of grey matter >= 0.5 with the grey labels, and of mask >= 0.5 with all labels, in MNI space.

    The labels come there by the tool's own affine (`affine`: 4 x 4 text, RAS mm to RAS mm). So this judges the tissue
    and the brain's outline; a wrong place shows only as far as the mask misses the labels.
    """
    there = labels_in_mni(labels, np.loadtxt(affine), grid)
    return Agreement(
        gm_dice=dice(read_on_grid(gm, grid) >= 0.5, np.isin(there, grey)),
        mask_dice=dice(read_on_grid(mask, grid) >= 0.5, there > 0),
    )
