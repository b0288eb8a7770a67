#!/usr/bin/env python3
"""Makes static/template/: the ICBM152 2009a symmetric template and the Colin27 head, at 2 mm.

    apt-get install mricron-data
    python3 -m venv /tmp/template && /tmp/template/bin/pip install numpy==2.4.6 nibabel==5.4.2
    /tmp/template/bin/python tools/template.py

Reads the 1 mm T1, GM and WM files inside the PyPI wheel of nilearn (version and hash below; fetched by pip,
not installed) and the 1 mm Colin27 of Debian's package mricron-data (--colin; hash below), and writes
colin27_2mm_head.nii.gz, icbm152_2mm_{t1,gm,wm,csf}.nii.gz (uint8, scl_slope 1/255) and NOTICE.md. Where a file
changes, raise TEMPLATE_VERSION here and in shared/src/prepare/t1/template.rs.

What always holds: every 2 mm voxel is centred on a 1 mm voxel (weights 1/4, 1/2, 1/4 along each axis, then
every second voxel), so no half-voxel shift can creep in; GM + WM + CSF <= 1; the same input gives the same
bytes (with CPython 3.11 and zlib 1.2.13; another zlib may compress differently, the voxels stay the same).
"""

import argparse
import gzip
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import nibabel as nib
import numpy as np

from brain_files import (MRICRON, MRICRON_LICENCE, MRICRON_TEMPLATES, encode_nifti, grid_affine, notice_row,
                         read_pinned, write)

TEMPLATE_VERSION = "icbm2009a-heads20-1"
NILEARN_VERSION = "0.14.1"
NILEARN_WHEEL_SHA256 = "725206484e9fb3f6691f9c2d20204a068759d5072f12055324702ee0cb2bbe8a"
ICBM_SOURCE = "nilearn/datasets/data/mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"
COLIN_SOURCE = MRICRON_TEMPLATES / "ch2.nii.gz"
COLIN_SHA256 = "a009051127f64dc3dd554d5f5b589870ea72106d9642c21b4e7093e478cfc309"


class Grid(NamedTuple):
    """A 1 mm source in RAS+: its shape, and voxel (0, 0, 0) in MNI millimetres (kept by the 2 mm volume)."""

    shape: tuple[int, int, int]
    origin_mm: tuple[float, float, float]

    def affine(self, spacing_mm: float) -> np.ndarray:
        return grid_affine(spacing_mm, self.origin_mm)


ICBM_GRID = Grid((197, 233, 189), (-98.0, -134.0, -72.0))
COLIN_GRID = Grid((181, 217, 181), (-90.0, -125.0, -71.0))

NOTICE = """\
# Templates: ICBM152, twenty heads and Colin27

Made by `tools/template.py`; do not edit by hand. These files are covered by the notices below, not by the
licence of this repository. Version of the set: `{template_version}`.

| file | content | SHA-256 |
| --- | --- | --- |
{rows}

All: voxels of 2 mm (the twenty heads': 4 mm), RAS+, uint8 with `scl_slope` 1/255, so scaled values are 0..1.

- `icbm152_*`: {icbm_shape} voxels, voxel (0, 0, 0) at MNI (-98, -134, -72) mm
- `heads20_*`: 6 times 50 x 60 x 57 voxels, voxel (0, 0, 0) at MNI (-98, -134, -110) mm
- `colin27_*` (not used by the preparation; a head for tests): {colin_shape} voxels, voxel (0, 0, 0) at MNI (-90, -125, -71) mm

Changes made here: smoothed with (1/4, 1/2, 1/4) along each axis and every second voxel kept.

## ICBM152

### Origin
ICBM 152 Nonlinear Atlases version 2009, release **a, symmetric** (`MNI152NLin2009aSym`), by the McConnell Brain
Imaging Centre, Montreal Neurological Institute. Taken from the PyPI package
[nilearn](https://pypi.org/project/nilearn/{version}/) {version}, folder `nilearn/datasets/data/`, files
`mni_icbm152_{{t1,gm,wm}}_tal_nlin_sym_09a_converted.nii.gz` (1 mm, uint8). nilearn has cut the T1 to the brain;
there is no skull in it.

nilearn does not carry the atlas's own CSF map: `csf` is derived, 1 - GM - WM (clipped at 0) inside the brain mask
(T1 > 0), and 0 outside; the fluid around the brain lies mostly outside that mask and is therefore missing from it.

### Permission notice (the file `COPYING` of the atlas)
> Copyright (C) 1993-2004 Louis Collins, {permission}

### To cite
- Fonov V, Evans AC, Botteron K, Almli CR, McKinstry RC, Collins DL. Unbiased average age-appropriate atlases for
  pediatric studies. NeuroImage 2011;54(1):313-327. doi:10.1016/j.neuroimage.2010.07.033
- Fonov VS, Evans AC, McKinstry RC, Almli CR, Collins DL. Unbiased nonlinear average age-appropriate brain
  templates from birth to adulthood. NeuroImage 2009;47:S102. doi:10.1016/S1053-8119(09)70884-5

## Twenty heads

### Origin
How often each of six tissues (grey matter, white matter, fluid, bone, soft tissue, air) is found where, averaged over 20 heads
and over left and right, at 4 mm, within 28 mm of the brain; the six lie one above the other along z. Made by
`tools/head_tissues.py` from label maps of whole heads, each laid on the ICBM152 brain by an affine. The label maps are
training data of SynthSeg ([BBillot/SynthSeg](https://github.com/BBillot/SynthSeg), commit 66342c1, `data/training_label_maps`),
brought to 2 mm; no person's map or image is in this repository.

### Licence
Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0. Changed: averaged as told above.

### To cite
- Billot B, Greve DN, Puonti O, et al. SynthSeg: Segmentation of brain MRI scans of any contrast and resolution without
  retraining. Med Image Anal 2023;86:102789. doi:10.1016/j.media.2023.102789

## Colin27

### Origin
Colin 27 Average Brain, Stereotaxic Registration Model, by the McConnell Brain Imaging Centre, Montreal Neurological
Institute: the average of 27 T1-weighted scans of one volunteer, brought to MNI space. It is a picture of one person,
with the upper part of the face, published by its makers for this purpose: as a standard head to which others are
registered. Taken from Debian's package
[mricron-data](https://packages.debian.org/bookworm/mricron-data) 1.2.20211006+dfsg-4, file
`/usr/share/mricron/templates/ch2.nii.gz` (1 mm, uint8, 0..254;
SHA-256 `{colin_sha256}`). This is the 8-bit copy that the
program MRIcron brings along. Its header puts voxel (0, 0, 0) at MNI (-90, -125, -71) mm, the Centre's own file at
(-90, -126, -72) mm; the copy's header is kept here.

### Permission notice of the image
Debian's `copyright` file does not name the image; this is the notice under which the Centre gives out
[Colin27](https://www.bic.mni.mcgill.ca/ServicesAtlases/Colin27).

> Copyright (C) 1993-2009 Louis Collins, {permission}

### Licence of MRIcron and its data files (`Files: *` in Debian's `copyright`)
{mricron_licence}

### To cite
- Holmes CJ, Hoge R, Collins L, Woods R, Toga AW, Evans AC. Enhancement of MR images using registration for signal
  averaging. J Comput Assist Tomogr 1998;22(2):324-333. doi:10.1097/00004728-199803000-00032
"""

PERMISSION = """\
McConnell Brain Imaging Centre, Montreal Neurological Institute,
> McGill University. Permission to use, copy, modify, and distribute this software and its documentation for any
> purpose and without fee is hereby granted, provided that the above copyright notice appear in all copies. The
> authors and McGill University make no representations about the suitability of this software for any purpose.
> It is provided "as is" without express or implied warranty. The authors are not responsible for any data loss,
> equipment damage, property loss, or injury to subjects or patients resulting from the use or misuse of this
> software package."""

COLIN_NAME = "colin27_2mm_head.nii.gz"
HEADS_NAME = "heads20_4mm_tissues.nii.gz"
CONTENT = {
    "t1": "T1-weighted intensity, brain only, 1 = 255 of the source",
    "gm": "probability of grey matter",
    "wm": "probability of white matter",
    "csf": "derived: brain mask - GM - WM",
}


def fetch_wheel(folder: Path) -> Path:
    """Lets pip fetch the pinned wheel into `folder`, and checks its hash."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
         "--dest", str(folder), f"nilearn=={NILEARN_VERSION}"],
        check=True,
    )
    wheel = next(folder.glob("nilearn-*.whl"))
    read_pinned(wheel, NILEARN_WHEEL_SHA256, "pip fetched none", f"that of nilearn {NILEARN_VERSION}")
    return wheel


def decode(name: str, content: bytes, grid: Grid) -> np.ndarray:
    """A gzipped NIfTI-1 of uint8 as float64, 0..1, checked for the geometry this script counts on."""
    image = nib.Nifti1Image.from_bytes(gzip.decompress(content))
    if image.shape != grid.shape or not np.array_equal(image.affine, grid.affine(1.0)):
        sys.exit(f"{name}: unexpected shape {image.shape} or affine {image.affine.tolist()}; expected {grid}")
    if image.get_data_dtype() != np.uint8:
        sys.exit(f"{name}: voxels are {image.get_data_dtype()}, expected uint8")
    return np.asanyarray(image.dataobj).astype(np.float64) / 255.0


def read_icbm(wheel: zipfile.ZipFile, kind: str) -> np.ndarray:
    """One map of the wheel."""
    name = ICBM_SOURCE.format(kind)
    return decode(name, wheel.read(name), ICBM_GRID)


def read_colin(path: Path) -> np.ndarray:
    """The whole head."""
    where_from = f"`apt-get install mricron-data` brings {COLIN_SOURCE}, or name a copy of it with --colin"
    return decode(str(path), read_pinned(path, COLIN_SHA256, where_from, f"ch2.nii.gz of {MRICRON}"), COLIN_GRID)


def halve(volume: np.ndarray) -> np.ndarray:
    """1 mm to 2 mm: (1/4, 1/2, 1/4) along each axis, then every second voxel, beginning with the first."""
    for axis in range(3):
        padded = np.pad(volume, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        count = volume.shape[axis]
        low, mid, high = (padded.take(np.arange(start, start + count), axis) for start in range(3))
        volume = (0.25 * low + 0.5 * mid + 0.25 * high).take(np.arange(0, count, 2), axis)
    return volume


def encode(volume: np.ndarray, grid: Grid, description: str) -> bytes:
    """Values 0..1 on the 2 mm grid, in 255 steps."""
    return encode_nifti(np.rint(volume * 255.0), grid.affine(2.0), description, slope=1.0 / 255.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder to write (default: static/template of this repository)",
                        default=Path(__file__).resolve().parent.parent / "static" / "template")
    parser.add_argument("--colin", type=Path, default=COLIN_SOURCE, help="Colin27 at 1 mm (default: %(default)s)")
    options = parser.parse_args()

    colin = halve(read_colin(options.colin))
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(fetch_wheel(Path(folder))) as wheel:
            maps = {kind: read_icbm(wheel, kind) for kind in ("t1", "gm", "wm")}
    maps["csf"] = np.clip((maps["t1"] > 0) - maps["gm"] - maps["wm"], 0.0, 1.0)
    maps = {kind: halve(volume) for kind, volume in maps.items()}

    files = [(COLIN_NAME, "T1-weighted intensity, whole head with skull, 1 = 255 of the source", colin,
              encode(colin, COLIN_GRID, "Colin27, 2 mm, whole head (see NOTICE.md)"))]
    for kind, volume in maps.items():
        encoded = encode(volume, ICBM_GRID, f"ICBM152 2009a symmetric, 2 mm, {kind} (see NOTICE.md)")
        files.append((f"icbm152_2mm_{kind}.nii.gz", CONTENT[kind], volume, encoded))

    options.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, meaning, volume, encoded in files:
        write(options.out / name, encoded)
        rows.append(notice_row(name, meaning, encoded))
        print(f"{options.out / name}: {len(encoded)} bytes, mean {volume.mean():.4f}")
    # Made by tools/head_tissues.py, which needs label maps that are not here.
    heads = (options.out / HEADS_NAME).read_bytes()
    rows.insert(1, notice_row(HEADS_NAME, "six tissues of 20 heads, one above the other along z", heads))
    notice = NOTICE.format(
        rows="\n".join(rows),
        template_version=TEMPLATE_VERSION,
        icbm_shape=" x ".join(str(count) for count in maps["gm"].shape),
        colin_shape=" x ".join(str(count) for count in colin.shape),
        colin_sha256=COLIN_SHA256,
        version=NILEARN_VERSION,
        permission=PERMISSION,
        mricron_licence=MRICRON_LICENCE,
    )
    write(options.out / "NOTICE.md", notice.encode())


if __name__ == "__main__":
    main()
