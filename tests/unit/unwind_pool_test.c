// SPDX-License-Identifier: GPL-2.0-or-later
/* The pool's allocator against a model with a byte for every unit. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/mman.h>

#include "profiler/unwind/loader/pool.h"

#define SEGMENTS 4
#define UNITS	 (SEGMENTS * UNWIND_SEGMENT_UNITS)

/* ---- segments of ordinary memory ---- */

struct plain {
	uint32_t left;	/* segments that there still are */
	uint32_t calls; /* each would wait for programs */
	bool given[UNWIND_SEGMENTS_MAX];
};

static int add_segments(void *data, void *place, uint32_t first, uint32_t count)
{
	struct plain *plain = data;

	plain->calls++;
	if (count > plain->left)
		return -ENOMEM;
	plain->left -= count;
	for (uint32_t i = first; i < first + count; i++) {
		assert_false(plain->given[i]);
		plain->given[i] = true;
	}
	return mprotect(place, count * sizeof(struct unwind_segment), PROT_READ | PROT_WRITE)
		       ? -errno
		       : 0;
}

static struct walker_memory memory_of(struct plain *plain)
{
	return (struct walker_memory){.data = plain, .add_segments = add_segments};
}

/* ---- the model ---- */

static void check_free_runs(const struct pool *pool, const uint8_t *taken)
{
	uint32_t unit = POOL_FIRST_UNIT, free_units = 0;

	for (size_t i = 0; i < pool->nr_free; i++) {
		struct pool_run run = pool->free[i];

		assert_true(run.count);
		assert_true(run.first >= unit + (i > 0)); /* else it would be one with the last */
		for (; unit < run.first; unit++)
			assert_true(taken[unit]);
		for (; unit < run.first + run.count; unit++)
			assert_false(taken[unit]);
		free_units += run.count;
	}
	for (; unit < UNITS; unit++)
		assert_true(taken[unit]);
	assert_int_equal(pool->room, UNITS - POOL_FIRST_UNIT);
	assert_int_equal(pool->used, pool->room - free_units);
}

/* The length of the longest free run. */
static uint32_t longest(const uint8_t *taken)
{
	uint32_t best = 0, length = 0;

	for (uint32_t unit = POOL_FIRST_UNIT; unit < UNITS; unit++) {
		length = taken[unit] ? 0 : length + 1;
		best = length > best ? length : best;
	}
	return best;
}

#define RUNS 96

static void take(struct pool *pool, uint8_t *taken, struct pool_run *run, uint64_t *random)
{
	enum pool_end end = random_below(random, 2) ? POOL_HIGH : POOL_LOW;
	uint32_t limit = random_below(random, 8) ? 4000 : 2 * UNWIND_SEGMENT_UNITS;
	int err;

	run->count = 1 + random_below(random, limit);
	err = pool_take(pool, run->count, end, &run->first);
	if (err) {
		assert_int_equal(err, -ENOSPC);
		assert_true(longest(taken) < run->count);
		run->count = 0;
		return;
	}
	assert_true(run->first >= POOL_FIRST_UNIT && run->first + run->count <= UNITS);
	for (uint32_t unit = run->first; unit < run->first + run->count; unit++)
		assert_int_equal(taken[unit]++, 0);
	/* Both ends can be written, whatever segments they are in. */
	pool->units[run->first] = pool->units[run->first + run->count - 1] = run->count;
}

static void give(struct pool *pool, uint8_t *taken, struct pool_run *run)
{
	assert_int_equal(pool->units[run->first], run->count);
	assert_int_equal(pool->units[run->first + run->count - 1], run->count);
	memset(taken + run->first, 0, run->count);
	pool_give(pool, run->first, run->count);
	run->count = 0;
}

static void runs_are_those_of_the_model(void **state)
{
	uint8_t *taken = malloc(UNITS);
	uint64_t random = 17;

	for (int round = 0; round < 12; round++) {
		struct plain plain = {.left = SEGMENTS};
		struct walker_memory memory = memory_of(&plain);
		struct pool_run runs[RUNS] = {{0}};
		struct pool pool;

		memset(taken, 0, UNITS);
		assert_int_equal(pool_open(&pool, &memory, SEGMENTS << 20), 0);
		for (int step = 0; step < 600; step++) {
			struct pool_run *run = &runs[random_below(&random, RUNS)];

			if (run->count)
				give(&pool, taken, run);
			else
				take(&pool, taken, run, &random);
			if (step % 100 == 0)
				check_free_runs(&pool, taken);
		}
		for (size_t i = 0; i < RUNS; i++) {
			if (runs[i].count)
				give(&pool, taken, &runs[i]);
		}
		check_free_runs(&pool, taken);
		assert_int_equal(pool.nr_free, 1);
		assert_int_equal(pool.used, 0);
		pool_close(&pool);
	}
	free(taken);
}

static void neighbours_become_one(void **state)
{
	struct plain plain = {.left = SEGMENTS};
	struct walker_memory memory = memory_of(&plain);
	uint32_t first[5];
	struct pool pool;

	assert_int_equal(pool_open(&pool, &memory, SEGMENTS << 20), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(pool_take(&pool, 10, POOL_LOW, &first[i]), 0);
	assert_int_equal(first[0], POOL_FIRST_UNIT);
	pool_give(&pool, first[1], 10);
	pool_give(&pool, first[3], 10);
	assert_int_equal(pool.nr_free, 3);
	pool_give(&pool, first[2], 10); /* both sides */
	assert_int_equal(pool.nr_free, 2);
	assert_int_equal(pool_take(&pool, 30, POOL_LOW, &first[1]), 0);
	assert_int_equal(first[1], first[0] + 10);
	pool_give(&pool, first[0], 10);
	pool_give(&pool, first[4], 10); /* the rest behind it */
	pool_give(&pool, first[1], 30);
	assert_int_equal(pool.nr_free, 1);
	pool_close(&pool);
}

static void a_run_lies_across_segments(void **state)
{
	struct plain plain = {.left = SEGMENTS};
	struct walker_memory memory = memory_of(&plain);
	uint32_t count = 3 * UNWIND_SEGMENT_UNITS, first;
	struct pool pool;

	assert_int_equal(pool_open(&pool, &memory, SEGMENTS << 20), 0);
	assert_int_equal(pool_take(&pool, count, POOL_LOW, &first), 0);
	for (uint32_t i = 0; i < count; i++)
		pool.units[first + i] = i;
	assert_true(plain.given[0] && plain.given[1] && plain.given[2] && plain.given[3]);
	assert_int_equal(plain.calls, 1);
	pool_close(&pool);
}

/* To the last unit, in one run and in many, but never the first two. */
static void a_full_pool(void **state)
{
	struct plain plain = {.left = SEGMENTS};
	struct walker_memory memory = memory_of(&plain);
	uint32_t first, low, high;
	struct pool pool;

	assert_int_equal(pool_open(&pool, &memory, (SEGMENTS << 20) + 12345), 0);
	assert_int_equal(pool_take(&pool, UNITS, POOL_LOW, &first), -ENOSPC);
	assert_int_equal(pool_take(&pool, UNITS - 1, POOL_HIGH, &first), -ENOSPC);
	assert_int_equal(pool_take(&pool, UNITS - 2, POOL_HIGH, &first), 0);
	assert_int_equal(first, 2);
	assert_int_equal(pool_take(&pool, 1, POOL_LOW, &low), -ENOSPC);
	assert_false(pool_has(&pool, 1));
	pool_give(&pool, first, UNITS - 2);
	assert_int_equal(pool_take(&pool, UNITS / 2, POOL_LOW, &low), 0);
	assert_int_equal(pool_take(&pool, UNITS / 2 - 2, POOL_HIGH, &high), 0);
	assert_int_equal(high, low + UNITS / 2);
	assert_false(pool_has(&pool, 1));
	pool_close(&pool);
}

static void segments_come_several_at_a_time(void **state)
{
	struct plain plain = {.left = 64};
	struct walker_memory memory = memory_of(&plain);
	uint32_t first;
	struct pool pool;

	assert_int_equal(pool_open(&pool, &memory, 64 << 20), 0);
	assert_int_equal(pool.nr_backed, 0);
	assert_int_equal(pool_take(&pool, 1, POOL_LOW, &first), 0);
	assert_in_range(pool.nr_backed, 2, 8);
	for (uint32_t i = 0; i < 63; i++)
		assert_int_equal(pool_take(&pool, UNWIND_SEGMENT_UNITS, POOL_HIGH, &first), 0);
	assert_int_equal(pool.nr_backed, 64);
	assert_in_range(plain.calls, 1, 12);
	pool_close(&pool);
}

/* The kernel has no memory for more: what there is goes on being used, all of it. */
static void no_more_segments(void **state)
{
	struct plain plain = {.left = 6};
	struct walker_memory memory = memory_of(&plain);
	uint32_t first, taken = 0;
	struct pool pool;

	assert_int_equal(pool_open(&pool, &memory, 64 << 20), 0);
	assert_int_equal(pool_take(&pool, 10, POOL_HIGH, &first), 0);
	while (!pool_take(&pool, UNWIND_SEGMENT_UNITS / 2, POOL_LOW, &first)) {
		pool.units[first] = pool.units[first + UNWIND_SEGMENT_UNITS / 2 - 1] = 1;
		taken++;
	}
	assert_in_range(taken, 8, 12);
	assert_int_equal(pool.nr_backed, 6);
	assert_in_range(pool.room, 6 * UNWIND_SEGMENT_UNITS - 2, 6 * UNWIND_SEGMENT_UNITS);
	pool_give(&pool, first, UNWIND_SEGMENT_UNITS / 2);
	assert_int_equal(pool_take(&pool, UNWIND_SEGMENT_UNITS / 2, POOL_HIGH, &first), 0);
	pool_close(&pool);
}

static void no_segments_at_all(void **state)
{
	struct plain plain = {.left = 0};
	struct walker_memory memory = memory_of(&plain);
	uint32_t first;
	struct pool pool;

	assert_int_equal(pool_open(&pool, &memory, 1000), -EINVAL);
	assert_int_equal(pool_open(&pool, &memory, UINT64_MAX), 0);
	assert_int_equal(pool.nr_segments, UNWIND_SEGMENTS_MAX);
	assert_int_equal(pool_take(&pool, 1, POOL_LOW, &first), -ENOSPC);
	assert_int_equal(pool.room, 0);
	pool_close(&pool);
}

static void many_runs_are_fast(void **state)
{
	enum { COUNT = 20000 };
	struct plain plain = {.left = 64};
	struct walker_memory memory = memory_of(&plain);
	uint32_t *first = calloc(COUNT, sizeof(*first)), *order = calloc(COUNT, sizeof(*order));
	double started = cpu_seconds();
	uint64_t random = 3;
	struct pool pool;

	assert_int_equal(pool_open(&pool, &memory, 64 << 20), 0);
	for (uint32_t i = 0; i < COUNT; i++)
		assert_int_equal(pool_take(&pool, 80, POOL_HIGH, &first[i]), 0);
	random_order(&random, order, COUNT);
	for (uint32_t i = 0; i < COUNT; i++)
		pool_give(&pool, first[order[i]], 80);
	assert_int_equal(pool.nr_free, 1);
	assert_true(cpu_seconds() - started < 2.0);
	pool_close(&pool);
	free(first);
	free(order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_those_of_the_model),
		cmocka_unit_test(neighbours_become_one),
		cmocka_unit_test(a_run_lies_across_segments),
		cmocka_unit_test(a_full_pool),
		cmocka_unit_test(segments_come_several_at_a_time),
		cmocka_unit_test(no_more_segments),
		cmocka_unit_test(no_segments_at_all),
		cmocka_unit_test(many_runs_are_fast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
