/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack of a stopped thread as eu-stack (elfutils) finds it: unwound by other people's code. */
#ifndef TESTS_TRUTH_ORACLE_H
#define TESTS_TRUTH_ORACLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ORACLE_FRAMES_MAX 65536

struct oracle_stack {
	/* Leaf first; callers are return addresses, and where a signal interrupted, one more. */
	uint64_t addrs[ORACLE_FRAMES_MAX];
	size_t count;
	int status;	   /* eu-stack's: 0 good, 1 not to the end, 2 not at all */
	char message[256]; /* its last words on standard error */
};

/* Returns 0, or -errno when it could not be run. */
int oracle_ask(pid_t tid, struct oracle_stack *ret_stack);

#endif
