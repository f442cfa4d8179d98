/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pool of bpf/shared_unwind.h: units that tables and spans are made of.
 * Addresses for all of it are reserved at once, so that unit N is units[N]
 * whatever segment it is in; segments are added as they are needed, several at
 * a time, and never given back.
 *
 * Runs of units are taken from either end. Spans are small and come and go,
 * tables are large and stay: apart they leave each other's free runs whole.
 */
#ifndef BOLOMETER_UNWIND_POOL_H
#define BOLOMETER_UNWIND_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/unwind/loader/walker_memory.h"

/* What no run ever holds: 0 says "nothing", and these numbers mean something else as tables. */
#define POOL_FIRST_UNIT 2

enum pool_end {
	POOL_LOW,
	POOL_HIGH,
};

/* Units [first, first + count), free. */
struct pool_run {
	uint32_t first, count;
};

struct pool {
	const struct walker_memory *memory;
	uint64_t *units;
	uint32_t nr_segments; /* that there may be */
	uint32_t nr_backed;   /* that there are */
	bool backed[UNWIND_SEGMENTS_MAX];
	uint32_t room;	       /* units that can be taken when all are free */
	uint32_t used;	       /* of them, taken */
	struct pool_run *free; /* ascending, none touches the next; of segments to come as well */
	size_t nr_free, cap_free;
	size_t nr_taken; /* runs, and gaps where no segment could be had */
};

/*
 * A pool of at most `memory_max` bytes, rounded down to whole segments. `memory` must outlive it.
 * Returns 0, -EINVAL when that is less than a segment, or -errno.
 */
int pool_open(struct pool *pool, const struct walker_memory *memory, uint64_t memory_max);
void pool_close(struct pool *pool);

/*
 * A run of `count` units (not 0), what is in them is not known. Returns 0, -ENOSPC when no free run
 * is that long, or -ENOMEM.
 */
int pool_take(struct pool *pool, uint32_t count, enum pool_end end, uint32_t *ret_first);

/* Gives a run back as it was taken. Cannot fail. */
void pool_give(struct pool *pool, uint32_t first, uint32_t count);

/* Whether a run of so many units is free. */
bool pool_has(const struct pool *pool, uint32_t count);

#endif
