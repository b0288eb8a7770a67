"""What atlas.py and template.py have in common: inputs pinned by SHA-256, NIfTI files whose bytes depend on nothing but
their content, and the licence of the package that both read from.

What always holds: an input that is not the pinned one ends the program before anything is written; a file appears whole
or not at all.
"""

import gzip
import hashlib
import os
import sys
from pathlib import Path

import nibabel as nib
import numpy as np

# Debian's package with the labels of the atlas and with Colin27.
MRICRON = "mricron-data 1.2.20211006+dfsg-4"
MRICRON_TEMPLATES = Path("/usr/share/mricron/templates")

MRICRON_LICENCE = """\
> Copyright 2006-2010, Chris Rorden
>
> Redistribution and use in source and binary forms, with or without modification, are permitted provided that the
> following conditions are met:
>
> Redistributions of source code must retain the above copyright notice, this list of conditions and the following
> disclaimer.
>
> Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following
> disclaimer in the documentation and/or other materials provided with the distribution. Neither the names of the
> copyright owners nor the names of this project (MRIcron) may be used to endorse or promote products derived from
> this software without specific prior written permission.
>
> THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
> INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
> DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
> SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
> SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY,
> WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
> OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE."""


def sha256_hex(content: bytes) -> str:
    """Lower-case hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def read_pinned(path: Path, expected_sha256: str, where_from: str, what: str) -> bytes:
    """The one file whose hash is known; `where_from` helps where there is none, `what` names the pinned one."""
    if not path.is_file():
        sys.exit(f"{path}: no such file; {where_from}")
    content = path.read_bytes()
    found = sha256_hex(content)
    if found != expected_sha256:
        sys.exit(f"{path}: SHA-256 is {found}, expected {expected_sha256}; "
                 f"it is not {what}, look at it before raising the pin")
    return content


def grid_affine(spacing_mm: float, origin_mm: tuple[float, float, float]) -> np.ndarray:
    """RAS+ axes with voxel (0, 0, 0) centred on the origin."""
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = origin_mm
    return affine


def encode_nifti(voxels: np.ndarray, affine: np.ndarray, description: str, slope: float | None = None) -> bytes:
    """Gzipped NIfTI-1 of uint8, sform and qform both MNI152; no time stamp. Without a slope values are not scaled."""
    image = nib.Nifti1Image(voxels.astype(np.uint8), affine)
    image.set_sform(affine, code="mni")
    image.set_qform(affine, code="mni")
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = description.encode()[:79]
    if slope is not None:
        image.header.set_slope_inter(slope, 0.0)
    return gzip.compress(image.to_bytes(), compresslevel=9, mtime=0)


def notice_row(name: str, meaning: str, content: bytes) -> str:
    """A line of the table of files in NOTICE.md."""
    return f"| `{name}` | {meaning} | `{sha256_hex(content)}` |"


def write(path: Path, content: bytes) -> None:
    """Writes to a temporary name, then renames."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    os.replace(partial, path)
