/* In place of wasi-libc's, which is one byte. */
#ifndef SATCHEL_TYPEDEF_SIGSET_T_H
#define SATCHEL_TYPEDEF_SIGSET_T_H

typedef struct {
  unsigned long long bits;
} sigset_t;

#endif
