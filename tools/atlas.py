#!/usr/bin/env python3
"""Makes static/atlas/: the AAL atlas at 2 mm, with a table of its regions.

    apt-get install mricron-data
    python3 -m venv /tmp/atlas && /tmp/atlas/bin/pip install numpy==2.4.6 nibabel==5.4.2
    /tmp/atlas/bin/python tools/atlas.py

Reads the 1 mm labels and their names from Debian's package mricron-data (--labels; hashes below), and writes
aal_2mm.nii.gz (uint8, 0 outside all regions), aal.tsv and NOTICE.md. Where a file changes, raise ATLAS_VERSION here
and in shared/src/explain/atlas.rs.

What always holds: every 2 mm voxel is centred on a 1 mm voxel and takes the label with the largest weight among its
27 neighbours (1/4, 1/2, 1/4 along each axis; outside counts as a label like any other, so regions keep their size),
so no half-voxel shift can creep in; the 2 mm grid is the MNI152 one, voxel (0, 0, 0) at (-90, -126, -72) mm; the same
input gives the same bytes (with CPython 3.11 and zlib 1.2.13; another zlib may compress differently, the voxels stay
the same).
"""

import argparse
import gzip
import sys
from pathlib import Path

import nibabel as nib
import numpy as np

from brain_files import (MRICRON, MRICRON_LICENCE, MRICRON_TEMPLATES, encode_nifti, grid_affine, notice_row,
                         read_pinned, write)

ATLAS_VERSION = "aal-2002-1"
LABELS_SOURCE = MRICRON_TEMPLATES / "aal.nii.gz"
LABELS_SHA256 = "b512dcd3f36b77f56be7a9a038134096e66314b7e8c31d25875b96bcf6991454"
# Beside the labels: lines such as `1 Precentral_L 2001`.
NAMES_FILE = "aal.nii.txt"
NAMES_SHA256 = "1788d6556a9ec056de9867b2382cf1ce1b51b87ae4cfd9cd25de48ae4dde709e"

SOURCE_SHAPE = (181, 217, 181)
SOURCE_ORIGIN_MM = (-90, -125, -71)
SHAPE = (91, 109, 91)
ORIGIN_MM = (-90, -126, -72)
MNI152 = 4  # code of NIfTI's sform

# AAL name without the side: readable name and lobe. AAL itself counts the poles of the temporal lobe, the insula, the
# cingulum and the hippocampal regions to one "limbic lobe", the amygdala to the grey nuclei, the precentral and
# postcentral gyri and the Rolandic operculum to a "central region" and the fusiform gyrus to the occipital lobe; here
# all stand where the Desikan-Killiany atlas has them, so that they can be compared with tables of cortical thickness.
REGIONS = {
    "Precentral": ("Precentral gyrus", "frontal"),
    "Frontal_Sup": ("Superior frontal gyrus", "frontal"),
    "Frontal_Sup_Orb": ("Superior frontal gyrus, orbital part", "frontal"),
    "Frontal_Mid": ("Middle frontal gyrus", "frontal"),
    "Frontal_Mid_Orb": ("Middle frontal gyrus, orbital part", "frontal"),
    "Frontal_Inf_Oper": ("Inferior frontal gyrus, opercular part", "frontal"),
    "Frontal_Inf_Tri": ("Inferior frontal gyrus, triangular part", "frontal"),
    "Frontal_Inf_Orb": ("Inferior frontal gyrus, orbital part", "frontal"),
    "Rolandic_Oper": ("Rolandic operculum", "frontal"),
    "Supp_Motor_Area": ("Supplementary motor area", "frontal"),
    "Olfactory": ("Olfactory cortex", "frontal"),
    "Frontal_Sup_Medial": ("Superior frontal gyrus, medial part", "frontal"),
    "Frontal_Med_Orb": ("Medial orbitofrontal cortex", "frontal"),
    "Rectus": ("Gyrus rectus", "frontal"),
    "Insula": ("Insula", "insula"),
    "Cingulum_Ant": ("Anterior cingulate cortex", "cingulate"),
    "Cingulum_Mid": ("Middle cingulate cortex", "cingulate"),
    "Cingulum_Post": ("Posterior cingulate cortex", "cingulate"),
    "Hippocampus": ("Hippocampus", "medial temporal"),
    "ParaHippocampal": ("Parahippocampal gyrus", "medial temporal"),
    "Amygdala": ("Amygdala", "medial temporal"),
    "Calcarine": ("Calcarine cortex", "occipital"),
    "Cuneus": ("Cuneus", "occipital"),
    "Lingual": ("Lingual gyrus", "occipital"),
    "Occipital_Sup": ("Superior occipital gyrus", "occipital"),
    "Occipital_Mid": ("Middle occipital gyrus", "occipital"),
    "Occipital_Inf": ("Inferior occipital gyrus", "occipital"),
    "Fusiform": ("Fusiform gyrus", "temporal"),
    "Postcentral": ("Postcentral gyrus", "parietal"),
    "Parietal_Sup": ("Superior parietal lobule", "parietal"),
    "Parietal_Inf": ("Inferior parietal lobule", "parietal"),
    "SupraMarginal": ("Supramarginal gyrus", "parietal"),
    "Angular": ("Angular gyrus", "parietal"),
    "Precuneus": ("Precuneus", "parietal"),
    "Paracentral_Lobule": ("Paracentral lobule", "frontal"),
    "Caudate": ("Caudate nucleus", "deep grey matter"),
    "Putamen": ("Putamen", "deep grey matter"),
    "Pallidum": ("Pallidum", "deep grey matter"),
    "Thalamus": ("Thalamus", "deep grey matter"),
    "Heschl": ("Heschl's gyrus", "temporal"),
    "Temporal_Sup": ("Superior temporal gyrus", "temporal"),
    "Temporal_Pole_Sup": ("Temporal pole, superior part", "temporal"),
    "Temporal_Mid": ("Middle temporal gyrus", "temporal"),
    "Temporal_Pole_Mid": ("Temporal pole, middle part", "temporal"),
    "Temporal_Inf": ("Inferior temporal gyrus", "temporal"),
    "Cerebelum_Crus1": ("Cerebellum, crus I", "cerebellum"),
    "Cerebelum_Crus2": ("Cerebellum, crus II", "cerebellum"),
    "Cerebelum_3": ("Cerebellum, lobule III", "cerebellum"),
    "Cerebelum_4_5": ("Cerebellum, lobules IV and V", "cerebellum"),
    "Cerebelum_6": ("Cerebellum, lobule VI", "cerebellum"),
    "Cerebelum_7b": ("Cerebellum, lobule VIIb", "cerebellum"),
    "Cerebelum_8": ("Cerebellum, lobule VIII", "cerebellum"),
    "Cerebelum_9": ("Cerebellum, lobule IX", "cerebellum"),
    "Cerebelum_10": ("Cerebellum, lobule X", "cerebellum"),
    "Vermis_1_2": ("Vermis, lobules I and II", "cerebellum"),
    "Vermis_3": ("Vermis, lobule III", "cerebellum"),
    "Vermis_4_5": ("Vermis, lobules IV and V", "cerebellum"),
    "Vermis_6": ("Vermis, lobule VI", "cerebellum"),
    "Vermis_7": ("Vermis, lobule VII", "cerebellum"),
    "Vermis_8": ("Vermis, lobule VIII", "cerebellum"),
    "Vermis_9": ("Vermis, lobule IX", "cerebellum"),
    "Vermis_10": ("Vermis, lobule X", "cerebellum"),
}

NOTICE = """\
# AAL atlas at 2 mm

Made by `tools/atlas.py`; do not edit by hand. These files are covered by the notices below, not by the licence of this
repository. Version of the set: `{atlas_version}`.

| file | content | SHA-256 |
| --- | --- | --- |
{rows}

`aal_2mm.nii.gz`: {shape} voxels of 2 mm, RAS+, uint8, voxel (0, 0, 0) at MNI (-90, -126, -72) mm. 0 is outside
all regions, 1 to {regions} are the `label` of `aal.tsv`. Odd labels up to 107 lie left, even ones right, 109 to 116 are
the vermis of the cerebellum.

Changes made here: every 2 mm voxel takes the label with the largest weight among the 27 voxels of 1 mm around its
centre ((1/4, 1/2, 1/4) along each axis); the second number of each line of the list of names is left out; readable
names and lobes are added. Lobes follow the Desikan-Killiany atlas, not AAL's own grouping. Hardly anything was
lost: most of the 1 mm labels are blocks of 2 mm themselves, and this grid falls on them.

## Origin
Automated Anatomical Labeling, first version (AAL): {regions} regions drawn by hand on the MNI single-subject brain
(Colin27) by the Groupe d'Imagerie Neurofonctionnelle (GIN, Caen). Taken from Debian's package
[mricron-data](https://packages.debian.org/bookworm/mricron-data) 1.2.20211006+dfsg-4, files
`/usr/share/mricron/templates/aal.nii.gz` (1 mm, uint8; SHA-256
`{labels_sha256}`) and `aal.nii.txt` (SHA-256
`{names_sha256}`). The header gives MNI152 (sform code 4) with voxel
(0, 0, 0) at (-90, -125, -71) mm, as that of the package's Colin27 does; the Centre's own Colin27 begins at
(-90, -126, -72) mm. So positions are uncertain by 1 mm backwards and downwards.

Regions follow the sulci of one brain: in a group they say where about, not where exactly. Their outer border lies on
that brain's cortex; grey matter of other people lies outside of it as well.

## Licence of MRIcron and its data files (`Files: *` in Debian's `copyright`)
Debian's `copyright` file does not name the atlas; it puts all data files under this licence (BSD, 3 clauses).

{mricron_licence}

The atlas's makers give out their own package, the AAL toolbox for SPM, as "copyright freeware under the terms of the
GNU General Public Licence" (its `readme_aal8.txt` of 2010). Nothing of that package was used here, but whoever passes
these files on should know of it.

## To cite
- Tzourio-Mazoyer N, Landeau B, Papathanassiou D, Crivello F, Etard O, Delcroix N, Mazoyer B, Joliot M. Automated
  anatomical labeling of activations in SPM using a macroscopic anatomical parcellation of the MNI MRI single-subject
  brain. NeuroImage 2002;15(1):273-289. doi:10.1006/nimg.2001.0978
"""


def read_source(path: Path, expected_sha256: str) -> bytes:
    """A file of the package."""
    where_from = (f"`apt-get install mricron-data` brings {LABELS_SOURCE} and {NAMES_FILE} beside it, or name a copy "
                  "of the former with --labels")
    return read_pinned(path, expected_sha256, where_from, f"that of {MRICRON}")


def read_labels(path: Path) -> np.ndarray:
    """The 1 mm labels, checked for the geometry this script counts on."""
    image = nib.Nifti1Image.from_bytes(gzip.decompress(read_source(path, LABELS_SHA256)))
    if image.shape != SOURCE_SHAPE or not np.array_equal(image.affine, grid_affine(1.0, SOURCE_ORIGIN_MM)):
        sys.exit(f"{path}: unexpected shape {image.shape} or affine {image.affine.tolist()}")
    if image.header["sform_code"] != MNI152 or image.get_data_dtype() != np.uint8:
        sys.exit(f"{path}: not marked as MNI152 or not uint8")
    return np.asanyarray(image.dataobj)


def read_names(path: Path) -> dict[int, str]:
    """AAL name by label."""
    lines = read_source(path, NAMES_SHA256).decode().split("\n")
    return {int(line.split()[0]): line.split()[1] for line in lines if line.strip()}


def halve(labels: np.ndarray) -> np.ndarray:
    """1 mm to the 2 mm grid: weighted majority of 27 voxels; of labels that tie the centre's, else the smaller."""
    offset = [a - b for a, b in zip(ORIGIN_MM, SOURCE_ORIGIN_MM, strict=True)]
    padded = np.zeros([2 * count + 1 for count in SHAPE], np.uint8)
    # Index p of `padded` lies at ORIGIN_MM - 1 + p.
    places, sources = [], []
    for shift, count, full in zip(offset, labels.shape, padded.shape, strict=True):
        first = -shift + 1
        stop = min(full, first + count)
        places.append(slice(first, stop))
        sources.append(slice(0, stop - first))
    padded[tuple(places)] = labels[tuple(sources)]
    if np.count_nonzero(padded) != np.count_nonzero(labels):
        sys.exit("the 2 mm grid cuts the atlas")

    def neighbours():
        for x, wx in enumerate((1, 2, 1)):
            for y, wy in enumerate((1, 2, 1)):
                for z, wz in enumerate((1, 2, 1)):
                    part = padded[x:x + 2 * SHAPE[0] - 1:2, y:y + 2 * SHAPE[1] - 1:2, z:z + 2 * SHAPE[2] - 1:2]
                    yield 4 * wx * wy * wz, part

    best = np.zeros(SHAPE, np.uint8)
    best_weight = np.zeros(SHAPE, np.int32)
    centre = padded[1::2, 1::2, 1::2]
    for label in range(int(labels.max()) + 1):
        weight = sum(w * (part == label) for w, part in neighbours())
        weight += (centre == label) & (weight > 0)  # decides ties
        better = weight > best_weight
        best[better] = label
        best_weight[better] = weight[better]
    return best


def table(names: dict[int, str]) -> str:
    """aal.tsv: one line a region."""
    lines = ["label\tname\treadable\tlobe\themisphere"]
    for label, name in sorted(names.items()):
        stem, side = name[:-2], {"_L": "left", "_R": "right"}.get(name[-2:])
        if side is None:
            stem, side = name, "midline"
        readable, lobe = REGIONS[stem]
        sided = readable if side == "midline" else f"{readable}, {side}"
        lines.append("\t".join([str(label), name, sided, lobe, side]))
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder to write (default: static/atlas of this repository)",
                        default=Path(__file__).resolve().parent.parent / "static" / "atlas")
    parser.add_argument("--labels", type=Path, default=LABELS_SOURCE,
                        help="AAL at 1 mm, with aal.nii.txt beside it (default: %(default)s)")
    options = parser.parse_args()

    source = read_labels(options.labels)
    names = read_names(options.labels.with_name(NAMES_FILE))
    labels = halve(source)
    if set(np.unique(labels)) != {0, *names}:
        sys.exit("labels and names do not fit together, or a region was lost at 2 mm")
    ratios = np.bincount(labels.ravel())[1:] * 8 / np.bincount(source.ravel())[1:]

    options.out.mkdir(parents=True, exist_ok=True)
    encoded = encode_nifti(labels, grid_affine(2.0, ORIGIN_MM), "AAL, 2 mm, labels of aal.tsv (see NOTICE.md)")
    rows = []
    for name, meaning, content in [
        ("aal_2mm.nii.gz", "label of each voxel", encoded),
        ("aal.tsv", "label, AAL name, readable name, lobe, hemisphere", table(names).encode()),
    ]:
        write(options.out / name, content)
        rows.append(notice_row(name, meaning, content))
        print(f"{options.out / name}: {len(content)} bytes")
    print(f"volumes of regions at 2 mm over 1 mm: {ratios.min():.3f} to {ratios.max():.3f}")
    notice = NOTICE.format(
        rows="\n".join(rows),
        atlas_version=ATLAS_VERSION,
        shape=" x ".join(map(str, SHAPE)),
        regions=len(names),
        labels_sha256=LABELS_SHA256,
        names_sha256=NAMES_SHA256,
        mricron_licence=MRICRON_LICENCE,
    )
    write(options.out / "NOTICE.md", notice.encode())


if __name__ == "__main__":
    main()
