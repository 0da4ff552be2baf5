/*
 * wasi-libc has an opendirat of its own invention, which clashes with gnulib's of the same name, first in the header and
 * then in the linker: so a program's own gets another name.
 */
#undef opendirat
#define opendirat __wasilibc_opendirat
#include_next <dirent.h>
#undef opendirat
#define opendirat program_opendirat

#ifndef SATCHEL_DIRENT_H
#define SATCHEL_DIRENT_H

/* wasi-libc's wants the bare type, and answers DT_UNKNOWN to a whole st_mode; everybody else's takes either. */
#undef IFTODT
#define IFTODT(mode) (__wasilibc_iftodt((mode) & 0xf000))

#endif
