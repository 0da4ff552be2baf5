/* Temporary files, which wasi-libc lacks. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posix.h"

enum { MARKS = 6, TRIES = 100 };

/* The X's of a template, or NULL. */
static char *find_marks(char *template, int suffix_length) {
  size_t length = strlen(template);
  if (suffix_length < 0 || length < (size_t)suffix_length + MARKS ||
      memcmp(template + length - suffix_length - MARKS, "XXXXXX", MARKS) != 0) {
    errno = EINVAL;
    return NULL;
  }
  return template + length - suffix_length - MARKS;
}

static void fill(char *marks) {
  static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  unsigned char random[MARKS];
  getentropy(random, sizeof random);
  for (int i = 0; i < MARKS; i++)
    marks[i] = LETTERS[random[i] % (sizeof LETTERS - 1)];
}

int mkostemps(char *template, int suffix_length, int flags) {
  char *marks = find_marks(template, suffix_length);
  if (!marks)
    return -1;
  for (int i = 0; i < TRIES; i++) {
    fill(marks);
    int fd = open(template, O_RDWR | O_CREAT | O_EXCL | (flags & ~O_ACCMODE), 0600);
    if (fd >= 0 || errno != EEXIST)
      return fd;
  }
  memcpy(marks, "XXXXXX", MARKS);
  return -1;
}

int mkstemp(char *template) {
  return mkostemps(template, 0, 0);
}

int mkostemp(char *template, int flags) {
  return mkostemps(template, 0, flags);
}

int mkstemps(char *template, int suffix_length) {
  return mkostemps(template, suffix_length, 0);
}

char *mkdtemp(char *template) {
  char *marks = find_marks(template, 0);
  for (int i = 0; marks && i < TRIES; i++) {
    fill(marks);
    if (mkdir(template, 0700) == 0)
      return template;
    if (errno != EEXIST)
      return NULL;
  }
  return NULL;
}

FILE *tmpfile(void) {
  char path[] = P_tmpdir "/tmpXXXXXX";
  int fd = mkostemp(path, O_CLOEXEC);
  if (fd < 0)
    return NULL;
  unlink(path);
  FILE *stream = fdopen(fd, "w+");
  if (!stream)
    close(fd);
  return stream;
}
