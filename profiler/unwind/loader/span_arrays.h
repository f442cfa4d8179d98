/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arrays of spans in the pool. One that was published is never changed, and
 * lives until it is certain that no process's entry names it: entries are
 * copied in the kernel whenever a process forks, whether we know of the child
 * or not. So what we stopped using is only retired, and now and then all
 * entries are looked through.
 */
#ifndef BOLOMETER_UNWIND_SPAN_ARRAYS_H
#define BOLOMETER_UNWIND_SPAN_ARRAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/unwind/loader/pool.h"

#define GENERATION_NONE 0

/* What an array of so many spans takes in the pool: the spans, and their generation. */
#define SPAN_ARRAY_UNITS(nr_spans) ((uint32_t)((nr_spans) * UNWIND_SPAN_UNITS + 1))

struct span_array {
	uint64_t generation; /* its name, here and in the kernel */
	uint32_t first;	     /* unit of the first span; the one before holds the generation */
	uint32_t nr_spans;
	uint32_t holders; /* processes that we know have it; 0: retired */
	bool named;	  /* by an entry, when they were last looked through */
};

struct span_arrays {
	struct pool *pool;
	const struct walker_memory *memory;
	struct span_array *arrays; /* by generation, ascending */
	size_t count, cap;
	uint64_t last_generation;
	uint32_t retired_units;
	uint32_t stuck_units;  /* of them, those that entries named when that was last looked at */
	uint64_t reclaimed_ns; /* when that was last tried */
};

void span_arrays_init(struct span_arrays *arrays, struct pool *pool);
void span_arrays_fini(struct span_arrays *arrays); /* what is in the pool stays */

/*
 * Copies spans (at least one) into a new array, held once. Returns 0, -ENOSPC when the pool has no
 * room, or -ENOMEM.
 */
int span_arrays_add(struct span_arrays *arrays, const struct unwind_span *spans, size_t count,
		    uint64_t *ret_generation);

/* NULL when there is none, or none any more. Valid until the next addition or reclaim. */
struct span_array *span_arrays_find(const struct span_arrays *arrays, uint64_t generation);

/* Its spans; they live as long as it does. */
const struct unwind_span *span_array_spans(const struct span_arrays *arrays,
					   const struct span_array *array);

/* One process more has it, or one fewer. */
void span_arrays_hold(struct span_arrays *arrays, uint64_t generation);
void span_arrays_release(struct span_arrays *arrays, uint64_t generation);

/*
 * Frees what was retired and is named by no entry. Waits for programs; returns at once where nothing
 * new was retired since a moment ago. Returns 0 or -errno.
 */
int span_arrays_reclaim(struct span_arrays *arrays);

/* Whether so much is retired that looking through all entries pays. */
bool span_arrays_want_reclaim(const struct span_arrays *arrays);

#endif
