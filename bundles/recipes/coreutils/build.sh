# Run by ../toolchain/module.sh in an empty folder; what the variables hold stands there. CONFIG_SITE holds the
# toolchain's answers.
#
# The host is called Linux with musl because configure guesses by that name what it cannot try out: the C library is
# musl, and the toolchain's own part behaves as Linux does.
set -eu

"$SOURCE/configure" --host=wasm32-unknown-linux-musl --build=x86_64-pc-linux-gnu \
  CC=wcc AR=war RANLIB=wranlib CFLAGS=-O2 \
  --enable-single-binary=symlinks \
  --enable-install-program=arch,hostname,kill \
  --enable-no-install-program=chcon,runcon,chroot,df,hostid,mkfifo,mknod,pinky,stdbuf,uptime,users,who \
  --disable-nls --disable-threads --disable-dependency-tracking \
  --disable-acl --disable-xattr --disable-libcap --without-selinux --without-libgmp --without-openssl \
  ac_cv_func_sigsuspend=yes # without it there is no timeout, which a patch makes do without it

# Only the program: manuals need tools and a working binary.
printf 'module: $(BUILT_SOURCES)\n\t$(MAKE) src/coreutils\n' > module.mk
SATCHEL_STRICT=1 make -j"$JOBS" -f Makefile -f module.mk module ACLOCAL=: AUTOCONF=: AUTOMAKE=: AUTOHEADER=:
cp src/coreutils "$OUTPUT"
