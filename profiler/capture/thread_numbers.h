/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose numbers a profile keeps. Where processes come and go without end, each with numbers of its own,
 * the profile would grow with every one of them, though they do the same; so there are only so many
 * threads that have theirs. What the others did goes under the numbers 0, by their names.
 */
#ifndef BOLOMETER_CAPTURE_THREAD_NUMBERS_H
#define BOLOMETER_CAPTURE_THREAD_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/model/index.h"

/* All zero: nobody's are kept. */
struct thread_numbers {
	uint64_t *known; /* tgid << 32 | tid */
	size_t count, cap, max;
	struct index index;
	bool full; /* there are max of them, or no memory for more: others have come since */
};

void thread_numbers_fini(struct thread_numbers *numbers);

/* Forgets who has, for another profile. */
void thread_numbers_forget(struct thread_numbers *numbers);

/* Whether this thread has its own: if it has had so far, or there is room. The same from then on. */
bool thread_numbers_keep(struct thread_numbers *numbers, uint32_t tgid, uint32_t tid);

#endif
