/*
 * Other programs: spawn, exec, wait, and what POSIX builds on them. There is no fork (it is not even
 * declared, so a program that needs it does not build) and no process group but the one that all processes of a tree
 * are in.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "posix.h"

extern char **environ;

static const char SHELL[] = "/bin/sh";

/* ---- what goes to the host ---- */

struct strings {
  char *text;
  uint32_t size;
};

/* All of `list`, then `last` if there is one, each with its NUL. */
static int join(char *const list[], const char *last, struct strings *strings) {
  size_t size = last ? strlen(last) + 1 : 0;
  for (char *const *item = list; item && *item; item++)
    size += strlen(*item) + 1;
  char *end = strings->text = malloc(size ? size : 1);
  if (!end)
    return ENOMEM;
  for (char *const *item = list; item && *item; item++)
    end = stpcpy(end, *item) + 1;
  if (last)
    strcpy(end, last);
  strings->size = size;
  return 0;
}

static const char *variable(char *const environment[], const char *name) {
  size_t length = strlen(name);
  for (char *const *item = environment; item && *item; item++)
    if (strncmp(*item, name, length) == 0 && (*item)[length] == '=')
      return *item + length + 1;
  return NULL;
}

struct start {
  struct strings arguments, environment;
  char directory[PATH_MAX + 1];
};

/* See HIDDEN_DIRECTORY in start.c for how a child learns where it is. */
static int prepare(struct start *start, char *const arguments[], char *const environment[], const char *directory) {
  static char hidden[sizeof "SATCHEL_CWD=" + PATH_MAX];
  strcpy(start->directory, directory);
  const char *told = variable(environment, "PWD");
  bool hide = !told || strcmp(told, directory) != 0;
  if (hide)
    snprintf(hidden, sizeof hidden, "SATCHEL_CWD=%s", directory);
  start->arguments.text = start->environment.text = NULL;
  int error = join(arguments, NULL, &start->arguments);
  return error ? error : join(environment, hide ? hidden : NULL, &start->environment);
}

static void discard(struct start *start) {
  free(start->arguments.text);
  free(start->environment.text);
}

static int denied(int error) {
  return error == ENOTCAPABLE ? EACCES : error;
}

/* ---- exec ---- */

/* Whether the program is there at all, before descriptors are closed for it. */
static int find_program(const char *file, bool search, char found[PATH_MAX + 1]) {
  if (!search || strchr(file, '/')) {
    snprintf(found, PATH_MAX + 1, "%s", file);
    return access(file, X_OK);
  }
  const char *path = getenv("PATH");
  if (!path)
    path = "/bin:/usr/bin";
  bool forbidden = false;
  while (path) {
    const char *end = strchrnul(path, ':');
    snprintf(found, PATH_MAX + 1, "%.*s%s%s", (int)(end - path), path, end == path ? "" : "/", file);
    if (access(found, X_OK) == 0)
      return 0;
    forbidden |= errno == EACCES;
    path = *end ? end + 1 : NULL;
  }
  errno = forbidden ? EACCES : ENOENT;
  return -1;
}

static int execute(const char *file, char *const arguments[], char *const environment[], bool search) {
  char found[PATH_MAX + 1];
  if (!*file) {
    errno = ENOENT;
    return -1;
  }
  if (any_closes_on_exec()) {
    if (find_program(file, search, found) != 0)
      return -1;
    file = found;
    search = false;
  }
  struct start start;
  int error = prepare(&start, arguments, environment, current_directory());
  if (!error) {
    close_on_exec_now();
    uint32_t flags = search && !strchr(file, '/') ? SATCHEL_SPAWN_SEARCH_PATH : 0;
    error = satchel_process_exec(file, strlen(file), start.arguments.text, start.arguments.size,
                                 start.environment.text, start.environment.size, start.directory,
                                 strlen(start.directory), flags);
  }
  discard(&start);
  errno = denied(error);
  return -1;
}

int execve(const char *path, char *const arguments[], char *const environment[]) {
  return execute(path, arguments, environment, false);
}

int execv(const char *path, char *const arguments[]) {
  return execute(path, arguments, environ, false);
}

int execvp(const char *file, char *const arguments[]) {
  return execute(file, arguments, environ, true);
}

int execvpe(const char *file, char *const arguments[], char *const environment[]) {
  return execute(file, arguments, environment, true);
}

enum list_kind { PATH_LIST, SEARCHED_LIST, LIST_AND_ENVIRONMENT };

static int execute_list(enum list_kind kind, const char *file, const char *first, va_list list) {
  va_list counted;
  va_copy(counted, list);
  size_t count = 1;
  while (va_arg(counted, char *))
    count++;
  va_end(counted);
  char **arguments = malloc((count + 1) * sizeof *arguments);
  if (!arguments)
    return -1;
  arguments[0] = (char *)first;
  for (size_t i = 1; i <= count; i++)
    arguments[i] = va_arg(list, char *);
  char **environment = kind == LIST_AND_ENVIRONMENT ? va_arg(list, char **) : environ;
  int failed = execute(file, arguments, environment, kind == SEARCHED_LIST);
  free(arguments);
  return failed;
}

int execl(const char *path, const char *first, ...) {
  va_list list;
  va_start(list, first);
  int failed = execute_list(PATH_LIST, path, first, list);
  va_end(list);
  return failed;
}

int execlp(const char *file, const char *first, ...) {
  va_list list;
  va_start(list, first);
  int failed = execute_list(SEARCHED_LIST, file, first, list);
  va_end(list);
  return failed;
}

int execle(const char *path, const char *first, ...) {
  va_list list;
  va_start(list, first);
  int failed = execute_list(LIST_AND_ENVIRONMENT, path, first, list);
  va_end(list);
  return failed;
}

/* ---- spawn ---- */

enum action_kind { CLOSE, DUPLICATE, OPEN, CHANGE_DIRECTORY, CHANGE_DIRECTORY_FD };

struct action {
  enum action_kind kind;
  int fd, source, flags;
  mode_t mode;
  struct action *next;
  char path[];
};

int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions) {
  memset(actions, 0, sizeof *actions);
  return 0;
}

int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions) {
  for (struct action *action = actions->__actions, *next; action; action = next) {
    next = action->next;
    free(action);
  }
  actions->__actions = NULL;
  return 0;
}

static int add_action(posix_spawn_file_actions_t *actions, struct action action, const char *path) {
  if (action.fd < 0 || action.source < 0)
    return EBADF;
  struct action *added = malloc(sizeof *added + strlen(path) + 1);
  if (!added)
    return ENOMEM;
  *added = action;
  strcpy(added->path, path);
  struct action **end = (struct action **)&actions->__actions;
  while (*end)
    end = &(*end)->next;
  *end = added;
  return 0;
}

int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions, int fd) {
  return add_action(actions, (struct action){.kind = CLOSE, .fd = fd}, "");
}

int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int source, int fd) {
  return add_action(actions, (struct action){.kind = DUPLICATE, .fd = fd, .source = source}, "");
}

int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *restrict actions, int fd, const char *restrict path,
                                     int flags, mode_t mode) {
  return add_action(actions, (struct action){.kind = OPEN, .fd = fd, .flags = flags, .mode = mode}, path);
}

int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *restrict actions, const char *restrict path) {
  return add_action(actions, (struct action){.kind = CHANGE_DIRECTORY}, path);
}

int posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t *actions, int fd) {
  return add_action(actions, (struct action){.kind = CHANGE_DIRECTORY_FD, .fd = fd}, "");
}

/* The child's descriptors while the actions are gone through: child_fd and what it is here. */
struct table {
  satchel_fd_pair pairs[MOST_DESCRIPTORS];
  uint32_t count;
  int opened[MOST_DESCRIPTORS]; /* by the actions, to be closed here once the child has them */
  uint32_t opened_count;
};

static satchel_fd_pair *find_pair(struct table *table, int child_fd) {
  for (uint32_t i = 0; i < table->count; i++)
    if (table->pairs[i].child_fd == child_fd)
      return &table->pairs[i];
  return NULL;
}

static int put_pair(struct table *table, int child_fd, int fd) {
  satchel_fd_pair *pair = find_pair(table, child_fd);
  if (!pair) {
    if (table->count == MOST_DESCRIPTORS)
      return EMFILE;
    pair = &table->pairs[table->count++];
  }
  *pair = (satchel_fd_pair){child_fd, fd};
  return 0;
}

static void remove_pair(struct table *table, int child_fd) {
  satchel_fd_pair *pair = find_pair(table, child_fd);
  if (pair)
    *pair = table->pairs[--table->count];
}

static int run_action(struct table *table, const struct action *action) {
  int fd;
  switch (action->kind) {
  case CLOSE:
    remove_pair(table, action->fd);
    return 0;
  case DUPLICATE: {
    /* What closes on exec is not in the table, and can be duplicated nevertheless. */
    satchel_fd_pair *source = find_pair(table, action->source);
    if (!source && (!closes_on_exec(action->source) || fcntl(action->source, F_GETFD) < 0))
      return EBADF;
    return put_pair(table, action->fd, source ? source->fd : action->source);
  }
  case OPEN:
    fd = open(action->path, action->flags | O_CLOEXEC, action->mode);
    if (fd < 0)
      return errno;
    table->opened[table->opened_count++] = fd;
    return put_pair(table, action->fd, fd);
  case CHANGE_DIRECTORY:
    return chdir(action->path) != 0 ? errno : 0;
  case CHANGE_DIRECTORY_FD:
    return fchdir(action->fd) != 0 ? errno : 0;
  }
  return EINVAL;
}

static int spawn_with(struct table *table, pid_t *pid, const char *file, char *const arguments[],
                      char *const environment[], bool search) {
  struct start start;
  int error = prepare(&start, arguments, environment, current_directory());
  int32_t child = 0;
  if (!error) {
    uint32_t flags = search && !strchr(file, '/') ? SATCHEL_SPAWN_SEARCH_PATH : 0;
    error = satchel_process_spawn(file, strlen(file), start.arguments.text, start.arguments.size,
                                  start.environment.text, start.environment.size, start.directory,
                                  strlen(start.directory), table->pairs, table->count, flags, &child);
  }
  discard(&start);
  if (!error && pid)
    *pid = child;
  return denied(error);
}

/* Signals need no handling: nothing is blocked or ignored in a new program. Groups and sessions cannot be had. */
static const int UNSUPPORTED_ATTRIBUTES = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSCHEDPARAM |
                                          POSIX_SPAWN_SETSCHEDULER;

static int spawn(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[],
                 bool search) {
  static int fds[MOST_DESCRIPTORS];
  static struct table table;
  if (attributes && attributes->__flags & UNSUPPORTED_ATTRIBUTES)
    return ENOTSUP;
  if (!*file)
    return ENOENT;
  table.count = table.opened_count = 0;
  int count = inherited(fds);
  for (int i = 0; i < count; i++)
    put_pair(&table, fds[i], fds[i]);
  char back[PATH_MAX + 1];
  strcpy(back, current_directory());
  int error = 0;
  for (struct action *action = actions ? actions->__actions : NULL; action && !error; action = action->next)
    error = run_action(&table, action);
  if (!error)
    error = spawn_with(&table, pid, file, arguments, environment, search);
  while (table.opened_count > 0)
    close(table.opened[--table.opened_count]);
  set_current_directory(back);
  return error;
}

int posix_spawn(pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *restrict attributes, char *const arguments[restrict],
                char *const environment[restrict]) {
  return spawn(pid, path, actions, attributes, arguments, environment, false);
}

int posix_spawnp(pid_t *restrict pid, const char *restrict file, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *restrict attributes, char *const arguments[restrict],
                 char *const environment[restrict]) {
  return spawn(pid, file, actions, attributes, arguments, environment, true);
}

int posix_spawnattr_init(posix_spawnattr_t *attributes) {
  memset(attributes, 0, sizeof *attributes);
  return 0;
}

int posix_spawnattr_destroy(posix_spawnattr_t *attributes) {
  (void)attributes;
  return 0;
}

int posix_spawnattr_setflags(posix_spawnattr_t *attributes, short flags) {
  attributes->__flags = flags;
  return 0;
}

int posix_spawnattr_getflags(const posix_spawnattr_t *restrict attributes, short *restrict flags) {
  *flags = attributes->__flags;
  return 0;
}

int posix_spawnattr_setsigdefault(posix_spawnattr_t *restrict attributes, const sigset_t *restrict signals) {
  attributes->__def = *signals;
  return 0;
}

int posix_spawnattr_setsigmask(posix_spawnattr_t *restrict attributes, const sigset_t *restrict signals) {
  attributes->__mask = *signals;
  return 0;
}

int posix_spawnattr_setpgroup(posix_spawnattr_t *attributes, pid_t group) {
  attributes->__pgrp = group;
  return 0;
}

/* ---- wait ---- */

pid_t waitpid(pid_t pid, int *status, int options) {
  int32_t child, told;
  /* All children are in one group, so waiting for a group is waiting for any. */
  if (result(satchel_process_wait(pid > 0 ? pid : -1, options & WNOHANG ? SATCHEL_WAIT_NOHANG : 0, &child, &told)) != 0)
    return -1;
  if (status && child != 0)
    *status = (told & 0x7f) ? (told & ~0x7f) | guest_signal(told & 0x7f) : told;
  return child;
}

pid_t wait(int *status) {
  return waitpid(-1, status, 0);
}

/* ---- ids ---- */

static void ask_ids(int32_t *pid, int32_t *parent) {
  *pid = *parent = 0;
  satchel_process_ids(pid, parent);
}

pid_t getpid(void) {
  int32_t pid, parent;
  ask_ids(&pid, &parent);
  return pid;
}

pid_t getppid(void) {
  int32_t pid, parent;
  ask_ids(&pid, &parent);
  return parent;
}

static int unsupported(void) {
  errno = ENOSYS;
  return -1;
}

pid_t setsid(void) {
  return unsupported();
}

int setpgid(pid_t pid, pid_t group) {
  (void)pid, (void)group;
  return unsupported();
}

pid_t getpgid(pid_t pid) {
  (void)pid;
  return unsupported();
}

pid_t getsid(pid_t pid) {
  (void)pid;
  return unsupported();
}

/* It cannot fail by its definition, and a process that leads its own group is the nearest to what is. */
pid_t getpgrp(void) {
  return getpid();
}

/* ---- commands ---- */

static int spawn_shell(pid_t *pid, const char *command, const posix_spawn_file_actions_t *actions) {
  char *arguments[] = {"sh", "-c", (char *)command, NULL};
  fflush(NULL);
  return posix_spawn(pid, SHELL, actions, NULL, arguments, environ);
}

int system(const char *command) {
  enum { NOT_FOUND = 127 << 8 };
  if (!command)
    return access(SHELL, X_OK) == 0;
  pid_t pid;
  int status;
  int error = spawn_shell(&pid, command, NULL);
  if (error) {
    errno = error;
    return error == ENOENT ? NOT_FOUND : -1;
  }
  return waitpid(pid, &status, 0) < 0 ? -1 : status;
}

struct command {
  FILE *stream;
  pid_t pid;
  struct command *next;
};

static struct command *commands;

FILE *popen(const char *text, const char *mode) {
  if ((mode[0] != 'r' && mode[0] != 'w') || (mode[1] && strcmp(mode + 1, "e") != 0)) {
    errno = EINVAL;
    return NULL;
  }
  int fds[2], ours = mode[0] == 'r' ? 0 : 1;
  struct command *command = malloc(sizeof *command);
  if (!command || pipe2(fds, O_CLOEXEC) != 0) {
    free(command);
    return NULL;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  int error = posix_spawn_file_actions_adddup2(&actions, fds[!ours], !ours);
  /* A child has no use for the streams to its elder brothers. */
  for (struct command *other = commands; other && !error; other = other->next)
    if (fileno(other->stream) != !ours)
      error = posix_spawn_file_actions_addclose(&actions, fileno(other->stream));
  if (!error)
    error = spawn_shell(&command->pid, text, &actions);
  posix_spawn_file_actions_destroy(&actions);
  close(fds[!ours]);
  command->stream = error ? NULL : fdopen(fds[ours], mode[0] == 'r' ? "r" : "w");
  if (!command->stream) {
    close(fds[ours]);
    free(command);
    if (error)
      errno = error;
    return NULL;
  }
  command->next = commands;
  commands = command;
  return command->stream;
}

int pclose(FILE *stream) {
  for (struct command **link = &commands; *link; link = &(*link)->next)
    if ((*link)->stream == stream) {
      struct command *command = *link;
      pid_t pid = command->pid;
      int status;
      *link = command->next;
      free(command);
      fclose(stream);
      return waitpid(pid, &status, 0) < 0 ? -1 : status;
    }
  errno = ECHILD;
  return -1;
}
