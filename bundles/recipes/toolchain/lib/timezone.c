/*
 * The time zone that TZ names, in the form of POSIX: `CET-1CEST,M3.5.0,M10.5.0/3`. wasi-libc knows UTC only. There is no
 * data base of zones in the guest, so a name such as Europe/Berlin means UTC, as it does elsewhere without that data.
 *
 * __secs_to_zone and __tm_to_tzname are what wasi-libc's localtime, mktime and strftime call.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "posix.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, NAME_SIZE = 16, TEXT_SIZE = 128 };

enum rule_kind { JULIAN_WITHOUT_LEAP_DAY, DAY_OF_YEAR, WEEK_OF_MONTH };

/* When a change happens each year, in the time that is in force before it. */
struct rule {
  enum rule_kind kind;
  int month, week, day;
  long time;
};

struct zone {
  char names[2][NAME_SIZE]; /* standard, summer */
  long east[2];             /* seconds to add to UTC */
  bool has_summer;
  struct rule begin, end;
};

static const struct zone UTC = {.names = {"UTC", "UTC"}};

static struct zone current;
const char __utc[] = "UTC";
char *tzname[2] = {(char *)__utc, (char *)__utc};
long timezone = 0;
int daylight = 0;

/* ---- reading TZ ---- */

static bool read_name(const char **text, char name[NAME_SIZE]) {
  const char *start = *text, *end;
  if (*start == '<') {
    end = strchr(++start, '>');
    if (!end)
      return false;
    *text = end + 1;
  } else {
    for (end = start; isalpha((unsigned char)*end); end++)
      continue;
    *text = end;
  }
  size_t length = end - start;
  if (length < 3 || length >= NAME_SIZE)
    return false;
  memcpy(name, start, length);
  name[length] = '\0';
  return true;
}

static bool read_number(const char **text, int most, int *number) {
  if (!isdigit((unsigned char)**text))
    return false;
  char *end;
  long value = strtol(*text, &end, 10);
  *text = end;
  *number = (int)value;
  return value <= most;
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(const char **text, int most_hours, long *seconds) {
  int sign = **text == '-' ? -1 : 1, hours, minutes = 0, rest = 0;
  if (**text == '-' || **text == '+')
    ++*text;
  if (!read_number(text, most_hours, &hours))
    return false;
  if (**text == ':' && (++*text, !read_number(text, 59, &minutes)))
    return false;
  if (**text == ':' && (++*text, !read_number(text, 59, &rest)))
    return false;
  *seconds = sign * ((long)hours * HOUR + minutes * MINUTE + rest);
  return true;
}

static bool read_rule(const char **text, struct rule *rule) {
  if (**text != ',')
    return false;
  ++*text;
  bool good;
  switch (**text) {
  case 'J':
    rule->kind = JULIAN_WITHOUT_LEAP_DAY;
    ++*text;
    good = read_number(text, 365, &rule->day);
    break;
  case 'M':
    rule->kind = WEEK_OF_MONTH;
    ++*text;
    good = read_number(text, 12, &rule->month) && *(*text)++ == '.' && read_number(text, 5, &rule->week) &&
           *(*text)++ == '.' && read_number(text, 6, &rule->day) && rule->month > 0 && rule->week > 0;
    break;
  default:
    rule->kind = DAY_OF_YEAR;
    good = read_number(text, 365, &rule->day);
  }
  rule->time = 2 * HOUR;
  if (good && **text == '/') {
    ++*text;
    good = read_time(text, 167, &rule->time);
  }
  return good;
}

static bool read_zone(const char *text, struct zone *zone) {
  long west;
  if (!read_name(&text, zone->names[0]) || !read_time(&text, 24, &west))
    return false;
  zone->east[0] = -west;
  zone->has_summer = *text != '\0';
  if (!zone->has_summer) {
    memcpy(zone->names[1], zone->names[0], NAME_SIZE);
    zone->east[1] = zone->east[0];
    return true;
  }
  if (!read_name(&text, zone->names[1]))
    return false;
  zone->east[1] = zone->east[0] + HOUR;
  if (*text && *text != ',') {
    if (!read_time(&text, 24, &west))
      return false;
    zone->east[1] = -west;
  }
  if (!*text)
    text = ",M3.2.0,M11.1.0"; /* as other systems have it when no rule is given */
  return read_rule(&text, &zone->begin) && read_rule(&text, &zone->end) && !*text;
}

void tzset(void) {
  static char known[TEXT_SIZE];
  static bool read;
  const char *text = getenv("TZ");
  if (!text)
    text = "";
  if (read && strcmp(text, known) == 0)
    return;
  read = true;
  if (strlen(text) >= sizeof known)
    text = "";
  strcpy(known, text);
  struct zone zone = {0};
  current = *text && read_zone(text + (*text == ':'), &zone) ? zone : UTC;
  tzname[0] = current.names[0];
  tzname[1] = current.names[1];
  timezone = -current.east[0];
  daylight = current.has_summer;
}

/* ---- which time is in force ---- */

static bool is_leap(long long year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01 to the first of January of `year`. */
static long long days_before(long long year) {
  long long before = year - 1;
  long long leaps = (before >= 0 ? before / 4 - before / 100 + before / 400
                                 : (before - 3) / 4 - (before - 99) / 100 + (before - 399) / 400);
  return (year - 1970) * 365 + leaps - 477; /* leap days before 1970 */
}

static long long year_of(long long seconds) {
  long long days = seconds >= 0 ? seconds / DAY : (seconds - DAY + 1) / DAY;
  long long year = 1970 + (days >= 0 ? days / 366 : days / 365 - 1);
  while (days_before(year + 1) <= days)
    year++;
  return year;
}

static long day_in_year(const struct rule *rule, long long year) {
  static const short BEFORE_MONTH[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
  if (rule->kind == DAY_OF_YEAR)
    return rule->day;
  if (rule->kind == JULIAN_WITHOUT_LEAP_DAY)
    return rule->day - 1 + (rule->day > 59 && is_leap(year));
  bool leap = is_leap(year);
  long first = BEFORE_MONTH[rule->month - 1] + (leap && rule->month > 2);
  long next = BEFORE_MONTH[rule->month] + (leap && rule->month > 1);
  int weekday = (int)(((days_before(year) + first + 4) % 7 + 7) % 7); /* 1970 began on a Thursday */
  long day = first + (rule->day - weekday + 7) % 7 + 7L * (rule->week - 1);
  return day >= next ? day - 7 : day;
}

static long long change(const struct rule *rule, long long year) {
  return (days_before(year) + day_in_year(rule, year)) * DAY + rule->time;
}

static bool is_summer(long long seconds, bool local) {
  if (!current.has_summer)
    return false;
  long long year = year_of(local ? seconds : seconds + current.east[0]);
  long long begin = change(&current.begin, year), end = change(&current.end, year);
  if (!local) {
    begin -= current.east[0];
    end -= current.east[1];
  }
  return begin < end ? seconds >= begin && seconds < end : seconds >= begin || seconds < end;
}

void __secs_to_zone(long long seconds, int local, int *is_dst, int *east, long *other_east, const char **name) {
  tzset();
  int summer = is_summer(seconds, local);
  *is_dst = summer;
  *east = (int)current.east[summer];
  if (other_east)
    *other_east = current.east[!summer];
  *name = current.names[summer];
}

const char *__tm_to_tzname(const struct tm *tm) {
  tzset();
  const char *name = tm->__tm_zone;
  return name == __utc || name == current.names[0] || name == current.names[1] ? name : "";
}
