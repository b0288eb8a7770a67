#!/usr/bin/env bash
# `scripts/no-llvm.sh FILE.o`: stands in for LLVM in a build for NVIDIA cards that hands kernels to CUDA's own compiler.
# cubecl's other way to make kernels, through LLVM, is compiled in but not taken; what it would call must still be there
# for the linker. Hidden, so that drivers which bring an LLVM of their own find that one.
set -euo pipefail
[ $# = 1 ] || { echo "usage: scripts/no-llvm.sh FILE.o" >&2; exit 2; }
cd "$(dirname "$0")/.."
source=$(cargo metadata --locked --format-version 1 | python3 -c '
import json, pathlib, sys
packages = json.load(sys.stdin)["packages"]
print(next(pathlib.Path(p["manifest_path"]).parent for p in packages if p["name"] == "llvm-sys"))')
{
  printf '%s\n' '#include <stdio.h>' '#include <stdlib.h>' \
    'static void missing(const char *name) { fputs("this program was built without LLVM: ", stderr); fputs(name, stderr); abort(); }'
  { grep --recursive --no-filename --only-matching --extended-regexp 'fn LLVM[A-Za-z0-9_]+' "$source/src" | sed 's/fn //'
    printf '%s\n' cubecl_free_message cubecl_link_device_bitcode cubecl_set_llvm_option; } | sort --unique |
    sed 's/.*/__attribute__((visibility("hidden"))) void &(void) { missing("&"); }/'
} | "${CC:-cc}" -O1 -fPIC -ffunction-sections -x c -c -o "$1" -
