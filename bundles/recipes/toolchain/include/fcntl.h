#include_next <fcntl.h>

#ifndef SATCHEL_FCNTL_H
#define SATCHEL_FCNTL_H

/* 0 in wasi-libc, which never starts another program. A bit that neither preview 1 nor wasi-libc uses. */
#undef O_CLOEXEC
#define O_CLOEXEC 0x20000000

#define F_DUPFD 0
#define F_DUPFD_CLOEXEC 1030
#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2

#endif
