/* The list of mounted file systems, from whatever file of /proc or /etc the program names; hosts may have none. */
#define _GNU_SOURCE
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "posix.h"

enum { LINE_SIZE = 4096 };

FILE *setmntent(const char *path, const char *mode) {
  return fopen(path, mode);
}

int endmntent(FILE *file) {
  if (file)
    fclose(file);
  return 1;
}

/* Blanks within a field are written as octal escapes. */
static char *unescape(char *field) {
  char *to = field;
  for (char *from = field; *from; to++) {
    unsigned code;
    if (*from == '\\' && sscanf(from + 1, "%3o", &code) == 1 && strspn(from + 1, "01234567") >= 3) {
      *to = (char)code;
      from += 4;
    } else {
      *to = *from++;
    }
  }
  *to = '\0';
  return field;
}

struct mntent *getmntent(FILE *file) {
  static char line[LINE_SIZE];
  static struct mntent entry;
  while (fgets(line, sizeof line, file)) {
    char *rest = line, *fields[6] = {0};
    for (int i = 0; i < 6; i++) {
      do
        fields[i] = strsep(&rest, " \t\n");
      while (fields[i] && !*fields[i]);
    }
    if (!fields[3] || fields[0][0] == '#')
      continue;
    entry = (struct mntent){
        .mnt_fsname = unescape(fields[0]),
        .mnt_dir = unescape(fields[1]),
        .mnt_type = unescape(fields[2]),
        .mnt_opts = unescape(fields[3]),
        .mnt_freq = fields[4] ? atoi(fields[4]) : 0,
        .mnt_passno = fields[5] ? atoi(fields[5]) : 0,
    };
    return &entry;
  }
  return NULL;
}

char *hasmntopt(const struct mntent *entry, const char *option) {
  return strstr(entry->mnt_opts, option);
}
