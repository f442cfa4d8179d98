/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What unit tests share: cmocka with what it needs, and numbers that are random but the same. */
#ifndef BOLOMETER_TESTS_UNIT_H
#define BOLOMETER_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "profiler/model/alloc.h"

/* xorshift64*: the state is the seed, and must not be 0. */
static inline uint64_t random_u64(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static inline uint32_t random_below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)((random_u64(state) >> 32) % limit);
}

/* An order of 0 to count - 1. */
static inline void random_order(uint64_t *state, uint32_t *order, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t other = random_below(state, i + 1);

		order[i] = order[other];
		order[other] = i;
	}
}

/* CPU seconds of this process: a bound on them holds on a busy machine, too. */
static inline double cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

#endif
