/*
 * setjmp is real, but a module that uses it needs an engine with exception handling (exnref), so a program has to ask
 * for it: `wcc -fsetjmp` for compiling and for linking.
 */
#ifndef SATCHEL_SETJMP
#error "This file uses setjmp: compile it and link it with -fsetjmp, or patch the need away."
#endif
#include_next <setjmp.h>
