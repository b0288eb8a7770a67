#!/usr/bin/env bash
# Runs a command with a compiler that can build for the browser (wasm32-unknown-unknown).
#
# Two kinds of machine must both work:
# - rustup:  the target's standard library was downloaded by rustup; nothing special is needed;
# - debian:  rustup can download nothing, so Debian's own compiler builds its standard library from source.
# AGELENS_WASM=rustup|debian chooses; otherwise the first that is complete. With --which, only says which one.
set -euo pipefail

readonly target=wasm32-unknown-unknown
readonly debian_sources=/usr/lib/rustlib/src/rust/library/std

has_rustup_target() { [ -d "$(rustc --print target-libdir --target "$target" 2>/dev/null)" ]; }

has_debian_toolchain() {
  [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -x /usr/bin/clippy-driver ] &&
    [ -d "$debian_sources" ] && [ -n "$(command -v wasm-ld)" ]
}

choose() {
  if [ -n "${AGELENS_WASM:-}" ]; then echo "$AGELENS_WASM"
  elif has_rustup_target; then echo rustup
  elif has_debian_toolchain; then echo debian
  else echo none
  fi
}

chosen=$(choose)
if [ "${1:-}" = --which ]; then echo "$chosen"; exit; fi

# SIMD is in every browser that has WebGPU, and makes the CPU fallback about three times as fast.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS='-C target-feature=+simd128'
case $chosen in
  rustup) echo "browser build: rustup's $target target" >&2 ;;
  debian)
    echo "browser build: Debian's compiler, standard library from source" >&2
    export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_abort
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld
    # cargo, cargo-clippy and clippy-driver must be of one version: Debian's before rustup's. Our wasm-opt stays first.
    PATH=$(dirname "$(readlink -f "$0")")/bin:/usr/bin:$PATH
    ;;
  *)
    echo "No compiler here can build for the browser. Run: make site (it installs one)" >&2
    exit 1
    ;;
esac
exec "$@"
