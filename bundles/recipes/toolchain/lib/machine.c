/* What there is to say about the machine, and the calls about it that have an honest answer. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <wasi/api.h>

#include "posix.h"

static const char HOST_NAME[] = "satchel";

int uname(struct utsname *names) {
  memset(names, 0, sizeof *names);
  strcpy(names->sysname, "WASI");
  strcpy(names->nodename, HOST_NAME);
  strcpy(names->release, "preview1");
  strcpy(names->version, "Satchel");
  strcpy(names->machine, "wasm32");
  return 0;
}

int gethostname(char *buffer, size_t size) {
  if (size < sizeof HOST_NAME) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(buffer, HOST_NAME);
  return 0;
}

int sethostname(const char *name, size_t size) {
  (void)name, (void)size;
  errno = EPERM;
  return -1;
}

ssize_t getrandom(void *buffer, size_t size, unsigned flags) {
  (void)flags; /* random bytes never run out, and are good from the start */
  return result(__wasi_random_get(buffer, size)) != 0 ? -1 : (ssize_t)size;
}

int getdtablesize(void) {
  return MOST_DESCRIPTORS;
}

/* Nothing is written late: what a program wrote is with the host, whose own storage has its own rules. */
void sync(void) {
}

int syncfs(int fd) {
  __wasi_fdstat_t stat;
  return result(__wasi_fd_fdstat_get(fd, &stat));
}

/* All processes are equal, and only a privileged user could make one less so. */
int getpriority(int which, id_t who) {
  if (which != PRIO_PROCESS || who != 0) {
    errno = ENOSYS;
    return -1;
  }
  return 0;
}

int setpriority(int which, id_t who, int priority) {
  errno = which == PRIO_PROCESS && who == 0 ? EPERM : ENOSYS;
  return which == PRIO_PROCESS && who == 0 && priority == 0 ? 0 : -1;
}

int nice(int increment) {
  if (increment == 0)
    return 0;
  errno = EPERM;
  return -1;
}

/* No host tells how large its storage is. */
static int no_sizes(void) {
  errno = ENOSYS;
  return -1;
}

int statfs(const char *path, struct statfs *sizes) {
  (void)path, (void)sizes;
  return no_sizes();
}

int fstatfs(int fd, struct statfs *sizes) {
  (void)fd, (void)sizes;
  return no_sizes();
}

int statvfs(const char *restrict path, struct statvfs *restrict sizes) {
  (void)path, (void)sizes;
  return no_sizes();
}

int fstatvfs(int fd, struct statvfs *sizes) {
  (void)fd, (void)sizes;
  return no_sizes();
}
