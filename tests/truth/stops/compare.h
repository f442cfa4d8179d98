/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares the walker's stack with the oracle's, address for address. */
#ifndef TESTS_TRUTH_COMPARE_H
#define TESTS_TRUTH_COMPARE_H

#include <stdbool.h>

#include "tests/truth/stops/oracle.h"
#include "tests/truth/stops/stop.h"

enum verdict {
	VERDICT_EQUAL,	   /* every address, from the leaf to the root */
	VERDICT_RESTARTED, /* equal, but that the kernel moved the leaf back to a system call */
	VERDICT_INCOMPLETE, /* equal as far as the walker came, and it says that callers are missing */
	VERDICT_UNEQUAL,    /* a different address, or a root that is none */
	VERDICT_ORACLE_ENDS, /* equal as far as the oracle goes, and it says that it could not go on */
	VERDICT_STEPPED,     /* one caller more than the oracle's, which is where the thread returned */
	VERDICT_MOVED,	     /* the thread did not stop where it was sampled: says nothing */
	VERDICT_COUNT
};

extern const char *const verdict_names[VERDICT_COUNT];

enum verdict compare_stacks(const struct stop *stop, const struct oracle_stack *oracle);

/* Whether they are equal but for our innermost caller, which the oracle lacks. */
bool compare_has_caller_more(const struct stop *stop, const struct oracle_stack *oracle);

/* Both stacks side by side, around the first difference, on standard output. */
void compare_print(const struct stop *stop, const struct oracle_stack *oracle);

#endif
