#!/usr/bin/env bash
# What other programs say of the files that the trainer writes: TensorBoard, the BIDS validator and ITK, onnxruntime.
# Each check has an environment of its own, with the versions that its requirements.txt names.
set -euo pipefail

: "${AGELENS_CACHE:?set by the Makefile}" "${AGELENS_TRAINER:?set by the Makefile}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Prints the Python of a bench's environment, which is made anew where the requirements changed.
environment() {
	local requirements="benches/$1/requirements.txt" folder
	folder="$AGELENS_CACHE/formats/$1-$(sha256sum "benches/$1/requirements.txt" | cut -c 1-12)"
	if [ ! -e "$folder/ready" ]; then
		rm -rf "$folder"
		python3 -m venv "$folder" >&2
		"$folder/bin/pip" install --quiet --requirement "$requirements" >&2
		touch "$folder/ready"
	fi
	echo "$folder/bin/python"
}

echo '== ONNX models of the shipped bundles, in onnxruntime'
for bundle in static/models/*/; do
	"$AGELENS_TRAINER" export --onnx --bundle "$bundle" --out "$work/onnx/$(basename "$bundle")"
done
"$(environment onnx)" benches/onnx/check.py --onnx "$work/onnx" static/models/*/

echo '== BIDS derivatives, before the validator and ITK'
"$(environment bids)" benches/bids/validate.py --trainer "$AGELENS_TRAINER"

echo '== Event files of a training, in TensorBoard'
"$AGELENS_TRAINER" cohort phantom --subjects 12 --spacing-mm 4 --out "$work/cohort"
"$AGELENS_TRAINER" train --cohort "$work/cohort" --config trainer/tests/tiny.toml --out "$work/run" --device cpu
"$(environment tensorboard)" benches/tensorboard/read_back.py "$work/run"
