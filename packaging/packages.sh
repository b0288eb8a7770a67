#!/usr/bin/env bash
# Debian's packages that packaging/build.sh needs beside Rust and a C compiler: `packaging/packages.sh cpu|cuda`, as root.
set -euo pipefail
packages=(make python3)
[ "${1:-}" != cuda ] || packages+=(python3-pip)
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
rm -rf /var/lib/apt/lists/*
