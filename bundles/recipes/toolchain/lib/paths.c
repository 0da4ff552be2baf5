/*
 * Calls with paths. WASI knows paths relative to a directory descriptor only, and no current directory: this file keeps
 * one and finds for each absolute path the preopened directory that it lies in.
 *
 * Every function of wasi-libc's posix.c, at_fdcwd.c, chdir.c, getcwd.c and preopens.c that anything refers to is defined
 * here: one left out would bring the whole file of wasi-libc in, and with it second definitions.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>
#include <wasi/api.h>
#include <wasi/libc-nocwd.h>
#include <wasi/libc.h>

#include "posix.h"

enum { MOST_PREOPENS = 32, LAST_PREOPEN_FD = 255 };

static struct {
  int fd;
  size_t length;
  char *prefix; /* without a slash at its ends: "" for the root */
} preopens[MOST_PREOPENS];
static int preopen_count;

static char directory_text[PATH_MAX + 1] = "/";

/* ---- preopened directories ---- */

static void add_preopen(int fd, size_t length) {
  char *prefix = malloc(length + 1);
  if (!prefix || __wasi_fd_prestat_dir_name(fd, (uint8_t *)prefix, length) != 0)
    abort();
  while (length > 0 && prefix[length - 1] == '/')
    length--;
  prefix[length] = '\0';
  size_t start = strspn(prefix, "/");
  if (start > length)
    start = length;
  preopens[preopen_count].fd = fd;
  preopens[preopen_count].length = length - start;
  preopens[preopen_count++].prefix = prefix + start;
}

/*
 * wasi-libc stops at the first descriptor that is not one. Here a file may lie before them: `program 3>file`. The
 * directories themselves lie one after another.
 */
static void find_preopens(void) {
  static bool found;
  if (found)
    return;
  found = true;
  for (int fd = 3; fd <= LAST_PREOPEN_FD && preopen_count < MOST_PREOPENS; fd++) {
    __wasi_prestat_t prestat;
    if (__wasi_fd_prestat_get(fd, &prestat) == 0)
      add_preopen(fd, prestat.u.dir.pr_name_len);
    else if (preopen_count > 0)
      break;
  }
}

void __wasilibc_populate_preopens(void) {
  find_preopens();
}

bool is_preopen(int fd) {
  find_preopens();
  for (int i = 0; i < preopen_count; i++)
    if (preopens[i].fd == fd)
      return true;
  return false;
}

int vacate(int fd) {
  find_preopens();
  for (int i = 0; i < preopen_count; i++)
    if (preopens[i].fd == fd) {
      int32_t elsewhere;
      if (result(satchel_process_dup(fd, LAST_PREOPEN_FD + 1, &elsewhere)) != 0)
        return -1;
      preopens[i].fd = elsewhere;
    }
  return 0;
}

/* The preopened directory that holds `path` (absolute), the longest prefix first, and the rest of the path. */
static int find_preopen(const char *path, const char **rest) {
  find_preopens();
  path += strspn(path, "/");
  int best = -1;
  for (int i = 0; i < preopen_count; i++) {
    size_t length = preopens[i].length;
    bool inside = length == 0 || (strncmp(path, preopens[i].prefix, length) == 0 &&
                                  (path[length] == '/' || path[length] == '\0'));
    if (inside && (best < 0 || length > preopens[best].length))
      best = i;
  }
  if (best < 0)
    return -1;
  path += preopens[best].length;
  path += strspn(path, "/");
  *rest = *path ? path : ".";
  return preopens[best].fd;
}

/* ---- the current directory ---- */

const char *current_directory(void) {
  return directory_text;
}

void set_current_directory(const char *path) {
  if (strlen(path) < sizeof directory_text)
    strcpy(directory_text, path);
}

int locate(int directory, const char *path, struct place *place) {
  if (!*path) {
    errno = ENOENT;
    return -1;
  }
  if (directory != AT_FDCWD && *path != '/') {
    place->fd = directory;
    place->path = path;
    return 0;
  }
  if (*path != '/') {
    const char *slash = directory_text[1] ? "/" : "";
    while (path[0] == '.' && path[1] == '/' && path[2] && path[2] != '/')
      path += 2;
    int length = snprintf(place->text, sizeof place->text, "%s%s%s", directory_text, slash, path);
    if (length >= (int)sizeof place->text) {
      errno = ENAMETOOLONG;
      return -1;
    }
    path = place->text;
  }
  place->fd = find_preopen(path, &place->path);
  if (place->fd < 0) {
    errno = ENOENT;
    return -1;
  }
  return 0;
}

/* The host resolves links and `..`, so what it says about the open directory is where we are. */
int fchdir(int fd) {
  char text[PATH_MAX + 1];
  uint32_t length;
  if (result(satchel_fs_fd_path(fd, text, sizeof text - 1, &length)) != 0)
    return -1;
  text[length] = '\0';
  set_current_directory(text);
  return 0;
}

int chdir(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  int failed = access(path, X_OK);
  if (!failed)
    failed = fchdir(fd);
  int error = errno;
  close(fd);
  errno = error;
  return failed;
}

char *getcwd(char *buffer, size_t size) {
  size_t needed = strlen(directory_text) + 1;
  if (buffer && size == 0) {
    errno = EINVAL;
    return NULL;
  }
  if (size != 0 && size < needed) {
    errno = ERANGE;
    return NULL;
  }
  if (!buffer && !(buffer = malloc(size ? size : needed)))
    return NULL;
  return memcpy(buffer, directory_text, needed);
}

/* ---- opening ---- */

/* Rights that reading does without; a descriptor for writing has them. */
static const __wasi_rights_t WRITE_RIGHTS = __WASI_RIGHTS_FD_DATASYNC | __WASI_RIGHTS_FD_WRITE |
                                            __WASI_RIGHTS_FD_ALLOCATE | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE;
static const __wasi_rights_t READ_RIGHTS = __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_READDIR;
static const __wasi_rights_t ALL_RIGHTS = ((__wasi_rights_t)1 << 30) - 1;

static int open_place(const struct place *place, int flags) {
  __wasi_rights_t rights = ALL_RIGHTS & ~(READ_RIGHTS | WRITE_RIGHTS), inheriting = ALL_RIGHTS;
  /* O_RDONLY is a bit here and 0 everywhere else, so programs leave it out. */
  if ((flags & O_RDONLY) || !(flags & O_ACCMODE))
    rights |= READ_RIGHTS;
  if (flags & O_WRONLY)
    rights |= WRITE_RIGHTS;
  __wasi_lookupflags_t lookup = flags & O_NOFOLLOW ? 0 : __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW;
  __wasi_oflags_t oflags = (flags >> 12) & 0xf;
  __wasi_fdflags_t fdflags = flags & 0x1f;
  __wasi_fd_t fd;
  int error = __wasi_path_open(place->fd, lookup, place->path, oflags, rights, inheriting, fdflags, &fd);
  if (error == ENOTCAPABLE) {
    /* More was asked for than the directory has to give; what it has may do. */
    __wasi_fdstat_t stat;
    if (__wasi_fd_fdstat_get(place->fd, &stat) == 0 && (stat.fs_rights_inheriting & ALL_RIGHTS) != ALL_RIGHTS) {
      inheriting &= stat.fs_rights_inheriting;
      error = __wasi_path_open(place->fd, lookup, place->path, oflags, rights & inheriting, inheriting, fdflags, &fd);
    }
  }
  if (result(error) != 0)
    return -1;
  opened(fd, flags & O_CLOEXEC);
  return fd;
}

/*
 * The host makes files with 0666 less the umask. Another mode is set afterwards, and only on a file that this call made:
 * so it is made exclusively first. Two turns, since the file may go between one step and the other.
 */
static int create_place(const struct place *place, int flags, mode_t mode) {
  if (mode == DEFAULT_FILE_MODE)
    return open_place(place, flags);
  for (int turn = 0; turn < 2; turn++) {
    int fd = open_place(place, flags | O_EXCL);
    if (fd >= 0)
      return set_new_mode(fd, mode);
    if (errno != EEXIST || flags & O_EXCL)
      return -1;
    fd = open_place(place, flags & ~O_CREAT);
    if (fd >= 0 || errno != ENOENT)
      return fd;
  }
  return open_place(place, flags); /* through a link that leads nowhere yet */
}

int openat(int directory, const char *path, int flags, ...) {
  struct place place;
  if (locate(directory, path, &place) != 0)
    return -1;
  if (!(flags & O_CREAT))
    return open_place(&place, flags);
  va_list list;
  va_start(list, flags);
  mode_t mode = va_arg(list, mode_t);
  va_end(list);
  return create_place(&place, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
  va_end(list);
  return openat(AT_FDCWD, path, flags, mode);
}

/* wasi-libc's own callers: fopen, truncate, and what works on directories. */
int __wasilibc_open_nomode(const char *path, int flags) {
  return open(path, flags, DEFAULT_FILE_MODE);
}

int __wasilibc_nocwd_openat_nomode(int directory, const char *path, int flags) {
  return openat(directory, path, flags | O_CLOEXEC, DEFAULT_FILE_MODE);
}

DIR *opendir(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  DIR *stream = fdopendir(fd);
  if (!stream)
    close(fd);
  return stream;
}

int scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
            int (*compare)(const struct dirent **, const struct dirent **)) {
  struct place place;
  if (locate(AT_FDCWD, path, &place) != 0)
    return -1;
  return __wasilibc_nocwd_scandirat(place.fd, place.path, list, filter, compare);
}

/* ---- directories, links, names ---- */

int mkdirat(int directory, const char *path, mode_t mode) {
  struct place place;
  if (locate(directory, path, &place) != 0 || result(__wasi_path_create_directory(place.fd, place.path)) != 0)
    return -1;
  if ((mode & 07777) == DEFAULT_DIRECTORY_MODE)
    return 0;
  mode_t mask = umask(0);
  umask(mask);
  return fchmodat(place.fd, place.path, mode & ~mask, 0);
}

int mkdir(const char *path, mode_t mode) {
  return mkdirat(AT_FDCWD, path, mode);
}

int unlinkat(int directory, const char *path, int flags) {
  struct place place;
  if (locate(directory, path, &place) != 0)
    return -1;
  return result(flags & AT_REMOVEDIR ? __wasi_path_remove_directory(place.fd, place.path)
                                     : __wasi_path_unlink_file(place.fd, place.path));
}

int unlink(const char *path) {
  return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path) {
  return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int remove(const char *path) {
  int failed = unlink(path);
  if (failed && (errno == EISDIR || errno == EPERM))
    failed = rmdir(path);
  return failed;
}

int symlinkat(const char *target, int directory, const char *path) {
  struct place place;
  if (locate(directory, path, &place) != 0)
    return -1;
  return result(__wasi_path_symlink(target, place.fd, place.path));
}

int symlink(const char *target, const char *path) {
  return symlinkat(target, AT_FDCWD, path);
}

ssize_t readlinkat(int directory, const char *restrict path, char *restrict buffer, size_t size) {
  struct place place;
  __wasi_size_t used;
  if (locate(directory, path, &place) != 0 ||
      result(__wasi_path_readlink(place.fd, place.path, (uint8_t *)buffer, size, &used)) != 0)
    return -1;
  return used;
}

ssize_t readlink(const char *restrict path, char *restrict buffer, size_t size) {
  return readlinkat(AT_FDCWD, path, buffer, size);
}

int linkat(int old_directory, const char *old, int new_directory, const char *new, int flags) {
  struct place from, to;
  if (locate(old_directory, old, &from) != 0 || locate(new_directory, new, &to) != 0)
    return -1;
  __wasi_lookupflags_t lookup = flags & AT_SYMLINK_FOLLOW ? __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW : 0;
  return result(__wasi_path_link(from.fd, lookup, from.path, to.fd, to.path));
}

int link(const char *old, const char *new) {
  return linkat(AT_FDCWD, old, AT_FDCWD, new, 0);
}

int renameat(int old_directory, const char *old, int new_directory, const char *new) {
  struct place from, to;
  if (locate(old_directory, old, &from) != 0 || locate(new_directory, new, &to) != 0)
    return -1;
  return result(__wasi_path_rename(from.fd, from.path, to.fd, to.path));
}

int rename(const char *old, const char *new) {
  return renameat(AT_FDCWD, old, AT_FDCWD, new);
}

/* ---- what is there ---- */

int fstatat(int directory, const char *restrict path, struct stat *restrict status, int flags) {
  struct place place;
  if (locate(directory, path, &place) != 0)
    return -1;
  return __wasilibc_nocwd_fstatat(place.fd, place.path, status, flags);
}

int stat(const char *restrict path, struct stat *restrict status) {
  return fstatat(AT_FDCWD, path, status, 0);
}

int lstat(const char *restrict path, struct stat *restrict status) {
  return fstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

int faccessat(int directory, const char *path, int mode, int flags) {
  struct place place;
  if (locate(directory, path, &place) != 0)
    return -1;
  uint32_t lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW;
  return result(satchel_fs_path_access(place.fd, lookup, place.path, strlen(place.path), mode));
}

int access(const char *path, int mode) {
  return faccessat(AT_FDCWD, path, mode, 0);
}

int utimensat(int directory, const char *path, const struct timespec times[2], int flags) {
  struct place place;
  if (locate(directory, path, &place) != 0)
    return -1;
  return __wasilibc_nocwd_utimensat(place.fd, place.path, times, flags);
}

int utimes(const char *path, const struct timeval times[2]) {
  struct timespec spec[2];
  for (int i = 0; times && i < 2; i++)
    spec[i] = (struct timespec){times[i].tv_sec, times[i].tv_usec * 1000};
  return utimensat(AT_FDCWD, path, times ? spec : NULL, 0);
}

int utime(const char *path, const struct utimbuf *times) {
  struct timespec spec[2];
  if (times) {
    spec[0] = (struct timespec){times->actime, 0};
    spec[1] = (struct timespec){times->modtime, 0};
  }
  return utimensat(AT_FDCWD, path, times ? spec : NULL, 0);
}
