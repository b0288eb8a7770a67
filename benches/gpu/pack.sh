#!/usr/bin/env bash
# Packs builds of the trainer for a machine that can fetch nothing: `benches/gpu/pack.sh FOLDER LABEL=PATH...`.
# FOLDER gets the programs, compressed, and on Debian and Ubuntu the Vulkan loader with what NVIDIA's driver needs of GL.
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: benches/gpu/pack.sh FOLDER LABEL=PATH..." >&2; exit 2; }
folder=$1
shift
mkdir -p "$folder/gl"
for named in "$@"; do
  label=${named%%=*}
  strip -o "$folder/trainer-$label" "${named#*=}"
  xz -9 --threads=0 --force "$folder/trainer-$label"
done
(cd "$folder/gl" && apt-get download --quiet --quiet libvulkan1 libegl1 libglvnd0 libopengl0 libgl1 libglx0 libgles2)
du -sh "$folder"
