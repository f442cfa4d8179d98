// SPDX-License-Identifier: GPL-2.0-or-later
/* See thread_numbers.h. */
#include "profiler/capture/thread_numbers.h"

#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"

void thread_numbers_fini(struct thread_numbers *numbers)
{
	free(numbers->known);
	index_fini(&numbers->index);
	*numbers = (struct thread_numbers){0};
}

void thread_numbers_forget(struct thread_numbers *numbers)
{
	index_fini(&numbers->index);
	numbers->count = 0;
	numbers->full = false;
}

bool thread_numbers_keep(struct thread_numbers *numbers, uint32_t tgid, uint32_t tid)
{
	uint32_t hash = hash_u64s(tgid, tid);
	struct index_probe at = index_probe(&numbers->index, hash);
	uint64_t wanted = (uint64_t)tgid << 32 | tid;

	while (index_next(&numbers->index, &at)) {
		if (numbers->known[at.id] == wanted)
			return true;
	}
	/* Who was turned away once must not come in later. */
	if (numbers->full || numbers->count >= numbers->max ||
	    ARRAY_RESERVE(numbers->known, numbers->cap, numbers->count + 1) ||
	    index_insert(&numbers->index, hash, (uint32_t)numbers->count)) {
		numbers->full = true;
		return false;
	}
	numbers->known[numbers->count++] = wanted;
	return true;
}
