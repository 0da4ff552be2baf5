/*
 * family: programs that start programs, with satchel.h. Each child is this program again, under the path in argv[0].
 *
 *     family depth N        a child that has a child … N deep, each waiting for its own
 *     family wide N         N children at once, which all end before the parent counts them
 *     family chain N BYTES  bytes through a pipeline of N children
 *     family bomb N         starts itself twice, N generations long, as long as more can be started
 *     family leak           opens until nothing more can be opened, then starts a child all the same
 *     family yes            writes y for ever
 *     family head           reads one line and ends
 *     family yes-head       the two in a pipeline; prints their statuses
 *     family orphan         a child that outlives its parent
 *     family zombies N      N children nobody waits for
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include "satchel.h"

static const char *self;

/* Start this program with these words; 0 to 2 are given on, or the ends of pipes in their place. */
static int start(const char *words, int input, int output, int *pid) {
  static char argv[256];
  uint32_t size = (uint32_t)(snprintf(argv, sizeof argv, "%s %s", self, words) + 1);
  for (uint32_t i = 0; i < size; i++)
    if (argv[i] == ' ') argv[i] = 0;
  satchel_fd_pair pairs[] = {{0, input}, {1, output}, {2, 2}};
  return satchel_process_spawn(self, (uint32_t)strlen(self), argv, size, "", 0, "/workspace", 10, pairs, 3, 0, pid);
}

static int wait_for(int pid) {
  int child, status;
  int error = satchel_process_wait(pid, 0, &child, &status);
  if (error) printf("wait: errno %d\n", error), exit(1);
  return status;
}

static void must(int error, const char *what) {
  if (error) printf("%s: errno %d\n", what, error), exit(1);
}

static void depth(int count) {
  char words[32];
  int pid;
  if (count > 0) {
    snprintf(words, sizeof words, "depth %d", count - 1);
    must(start(words, 0, 1, &pid), "spawn");
    int status = wait_for(pid);
    if (status) exit(status >> 8);
  } else {
    puts("at the bottom");
  }
}

static void wide(int count) {
  int pids[64];
  for (int i = 0; i < count; i++) must(start("nothing", 0, 1, &pids[i]), "spawn");
  int sum = 0;
  for (int i = 0; i < count; i++) sum += wait_for(-1) >> 8;
  printf("%d children, %d in all\n", count, sum);
}

static void chain(int count, int bytes) {
  int reader, writer, first, pids[64];
  must(satchel_process_pipe(&reader, &writer), "pipe");
  int input = reader;
  first = writer;
  for (int i = 0; i < count; i++) {
    must(satchel_process_pipe(&reader, &writer), "pipe");
    must(start("copy", input, writer, &pids[i]), "spawn");
    close(input), close(writer);
    input = reader;
  }
  static char block[8192];
  memset(block, 'b', sizeof block);
  int sent = 0, came = 0;
  /* Never more than what the pipes hold is under way, so one program can be at both ends. */
  while (came < bytes) {
    if (sent < bytes) {
      int n = (int)write(first, block, (size_t)(bytes - sent < 8192 ? bytes - sent : 8192));
      if (n < 0) perror("write"), exit(1);
      sent += n;
      if (sent == bytes) close(first);
    }
    int n = (int)read(input, block, sizeof block);
    if (n <= 0) break;
    came += n;
  }
  for (int i = 0; i < count; i++)
    if (wait_for(pids[i])) puts("a copy failed");
  printf("%d bytes through %d\n", came, count);
}

static void copy(void) {
  static char block[4096];
  for (int n; (n = (int)read(0, block, sizeof block)) > 0;)
    for (int done = 0; done < n;) done += (int)write(1, block + done, (size_t)(n - done));
}

static void bomb(int generations) {
  char words[32];
  int pid, error;
  snprintf(words, sizeof words, "bomb %d", generations - 1);
  for (int i = 0; generations > 0 && i < 2; i++)
    if ((error = start(words, 0, 1, &pid)) && error != SATCHEL_ERRNO_AGAIN) printf("spawn: errno %d\n", error);
  while (!satchel_process_wait(-1, 0, &pid, &error)) {}
}

static void leak(void) {
  int count = 0, pid;
  while (open("/workspace", O_RDONLY | O_DIRECTORY) >= 0) count++;
  printf("%d opened\n", count);
  fflush(stdout);
  must(start("nothing", 0, 1, &pid), "spawn");
  printf("status %d\n", wait_for(pid));
}

static void yes(void) {
  static char block[8192];
  for (int i = 0; i < (int)sizeof block; i += 2) block[i] = 'y', block[i + 1] = '\n';
  while (write(1, block, sizeof block) > 0) {}
}

static void head(void) {
  char line[64];
  if (fgets(line, sizeof line, stdin)) fputs(line, stdout);
}

static void yes_head(void) {
  int reader, writer, left, right;
  must(satchel_process_pipe(&reader, &writer), "pipe");
  must(start("yes", 0, writer, &left), "spawn");
  must(start("head", reader, 1, &right), "spawn");
  close(reader), close(writer);
  int last = wait_for(right), first = wait_for(left);
  printf("%d %d\n", first, last);
}

static void orphan(void) {
  int pid;
  must(start("late", 0, 1, &pid), "spawn");
  puts("parent ends");
}

static void zombies(int count) {
  for (int i = 0, pid; i < count; i++) {
    must(start("nothing", 0, 1, &pid), "spawn");
    usleep(2000);
  }
  puts("not waited for");
}

int main(int argc, char **argv) {
  self = argv[0];
  const char *what = argc > 1 ? argv[1] : "";
  int first = argc > 2 ? atoi(argv[2]) : 0, second = argc > 3 ? atoi(argv[3]) : 0;
  if (!strcmp(what, "depth")) depth(first);
  else if (!strcmp(what, "wide")) wide(first);
  else if (!strcmp(what, "chain")) chain(first, second);
  else if (!strcmp(what, "copy")) copy();
  else if (!strcmp(what, "bomb")) bomb(first);
  else if (!strcmp(what, "leak")) leak();
  else if (!strcmp(what, "yes")) yes();
  else if (!strcmp(what, "head")) head();
  else if (!strcmp(what, "yes-head")) yes_head();
  else if (!strcmp(what, "orphan")) orphan();
  else if (!strcmp(what, "zombies")) zombies(first);
  else if (!strcmp(what, "late")) usleep(30000), puts("child ends");
  else if (!strcmp(what, "nothing")) return 7;
  else return 2;
  return 0;
}
