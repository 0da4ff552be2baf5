/* stat: permission bits travel in what preview 1 leaves as padding (SATCHEL_FILESTAT_MODE_OFFSET). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>
#include <wasi/libc-nocwd.h>

#include "posix.h"

enum { BLOCK_UNIT = 512, BLOCK_SIZE = 4096 };

/* Preview 1 has no pipes: hosts call them sockets or leave their type unknown, and there are no sockets here. */
static const mode_t TYPES[] = {
    [__WASI_FILETYPE_UNKNOWN] = S_IFIFO,          [__WASI_FILETYPE_BLOCK_DEVICE] = S_IFBLK,
    [__WASI_FILETYPE_CHARACTER_DEVICE] = S_IFCHR, [__WASI_FILETYPE_DIRECTORY] = S_IFDIR,
    [__WASI_FILETYPE_REGULAR_FILE] = S_IFREG,     [__WASI_FILETYPE_SOCKET_DGRAM] = S_IFSOCK,
    [__WASI_FILETYPE_SOCKET_STREAM] = S_IFIFO,    [__WASI_FILETYPE_SYMBOLIC_LINK] = S_IFLNK,
};

/* A host that tells no mode is not ours; these are what files have nearly always. */
static mode_t usual_mode(mode_t type) {
  switch (type) {
  case S_IFDIR:
    return 0755;
  case S_IFLNK:
    return 0777;
  case S_IFREG:
    return 0644;
  default:
    return 0666;
  }
}

static struct timespec moment(__wasi_timestamp_t nanoseconds) {
  return (struct timespec){nanoseconds / 1000000000, nanoseconds % 1000000000};
}

static int answer(const __wasi_filestat_t *from, struct stat *to) {
  uint32_t mode;
  memcpy(&mode, (const char *)from + SATCHEL_FILESTAT_MODE_OFFSET, sizeof mode);
  mode_t type = from->filetype < sizeof TYPES / sizeof *TYPES ? TYPES[from->filetype] : S_IFIFO;
  *to = (struct stat){
      .st_dev = from->dev,
      .st_ino = from->ino,
      .st_nlink = from->nlink,
      .st_mode = type | (mode & SATCHEL_FILESTAT_MODE_KNOWN ? mode & 07777 : usual_mode(type)),
      .st_uid = getuid(),
      .st_gid = getgid(),
      .st_size = from->size,
      .st_blksize = BLOCK_SIZE,
      /* As a file system of 4 KiB blocks without holes would have it. */
      .st_blocks = type == S_IFREG ? (from->size + BLOCK_SIZE - 1) / BLOCK_SIZE * (BLOCK_SIZE / BLOCK_UNIT)
                   : type == S_IFDIR ? BLOCK_SIZE / BLOCK_UNIT
                                     : 0,
      .st_atim = moment(from->atim),
      .st_mtim = moment(from->mtim),
      .st_ctim = moment(from->ctim),
  };
  return 0;
}

int fstat(int fd, struct stat *status) {
  __wasi_filestat_t told = {0};
  return result(__wasi_fd_filestat_get(fd, &told)) != 0 ? -1 : answer(&told, status);
}

int __wasilibc_nocwd_fstatat(int fd, const char *restrict path, struct stat *restrict status, int flags) {
  __wasi_filestat_t told = {0};
  __wasi_lookupflags_t lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW;
  return result(__wasi_path_filestat_get(fd, lookup, path, &told)) != 0 ? -1 : answer(&told, status);
}
