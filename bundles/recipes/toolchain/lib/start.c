/* What happens before main: the program's name, and the directory it starts in. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wasi/api.h>

#include "posix.h"

/*
 * Where a program starts. The parent tells it in PWD if the child's PWD says the same, else in this variable, which the
 * child removes before anybody sees it.
 */
static const char HIDDEN_DIRECTORY[] = "SATCHEL_CWD";

extern char *__progname, *__progname_full;

/*
 * The compiler renames a main of none or two parameters and leaves any other alone; wasi-libc then starts the program
 * without it. This definition of another type makes the linker say so, and wcc fail.
 */
int __satchel_main(int count, char **arguments) __asm__("main") __attribute__((weak));
int __satchel_main(int count, char **arguments) {
  (void)count, (void)arguments;
  abort();
}

/* wasi-libc reads the arguments again, for main; it keeps them to itself. */
static char *program_name(void) {
  size_t count, size;
  if (__wasi_args_sizes_get(&count, &size) != 0 || count == 0)
    return NULL;
  uint8_t **arguments = malloc((count + 1) * sizeof *arguments);
  uint8_t *text = malloc(size);
  bool read = arguments && text && __wasi_args_get(arguments, text) == 0;
  char *name = read ? strdup((char *)arguments[0]) : NULL;
  free(text);
  free(arguments);
  return name;
}

/* First of all constructors but those that wasi-libc itself needs. */
__attribute__((constructor(60))) static void start(void) {
  char *name = program_name();
  if (name) {
    char *slash = strrchr(name, '/');
    __progname_full = name;
    __progname = slash ? slash + 1 : name;
  }
  const char *directory = getenv(HIDDEN_DIRECTORY);
  if (!directory)
    directory = getenv("PWD");
  /* Not looked at here: that would be a host call in the start of every program. */
  if (directory && directory[0] == '/')
    set_current_directory(directory);
  unsetenv(HIDDEN_DIRECTORY);
}
