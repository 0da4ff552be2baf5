# Run by ../toolchain/module.sh in an empty folder; see the recipe of coreutils for the host's name.
set -eu

"$SOURCE/configure" --host=wasm32-unknown-linux-musl --build=x86_64-pc-linux-gnu \
  CC=wcc AR=war RANLIB=wranlib CFLAGS=-O2 \
  --disable-nls --disable-threads --disable-dependency-tracking --disable-perl-regexp

SATCHEL_STRICT=1 make -j"$JOBS" SUBDIRS="lib src" ACLOCAL=: AUTOCONF=: AUTOMAKE=: AUTOHEADER=:
cp src/grep "$OUTPUT"
