#!/usr/bin/env bash
# Prints the path of a Chromium to test with, or nothing: $CHROMIUM, the system's, or the one that Playwright downloaded.
set -euo pipefail

shopt -s nullglob
for candidate in "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/google-chrome \
  "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium-*/chrome-linux*/chrome; do
  if [ -x "$candidate" ]; then
    echo "$candidate"
    exit
  fi
done
