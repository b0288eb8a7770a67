#!/usr/bin/env bash
# Installs what is missing, by name: `scripts/install.sh node trunk ...`. Run through make, which sets the versions.
# Each part first looks whether the right version is there, so that a second run costs a fraction of a second.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${AGELENS_TOOLS:?run this through make}"

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'make: %s\n' "$*" >&2; exit 1; }

# apt_install PACKAGE...: nothing is ever removed for it (rustc-web conflicts with a packaged rustc).
apt_install() {
  local root=()
  command -v apt-get >/dev/null || die "please install by hand: $*"
  [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && root=(sudo); } || die "needs root or sudo: apt-get install $*"
  say "installing $* (apt)"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove "$@" >/dev/null
}

# cargo_install CRATE VERSION PROGRAM LEVEL [OPTION...]: builds quickly rather than well; LEVEL is the optimisation.
cargo_install() {
  local crate=$1 version=$2 program=$3 level=$4
  shift 4
  [[ "$("$program" --version 2>/dev/null)" == *" $version"* ]] && return
  say "installing $crate $version (cargo, some minutes)"
  CARGO_PROFILE_RELEASE_OPT_LEVEL=$level CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_LTO=off \
    CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_STRIP=true CARGO_TARGET_DIR="$AGELENS_CACHE/tools-build" \
    cargo install --quiet --root "$AGELENS_TOOLS" --force "$@" "$crate@$version"
}

# npm_install FOLDER: as its lock file says, unless that was done already.
npm_install() {
  local lock=$1/package-lock.json done=$1/node_modules/.package-lock.json
  [ ! "$lock" -nt "$done" ] && [ -e "$done" ] && return
  say "installing $1 (npm)"
  npm ci --prefix "$1" --no-audit --no-fund --loglevel=error >/dev/null
  touch "$done"
}

install_node() {
  local major
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then apt_install nodejs npm; fi
  major=$(node --version | sed 's/v\([0-9]*\).*/\1/')
  [ "$major" -ge 18 ] || die "node $(node --version) is too old: 18 or newer is needed"
}

install_rust-components() {
  command -v cargo >/dev/null || die "Rust is missing: install it from https://rustup.rs"
  if ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
    rustup component add rustfmt clippy
  fi
}

install_wasm-target() {
  command -v cargo >/dev/null || die "Rust is missing: install it from https://rustup.rs"
  [ "$(scripts/with-wasm.sh --which)" = none ] || return 0
  # Without retries, and with an end: where nothing can be downloaded, this must fail soon.
  say "adding the browser target (rustup)"
  if RUSTUP_MAX_RETRIES=0 timeout 300 rustup target add wasm32-unknown-unknown >&2; then return; fi
  say "rustup cannot download it; taking Debian's compiler and its sources instead"
  apt_install rustc-web cargo-web rust-web-src rust-web-clippy lld
}

install_wasm-bindgen() { cargo_install wasm-bindgen-cli "$WASM_BINDGEN_VERSION" wasm-bindgen 0 --no-default-features --bin wasm-bindgen; }
install_trunk() { cargo_install trunk "$TRUNK_VERSION" trunk 0 --locked --no-default-features; }
install_cargo-deny() { cargo_install cargo-deny "$CARGO_DENY_VERSION" cargo-deny 1 --locked --no-default-features; }

# Outside the clone, as the other tools.
install_wasm-opt() {
  install_node
  local folder=$AGELENS_TOOLS/wasm-opt
  # By content: in a fresh clone every file is new.
  if ! cmp -s scripts/wasm-opt/package-lock.json "$folder/package-lock.json"; then
    mkdir -p "$folder"
    cp scripts/wasm-opt/package*.json "$folder/"
  fi
  npm_install "$folder"
}
install_viewer() { install_node; npm_install web/viewer; npm_install web/dicom; }
# DICOM files of many kinds are made by Python's packages, and converted by the native dcm2niix, to compare with.
install_dicom-tests() {
  install_viewer
  local stamp=web/dicom/.venv/installed.txt
  cmp -s web/dicom/tests/requirements.txt "$stamp" && return
  install_python
  say "installing the packages of web/dicom/tests/requirements.txt"
  npm run --silent fixtures --prefix web/dicom
  cp web/dicom/tests/requirements.txt "$stamp"
}
install_browser-tests() { install_node; npm_install tests/browser; }

# Python with what environments of their own need.
install_python() { python3 -c 'import ensurepip' 2>/dev/null || apt_install python3 python3-venv; }
install_shellcheck() { command -v shellcheck >/dev/null || apt_install shellcheck; }

# A software Vulkan device: native and browser results are compared on machines without a GPU too.
install_vulkan() {
  compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null && ldconfig -p | grep -q libvulkan.so.1 && return
  apt_install mesa-vulkan-drivers libvulkan1
}

install_chromium() {
  [ -n "$(scripts/chromium.sh)" ] && return
  # Ubuntu's package of that name is a wrapper around snap, which needs a running snap service.
  if grep -q '^ID=ubuntu' /etc/os-release; then
    install_browser-tests
    say "installing Chromium (playwright)"
    (cd tests/browser && npx playwright-core install --with-deps chromium)
  else
    apt_install chromium
  fi
}

# The page in Japanese is compared with a picture of it; without such a font it would be empty boxes.
install_japanese-font() {
  command -v fc-list >/dev/null || apt_install fontconfig
  [ -n "$(fc-list :lang=ja)" ] || apt_install fonts-noto-cjk
}

# Driven over WebDriver BiDi, which the distributions' own builds have; it draws with WebGL only on a screen, so Xvfb too.
install_firefox() {
  local candidate
  command -v Xvfb >/dev/null || apt_install xvfb
  for candidate in "${FIREFOX:-}" /usr/bin/firefox-esr /usr/bin/firefox; do
    # Ubuntu's is a wrapper around snap, which needs a running snap service.
    if [ -x "$candidate" ] && ! grep -qs snap "$candidate"; then return; fi
  done
  grep -q '^ID=ubuntu' /etc/os-release && die "install Firefox (not the snap) by hand and set FIREFOX to its program"
  apt_install firefox-esr
}

# WebKit with a driver and a browser around it; Playwright's own cannot be had from a package registry.
install_webkit() {
  command -v Xvfb >/dev/null || apt_install xvfb
  [ -x /usr/bin/WebKitWebDriver ] || apt_install webkit2gtk-driver
}

for part in "$@"; do "install_$part"; done
