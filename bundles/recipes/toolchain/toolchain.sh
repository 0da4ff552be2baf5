#!/bin/sh
# Makes $SATCHEL_TOOLCHAIN/lib, the C library that wcc links. $SATCHEL_TOOLCHAIN/zig holds the package `ziglang`
# already, of the version that toolchain.lock pins.
set -eu
here=$(dirname "$(readlink -f "$0")")
library=${SATCHEL_TOOLCHAIN:?}/lib
LC_ALL=C
export LC_ALL
rm -rf "$library"
mkdir "$library"
for source in "$here"/lib/*.c; do
  name=$(basename "$source" .c)
  echo "$name.c"
  sh "$here/wcc" -O2 -Wall -Wextra -Werror -c "$source" -o "$library/$name.o"
  [ "$name" = first ] || set -- "$@" "$library/$name.o"
done
sh "$here/wcc" -mexception-handling -c "$here/lib/setjmp.s" -o "$library/setjmp.o"
# One object, not an archive: its definitions must be there before libc.a, which zig puts first, offers its own.
"$SATCHEL_TOOLCHAIN/zig/zig" wasm-ld -r -o "$library/satchel.o" "$library/first.o" "$@"
