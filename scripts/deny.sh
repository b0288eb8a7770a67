#!/usr/bin/env bash
# Licences, bans and sources of every dependency; advisories too where their database can be downloaded.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo deny --locked check licenses bans sources
if timeout 120 cargo deny --locked fetch db >/dev/null 2>&1; then
  cargo deny --locked check --disable-fetch advisories
else
  echo '!!! NOT CHECKED: security advisories. Their database cannot be downloaded from this machine.' >&2
fi
