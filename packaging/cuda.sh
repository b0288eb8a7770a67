#!/usr/bin/env bash
# CUDA's run-time compiler and its headers, of packaging/cuda.txt, where the trainer looks for them: `packaging/cuda.sh FOLDER`
# fills FOLDER/usr/local/cuda (126 MB). The driver comes from the host: `docker run --gpus all`, `apptainer run --nv`.
set -euo pipefail
[ $# = 1 ] || { echo "usage: packaging/cuda.sh FOLDER" >&2; exit 2; }
list=$(cd "$(dirname "$0")" && pwd)/cuda.txt
cuda=$1/usr/local/cuda
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
  --dest "$work/wheels" --requirement "$list"
for wheel in "$work"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$work/unpacked"; done

mkdir -p "$cuda/include" "$cuda/lib64" "$1/etc/ld.so.conf.d"
for part in cuda_runtime cuda_cccl cuda_nvcc; do cp -r "$work/unpacked/nvidia/$part/include/." "$cuda/include/"; done
rm -f "$cuda"/include/__init__.py
cp "$work"/unpacked/nvidia/cuda_nvrtc/lib/libnvrtc.so.* "$work"/unpacked/nvidia/cuda_nvrtc/lib/libnvrtc-builtins.so.* "$cuda/lib64/"
find "$work/unpacked" -path '*nvrtc*.dist-info/*' -name License.txt -exec cp {} "$cuda/License.txt" \;
[ -s "$cuda/License.txt" ] || { echo "packaging/cuda.sh: NVIDIA's licence is not in nvidia-cuda-nvrtc; look where it went" >&2; exit 1; }
echo /usr/local/cuda/lib64 > "$1/etc/ld.so.conf.d/agelens-cuda.conf"
