/* In place of musl's: there are no stopped children, and nobody counts the resources of ended ones. */
#ifndef SATCHEL_SYS_WAIT_H
#define SATCHEL_SYS_WAIT_H

#include <signal.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

#define __NEED_pid_t
#include <bits/alltypes.h>

pid_t wait(int *);
pid_t waitpid(pid_t, int *, int);

#ifdef __cplusplus
}
#endif

#endif
