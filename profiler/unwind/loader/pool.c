// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Free runs in one ordered array, first fit from either end; see pool.h. There
 * are as many runs as gaps between what is taken, some thousands at most.
 */
#include "profiler/unwind/loader/pool.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "profiler/model/alloc.h"
#include "profiler/model/search.h"

/* Adding segments costs a wait however many they are, and they cost memory from then on. */
#define AHEAD_MIN 3
#define AHEAD_MAX 15

static size_t pool_bytes(const struct pool *pool)
{
	return size_mul(pool->nr_segments, sizeof(struct unwind_segment));
}

int pool_open(struct pool *pool, const struct walker_memory *memory, uint64_t memory_max)
{
	uint64_t segments = memory_max / sizeof(struct unwind_segment);
	void *units;
	int err;

	if (!segments)
		return -EINVAL;
	*pool = (struct pool){.memory = memory};
	pool->nr_segments =
		(uint32_t)(segments < UNWIND_SEGMENTS_MAX ? segments : UNWIND_SEGMENTS_MAX);
	err = ARRAY_RESERVE(pool->free, pool->cap_free, 1);
	if (err)
		return err;
	units = mmap(NULL, pool_bytes(pool), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		     -1, 0);
	if (units == MAP_FAILED) {
		err = -errno;
		pool_close(pool);
		return err;
	}
	pool->units = units;
	pool->room = (pool->nr_segments << UNWIND_SEGMENT_SHIFT) - POOL_FIRST_UNIT;
	pool->free[pool->nr_free++] = (struct pool_run){POOL_FIRST_UNIT, pool->room};
	return 0;
}

void pool_close(struct pool *pool)
{
	if (pool->units)
		munmap(pool->units, pool_bytes(pool));
	free(pool->free);
	*pool = (struct pool){0};
}

/* ---- segments ---- */

/* Adds those of segments [from, to) that are not there, run by run. */
static int back_segments(struct pool *pool, uint32_t from, uint32_t to)
{
	const struct walker_memory *memory = pool->memory;
	int err = 0;

	while (from < to && !err) {
		uint32_t end = from;

		if (pool->backed[from]) {
			from++;
			continue;
		}
		while (end < to && !pool->backed[end])
			end++;
		err = memory->add_segments(memory->data,
					   pool->units + ((size_t)from << UNWIND_SEGMENT_SHIFT),
					   from, end - from);
		if (err)
			break;
		memset(pool->backed + from, true, end - from);
		pool->nr_backed += end - from;
		from = end;
	}
	return err;
}

static bool all_backed(const struct pool *pool, uint32_t from, uint32_t to)
{
	while (from < to && pool->backed[from])
		from++;
	return from == to;
}

/* Sees to it that units [first, first + count) are there; and some more, in the end's direction. */
static int pool_back(struct pool *pool, uint32_t first, uint32_t count, enum pool_end end)
{
	uint32_t from = first >> UNWIND_SEGMENT_SHIFT;
	uint32_t to = ((first + count - 1) >> UNWIND_SEGMENT_SHIFT) + 1;
	uint32_t ahead = pool->nr_backed / 2;
	uint32_t more_from = from, more_to = to;

	if (all_backed(pool, from, to))
		return 0;
	ahead = ahead < AHEAD_MIN ? AHEAD_MIN : ahead > AHEAD_MAX ? AHEAD_MAX : ahead;
	if (end == POOL_LOW)
		more_to = ahead < pool->nr_segments - to ? to + ahead : pool->nr_segments;
	else
		more_from = ahead < from ? from - ahead : 0;
	return back_segments(pool, more_from, more_to) ? back_segments(pool, from, to) : 0;
}

/* ---- runs ---- */

static void insert_run(struct pool *pool, size_t at, struct pool_run run)
{
	assert(pool->nr_free < pool->cap_free);
	memmove(&pool->free[at + 1], &pool->free[at], (pool->nr_free - at) * sizeof(run));
	pool->free[at] = run;
	pool->nr_free++;
}

static void remove_run(struct pool *pool, size_t at)
{
	pool->nr_free--;
	memmove(&pool->free[at], &pool->free[at + 1], (pool->nr_free - at) * sizeof(*pool->free));
}

/* Takes units out of the free run at `at`, which holds them. There is room for one run more. */
static void cut_run(struct pool *pool, size_t at, uint32_t first, uint32_t count)
{
	struct pool_run run = pool->free[at];
	uint32_t end = first + count;

	assert(run.first <= first && end <= run.first + run.count);
	remove_run(pool, at);
	if (end < run.first + run.count)
		insert_run(pool, at, (struct pool_run){end, run.first + run.count - end});
	if (run.first < first)
		insert_run(pool, at, (struct pool_run){run.first, first - run.first});
	pool->nr_taken++;
}

/* The first run that begins at or behind a unit. */
static size_t run_behind(const struct pool *pool, uint32_t unit)
{
	return SEARCH_BEFORE(i, pool->nr_free, pool->free[i].first < unit);
}

/* So that giving back never needs memory: there is at most one free run more than taken ones. */
static int reserve_runs(struct pool *pool, size_t more)
{
	return ARRAY_RESERVE(pool->free, pool->cap_free,
			     size_add(pool->nr_taken, size_add(more, 1)));
}

/*
 * No segment can be had any more: the pool is what it is now. A segment that is not there is
 * wholly within one free run.
 */
static int pool_seal(struct pool *pool)
{
	int err = reserve_runs(pool, pool->nr_segments);

	for (uint32_t segment = 0; segment < pool->nr_segments && !err; segment++) {
		uint32_t first = segment << UNWIND_SEGMENT_SHIFT;
		uint32_t end = first + UNWIND_SEGMENT_UNITS;

		if (pool->backed[segment])
			continue;
		if (!segment)
			first = POOL_FIRST_UNIT;
		cut_run(pool, run_behind(pool, first + 1) - 1, first, end - first);
		pool->room -= end - first;
		pool->backed[segment] = true; /* nobody asks for it again */
	}
	return err;
}

/* The first run from an end that is long enough; false when none is. */
static bool find_run(const struct pool *pool, uint32_t count, enum pool_end end, size_t *ret_at)
{
	for (size_t i = 0; i < pool->nr_free; i++) {
		size_t at = end == POOL_LOW ? i : pool->nr_free - 1 - i;

		if (pool->free[at].count >= count) {
			*ret_at = at;
			return true;
		}
	}
	return false;
}

bool pool_has(const struct pool *pool, uint32_t count)
{
	size_t at;

	return find_run(pool, count, POOL_LOW, &at);
}

int pool_take(struct pool *pool, uint32_t count, enum pool_end end, uint32_t *ret_first)
{
	struct pool_run run;
	uint32_t first;
	size_t at;
	int err = reserve_runs(pool, 1);

	assert(count);
	while (!err) {
		if (!find_run(pool, count, end, &at))
			return -ENOSPC;
		run = pool->free[at];
		first = end == POOL_LOW ? run.first : run.first + run.count - count;
		if (!pool_back(pool, first, count, end))
			break;
		err = pool_seal(pool);
	}
	if (err)
		return err;
	cut_run(pool, at, first, count);
	pool->used += count;
	*ret_first = first;
	return 0;
}

void pool_give(struct pool *pool, uint32_t first, uint32_t count)
{
	size_t at = run_behind(pool, first);
	struct pool_run run = {first, count};

	assert(count && count <= pool->used && pool->nr_taken);
	if (at < pool->nr_free && pool->free[at].first == first + count) {
		run.count += pool->free[at].count;
		remove_run(pool, at);
	}
	if (at && pool->free[at - 1].first + pool->free[at - 1].count == first) {
		run.first = pool->free[at - 1].first;
		run.count += pool->free[at - 1].count;
		remove_run(pool, --at);
	}
	insert_run(pool, at, run);
	pool->used -= count;
	pool->nr_taken--;
}
