#!/usr/bin/env bash
# Says which tests `make test` left out: those named real_*, which need data that is not part of the repository.
set -euo pipefail
cd "$(dirname "$0")/.."

shopt -s nullglob
files=(*/tests/real_*.rs)
[ "${#files[@]}" -gt 0 ] || exit 0
echo "Left out, as they need data (make test-real, AGELENS_DATA=DIR):"
for file in "${files[@]}"; do printf '  %-32s %2d tests\n' "$file" "$(grep -c '^ *#\[test\]' "$file")"; done
