/*
 * The linker reads this library as one object, symbol by symbol, when it has seen libc.a. At the first name that is not
 * defined yet, fopen say, it takes fopen's file out of libc.a at once, and with it what that file refers to: open, which
 * the next symbol would have defined. So every name of ours that wasi-libc's own files use stands here, and this file
 * comes first. One that is missing shows itself as a duplicate symbol.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>
#include <wasi/libc-nocwd.h>
#include <wasi/libc.h>

#include "posix.h"

const void *const __satchel_first[] = {
    __wasilibc_nocwd_fstatat,
    __wasilibc_nocwd_openat_nomode,
    __wasilibc_open_nomode,
    __wasilibc_populate_preopens,
    access,
    chdir,
    chmod,
    close,
    faccessat,
    fchmod,
    fchmodat,
    fcntl,
    fstat,
    fstatat,
    getcwd,
    getpid,
    ioctl,
    isatty,
    kill,
    link,
    linkat,
    lstat,
    mkdir,
    mkdirat,
    open,
    openat,
    opendir,
    raise,
    readlink,
    readlinkat,
    remove,
    rename,
    renameat,
    rmdir,
    scandir,
    signal,
    stat,
    strerror,
    symlink,
    symlinkat,
    unlink,
    unlinkat,
    utime,
    utimensat,
    utimes,
};
