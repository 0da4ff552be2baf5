/* Terminals: the line discipline is the host's, and has the few modes of SATCHEL_TERMINAL_MODE. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wasi/api.h>

#include "posix.h"

static const char TERMINAL[] = "/dev/tty";

/*
 * stdio does not ask here but goes by the rights of its descriptor (nothing to seek in a terminal), as wasi-libc has it;
 * hosts keep the two in step.
 */
int isatty(int fd) {
  return result(satchel_tty_isatty(fd)) == 0;
}

int ttyname_r(int fd, char *buffer, size_t size) {
  if (!isatty(fd))
    return errno;
  if (size < sizeof TERMINAL)
    return ERANGE;
  strcpy(buffer, TERMINAL);
  return 0;
}

char *ttyname(int fd) {
  static char name[sizeof TERMINAL];
  int error = ttyname_r(fd, name, sizeof name);
  errno = error ? error : errno;
  return error ? NULL : name;
}

char *ctermid(char *buffer) {
  static char name[L_ctermid];
  return strcpy(buffer ? buffer : name, TERMINAL);
}

pid_t tcgetpgrp(int fd) {
  return isatty(fd) ? getpgrp() : -1;
}

static const struct {
  uint32_t mode;
  size_t field;
  tcflag_t flag;
} FLAGS[] = {
    {SATCHEL_TERMINAL_MODE_ICANON, offsetof(struct termios, c_lflag), ICANON},
    {SATCHEL_TERMINAL_MODE_ECHO, offsetof(struct termios, c_lflag), ECHO},
    {SATCHEL_TERMINAL_MODE_ISIG, offsetof(struct termios, c_lflag), ISIG},
    {SATCHEL_TERMINAL_MODE_ICRNL, offsetof(struct termios, c_iflag), ICRNL},
    {SATCHEL_TERMINAL_MODE_OPOST, offsetof(struct termios, c_oflag), OPOST},
};
enum { FLAG_COUNT = sizeof FLAGS / sizeof *FLAGS };

static const cc_t CONTROL_CHARACTERS[NCCS] = {
    [VINTR] = 3, [VQUIT] = 28, [VERASE] = 127, [VKILL] = 21, [VEOF] = 4, [VMIN] = 1, [VSUSP] = 26,
};

int tcgetattr(int fd, struct termios *termios) {
  uint32_t mode;
  if (result(satchel_tty_mode_get(fd, &mode)) != 0)
    return -1;
  memset(termios, 0, sizeof *termios);
  termios->c_cflag = CS8 | CREAD;
  termios->c_oflag = mode & SATCHEL_TERMINAL_MODE_OPOST ? ONLCR : 0;
  memcpy(termios->c_cc, CONTROL_CHARACTERS, sizeof termios->c_cc);
  for (int i = 0; i < FLAG_COUNT; i++)
    if (mode & FLAGS[i].mode)
      *(tcflag_t *)((char *)termios + FLAGS[i].field) |= FLAGS[i].flag;
  cfsetispeed(termios, B38400);
  cfsetospeed(termios, B38400);
  return 0;
}

/* As POSIX has it, this succeeds when any of what is asked for could be set. */
int tcsetattr(int fd, int when, const struct termios *termios) {
  (void)when;
  uint32_t mode = 0;
  for (int i = 0; i < FLAG_COUNT; i++)
    if (*(const tcflag_t *)((const char *)termios + FLAGS[i].field) & FLAGS[i].flag)
      mode |= FLAGS[i].mode;
  return result(satchel_tty_mode_set(fd, mode));
}

/* A speed means nothing to a terminal that is a window. */
speed_t cfgetospeed(const struct termios *termios) {
  return termios->__c_ospeed;
}

speed_t cfgetispeed(const struct termios *termios) {
  return termios->__c_ispeed;
}

int cfsetospeed(struct termios *termios, speed_t speed) {
  termios->__c_ospeed = speed;
  return 0;
}

int cfsetispeed(struct termios *termios, speed_t speed) {
  termios->__c_ispeed = speed;
  return 0;
}

void cfmakeraw(struct termios *termios) {
  termios->c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
  termios->c_oflag &= ~OPOST;
  termios->c_lflag &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  termios->c_cflag = (termios->c_cflag & ~(CSIZE | PARENB)) | CS8;
  termios->c_cc[VMIN] = 1;
  termios->c_cc[VTIME] = 0;
}

static int window_size(int fd, struct winsize *size) {
  uint32_t rows, columns;
  if (result(satchel_tty_size_get(fd, &rows, &columns)) != 0)
    return -1;
  *size = (struct winsize){.ws_row = rows, .ws_col = columns};
  return 0;
}

/* Bytes that a read would get at once. */
static int readable(int fd, int *count) {
  __wasi_subscription_t wanted[2] = {
      {.u.tag = __WASI_EVENTTYPE_FD_READ, .u.u.fd_read.file_descriptor = fd},
      {.u.tag = __WASI_EVENTTYPE_CLOCK, .u.u.clock.id = __WASI_CLOCKID_MONOTONIC},
  };
  __wasi_event_t events[2];
  size_t happened;
  if (result(__wasi_poll_oneoff(wanted, events, 2, &happened)) != 0)
    return -1;
  *count = 0;
  for (size_t i = 0; i < happened; i++) {
    if (events[i].type != __WASI_EVENTTYPE_FD_READ)
      continue;
    if (result(events[i].error) != 0)
      return -1;
    *count = (int)events[i].fd_readwrite.nbytes;
  }
  return 0;
}

int ioctl(int fd, int request, ...) {
  va_list list;
  va_start(list, request);
  void *argument = va_arg(list, void *);
  va_end(list);
  int flags;
  switch (request) {
  case TIOCGWINSZ:
    return window_size(fd, argument);
  case FIONREAD:
    return readable(fd, argument);
  case FIONBIO:
    flags = fcntl(fd, F_GETFL);
    if (flags < 0)
      return -1;
    return fcntl(fd, F_SETFL, *(int *)argument ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
  default:
    errno = isatty(fd) ? EINVAL : ENOTTY;
    return -1;
  }
}
