/*
 * Descriptors: duplicates, pipes, locks, and which of them another program gets. The host gives a child what it is told
 * to give and nothing else, and an executed program everything: so the close-on-exec flags are kept here.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <wasi/api.h>

#include "posix.h"

enum { WORD_BITS = 32, LAST_UNSEEN = 15 };

/* Of each descriptor: that it is open as far as this process knows, and that it ends with this program. */
static uint32_t is_open[MOST_DESCRIPTORS / WORD_BITS] = {7};
static uint32_t ends[MOST_DESCRIPTORS / WORD_BITS];

static bool get(const uint32_t *bits, int fd) {
  return (unsigned)fd < MOST_DESCRIPTORS && (bits[fd / WORD_BITS] >> (fd % WORD_BITS) & 1);
}

static void set(uint32_t *bits, int fd, bool value) {
  if ((unsigned)fd >= MOST_DESCRIPTORS)
    return;
  uint32_t bit = (uint32_t)1 << (fd % WORD_BITS);
  bits[fd / WORD_BITS] = value ? bits[fd / WORD_BITS] | bit : bits[fd / WORD_BITS] & ~bit;
}

void opened(int fd, bool close_on_exec) {
  set(is_open, fd, true);
  set(ends, fd, close_on_exec);
}

void closed(int fd) {
  set(is_open, fd, false);
  set(ends, fd, false);
}

bool closes_on_exec(int fd) {
  return get(ends, fd);
}

/* Descriptors that this program was started with show themselves only when asked for; they are few and low. */
static void find_unseen(void) {
  static bool found;
  if (found)
    return;
  found = true;
  __wasi_fdstat_t stat;
  for (int fd = 3; fd <= LAST_UNSEEN; fd++)
    if (!get(is_open, fd) && !is_preopen(fd) && __wasi_fd_fdstat_get(fd, &stat) == 0)
      set(is_open, fd, true);
}

int inherited(int fds[MOST_DESCRIPTORS]) {
  find_unseen();
  int count = 0;
  for (int fd = 0; fd < MOST_DESCRIPTORS; fd++)
    if (get(is_open, fd) && !get(ends, fd))
      fds[count++] = fd;
  return count;
}

bool any_closes_on_exec(void) {
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (ends[i])
      return true;
  return false;
}

void close_on_exec_now(void) {
  for (int fd = 0; fd < MOST_DESCRIPTORS; fd++)
    if (get(ends, fd))
      close(fd);
}

int close(int fd) {
  if (fd > 2 && is_preopen(fd)) {
    /* The program never opened it, so as far as it can know nothing is there (loops that close everything). */
    errno = EBADF;
    return -1;
  }
  closed(fd);
  return result(__wasi_fd_close(fd));
}

static int duplicate(int fd, int minimum, bool close_on_exec) {
  int32_t copy;
  if (minimum < 0) {
    errno = EINVAL;
    return -1;
  }
  if (result(satchel_process_dup(fd, minimum, &copy)) != 0)
    return -1;
  opened(copy, close_on_exec);
  return copy;
}

int dup(int fd) {
  return duplicate(fd, 0, false);
}

static int duplicate_to(int fd, int to, bool close_on_exec) {
  if (to < 0) {
    errno = EBADF;
    return -1;
  }
  if (vacate(to) != 0 || result(satchel_process_dup_to(fd, to)) != 0)
    return -1;
  opened(to, close_on_exec);
  return to;
}

int dup2(int fd, int to) {
  if (fd == to)
    return fcntl(fd, F_GETFL) < 0 ? -1 : to;
  return duplicate_to(fd, to, false);
}

int dup3(int fd, int to, int flags) {
  if (fd == to || flags & ~O_CLOEXEC) {
    errno = EINVAL;
    return -1;
  }
  return duplicate_to(fd, to, flags & O_CLOEXEC);
}

int pipe2(int fds[2], int flags) {
  if (flags & ~(O_CLOEXEC | O_NONBLOCK)) {
    errno = EINVAL;
    return -1;
  }
  int32_t ends_of_pipe[2];
  if (result(satchel_process_pipe(&ends_of_pipe[0], &ends_of_pipe[1])) != 0)
    return -1;
  for (int i = 0; i < 2; i++) {
    fds[i] = ends_of_pipe[i];
    opened(fds[i], flags & O_CLOEXEC);
    if (flags & O_NONBLOCK)
      fcntl(fds[i], F_SETFL, O_NONBLOCK);
  }
  return 0;
}

int pipe(int fds[2]) {
  return pipe2(fds, 0);
}

int flock(int fd, int operation) {
  return result(satchel_fs_fd_lock(fd, operation));
}

/* Record locks: of a whole file they are what flock takes; parts of files cannot be locked. */
static int record_lock(int fd, int command, const struct flock *lock) {
  if (command == F_GETLK || lock->l_whence != SEEK_SET || lock->l_start != 0 || lock->l_len != 0) {
    errno = ENOTSUP;
    return -1;
  }
  int operation = lock->l_type == F_RDLCK ? LOCK_SH : lock->l_type == F_WRLCK ? LOCK_EX : LOCK_UN;
  return flock(fd, command == F_SETLK && operation != LOCK_UN ? operation | LOCK_NB : operation);
}

static int access_flags(const __wasi_fdstat_t *stat) {
  bool reads = stat->fs_rights_base & (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_READDIR);
  bool writes = stat->fs_rights_base & __WASI_RIGHTS_FD_WRITE;
  return reads && writes ? O_RDWR : reads ? O_RDONLY : writes ? O_WRONLY : O_SEARCH;
}

int fcntl(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  void *pointer = command == F_GETLK || command == F_SETLK || command == F_SETLKW ? va_arg(list, void *) : NULL;
  int number = pointer || command == F_GETFD || command == F_GETFL ? 0 : va_arg(list, int);
  va_end(list);
  __wasi_fdstat_t stat;
  switch (command) {
  case F_DUPFD:
  case F_DUPFD_CLOEXEC:
    return duplicate(fd, number, command == F_DUPFD_CLOEXEC);
  case F_GETFD:
    if (!get(is_open, fd) && result(__wasi_fd_fdstat_get(fd, &stat)) != 0)
      return -1;
    return get(ends, fd) ? FD_CLOEXEC : 0;
  case F_SETFD:
    if (!get(is_open, fd) && result(__wasi_fd_fdstat_get(fd, &stat)) != 0)
      return -1;
    opened(fd, number & FD_CLOEXEC);
    return 0;
  case F_GETFL:
    return result(__wasi_fd_fdstat_get(fd, &stat)) != 0 ? -1 : stat.fs_flags | access_flags(&stat);
  case F_SETFL:
    return result(__wasi_fd_fdstat_set_flags(fd, number & 0x1f));
  case F_GETLK:
  case F_SETLK:
  case F_SETLKW:
    return record_lock(fd, command, pointer);
  default:
    errno = EINVAL;
    return -1;
  }
}
