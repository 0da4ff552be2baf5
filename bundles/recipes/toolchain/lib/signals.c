/*
 * Signals. A signal from outside ends a program: WebAssembly cannot be interrupted to run a handler, and preview 1 has
 * no way to tell the host what a program wants to ignore. What a program raises itself is delivered in full: handlers,
 * masks, pending signals, default actions.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wasi/api.h>

#include "posix.h"

static struct sigaction actions[_NSIG];
static unsigned long long blocked, pending;

/* SIG_ERR and SIG_IGN are functions in wasi-libc, whose own raise calls them. */
void __SIG_ERR(int signal) {
  (void)signal;
  abort();
}

void __SIG_IGN(int signal) {
  (void)signal;
}

/* Numbers are Linux's in this libc. Preview 1 lacks SIGSTKFLT (16), and all after it are one lower. */
int host_signal(int signal) {
  return signal < SIGSTKFLT ? signal : signal == SIGSTKFLT ? -1 : signal - 1;
}

int guest_signal(int signal) {
  return signal < SIGSTKFLT ? signal : signal + 1;
}

static bool is_valid(int signal) {
  return signal > 0 && signal < _NSIG;
}

static unsigned long long bit(int signal) {
  return 1ULL << (signal - 1);
}

static bool default_is_nothing(int signal) {
  return signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT;
}

static int deliver(int signal) {
  struct sigaction action = actions[signal];
  if (action.sa_handler == SIG_IGN || (action.sa_handler == SIG_DFL && default_is_nothing(signal)))
    return 0;
  if (action.sa_handler == SIG_DFL) {
    int number = host_signal(signal);
    return result(number < 0 ? EINVAL : satchel_process_kill(getpid(), number));
  }
  if ((unsigned)action.sa_flags & SA_RESETHAND)
    actions[signal].sa_handler = SIG_DFL;
  unsigned long long before = blocked;
  blocked |= action.sa_mask.bits;
  if (!(action.sa_flags & SA_NODEFER))
    blocked |= bit(signal);
  if (action.sa_flags & SA_SIGINFO) {
    siginfo_t info = {.si_signo = signal, .si_code = SI_USER, .si_pid = getpid(), .si_uid = getuid()};
    action.sa_sigaction(signal, &info, NULL);
  } else {
    action.sa_handler(signal);
  }
  blocked = before;
  return 0;
}

static void deliver_pending(void) {
  for (int signal = 1; signal < _NSIG; signal++)
    if (pending & ~blocked & bit(signal)) {
      pending &= ~bit(signal);
      deliver(signal);
    }
}

int raise(int signal) {
  if (!is_valid(signal)) {
    errno = EINVAL;
    return -1;
  }
  if (blocked & bit(signal)) {
    pending |= bit(signal);
    return 0;
  }
  int failed = deliver(signal);
  deliver_pending();
  return failed;
}

int kill(pid_t pid, int signal) {
  if (signal < 0 || signal >= _NSIG || (signal > 0 && host_signal(signal) < 0)) {
    errno = EINVAL;
    return -1;
  }
  if (pid <= 0) {
    errno = ENOSYS; /* there are no groups to signal */
    return -1;
  }
  if (signal > 0 && pid == getpid())
    return raise(signal);
  return result(satchel_process_kill(pid, host_signal(signal)));
}

int sigaction(int signal, const struct sigaction *restrict new, struct sigaction *restrict old) {
  if (!is_valid(signal) || (new && (signal == SIGKILL || signal == SIGSTOP))) {
    errno = EINVAL;
    return -1;
  }
  if (old)
    *old = actions[signal];
  if (new)
    actions[signal] = *new;
  return 0;
}

void (*signal(int signal, void (*handler)(int)))(int) {
  struct sigaction old, new = {.sa_handler = handler, .sa_flags = SA_RESTART};
  return sigaction(signal, &new, &old) != 0 ? SIG_ERR : old.sa_handler;
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old) {
  if (old)
    old->bits = blocked;
  if (!set)
    return 0;
  switch (how) {
  case SIG_BLOCK:
    blocked |= set->bits;
    break;
  case SIG_UNBLOCK:
    blocked &= ~set->bits;
    break;
  case SIG_SETMASK:
    blocked = set->bits;
    break;
  default:
    errno = EINVAL;
    return -1;
  }
  blocked &= ~(bit(SIGKILL) | bit(SIGSTOP));
  deliver_pending();
  return 0;
}

int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old) {
  return sigprocmask(how, set, old) != 0 ? errno : 0;
}

int sigpending(sigset_t *set) {
  set->bits = pending;
  return 0;
}

int sigemptyset(sigset_t *set) {
  set->bits = 0;
  return 0;
}

int sigfillset(sigset_t *set) {
  set->bits = ~0ULL;
  return 0;
}

static int change(sigset_t *set, int signal, bool member) {
  if (!is_valid(signal)) {
    errno = EINVAL;
    return -1;
  }
  set->bits = member ? set->bits | bit(signal) : set->bits & ~bit(signal);
  return 0;
}

int sigaddset(sigset_t *set, int signal) {
  return change(set, signal, true);
}

int sigdelset(sigset_t *set, int signal) {
  return change(set, signal, false);
}

int sigismember(const sigset_t *set, int signal) {
  if (!is_valid(signal)) {
    errno = EINVAL;
    return -1;
  }
  return (set->bits & bit(signal)) != 0;
}
