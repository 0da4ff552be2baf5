#include_next <time.h>

#ifndef SATCHEL_TIME_H
#define SATCHEL_TIME_H

#ifdef __cplusplus
extern "C" {
#endif

extern char *tzname[2];
extern long timezone;
extern int daylight;
void tzset(void);

#ifdef __cplusplus
}
#endif

#endif
