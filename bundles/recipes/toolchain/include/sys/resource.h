#include_next <sys/resource.h>

#ifndef SATCHEL_SYS_RESOURCE_H
#define SATCHEL_SYS_RESOURCE_H

#ifdef __cplusplus
extern "C" {
#endif

#define __NEED_id_t
#include <bits/alltypes.h>

#define PRIO_PROCESS 0
#define PRIO_PGRP 1
#define PRIO_USER 2

int getpriority(int, id_t);
int setpriority(int, id_t, int);

#ifdef __cplusplus
}
#endif

#endif
