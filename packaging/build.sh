#!/usr/bin/env bash
# Builds the trainer and lays out all that an image of it holds besides Debian: `packaging/build.sh cpu|cuda FOLDER`.
# FOLDER becomes the image's `/`. Dockerfile and agelens.def both call this, so that the two images cannot differ.
set -euo pipefail
devices=${1:-} image=${2:-}
usage() { echo "usage: packaging/build.sh cpu|cuda FOLDER" >&2; exit 2; }
[ -n "$image" ] || usage
mkdir -p "$image"
image=$(cd "$image" && pwd)
cd "$(dirname "$0")/.."
: "${CARGO_TARGET_DIR:=$PWD/target}"
export CARGO_TARGET_DIR

case $devices in
  cpu) make native; program=$CARGO_TARGET_DIR/release/trainer features='' ;;
  cuda) make gpu; program=$CARGO_TARGET_DIR/gpu/trainer features=vulkan,cuda ;;
  *) usage ;;
esac
install -d "$image/usr/local/bin" "$image/usr/local/share"
strip -o "$image/usr/local/bin/trainer" "$program"
chmod 755 "$image/usr/local/bin/trainer"
python3 packaging/papers.py "$image/usr/local/share/agelens" --package trainer --features "$features" \
  --target "$(rustc --version --verbose | sed -n 's/^host: //p')"
[ "$devices" = cpu ] || packaging/cuda.sh "$image"
