#include_next <stdlib.h>

#ifndef SATCHEL_STDLIB_H
#define SATCHEL_STDLIB_H

#ifdef __cplusplus
extern "C" {
#endif

#define WNOHANG 1
#define WUNTRACED 2

#define WEXITSTATUS(status) (((status) & 0xff00) >> 8)
#define WTERMSIG(status) ((status) & 0x7f)
#define WSTOPSIG(status) WEXITSTATUS(status)
#define WCOREDUMP(status) ((status) & 0x80)
#define WIFEXITED(status) (!WTERMSIG(status))
#define WIFSTOPPED(status) (((status) & 0xff) == 0x7f)
#define WIFSIGNALED(status) (WTERMSIG(status) != 0 && WTERMSIG(status) != 0x7f)
#define WIFCONTINUED(status) ((status) == 0xffff)

int system(const char *);
char *mkdtemp(char *);
int mkostemp(char *, int);
int mkostemps(char *, int, int);
int mkstemp(char *);
int mkstemps(char *, int);
void qsort_r(void *, size_t, size_t, int (*)(const void *, const void *, void *), void *);

#ifdef __cplusplus
}
#endif

#endif
