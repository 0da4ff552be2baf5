#!/bin/sh
# Makes WORK/module.wasm: sh module.sh RECIPE WORK PACKAGE. RECIPE is the recipe's folder. Each of its original archives
# is unpacked in WORK/sources/ below the name of its package; PACKAGE is the program's own. SATCHEL_TOOLCHAIN is the
# folder that toolchain.sh filled.
#
# build.sh runs in an empty folder with these variables and none of the caller's, so that all that decides what a module
# is stands in the recipe and in this folder:
#   SOURCE   the program's source, patched        SOURCES  the folder WORK/sources
#   OUTPUT   what it has to write                 JOBS     how many processes to run at once
set -eu
here=$(dirname "$(readlink -f "$0")")
recipe=$(readlink -f "$1") work=$(readlink -f "$2") package=$3
set -- "$work/sources/$package"/*
[ $# = 1 ] && [ -d "$1" ] || { echo "module.sh: $work/sources/$package must hold one folder" >&2; exit 1; }
source=$1
# Generated files must stay newer than what they are from, or make runs tools that are not here.
find "$work/sources" -type f -exec touch -d @0 {} +
for patch in "$recipe"/patches/*.patch; do
  [ ! -f "$patch" ] || patch --directory="$source" --strip=1 --forward --input="$patch"
done
mkdir "$work/build"
cd "$work/build"
# The date is any fixed moment: programs that write the date of their build into themselves take it from there.
exec env -i PATH="$here:$PATH" TMPDIR="${TMPDIR:-/tmp}" LC_ALL=C TZ=UTC \
  SATCHEL_TOOLCHAIN="${SATCHEL_TOOLCHAIN:?}" SATCHEL_BUILD_ROOT="$work" CONFIG_SITE="$here/config.site" \
  SOURCE_DATE_EPOCH=1735689600 JOBS="${JOBS:-$(nproc)}" \
  SOURCE="$source" SOURCES="$work/sources" OUTPUT="$work/module.wasm" sh "$recipe/build.sh"
