// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A log of code, asked for addresses at times; see jit_index.h.
 *
 * Sweeps over the addresses once: entries are switched on where they start and
 * off where they end, and at each address asked for the numbers of those that
 * are on are looked at, for the last one before the query's time and the first
 * one after. The numbers are bits, with summaries of 64 above them, so each
 * step takes a look at a handful of words.
 */
#include "symbolizer/jit_index.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

void jit_index_fini(struct jit_index *index)
{
	free(index->ranges);
	*index = (struct jit_index){0};
}

int jit_index_add(struct jit_index *index, uint64_t start, uint64_t size, uint32_t ref)
{
	int err = ARRAY_RESERVE(index->ranges, index->cap, index->count + 1);

	assert(size && index->count < JIT_ENTRY_NONE);
	if (!err)
		index->ranges[index->count++] = (struct jit_range){
			start, size < UINT32_MAX ? (uint32_t)size : UINT32_MAX, ref};
	return err;
}

static uint64_t last_of(const struct jit_range *range)
{
	return range->start + range->size - 1;
}

/* ---- the set of entries that are on ---------------------------------------------------------- */

#define LEVELS_MAX 6 /* 64^6 numbers: more than 32 bits have */

/* levels[0] has a bit for each number; a bit of the next level says that a word here is not 0. */
struct number_set {
	uint64_t *levels[LEVELS_MAX];
	size_t nr_words[LEVELS_MAX];
	size_t nr_levels;
};

static void set_fini(struct number_set *set)
{
	for (size_t level = 0; level < set->nr_levels; level++)
		free(set->levels[level]);
}

static int set_init(struct number_set *set, size_t numbers)
{
	*set = (struct number_set){0};
	do {
		size_t words = (numbers + 63) / 64;

		set->levels[set->nr_levels] = calloc(words, sizeof(uint64_t));
		if (!set->levels[set->nr_levels])
			return -ENOMEM;
		set->nr_words[set->nr_levels++] = words;
		numbers = words;
	} while (numbers > 1);
	return 0;
}

static void set_on(struct number_set *set, size_t number)
{
	for (size_t level = 0; level < set->nr_levels; level++, number /= 64)
		set->levels[level][number / 64] |= 1ULL << number % 64;
}

static void set_off(struct number_set *set, size_t number)
{
	for (size_t level = 0; level < set->nr_levels; level++, number /= 64) {
		set->levels[level][number / 64] &= ~(1ULL << number % 64);
		if (set->levels[level][number / 64])
			break;
	}
}

/* The largest number below `number`; false without one. */
static bool set_before(const struct number_set *set, size_t number, uint32_t *ret)
{
	size_t level = 0;
	uint64_t word = 0;

	for (; level < set->nr_levels; level++, number /= 64) {
		word = number % 64 ? set->levels[level][number / 64] << (64 - number % 64) : 0;
		if (word)
			break;
	}
	if (level == set->nr_levels)
		return false;
	number -= (size_t)__builtin_clzll(word) + 1;
	while (level-- > 0)
		number = number * 64 + 63 - (size_t)__builtin_clzll(set->levels[level][number]);
	*ret = (uint32_t)number;
	return true;
}

/* The smallest number that is not below `number`; false without one. */
static bool set_from(const struct number_set *set, size_t number, uint32_t *ret)
{
	size_t level = 0;
	uint64_t word = 0;

	for (; level < set->nr_levels; level++, number = number / 64 + 1) {
		if (number / 64 >= set->nr_words[level])
			return false;
		word = set->levels[level][number / 64] >> number % 64;
		if (word)
			break;
	}
	if (level == set->nr_levels)
		return false;
	number += (size_t)__builtin_ctzll(word);
	while (level-- > 0)
		number = number * 64 + (size_t)__builtin_ctzll(set->levels[level][number]);
	*ret = (uint32_t)number;
	return true;
}

/* ---- the sweep ------------------------------------------------------------------------------- */

struct sweep {
	const struct jit_range *ranges;
	uint32_t *by_start, *by_last; /* numbers of entries */
	uint32_t *by_addr;	      /* numbers of queries */
	struct number_set on;
};

static int by_start(const void *a, const void *b, void *data)
{
	const struct jit_range *ranges = data;
	uint64_t left = ranges[*(const uint32_t *)a].start;
	uint64_t right = ranges[*(const uint32_t *)b].start;

	return (left > right) - (left < right);
}

static int by_last(const void *a, const void *b, void *data)
{
	const struct jit_range *ranges = data;
	uint64_t left = last_of(&ranges[*(const uint32_t *)a]);
	uint64_t right = last_of(&ranges[*(const uint32_t *)b]);

	return (left > right) - (left < right);
}

static int by_addr(const void *a, const void *b, void *data)
{
	const struct jit_query *queries = data;
	uint64_t left = queries[*(const uint32_t *)a].addr;
	uint64_t right = queries[*(const uint32_t *)b].addr;

	return (left > right) - (left < right);
}

/* The numbers below `count`, in order. */
static uint32_t *ordered(size_t count, int (*compare)(const void *, const void *, void *),
			 const void *data)
{
	uint32_t *numbers = malloc(size_mul(count, sizeof(*numbers)));

	for (size_t i = 0; numbers && i < count; i++)
		numbers[i] = (uint32_t)i;
	if (numbers)
		qsort_r(numbers, count, sizeof(*numbers), compare, (void *)data);
	return numbers;
}

static void answer(const struct sweep *sweep, struct jit_query *query)
{
	if (!set_before(&sweep->on, query->known, &query->entry) &&
	    !set_from(&sweep->on, query->known, &query->entry))
		query->entry = JIT_ENTRY_NONE;
}

static void run(struct sweep *sweep, size_t entries, struct jit_query *queries, size_t count)
{
	size_t started = 0, ended = 0;

	for (size_t i = 0; i < count; i++) {
		struct jit_query *query = &queries[sweep->by_addr[i]];

		for (; started < entries; started++) {
			if (sweep->ranges[sweep->by_start[started]].start > query->addr)
				break;
			set_on(&sweep->on, sweep->by_start[started]);
		}
		/* Whatever ended before has started before, and is on. */
		for (; ended < entries; ended++) {
			if (last_of(&sweep->ranges[sweep->by_last[ended]]) >= query->addr)
				break;
			set_off(&sweep->on, sweep->by_last[ended]);
		}
		answer(sweep, query);
	}
}

int jit_index_answer(const struct jit_index *index, struct jit_query *queries, size_t count)
{
	struct sweep sweep = {.ranges = index->ranges};
	int err = -ENOMEM;

	for (size_t i = 0; i < count; i++) {
		queries[i].entry = JIT_ENTRY_NONE;
		if (queries[i].known > index->count)
			queries[i].known = (uint32_t)index->count;
	}
	if (!index->count || !count)
		return 0;
	sweep.by_start = ordered(index->count, by_start, index->ranges);
	sweep.by_last = ordered(index->count, by_last, index->ranges);
	sweep.by_addr = ordered(count, by_addr, queries);
	if (sweep.by_start && sweep.by_last && sweep.by_addr)
		err = set_init(&sweep.on, index->count + 1);
	if (!err)
		run(&sweep, index->count, queries, count);
	set_fini(&sweep.on);
	free(sweep.by_start);
	free(sweep.by_last);
	free(sweep.by_addr);
	return err;
}
