// SPDX-License-Identifier: GPL-2.0-or-later
/* Life and death of arrays of spans; see span_arrays.h. */
#include "profiler/unwind/loader/span_arrays.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/search.h"

/* Looking through the entries costs a wait for programs. */
#define RETIRED_PART	    16 /* of the pool: more than this is worth it */
#define RECLAIM_INTERVAL_NS 200000000ULL

void span_arrays_init(struct span_arrays *arrays, struct pool *pool)
{
	*arrays = (struct span_arrays){.pool = pool, .memory = pool->memory};
}

void span_arrays_fini(struct span_arrays *arrays)
{
	free(arrays->arrays);
	*arrays = (struct span_arrays){0};
}

static uint32_t array_units(const struct span_array *array)
{
	return SPAN_ARRAY_UNITS(array->nr_spans);
}

int span_arrays_add(struct span_arrays *arrays, const struct unwind_span *spans, size_t count,
		    uint64_t *ret_generation)
{
	struct pool *pool = arrays->pool;
	uint32_t first;
	int err = ARRAY_RESERVE(arrays->arrays, arrays->cap, arrays->count + 1);

	assert(count);
	if (err)
		return err;
	if (count > pool->room / UNWIND_SPAN_UNITS)
		return -ENOSPC;
	err = pool_take(pool, SPAN_ARRAY_UNITS(count), POOL_HIGH, &first);
	if (err)
		return err;
	pool->units[first++] = arrays->last_generation + 1;
	memcpy(&pool->units[first], spans, count * sizeof(*spans));
	arrays->arrays[arrays->count++] = (struct span_array){
		.generation = ++arrays->last_generation,
		.first = first,
		.nr_spans = (uint32_t)count,
		.holders = 1,
	};
	*ret_generation = arrays->last_generation;
	return 0;
}

struct span_array *span_arrays_find(const struct span_arrays *arrays, uint64_t generation)
{
	size_t at = SEARCH_BEFORE(i, arrays->count, arrays->arrays[i].generation < generation);

	if (at == arrays->count || arrays->arrays[at].generation != generation)
		return NULL;
	return &arrays->arrays[at];
}

const struct unwind_span *span_array_spans(const struct span_arrays *arrays,
					   const struct span_array *array)
{
	return (const struct unwind_span *)&arrays->pool->units[array->first];
}

void span_arrays_hold(struct span_arrays *arrays, uint64_t generation)
{
	struct span_array *array = span_arrays_find(arrays, generation);

	if (!array->holders++)
		arrays->retired_units -= array_units(array);
}

void span_arrays_release(struct span_arrays *arrays, uint64_t generation)
{
	struct span_array *array = span_arrays_find(arrays, generation);

	assert(array->holders);
	if (!--array->holders)
		arrays->retired_units += array_units(array);
}

bool span_arrays_want_reclaim(const struct span_arrays *arrays)
{
	return arrays->retired_units > arrays->pool->room / RETIRED_PART &&
	       arrays->memory->now_ns() - arrays->reclaimed_ns >= RECLAIM_INTERVAL_NS;
}

static void mark_named(void *arg, const struct unwind_space *space)
{
	struct span_array *array = span_arrays_find(arg, space->generation);

	if (array)
		array->named = true;
}

static void free_unnamed(struct span_arrays *arrays)
{
	size_t kept = 0;

	for (size_t i = 0; i < arrays->count; i++) {
		struct span_array array = arrays->arrays[i];

		if (!array.holders && !array.named) {
			pool_give(arrays->pool, array.first - 1, array_units(&array));
			arrays->retired_units -= array_units(&array);
		} else {
			array.named = false;
			arrays->arrays[kept++] = array;
		}
	}
	arrays->count = kept;
}

/*
 * Twice, with a wait between. A program may have read an entry that is replaced by now and be about
 * to copy it for a child: after the wait the copy is there to be seen. Another may be walking by an
 * entry that went away while we looked: after the wait it is done. And a copy made from an entry
 * not looked at yet into a place already looked at, the first one then dropped, is met by the
 * second look.
 */
int span_arrays_reclaim(struct span_arrays *arrays)
{
	const struct walker_memory *memory = arrays->memory;
	uint64_t now_ns = memory->now_ns();
	int err;

	if (!arrays->retired_units || (arrays->retired_units == arrays->stuck_units &&
				       now_ns - arrays->reclaimed_ns < RECLAIM_INTERVAL_NS))
		return 0;
	arrays->reclaimed_ns = now_ns;
	err = memory->each_space(memory->data, mark_named, arrays);
	if (!err)
		err = memory->wait_for_programs(memory->data);
	if (!err)
		err = memory->each_space(memory->data, mark_named, arrays);
	if (!err)
		free_unnamed(arrays);
	arrays->stuck_units = arrays->retired_units;
	return err == -EAGAIN ? 0 : err; /* then nothing was freed, this time */
}
