/*
 * What the files of this library share. The library lies between a program and wasi-libc: it defines anew what wasi-libc
 * defines for plain WASI only (paths, modes, descriptors, signals) and adds what it lacks (processes, terminals, users).
 * It is linked before libc.a, so its definitions win.
 *
 * Rule: nothing succeeds silently that does not work. A call that cannot work fails with ENOSYS (no such thing here) or
 * EPERM (there is one, and only a privileged user may), or is not defined at all, so that programs fail to link.
 */
#ifndef SATCHEL_POSIX_H
#define SATCHEL_POSIX_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "satchel.h"

/* Sets errno from the answer of a host call: 0 or -1. A program knows nothing of capabilities: it is denied access. */
static inline int result(int32_t error) {
  if (error == 0)
    return 0;
  errno = error == ENOTCAPABLE ? EACCES : error;
  return -1;
}

/* paths.c: where a path leads, as host calls take it: a directory and a path relative to it, which may lie in `text`. */
struct place {
  int fd;
  const char *path;
  char text[PATH_MAX + 1];
};

int locate(int directory, const char *path, struct place *place);
/* The current directory, absolute and without links, as it goes to another program. */
const char *current_directory(void);
void set_current_directory(const char *path);
/* Moves a preopened directory away from `fd` if one is there, for a program that wants the number. */
int vacate(int fd);
bool is_preopen(int fd);

/* descriptors.c: which descriptors another program gets. */
void opened(int fd, bool close_on_exec);
void closed(int fd);
bool closes_on_exec(int fd);
/* Every open descriptor that a child inherits, in rising order; returns how many. */
enum { MOST_DESCRIPTORS = 1024 };
int inherited(int fds[MOST_DESCRIPTORS]);
void close_on_exec_now(void);
bool any_closes_on_exec(void);

/* modes.c: permission bits that a new file gets beyond what the host gave it. */
int set_new_mode(int fd, mode_t mode);
enum { DEFAULT_FILE_MODE = 0666, DEFAULT_DIRECTORY_MODE = 0777 };

/* signals.c: preview 1 numbers its signals otherwise from SIGSTKFLT on, which it lacks. */
int host_signal(int signal);
int guest_signal(int signal);

#endif
