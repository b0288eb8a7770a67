#!/usr/bin/env bash
# On the machine with the card, as root where the Vulkan loader is missing: `benches/gpu/unpack.sh FOLDER` makes what
# pack.sh packed ready to run.
set -euo pipefail
[ $# = 1 ] || { echo "usage: benches/gpu/unpack.sh FOLDER" >&2; exit 2; }
for packed in "$1"/trainer-*.xz; do
  python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], "wb"))' "$packed" "${packed%.xz}"
  chmod +x "${packed%.xz}"
done
if ! ldconfig -p | grep -q libvulkan.so.1; then
  for package in "$1"/gl/*.deb; do dpkg -x "$package" /; done
  ldconfig
fi
