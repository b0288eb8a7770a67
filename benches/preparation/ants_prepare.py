#!/usr/bin/env python3
"""Prepares one T1 volume with ANTsPy: N4, affine registration to a whole head, Atropos with the ICBM152 priors.

    python ants_prepare.py T1.nii.gz --head HEAD.nii.gz --template DIR --out DIR

Writes gm.nii.gz and mask.nii.gz on the grid of the ICBM152 priors, mni_from_world.txt (4 x 4, RAS mm to RAS mm) and
record.json (seconds of each step). What is set to other values than ANTsPy's own stands with its reason below.
"""

import argparse
import json
import os
import time
from pathlib import Path

# ITK reads this when it is loaded. As many threads as there are cores we may use, not as the machine has.
os.environ.setdefault("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", str(len(os.sched_getaffinity(0))))

import ants  # noqa: E402
import numpy as np  # noqa: E402

# The order decides which of Atropos's classes is grey matter.
TISSUES = ("csf", "gm", "wm")
GM = TISSUES.index("gm")
# ANTs lays the first two axes the other way (LPS), NIfTI means RAS; the same matrix leads there and back.
LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
# The tissues of the template add up to less at the rim of its brain; half of them is the rim.
MASK_THRESHOLD = 0.5
# Chosen by the labels of the IXI volumes themselves (two to five of them), so that ANTs stands as well as this recipe
# allows. Tried beside these: neighbourhood weights 0.1 and 0.3, three rounds, prior weights 0 to 0.5, other foregrounds
# for N4, a rigid stage before the affine one, splines to sample the result. None was better by 0.002 of mean Dice.
ATROPOS_MRF = "[0.2,1x1x1]"
ATROPOS_ROUNDS = "[5,0]"
ATROPOS_PRIOR_WEIGHT = 0.25
# Of the mean intensity: what is brighter is head. ANTsPy's own threshold (1.0) left 8 % of a brain out.
FOREGROUND_THRESHOLD = 0.5
# The registration draws its sample points; the same points in every run.
REGISTRATION_SEED = 1


class Clock:
    """Seconds of named steps, one after the other."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step] = now - self._last
        self._last = now


def world_from_mni(transform_file: str) -> np.ndarray:
    """4 x 4, RAS mm of the template to RAS mm of the volume, of the transform file that `ants.registration` returns.

    An ITK transform leads from points of the fixed to points of the moving image. Four points determine an affine one,
    whatever centre and order of parameters the file has.
    """
    transform = ants.read_transform(transform_file)
    origin = np.array(transform.apply_to_point([0.0, 0.0, 0.0]))
    lps = np.eye(4)
    lps[:3, 3] = origin
    for axis in range(3):
        point = [0.0, 0.0, 0.0]
        # Far apart, as the registration works in single precision.
        point[axis] = 100.0
        lps[:3, axis] = (np.array(transform.apply_to_point(point)) - origin) / 100.0
    return LPS_FROM_RAS @ lps @ LPS_FROM_RAS


def prepare(t1: Path, head: Path, template: Path, out: Path) -> dict[str, float]:
    """Writes the results into `out` and returns the seconds of the steps."""
    clock = Clock()
    image = ants.image_read(str(t1))
    fixed = ants.image_read(str(head))
    priors = [ants.image_read(str(template / f"icbm152_2mm_{tissue}.nii.gz")) for tissue in TISSUES]
    brain = ants.threshold_image(sum(priors[1:], priors[0]), MASK_THRESHOLD, 2.0)
    clock.lap("read")

    foreground = ants.get_mask(image, low_thresh=FOREGROUND_THRESHOLD * image.mean())
    corrected = ants.n4_bias_field_correction(image, mask=foreground)
    clock.lap("n4")

    found = ants.registration(fixed=fixed, moving=corrected, type_of_transform="Affine", random_seed=REGISTRATION_SEED)
    # One file: the translation that aligns the centres of mass is folded into the affine.
    (transform,) = found["fwdtransforms"]
    clock.lap("registration")

    def to_subject(volume: ants.ANTsImage, interpolator: str) -> ants.ANTsImage:
        return ants.apply_transforms(corrected, volume, [transform], whichtoinvert=[True], interpolator=interpolator)

    subject_brain = to_subject(brain, "nearestNeighbor")
    subject_priors = [to_subject(prior, "linear") for prior in priors]
    clock.lap("warp")

    # Given a list of priors, ANTsPy itself makes `PriorProbabilityImages[3,...]` of it.
    tissues = ants.atropos(
        a=corrected,
        x=subject_brain,
        i=subject_priors,
        m=ATROPOS_MRF,
        c=ATROPOS_ROUNDS,
        priorweight=ATROPOS_PRIOR_WEIGHT,
    )
    clock.lap("atropos")

    out.mkdir(parents=True, exist_ok=True)
    for name, volume in (("gm", tissues["probabilityimages"][GM]), ("mask", subject_brain.clone("float"))):
        in_mni = ants.apply_transforms(priors[GM], volume, [transform], interpolator="linear")
        ants.image_write(in_mni, str(out / f"{name}.nii.gz"))
    np.savetxt(out / "mni_from_world.txt", np.linalg.inv(world_from_mni(transform)), fmt="%.10g")
    clock.lap("write")
    return clock.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("t1", type=Path)
    parser.add_argument("--head", type=Path, required=True, help="whole head in MNI space, target of the registration")
    parser.add_argument("--template", type=Path, required=True, help="folder of icbm152_2mm_{csf,gm,wm}.nii.gz")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    steps = prepare(arguments.t1, arguments.head, arguments.template, arguments.out)
    record = {"seconds": sum(steps.values()), "steps": steps}
    (arguments.out / "record.json").write_text(json.dumps(record), encoding="utf-8")


if __name__ == "__main__":
    main()
