/*
 * calls: makes the host calls that the script in its first argument names, one a line, and prints what came of each.
 *
 *     path_open 3 0 "workspace/a" 1 0x42 0 0 >f:u32      prints   SUCCESS f=4
 *
 * Arguments, each filling as many parameters as it needs:
 *   12 -1 0x1f $name       a number, a result by name
 *   "text\n\xff"           pointer and length of a string
 *   >n:u8 u16 u32 i32 u64  pointer to room for a result, printed and kept as $n
 *   >n:var, >n:var32       the same (u64, u32), kept but not printed: times, ids, inode numbers
 *   >s:prestat fdstat filestat   a structure; its fields are kept as $s.field
 *   >b:buf(N)              pointer and length of a buffer, printed as far as the last number printed says
 *   >b:text(N) >b:raw(N)   pointer only; printed whole, not printed
 *   >d:dirents(N)          as buf; printed as sorted names with their types
 *   >e:events(N)           pointer to room for N events, printed by user data
 *   [4 8]                  pointer and count of buffers to read into, printed as far as the last number says
 *   ["ab" =9:x]            pointer and count of strings to write; =9:x is nine times x
 *   {clock UD ID TIMEOUT PRECISION FLAGS} {read UD FD} {write UD FD}   pointer to subscriptions
 *   (0:$r 1:$w)            pointer and count of pairs of descriptors
 * Beside the calls: let, same, less, print, trap, spin, grow; `repeat N CALL…`, which prints the last result, and
 * `quiet CALL…`, which prints only what failed.
 * No C library behind it: nothing but the script makes host calls, except that results are written to descriptor 1.
 */
#include <stdint.h>
#include "calls_table.h"

enum { ARENA = 4 << 20, MOST_VARIABLES = 256, MOST_OUTPUTS = 24, MOST_ARGUMENTS = 32, SHOWN = 256 };

typedef struct {
  char name[24];
  int64_t value;
} variable;

typedef struct {
  char name[24];
  char kind[16];
  uint8_t *at;
  uint32_t size;
} output;

static uint8_t arena[ARENA] __attribute__((aligned(16)));
static uint32_t arena_used;
static variable variables[MOST_VARIABLES];
static int variable_count;
static output outputs[MOST_OUTPUTS];
static int output_count;
static int64_t arguments[MOST_ARGUMENTS];
static int argument_count;
static char line_out[1 << 18];
static uint32_t line_used;
static const char *at; /* where the script is being read */

void *memset(void *to, int byte, unsigned long size) {
  for (unsigned char *p = to; size--; p++) *p = (unsigned char)byte;
  return to;
}

void *memcpy(void *to, const void *from, unsigned long size) {
  const unsigned char *q = from;
  for (unsigned char *p = to; size--; p++, q++) *p = *q;
  return to;
}

static int equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

/* ---- what is printed ---- */

static void put_char(char c) {
  if (line_used < sizeof line_out) line_out[line_used++] = c;
}

static void put(const char *text) {
  while (*text) put_char(*text++);
}

static void put_number(uint64_t number, unsigned base) {
  char digits[24];
  int count = 0;
  do digits[count++] = "0123456789abcdef"[number % base]; while (number /= base);
  while (count) put_char(digits[--count]);
}

static void put_signed(int64_t number) {
  if (number < 0) put_char('-');
  put_number(number < 0 ? -(uint64_t)number : (uint64_t)number, 10);
}

/* Bytes as a quoted string, or when there are many, their count and FNV-1a sum. */
static void put_bytes(const uint8_t *bytes, uint32_t size) {
  if (size > SHOWN) {
    uint32_t sum = 2166136261u;
    for (uint32_t i = 0; i < size; i++) sum = (sum ^ bytes[i]) * 16777619u;
    put_number(size, 10), put(" bytes "), put_number(sum, 16);
    return;
  }
  put_char('"');
  for (uint32_t i = 0; i < size; i++) {
    uint8_t c = bytes[i];
    if (c == '\n') put("\\n");
    else if (c == 0) put("\\0");
    else if (c == '"' || c == '\\') put_char('\\'), put_char((char)c);
    else if (c < 32 || c > 126) put("\\x"), put_char("0123456789abcdef"[c >> 4]), put_char("0123456789abcdef"[c & 15]);
    else put_char((char)c);
  }
  put_char('"');
}

static void flush(void) {
  struct { const char *buf; uint32_t size; } vector = {line_out, 0};
  uint32_t done = 0, written = 0;
  while (done < line_used) {
    vector.buf = line_out + done, vector.size = line_used - done;
    if (import_fd_write(1, (int32_t)(uintptr_t)&vector, 1, (int32_t)(uintptr_t)&written) || !written) break;
    done += written;
  }
  line_used = 0;
}

/* The script itself is wrong: say where and stop. */
static void wrong(const char *why) {
  put("wrong script: "), put(why), put(" at: ");
  for (int i = 0; i < 40 && at[i] && at[i] != '\n'; i++) put_char(at[i]);
  put_char('\n'), flush();
  import_proc_exit(99);
}

/* ---- memory and names ---- */

static void *room(uint32_t size, uint8_t fill) {
  arena_used = (arena_used + 15) & ~15u;
  if (size > ARENA - arena_used) wrong("out of memory");
  uint8_t *start = arena + arena_used;
  arena_used += size;
  memset(start, fill, size);
  return start;
}

static void keep(const char *name, const char *field, int64_t value) {
  char whole[24];
  int used = 0;
  for (; *name && used < 23; name++) whole[used++] = *name;
  if (field)
    for (whole[used++] = '.'; *field && used < 23; field++) whole[used++] = *field;
  whole[used] = 0;
  int i = 0;
  while (i < variable_count && !equal(variables[i].name, whole)) i++;
  if (i == MOST_VARIABLES) wrong("too many names");
  if (i == variable_count) variable_count++;
  memcpy(variables[i].name, whole, sizeof whole);
  variables[i].value = value;
}

/* ---- reading the script ---- */

static void blanks(void) {
  while (*at == ' ' || *at == '\t') at++;
}

static int word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static void word(char *into, int size) {
  int used = 0;
  while (word_char(*at) && used < size - 1) into[used++] = *at++;
  into[used] = 0;
  if (!used) wrong("a word is missing");
}

static int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return 99;
}

static int64_t number(void) {
  blanks();
  if (*at == '$') {
    char name[24];
    at++, word(name, sizeof name);
    for (int i = 0; i < variable_count; i++)
      if (equal(variables[i].name, name)) return variables[i].value;
    wrong("unknown name");
  }
  int negative = *at == '-', base = 10;
  if (negative) at++;
  if (at[0] == '0' && at[1] == 'x') at += 2, base = 16;
  if (digit(*at) >= base) wrong("a number is missing");
  uint64_t value = 0;
  while (digit(*at) < base) value = value * (unsigned)base + (unsigned)digit(*at++);
  return negative ? -(int64_t)value : (int64_t)value;
}

static uint8_t *string(uint32_t *size) {
  uint32_t most = 0;
  at++;
  while (at[most] && at[most] != '"') most += at[most] == '\\' ? 2 : 1;
  uint8_t *start = room(most + 1, 0), *to = start;
  for (; *at != '"'; at++) {
    if (!*at) wrong("a string has no end");
    if (*at != '\\') { *to++ = (uint8_t)*at; continue; }
    at++;
    if (*at == 'n') *to++ = '\n';
    else if (*at == '0') *to++ = 0;
    else if (*at == 'x') *to++ = (uint8_t)(digit(at[1]) * 16 + digit(at[2])), at += 2;
    else *to++ = (uint8_t)*at;
  }
  at++;
  *size = (uint32_t)(to - start);
  return start;
}

static void argument(int64_t value) {
  if (argument_count == MOST_ARGUMENTS) wrong("too many arguments");
  arguments[argument_count++] = value;
}

static void pointer(const void *to) { argument((int64_t)(uintptr_t)to); }

static output *add_output(const char *kind, uint32_t size, uint8_t fill) {
  if (output_count == MOST_OUTPUTS) wrong("too many results");
  output *one = &outputs[output_count++];
  one->name[0] = 0;
  memset(one->kind, 0, sizeof one->kind);
  for (int i = 0; kind[i] && i < 15; i++) one->kind[i] = kind[i];
  one->size = size;
  one->at = room(size, fill);
  return one;
}

static void result(void) {
  char name[24], kind[16];
  uint32_t size = 64;
  at++, word(name, sizeof name);
  if (*at++ != ':') wrong("a kind is missing");
  word(kind, sizeof kind);
  if (*at == '(') {
    at++, size = (uint32_t)number();
    if (*at++ != ')') wrong("no )");
  }
  int counted = equal(kind, "buf") || equal(kind, "dirents");
  output *one = add_output(kind, equal(kind, "events") ? size * 32 : size, 0xa5);
  memcpy(one->name, name, sizeof name);
  pointer(one->at);
  if (counted) argument(size);
}

static void vectors(void) {
  uint32_t *list = room(8 * 64, 0), count = 0;
  at++;
  for (blanks(); *at != ']'; blanks(), count++) {
    if (count == 64 || !*at || *at == '\n') wrong("no ]");
    if (*at == '"') {
      uint32_t size;
      list[2 * count] = (uint32_t)(uintptr_t)string(&size), list[2 * count + 1] = size;
    } else if (*at == '=') {
      at++;
      uint32_t size = (uint32_t)number();
      if (*at++ != ':') wrong("no :");
      list[2 * count] = (uint32_t)(uintptr_t)room(size, (uint8_t)*at++), list[2 * count + 1] = size;
    } else {
      output *one = add_output("read", (uint32_t)number(), 0xa5);
      list[2 * count] = (uint32_t)(uintptr_t)one->at, list[2 * count + 1] = one->size;
    }
  }
  at++, pointer(list), argument(count);
}

static void store(uint8_t *to, int64_t value, int size) {
  for (int i = 0; i < size; i++) to[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t load(const uint8_t *from, int size) {
  uint64_t value = 0;
  for (int i = 0; i < size; i++) value |= (uint64_t)from[i] << (8 * i);
  return value;
}

static void subscriptions(void) {
  uint8_t *list = room(48 * 64, 0), *one = list;
  for (; *at == '{'; one += 48, blanks()) {
    char kind[8];
    at++, blanks(), word(kind, sizeof kind);
    store(one, number(), 8);
    if (equal(kind, "clock")) {
      store(one + 16, number(), 4), store(one + 24, number(), 8), store(one + 32, number(), 8), store(one + 40, number(), 2);
    } else {
      one[8] = equal(kind, "read") ? 1 : equal(kind, "write") ? 2 : 9;
      store(one + 16, number(), 4);
    }
    blanks();
    if (*at++ != '}') wrong("no }");
  }
  pointer(list);
}

static void pairs(void) {
  int32_t *list = room(8 * 64, 0);
  int count = 0;
  at++;
  for (blanks(); *at != ')'; blanks(), count++) {
    if (count == 64) wrong("too many pairs");
    list[2 * count] = (int32_t)number();
    if (*at++ != ':') wrong("no :");
    list[2 * count + 1] = (int32_t)number();
  }
  at++, pointer(list), argument(count);
}

static void read_arguments(void) {
  arena_used = 0, argument_count = 0, output_count = 0;
  for (blanks(); *at && *at != '\n'; blanks()) {
    if (*at == '"') {
      uint32_t size;
      pointer(string(&size)), argument(size);
    } else if (*at == '>') result();
    else if (*at == '[') vectors();
    else if (*at == '{') subscriptions();
    else if (*at == '(') pairs();
    else argument(number());
  }
}

/* ---- results ---- */

static void show_field(const output *one, const char *field, uint64_t value, int shown) {
  keep(one->name, field, (int64_t)value);
  if (shown) put_char(' '), put(field), put_char('='), put_number(value, 10);
}

static void show_filestat(const output *one) {
  uint64_t type = one->at[16], mode = load(one->at + 20, 4);
  int directory = type == 3;
  show_field(one, "dev", load(one->at, 8), 0);
  show_field(one, "ino", load(one->at + 8, 8), 0);
  show_field(one, "type", type, 1);
  /* Sizes and link counts of directories are the file system's own affair. */
  show_field(one, "nlink", load(one->at + 24, 8), !directory);
  show_field(one, "size", load(one->at + 32, 8), !directory);
  show_field(one, "atim", load(one->at + 40, 8), 0);
  show_field(one, "mtim", load(one->at + 48, 8), 0);
  show_field(one, "ctim", load(one->at + 56, 8), 0);
  put(" mode="), mode >> 31 ? put_number(mode & 0xfff, 8) : put("unknown");
}

static void show_fdstat(const output *one) {
  show_field(one, "type", one->at[0], 1);
  show_field(one, "flags", load(one->at + 2, 2), 1);
  keep(one->name, "rights", (int64_t)load(one->at + 8, 8));
  keep(one->name, "inheriting", (int64_t)load(one->at + 16, 8));
  put(" rights="), put_number(load(one->at + 8, 8), 16);
  put(" inheriting="), put_number(load(one->at + 16, 8), 16);
}

/* Names with types, sorted: the order of a directory is the file system's own affair. A cut-off last entry counts. */
static void show_dirents(const output *one, uint32_t used) {
  const uint8_t *entries[1024];
  int count = 0, cut = 0;
  uint32_t offset = 0;
  while (offset < used && count < 1024) {
    uint32_t size = used - offset < 24 ? 0 : (uint32_t)load(one->at + offset + 16, 4);
    if (used - offset < 24 || used - offset - 24 < size) { cut = 1; break; }
    keep(one->name, "next", (int64_t)load(one->at + offset, 8));
    keep(one->name, "ino", (int64_t)load(one->at + offset + 8, 8));
    entries[count++] = one->at + offset;
    offset += 24 + size;
  }
  keep(one->name, "count", count);
  for (int i = 1; i < count; i++)
    for (int j = i; j > 0; j--) {
      const uint8_t *a = entries[j - 1], *b = entries[j];
      uint32_t k = 0, na = (uint32_t)load(a + 16, 4), nb = (uint32_t)load(b + 16, 4);
      while (k < na && k < nb && a[24 + k] == b[24 + k]) k++;
      if (k == na || (k < nb && a[24 + k] < b[24 + k])) break;
      entries[j - 1] = b, entries[j] = a;
    }
  for (int i = 0; i < count; i++)
    put_char(' '), put_bytes(entries[i] + 24, (uint32_t)load(entries[i] + 16, 4)), put_char(':'),
        put_number(entries[i][20], 10);
  if (cut) put(" cut");
}

static void show_events(const output *one, uint32_t count) {
  uint64_t last = 0;
  for (uint32_t shown = 0; shown < count; shown++) {
    const uint8_t *next = 0;
    for (uint32_t i = 0; i < count && i * 32 < one->size; i++) {
      const uint8_t *event = one->at + 32 * i;
      if (shown && load(event, 8) <= last) continue;
      if (!next || load(event, 8) < load(next, 8)) next = event;
    }
    if (!next) return;
    last = load(next, 8);
    put(" {"), put_number(last, 10), put_char(' '), put(ERRNO_NAMES[load(next + 8, 2) % ERRNO_COUNT]), put_char(' ');
    put(next[10] == 0 ? "clock" : next[10] == 1 ? "read" : "write"), put_char(' ');
    put_number(load(next + 16, 8), 10), put(load(next + 24, 2) & 1 ? " hangup}" : "}");
  }
}

static int number_size(const char *kind) {
  if (equal(kind, "u8")) return 1;
  if (equal(kind, "u16")) return 2;
  if (equal(kind, "u32") || equal(kind, "i32") || equal(kind, "var32")) return 4;
  return equal(kind, "u64") || equal(kind, "var") ? 8 : 0;
}

static void show(void) {
  uint64_t last = UINT64_MAX;
  for (int i = 0; i < output_count; i++) {
    const output *one = &outputs[i];
    int size = number_size(one->kind);
    if (!size) continue;
    int64_t value = (int64_t)load(one->at, size);
    if (equal(one->kind, "i32")) value = (int32_t)value;
    keep(one->name, 0, value), last = (uint64_t)value;
    if (one->kind[0] == 'v') continue;
    put_char(' '), put(one->name), put_char('='), put_signed(value);
  }
  uint64_t left = last;
  for (int i = 0; i < output_count; i++) {
    const output *one = &outputs[i];
    uint32_t size = one->size < left ? one->size : (uint32_t)left;
    if (equal(one->kind, "read")) put_char(' '), put_bytes(one->at, size), left -= size;
    else if (equal(one->kind, "buf")) put_char(' '), put_bytes(one->at, last < one->size ? (uint32_t)last : one->size);
    else if (equal(one->kind, "text")) put_char(' '), put_bytes(one->at, one->size);
    else if (equal(one->kind, "dirents")) show_dirents(one, size);
    else if (equal(one->kind, "events")) show_events(one, (uint32_t)last);
    else if (equal(one->kind, "filestat")) show_filestat(one);
    else if (equal(one->kind, "fdstat")) show_fdstat(one);
    else if (equal(one->kind, "prestat"))
      show_field(one, "tag", one->at[0], 1), show_field(one, "name_len", load(one->at + 4, 4), 1);
    else if (!number_size(one->kind) && !equal(one->kind, "raw")) wrong("unknown kind of result");
  }
}

/* ---- running it ---- */

static int beside_the_calls(const char *name) {
  if (equal(name, "let")) {
    char variable_name[24];
    blanks(), word(variable_name, sizeof variable_name);
    keep(variable_name, 0, number());
    return 1;
  }
  int same = equal(name, "same"), less = equal(name, "less"), print = equal(name, "print");
  if (!same && !less && !print && !equal(name, "trap") && !equal(name, "spin") && !equal(name, "grow")) return 0;
  read_arguments();
  if (same) put(arguments[0] == arguments[1] ? "same" : "different");
  else if (less) put(arguments[0] < arguments[1] ? "yes" : "no");
  else if (print) put_bytes((const uint8_t *)(uintptr_t)arguments[0], (uint32_t)arguments[1]);
  else if (name[0] == 'g') put_signed((int64_t)__builtin_wasm_memory_grow(0, (unsigned long)arguments[0]) < 0xffffffff);
  else if (name[0] == 't') __builtin_trap();
  else
    for (volatile int i = 0;; i++) {}
  put_char('\n'), flush();
  return 1;
}

static void call_line(void) {
  char name[32];
  int64_t times = 1;
  word(name, sizeof name);
  int quiet = equal(name, "quiet");
  if (quiet) blanks(), word(name, sizeof name);
  if (equal(name, "repeat")) times = number(), blanks(), word(name, sizeof name);
  if (beside_the_calls(name)) return;
  int i = 0;
  while (i < CALL_COUNT && !equal(CALLS[i].name, name)) i++;
  if (i == CALL_COUNT) wrong("unknown call");
  const char *start = at;
  int32_t errno_value = 0;
  while (times--) {
    at = start;
    read_arguments();
    if (argument_count != CALLS[i].parameters) wrong("wrong number of arguments before");
    errno_value = CALLS[i].function(arguments);
  }
  if (quiet && !errno_value) {
    show(), line_used = 0;
    return;
  }
  put(errno_value >= 0 && errno_value < ERRNO_COUNT ? ERRNO_NAMES[errno_value] : "not an errno");
  if (!errno_value) show();
  put_char('\n'), flush();
}

static uint8_t script_room[1 << 18];
static uint32_t script_arguments[64];

__attribute__((export_name("_start"))) void _start(void) {
  uint32_t count = 0, size = 0;
  import_args_sizes_get((int32_t)(uintptr_t)&count, (int32_t)(uintptr_t)&size);
  at = "";
  if (count < 2 || count > 64 || size > sizeof script_room) wrong("usage: calls SCRIPT");
  import_args_get((int32_t)(uintptr_t)script_arguments, (int32_t)(uintptr_t)script_room);
  at = (const char *)(uintptr_t)script_arguments[1];
  while (*at) {
    blanks();
    if (*at == '#') while (*at && *at != '\n') at++;
    else if (*at != '\n') call_line();
    if (*at == '\n') at++;
  }
}
