"""Has the BIDS validator judge what `trainer bids` writes, and ITK its affine. See README.md."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import SimpleITK as sitk

ROOT = Path(__file__).resolve().parents[2]
LOWEST_CORRELATION = 0.9
# The study that is made: people with their images, in mm away from where MNI152 has them; None is a broken file.
STUDY = {
    "sub-01/anat/sub-01_T1w.nii.gz": (9.0, -14.0, 21.0),
    "sub-02/ses-1/anat/sub-02_ses-1_run-1_T1w.nii.gz": (-12.0, 6.0, -8.0),
    "sub-02/ses-2/anat/sub-02_ses-2_T1w.nii.gz": None,
}


def usage(message: str) -> None:
    print(message, file=sys.stderr)
    sys.exit(2)


def make_study(study: Path) -> None:
    head = sitk.ReadImage(str(ROOT / "static/template/colin27_2mm_head.nii.gz"), sitk.sitkFloat32)
    values = np.round(sitk.GetArrayFromImage(head) * 900.0)
    for name, shift in STUDY.items():
        path = study / name
        path.parent.mkdir(parents=True)
        if shift is None:
            path.write_bytes(b"no image")
            continue
        image = sitk.GetImageFromArray(values)
        image.CopyInformation(head)
        # ITK counts to the left and to the back, the shift to the right and to the front.
        sign = (-1.0, -1.0, 1.0)
        image.SetOrigin([place + s * by for place, s, by in zip(head.GetOrigin(), sign, shift)])
        sitk.WriteImage(image, str(path))
    (study / "dataset_description.json").write_text(json.dumps({"Name": "Standard heads", "BIDSVersion": "1.10.0"}))
    (study / "participants.tsv").write_text("participant_id\tage\tsex\nsub-01\t30\tM\nsub-02\t71\tF\n")


def run_trainer(trainer: Path, study: Path, out: Path) -> None:
    bundle = ROOT / "static/models/phantom"
    for level in ("participant", "group"):
        command = [trainer, "bids", study, out, level]
        command += ["--bundle", bundle, "--device", "cpu"] if level == "participant" else []
        if subprocess.run(command).returncode != 0:
            sys.exit(f"{level} level failed")


def ask_validator(folder: Path) -> dict:
    program = Path(sys.executable).with_name("bids-validator-deno")
    if not program.exists():
        usage(f"{program}: not there; install benches/bids/requirements.txt")
    asked = subprocess.run([program, folder, "--format", "json"], capture_output=True, text=True)
    try:
        return json.loads(asked.stdout)
    except json.JSONDecodeError:
        sys.exit(f"the validator gave no answer: {asked.stdout[-500:]}{asked.stderr[-500:]}")


def of_severity(answer: dict, severity: str) -> list[dict]:
    return [issue for issue in answer["issues"]["issues"] if issue["severity"] == severity]


def in_words(issue: dict) -> str:
    parts = (issue["code"], issue.get("subCode"), issue.get("location"), issue.get("issueMessage"))
    return " ".join(str(part).strip() for part in parts if part)


def validate(out: Path) -> list[str]:
    answer = ask_validator(out)
    failures = [in_words(issue) for issue in of_severity(answer, "error")]
    warnings = Counter(f"{issue['code']} {issue.get('subCode') or ''}".strip() for issue in of_severity(answer, "warning"))
    summary = answer["summary"]
    files = [path for path in out.rglob("*") if path.is_file()]
    ignored = [path for path in files if is_ignored(path.relative_to(out))]
    print(
        f"validator: schema {summary['schemaVersion']}, {summary['totalFiles']} files, {len(ignored)} of {len(files)} hidden by "
        f".bidsignore, {len(failures)} errors, warnings: {dict(warnings) or 'none'}"
    )
    with_maps = {path.relative_to(out).parts[0].removeprefix("sub-") for path in out.rglob("*_probseg.nii.gz")}
    if not with_maps or not with_maps <= set(summary["subjects"]) or summary["totalFiles"] < len(files) - len(ignored):
        failures.append(f"not all was validated: people with maps {sorted(with_maps)}, validated {summary['subjects']}")
    return failures


def is_ignored(path: Path) -> bool:
    names = ("_xfm.", "_statmap.")
    top = ("images.tsv", "images.json", "agreement.json", ".bidsignore")
    return "figures" in path.parts or str(path) in top or any(name in path.name for name in names)


def would_fail(out: Path) -> list[str]:
    """An error that is planted must be found."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(out, copy)
        map_file = next(copy.rglob("*_label-GM_probseg.nii.gz"), None)
        if map_file is None:
            return ["no grey-matter map whose name could be spoilt"]
        map_file.rename(map_file.with_name(map_file.name.replace("_label-GM_probseg", "_greymatter")))
        found = of_severity(ask_validator(copy), "error")
    print(f"planted: a wrong name gives {len(found)} errors")
    return [] if found else ["the validator does not see a wrong name"]


def check_links(out: Path) -> list[str]:
    links = json.loads((out / "dataset_description.json").read_text())["DatasetLinks"]
    failures, followed = [], 0
    for sidecar in out.rglob("sub-*/**/anat/*.json"):
        for source in json.loads(sidecar.read_text())["Sources"]:
            name, path = source.removeprefix("bids:").split(":", 1)
            folder = out / links[name].replace("%20", " ").replace("%25", "%") if name else out
            followed += 1
            if not (folder / path).is_file():
                failures.append(f"{sidecar}: {source} leads nowhere")
    print(f"links: {followed} followed, {len(failures)} lead nowhere")
    return failures if followed else ["no Sources to follow"]


def check_affines(out: Path) -> list[str]:
    links = json.loads((out / "dataset_description.json").read_text())["DatasetLinks"]
    failures, checked = [], 0
    for file in sorted(out.rglob("*_from-T1w_to-*_xfm.txt")):
        source = json.loads(file.with_suffix(".json").read_text())["Sources"][0].removeprefix("bids:raw:")
        raw = sitk.ReadImage(str(out / links["raw"] / source), sitk.sitkFloat32)
        start = str(file).split("_from-T1w_to-")[0]
        (prepared_file,) = Path(start).parent.glob(f"{Path(start).name}_space-*_desc-preproc_T1w.nii.gz")
        prepared = sitk.ReadImage(str(prepared_file), sitk.sitkFloat32)
        mask = sitk.ReadImage(str(prepared_file).replace("_desc-preproc_T1w", "_desc-brain_mask"), sitk.sitkFloat32)
        inside = sitk.GetArrayFromImage(mask) > 0.5
        transform = sitk.ReadTransform(str(file))
        right, wrong = (
            np.corrcoef(
                sitk.GetArrayFromImage(sitk.Resample(raw, prepared, way, sitk.sitkLinear, 0.0))[inside],
                sitk.GetArrayFromImage(prepared)[inside],
            )[0, 1]
            for way in (transform, transform.GetInverse())
        )
        checked += 1
        print(f"affine: {file.name}: r {right:.3f} by ITK, {wrong:.3f} the wrong way round")
        if not (right >= LOWEST_CORRELATION and right > wrong):
            failures.append(f"{file}: r {right:.3f}, {LOWEST_CORRELATION} is needed, and more than {wrong:.3f}")
    return failures if checked else ["no affine to check"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("derivatives", nargs="?", type=Path, help="folder that `trainer bids` wrote; without it one is made")
    parser.add_argument("--trainer", type=Path, default=os.environ.get("AGELENS_TRAINER"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = arguments.derivatives
        if out is None:
            target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
            trainer = arguments.trainer or target / "release/trainer"
            if not trainer.exists():
                usage(f"{trainer}: not there; run `make native`, or give --trainer")
            study = Path(folder) / "study"
            out = study / "derivatives/agelens"
            make_study(study)
            run_trainer(trainer, study, out)
        elif not (out / "dataset_description.json").is_file():
            usage(f"{out}: holds no dataset_description.json; give a folder that `trainer bids` wrote")
        failures = [*validate(out), *would_fail(out), *check_links(out), *check_affines(out)]
    for failure in failures:
        print(f"FAILED {failure}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
