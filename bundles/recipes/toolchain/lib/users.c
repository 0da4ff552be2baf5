/* Users and groups, from /etc/passwd and /etc/group as everywhere; every process runs as the one user of the guest. */
#define _GNU_SOURCE
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "posix.h"

enum { USER = 1000, GROUP = 1000, LINE_SIZE = 4096, MOST_MEMBERS = 64 };

uid_t getuid(void) {
  return USER;
}

uid_t geteuid(void) {
  return USER;
}

gid_t getgid(void) {
  return GROUP;
}

gid_t getegid(void) {
  return GROUP;
}

int getgroups(int size, gid_t groups[]) {
  if (size == 0)
    return 1;
  if (size < 0) {
    errno = EINVAL;
    return -1;
  }
  groups[0] = GROUP;
  return 1;
}

static int become(bool same) {
  if (same)
    return 0;
  errno = EPERM;
  return -1;
}

int setuid(uid_t user) {
  return become(user == USER);
}

int seteuid(uid_t user) {
  return become(user == USER);
}

int setgid(gid_t group) {
  return become(group == GROUP);
}

int setegid(gid_t group) {
  return become(group == GROUP);
}

int setreuid(uid_t real, uid_t effective) {
  return become((real == USER || real == (uid_t)-1) && (effective == USER || effective == (uid_t)-1));
}

int setregid(gid_t real, gid_t effective) {
  return become((real == GROUP || real == (gid_t)-1) && (effective == GROUP || effective == (gid_t)-1));
}

int setgroups(size_t size, const gid_t *groups) {
  (void)size, (void)groups;
  return become(false);
}

int initgroups(const char *name, gid_t group) {
  (void)name, (void)group;
  return become(false);
}

/* ---- the files ---- */

/* Splits `line` at its colons into exactly `count` fields. */
static bool split(char *line, char **fields, int count) {
  line[strcspn(line, "\n")] = '\0';
  for (int i = 0; i < count; i++) {
    fields[i] = line;
    line = strchr(line, ':');
    if (!line)
      return i == count - 1;
    *line++ = '\0';
  }
  return false;
}

static FILE *users, *groups;

static bool next_line(FILE **file, const char *path, char line[LINE_SIZE]) {
  if (!*file)
    *file = fopen(path, "r");
  return *file && fgets(line, LINE_SIZE, *file);
}

static void end(FILE **file) {
  if (*file)
    fclose(*file);
  *file = NULL;
}

struct passwd *getpwent(void) {
  static char line[LINE_SIZE];
  static struct passwd entry;
  char *fields[7];
  while (next_line(&users, "/etc/passwd", line))
    if (split(line, fields, 7)) {
      entry = (struct passwd){
          .pw_name = fields[0],
          .pw_passwd = fields[1],
          .pw_uid = strtoul(fields[2], NULL, 10),
          .pw_gid = strtoul(fields[3], NULL, 10),
          .pw_gecos = fields[4],
          .pw_dir = fields[5],
          .pw_shell = fields[6],
      };
      return &entry;
    }
  return NULL;
}

void setpwent(void) {
  end(&users);
}

void endpwent(void) {
  end(&users);
}

struct group *getgrent(void) {
  static char line[LINE_SIZE], *members[MOST_MEMBERS + 1];
  static struct group entry;
  char *fields[4];
  while (next_line(&groups, "/etc/group", line))
    if (split(line, fields, 4)) {
      int count = 0;
      for (char *rest = fields[3], *name; count < MOST_MEMBERS && (name = strsep(&rest, ","));)
        if (*name)
          members[count++] = name;
      members[count] = NULL;
      entry = (struct group){
          .gr_name = fields[0],
          .gr_passwd = fields[1],
          .gr_gid = strtoul(fields[2], NULL, 10),
          .gr_mem = members,
      };
      return &entry;
    }
  return NULL;
}

void setgrent(void) {
  end(&groups);
}

void endgrent(void) {
  end(&groups);
}

static struct passwd *find_user(const char *name, uid_t user) {
  struct passwd *entry;
  setpwent();
  while ((entry = getpwent()) && !(name ? strcmp(entry->pw_name, name) == 0 : entry->pw_uid == user))
    continue;
  endpwent();
  return entry;
}

struct passwd *getpwnam(const char *name) {
  return find_user(name, 0);
}

struct passwd *getpwuid(uid_t user) {
  return find_user(NULL, user);
}

static struct group *find_group(const char *name, gid_t group) {
  struct group *entry;
  setgrent();
  while ((entry = getgrent()) && !(name ? strcmp(entry->gr_name, name) == 0 : entry->gr_gid == group))
    continue;
  endgrent();
  return entry;
}

struct group *getgrnam(const char *name) {
  return find_group(name, 0);
}

struct group *getgrgid(gid_t group) {
  return find_group(NULL, group);
}

int getgrouplist(const char *name, gid_t group, gid_t *list, int *size) {
  int count = 0, room = *size;
  if (count++ < room)
    list[0] = group;
  setgrent();
  for (struct group *entry; (entry = getgrent());)
    for (char **member = entry->gr_mem; *member; member++)
      if (entry->gr_gid != group && strcmp(*member, name) == 0 && count++ < room)
        list[count - 1] = entry->gr_gid;
  endgrent();
  *size = count;
  return count > room ? -1 : count;
}

char *getlogin(void) {
  struct passwd *entry = getpwuid(USER);
  if (!entry)
    errno = ENXIO;
  return entry ? entry->pw_name : NULL;
}

int getlogin_r(char *buffer, size_t size) {
  char *name = getlogin();
  if (!name)
    return errno;
  if (strlen(name) >= size)
    return ERANGE;
  strcpy(buffer, name);
  return 0;
}
