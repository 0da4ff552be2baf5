/* The tell shortcut of wasi-libc's header is a statement expression that shadows names; a plain call does as well. */
#include_next <unistd.h>
#undef lseek

#ifndef SATCHEL_UNISTD_H
#define SATCHEL_UNISTD_H

#ifdef __cplusplus
extern "C" {
#endif

int chown(const char *, uid_t, gid_t);
int dup(int);
int dup2(int, int);
int dup3(int, int, int);
int execl(const char *, const char *, ...);
int execle(const char *, const char *, ...);
int execlp(const char *, const char *, ...);
int execv(const char *, char *const[]);
int execve(const char *, char *const[], char *const[]);
int execvp(const char *, char *const[]);
int execvpe(const char *, char *const[], char *const[]);
int fchdir(int);
int fchown(int, uid_t, gid_t);
int fchownat(int, const char *, uid_t, gid_t, int);
int getdtablesize(void);
gid_t getegid(void);
uid_t geteuid(void);
gid_t getgid(void);
int getgroups(int, gid_t[]);
pid_t getpgid(pid_t);
pid_t getpgrp(void);
pid_t getppid(void);
pid_t getsid(pid_t);
uid_t getuid(void);
int lchown(const char *, uid_t, gid_t);
int nice(int);
int pipe(int[2]);
int pipe2(int[2], int);
int setegid(gid_t);
int seteuid(uid_t);
int setgid(gid_t);
int setpgid(pid_t, pid_t);
int setregid(gid_t, gid_t);
int setreuid(uid_t, uid_t);
int sethostname(const char *, size_t);
pid_t setsid(void);
int setuid(uid_t);
void sync(void);
int syncfs(int);
pid_t tcgetpgrp(int);
char *ttyname(int);
int ttyname_r(int, char *, size_t);

#ifdef __cplusplus
}
#endif

#endif
