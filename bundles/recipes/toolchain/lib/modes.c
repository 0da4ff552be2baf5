/* Permission bits, umask and owners. The umask lies with the host, which applies it to what it makes. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posix.h"

mode_t umask(mode_t mask) {
  uint32_t previous = 0;
  satchel_fs_umask(mask & 0777, &previous);
  return previous;
}

/* The mask, asked for once: nobody but this process changes it. */
static mode_t current_mask(void) {
  mode_t mask = umask(077);
  umask(mask);
  return mask;
}

int set_new_mode(int fd, mode_t mode) {
  if (fchmod(fd, mode & 07777 & ~current_mask()) == 0)
    return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

int fchmod(int fd, mode_t mode) {
  return result(satchel_fs_fd_chmod(fd, mode & 07777));
}

int fchmodat(int directory, const char *path, mode_t mode, int flags) {
  struct place place;
  if (locate(directory, path, &place) != 0)
    return -1;
  if (flags & AT_SYMLINK_NOFOLLOW) {
    /* The mode of a link is never looked at, and as on Linux it cannot be set. */
    struct stat status;
    if (fstatat(place.fd, place.path, &status, AT_SYMLINK_NOFOLLOW) != 0)
      return -1;
    if (S_ISLNK(status.st_mode)) {
      errno = ENOTSUP;
      return -1;
    }
  }
  uint32_t lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : 1;
  return result(satchel_fs_path_chmod(place.fd, lookup, place.path, strlen(place.path), mode & 07777));
}

int chmod(const char *path, mode_t mode) {
  return fchmodat(AT_FDCWD, path, mode, 0);
}

int lchmod(const char *path, mode_t mode) {
  return fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW);
}

/* Everything belongs to the one user, who may give it to himself as often as he likes. */
static int own(bool found, uid_t user, gid_t group) {
  if (!found)
    return -1;
  if ((user == (uid_t)-1 || user == getuid()) && (group == (gid_t)-1 || group == getgid()))
    return 0;
  errno = EPERM;
  return -1;
}

int fchown(int fd, uid_t user, gid_t group) {
  struct stat status;
  return own(fstat(fd, &status) == 0, user, group);
}

int fchownat(int directory, const char *path, uid_t user, gid_t group, int flags) {
  struct stat status;
  return own(fstatat(directory, path, &status, flags & AT_SYMLINK_NOFOLLOW) == 0, user, group);
}

int chown(const char *path, uid_t user, gid_t group) {
  return fchownat(AT_FDCWD, path, user, group, 0);
}

int lchown(const char *path, uid_t user, gid_t group) {
  return fchownat(AT_FDCWD, path, user, group, AT_SYMLINK_NOFOLLOW);
}

/* No file system here has pipes or devices with a name, and only root may make devices anywhere. */
int mkfifoat(int directory, const char *path, mode_t mode) {
  (void)directory, (void)path, (void)mode;
  errno = ENOSYS;
  return -1;
}

int mkfifo(const char *path, mode_t mode) {
  return mkfifoat(AT_FDCWD, path, mode);
}

int mknodat(int directory, const char *path, mode_t mode, dev_t device) {
  (void)directory, (void)path, (void)device;
  errno = S_ISFIFO(mode) ? ENOSYS : EPERM;
  return -1;
}

int mknod(const char *path, mode_t mode, dev_t device) {
  return mknodat(AT_FDCWD, path, mode, device);
}
