#include_next <sys/stat.h>

#ifndef SATCHEL_SYS_STAT_H
#define SATCHEL_SYS_STAT_H

#ifdef __cplusplus
extern "C" {
#endif

int lchmod(const char *, mode_t);
int mkfifo(const char *, mode_t);
int mkfifoat(int, const char *, mode_t);
int mknod(const char *, mode_t, dev_t);
int mknodat(int, const char *, mode_t, dev_t);
mode_t umask(mode_t);

#ifdef __cplusplus
}
#endif

#endif
