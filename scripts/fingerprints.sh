#!/usr/bin/env bash
# Hashes of what the trainer makes, to show that a change of the code changed no output: a phantom, prepared maps, a tiny training,
# its report, its bundle and one explanation. Run it before and after, and compare.
#
#   scripts/fingerprints.sh target/release/trainer > before.txt
#
# Left out is what tells of the machine or of the moment (times, memory, TensorBoard's events) and checkpoints, whose parameters have
# random names.
set -euo pipefail

trainer=$(realpath "${1:?usage: fingerprints.sh TRAINER}")
root=$(realpath "$(dirname "$0")/..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export RAYON_NUM_THREADS=2

# Reports name the command that made them.
ln -s "$trainer" trainer
quietly() { ./trainer "$@" > log 2>&1 || { cat log >&2; exit 1; }; }

quietly prepare "$root/static/template/colin27_2mm_head.nii.gz" --out prepared
quietly cohort phantom --subjects 8 --seed 3 --spacing-mm 8 --out cohort
quietly train --cohort cohort --config "$root/trainer/tests/tiny.toml" --out run --device cpu
quietly evaluate --run run --cohort cohort --out report --device cpu
quietly export --run run --out bundle --device cpu --force
quietly explain --bundle bundle cohort/sub-PH0001/anat/*.nii.gz --out explained --device cpu

# Fields that tell of the moment.
moment='"(seconds|wall_s|steps_per_s|peak_memory_mib|bundle_sha256)": *[^,}]*'
find . -type f ! -name trainer ! -name 'resources.*' ! -name 'events.*' ! -name log ! -path '*/step-*' -print0 | sort -z | while IFS= read -r -d '' file; do
    case $file in
    *.json | *.jsonl | *.html) hash=$(sed -E "s/$moment//g" "$file" | sha256sum) ;;
    *.nii.gz) hash=$(gzip -dc "$file" | sha256sum) ;;
    *) hash=$(sha256sum < "$file") ;;
    esac
    echo "${hash%% *} $file"
done
