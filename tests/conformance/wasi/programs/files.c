/*
 * files: whole behaviours of the file system through the C library, as an ordinary program meets them.
 *
 *     files list N     make N files, list them, remove them
 *     files big N      write N bytes, read them back in odd pieces, and a hole behind them
 *     files small N    write N small files, read each again
 *     files tree N     directories N deep, down by descriptors and up again
 *     files stdio      buffered input to output, line by line
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void must(int holds, const char *what) {
  if (holds) return;
  printf("%s: %s\n", what, strerror(errno));
  exit(1);
}

static const char *base;
static char path[4096];

static const char *in_base(const char *name) {
  snprintf(path, sizeof path, "%s/%s", base, name);
  return path;
}

static void list(int count) {
  char name[32];
  must(mkdir(in_base("many"), 0777) == 0, "mkdir");
  for (int i = 0; i < count; i++) {
    snprintf(name, sizeof name, "many/file-%d", i);
    int fd = open(in_base(name), O_CREAT | O_EXCL | O_WRONLY, 0666);
    must(fd >= 0, "open");
    close(fd);
  }
  char *seen = calloc((size_t)count, 1);
  int found = 0, twice = 0, others = 0;
  DIR *directory = opendir(in_base("many"));
  must(directory != 0, "opendir");
  for (struct dirent *entry; (entry = readdir(directory));) {
    int number;
    if (sscanf(entry->d_name, "file-%d", &number) != 1 || number < 0 || number >= count) others++;
    else if (seen[number]++) twice++;
    else found++;
  }
  closedir(directory);
  printf("%d found, %d twice, %d others\n", found, twice, others);
  for (int i = 0; i < count; i++) {
    snprintf(name, sizeof name, "many/file-%d", i);
    must(unlink(in_base(name)) == 0, "unlink");
  }
  must(rmdir(in_base("many")) == 0, "rmdir");
}

static unsigned char byte_at(long position) { return (unsigned char)(position * 2654435761u >> 13); }

static void big(long size) {
  static unsigned char buffer[100003];
  int fd = open(in_base("big"), O_CREAT | O_RDWR, 0666);
  must(fd >= 0, "open");
  for (long done = 0; done < size;) {
    long piece = size - done < (long)sizeof buffer ? size - done : (long)sizeof buffer;
    for (long i = 0; i < piece; i++) buffer[i] = byte_at(done + i);
    long written = write(fd, buffer, (size_t)piece);
    must(written > 0, "write");
    done += written;
  }
  must(lseek(fd, 0, SEEK_SET) == 0, "lseek");
  long at = 0, wrong = 0, piece = 1;
  for (long n; (n = read(fd, buffer, (size_t)piece)) > 0; piece = piece * 3 % 65537 + 1)
    for (long i = 0; i < n; i++) wrong += buffer[i] != byte_at(at++);
  printf("%ld read, %ld wrong\n", at, wrong);
  must(ftruncate(fd, size + (64 << 20)) == 0, "ftruncate");
  must(pwrite(fd, "end", 3, size + (64 << 20) - 3) == 3, "pwrite");
  struct stat status;
  must(fstat(fd, &status) == 0, "fstat");
  must(pread(fd, buffer, 8, size + (32 << 20)) == 8, "pread");
  printf("%lld long, a hole of %s\n", (long long)status.st_size - size, memcmp(buffer, "\0\0\0\0\0\0\0", 8) ? "rubbish" : "zeros");
  close(fd);
  must(unlink(in_base("big")) == 0, "unlink");
}

static void small(int count) {
  char name[32], text[64], again[64];
  for (int i = 0; i < count; i++) {
    snprintf(name, sizeof name, "small-%d", i);
    FILE *file = fopen(in_base(name), "w");
    must(file != 0, "fopen");
    fprintf(file, "number %d\n", i);
    must(fclose(file) == 0, "fclose");
  }
  int wrong = 0;
  for (int i = 0; i < count; i++) {
    snprintf(name, sizeof name, "small-%d", i);
    snprintf(text, sizeof text, "number %d\n", i);
    FILE *file = fopen(in_base(name), "r");
    must(file != 0, "fopen");
    wrong += !fgets(again, sizeof again, file) || strcmp(text, again);
    fclose(file);
    must(remove(in_base(name)) == 0, "remove");
  }
  printf("%d written, %d wrong\n", count, wrong);
}

static void tree(int depth) {
  int fd = open(base, O_RDONLY | O_DIRECTORY);
  must(fd >= 0, "open");
  for (int i = 0; i < depth; i++) {
    must(mkdirat(fd, "deeper", 0777) == 0, "mkdirat");
    int next = openat(fd, "deeper", O_RDONLY | O_DIRECTORY);
    must(next >= 0, "openat");
    close(fd), fd = next;
  }
  int file = openat(fd, "bottom", O_CREAT | O_WRONLY, 0666);
  must(file >= 0 && write(file, "x", 1) == 1, "bottom");
  close(file), close(fd);
  for (int i = depth; i >= 0; i--) {
    char *end = path + snprintf(path, sizeof path, "%s", base);
    for (int k = 0; k < i; k++) end += sprintf(end, "/deeper");
    if (i == depth) {
      sprintf(end, "/bottom");
      must(unlink(path) == 0, "unlink");
      *end = 0;
    }
    if (i) must(rmdir(path) == 0, "rmdir");
  }
  printf("%d deep\n", depth);
}

static void stdio(void) {
  char line[256];
  int count = 0;
  while (fgets(line, sizeof line, stdin)) printf("%d %s", ++count, line);
  fprintf(stderr, "%d lines\n", count);
}

int main(int argc, char **argv) {
  base = argc > 2 ? argv[2] : ".";
  int count = argc > 3 ? atoi(argv[3]) : 0;
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "list")) list(count);
  else if (!strcmp(what, "big")) big(count);
  else if (!strcmp(what, "small")) small(count);
  else if (!strcmp(what, "tree")) tree(count);
  else if (!strcmp(what, "stdio")) stdio();
  else return 2;
  return 0;
}
