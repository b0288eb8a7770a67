#!/usr/bin/env python3
"""Makes static/template/: the ICBM152 2009a symmetric template at 2 mm.

    python3 -m venv /tmp/template && /tmp/template/bin/pip install numpy==2.4.6 nibabel==5.4.2
    /tmp/template/bin/python tools/template.py

Reads the 1 mm T1, GM and WM files inside the PyPI wheel of nilearn (version and hash below; fetched by pip,
not installed) and writes icbm152_2mm_{t1,gm,wm,csf}.nii.gz (uint8, scl_slope 1/255) and NOTICE.md.

What always holds: every 2 mm voxel is centred on a 1 mm voxel (weights 1/4, 1/2, 1/4 along each axis, then
every second voxel), so no half-voxel shift can creep in; GM + WM + CSF <= 1; the same input gives the same
bytes (with CPython 3.11 and zlib 1.2.13; another zlib may compress differently, the voxels stay the same).
"""

import argparse
import gzip
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np

NILEARN_VERSION = "0.14.1"
NILEARN_WHEEL_SHA256 = "725206484e9fb3f6691f9c2d20204a068759d5072f12055324702ee0cb2bbe8a"
SOURCE = "nilearn/datasets/data/mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"
# Of the 1 mm source (197 x 233 x 189, RAS+): voxel (0, 0, 0) in MNI millimetres.
SOURCE_ORIGIN_MM = (-98.0, -134.0, -72.0)

NOTICE = """\
# ICBM152 template at 2 mm

Made by `tools/template.py`; do not edit by hand. These files are covered by the notice below, not by the
licence of this repository.

| file | content | SHA-256 |
| --- | --- | --- |
{rows}

All four: {shape} voxels of 2 mm, RAS+, voxel (0, 0, 0) at MNI (-98, -134, -72) mm, uint8 with
`scl_slope` 1/255, so scaled values are 0..1.

## Origin
ICBM 152 Nonlinear Atlases version 2009, release **a, symmetric** (`MNI152NLin2009aSym`), by the McConnell Brain
Imaging Centre, Montreal Neurological Institute. Taken from the PyPI package
[nilearn](https://pypi.org/project/nilearn/{version}/) {version}, folder `nilearn/datasets/data/`, files
`mni_icbm152_{{t1,gm,wm}}_tal_nlin_sym_09a_converted.nii.gz` (1 mm, uint8). nilearn has cut the T1 to the brain;
there is no skull in it.

Changes made here: smoothed with (1/4, 1/2, 1/4) along each axis and every second voxel kept. nilearn does not
carry the atlas's own CSF map: `csf` is derived, 1 - GM - WM (clipped at 0) inside the brain mask (T1 > 0), and
0 outside; the fluid around the brain lies mostly outside that mask and is therefore missing from it.

## Permission notice (the file `COPYING` of the atlas)
> Copyright (C) 1993-2004 Louis Collins, McConnell Brain Imaging Centre, Montreal Neurological Institute,
> McGill University. Permission to use, copy, modify, and distribute this software and its documentation for any
> purpose and without fee is hereby granted, provided that the above copyright notice appear in all copies. The
> authors and McGill University make no representations about the suitability of this software for any purpose.
> It is provided "as is" without express or implied warranty. The authors are not responsible for any data loss,
> equipment damage, property loss, or injury to subjects or patients resulting from the use or misuse of this
> software package.

## To cite
- Fonov V, Evans AC, Botteron K, Almli CR, McKinstry RC, Collins DL. Unbiased average age-appropriate atlases for
  pediatric studies. NeuroImage 2011;54(1):313-327. doi:10.1016/j.neuroimage.2010.07.033
- Fonov VS, Evans AC, McKinstry RC, Almli CR, Collins DL. Unbiased nonlinear average age-appropriate brain
  templates from birth to adulthood. NeuroImage 2009;47:S102. doi:10.1016/S1053-8119(09)70884-5
"""

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
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != NILEARN_WHEEL_SHA256:
        sys.exit(f"{wheel.name}: SHA-256 is {found}, expected {NILEARN_WHEEL_SHA256}; "
                 "the package changed, look at it before raising the pin")
    return wheel


def read_source(wheel: zipfile.ZipFile, kind: str) -> np.ndarray:
    """One map of the wheel as float64, 0..1, checked for the geometry this script counts on."""
    name = SOURCE.format(kind)
    with gzip.open(io.BytesIO(wheel.read(name))) as stream:
        image = nib.Nifti1Image.from_bytes(stream.read())
    expected = np.eye(4)
    expected[:3, 3] = SOURCE_ORIGIN_MM
    if not np.array_equal(image.affine, expected):
        sys.exit(f"{name}: unexpected affine {image.affine.tolist()}")
    return np.asanyarray(image.dataobj).astype(np.float64) / 255.0


def halve(volume: np.ndarray) -> np.ndarray:
    """1 mm to 2 mm: (1/4, 1/2, 1/4) along each axis, then every second voxel, beginning with the first."""
    for axis in range(3):
        padded = np.pad(volume, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        count = volume.shape[axis]
        low, mid, high = (padded.take(np.arange(start, start + count), axis) for start in range(3))
        volume = (0.25 * low + 0.5 * mid + 0.25 * high).take(np.arange(0, count, 2), axis)
    return volume


def encode(volume: np.ndarray, description: str) -> bytes:
    """Gzipped NIfTI-1, uint8 with slope 1/255, sform and qform both MNI152; no time stamp."""
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = SOURCE_ORIGIN_MM
    image = nib.Nifti1Image(np.rint(volume * 255.0).astype(np.uint8), affine)
    image.set_sform(affine, code="mni")
    image.set_qform(affine, code="mni")
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = description.encode()[:79]
    image.header.set_slope_inter(1.0 / 255.0, 0.0)
    return gzip.compress(image.to_bytes(), compresslevel=9, mtime=0)


def write(path: Path, content: bytes) -> None:
    """Writes to a temporary name, then renames."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    os.replace(partial, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder to write (default: static/template of this repository)",
                        default=Path(__file__).resolve().parent.parent / "static" / "template")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(fetch_wheel(Path(folder))) as wheel:
            maps = {kind: read_source(wheel, kind) for kind in ("t1", "gm", "wm")}
    maps["csf"] = np.clip((maps["t1"] > 0) - maps["gm"] - maps["wm"], 0.0, 1.0)
    maps = {kind: halve(volume) for kind, volume in maps.items()}

    rows = []
    for kind, volume in maps.items():
        name = f"icbm152_2mm_{kind}.nii.gz"
        content = encode(volume, f"ICBM152 2009a symmetric, 2 mm, {kind} (see NOTICE.md)")
        write(out / name, content)
        rows.append(f"| `{name}` | {CONTENT[kind]} | `{hashlib.sha256(content).hexdigest()}` |")
        print(f"{out / name}: {len(content)} bytes, mean {volume.mean():.4f}")
    shape = " x ".join(str(count) for count in maps["gm"].shape)
    write(out / "NOTICE.md", NOTICE.format(rows="\n".join(rows), shape=shape, version=NILEARN_VERSION).encode())


if __name__ == "__main__":
    main()
