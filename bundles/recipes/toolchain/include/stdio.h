#include_next <stdio.h>

#ifndef SATCHEL_STDIO_H
#define SATCHEL_STDIO_H

#ifdef __cplusplus
extern "C" {
#endif

#ifndef L_ctermid
#define L_ctermid 20
#endif
#ifndef P_tmpdir
#define P_tmpdir "/tmp"
#endif

FILE *tmpfile(void);
FILE *popen(const char *, const char *);
int pclose(FILE *);

/* There is one thread. */
#define flockfile(stream) ((void)(stream))
#define funlockfile(stream) ((void)(stream))
#define ftrylockfile(stream) ((void)(stream), 0)

#ifdef __cplusplus
}
#endif

#endif
