// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A log of code as ranges that do not overlap; see jit_index.h.
 *
 * Finishing sweeps over the starts in order of address. A heap holds the
 * entries that have started, the one written last on top: it owns the addresses
 * from here to its end or to the next start, whichever comes first.
 */
#include "symbolizer/jit_index.h"

#include <assert.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "profiler/model/search.h"

static uint64_t end_of(const struct jit_range *range)
{
	return range->start + range->size;
}

void jit_index_fini(struct jit_index *index)
{
	free(index->ranges);
	*index = (struct jit_index){0};
}

int jit_index_add(struct jit_index *index, uint64_t start, uint64_t size, uint32_t line)
{
	int err = ARRAY_RESERVE(index->ranges, index->cap, index->count + 1);

	assert(size);
	if (!err)
		index->ranges[index->count++] = (struct jit_range){
			start, size < UINT32_MAX ? (uint32_t)size : UINT32_MAX, line};
	return err;
}

static int by_start(const void *a_, const void *b_)
{
	const struct jit_range *a = a_, *b = b_;
	int order = (a->start > b->start) - (a->start < b->start);

	return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* ---- the heap: of entries, the last line on top ---------------------------------------------- */

struct heap {
	const struct jit_range **entries;
	size_t count, cap;
};

static void swap(struct heap *heap, size_t a, size_t b)
{
	const struct jit_range *entry = heap->entries[a];

	heap->entries[a] = heap->entries[b];
	heap->entries[b] = entry;
}

static int heap_push(struct heap *heap, const struct jit_range *entry)
{
	size_t at = heap->count;
	int err = ARRAY_RESERVE(heap->entries, heap->cap, heap->count + 1);

	if (err)
		return err;
	heap->entries[heap->count++] = entry;
	for (; at && heap->entries[(at - 1) / 2]->line < entry->line; at = (at - 1) / 2)
		swap(heap, at, (at - 1) / 2);
	return 0;
}

static void heap_pop(struct heap *heap)
{
	size_t at = 0, child = 1;

	heap->entries[0] = heap->entries[--heap->count];
	for (; child < heap->count; at = child, child = 2 * at + 1) {
		if (child + 1 < heap->count &&
		    heap->entries[child + 1]->line > heap->entries[child]->line)
			child++;
		if (heap->entries[child]->line <= heap->entries[at]->line)
			break;
		swap(heap, at, child);
	}
}

/* ---- the sweep ------------------------------------------------------------------------------- */

/* Adds the piece from *from up to `to` that `entry` owns, to the piece before if it owns that. */
static int add_piece(struct jit_index *pieces, const struct jit_range *entry, uint64_t *from,
		     uint64_t to)
{
	struct jit_range *before = pieces->count ? &pieces->ranges[pieces->count - 1] : NULL;
	int err = 0;

	if (before && before->line == entry->line && end_of(before) == *from)
		before->size = (uint32_t)(to - before->start);
	else
		err = jit_index_add(pieces, *from, to - *from, entry->line);
	*from = to;
	return err;
}

/* Gives the addresses from *from up to `to` to the entries that have started. */
static int own(struct jit_index *pieces, struct heap *heap, uint64_t *from, uint64_t to)
{
	int err = 0;

	while (!err && heap->count && *from < to) {
		const struct jit_range *top = heap->entries[0];
		uint64_t end = end_of(top);

		if (end <= *from)
			heap_pop(heap);
		else
			err = add_piece(pieces, top, from, end < to ? end : to);
	}
	return err;
}

int jit_index_finish(struct jit_index *index)
{
	struct jit_index pieces = {0};
	struct heap heap = {0};
	uint64_t from = 0;
	int err = 0;

	if (index->count)
		qsort(index->ranges, index->count, sizeof(*index->ranges), by_start);
	for (size_t i = 0; i < index->count && !err; i++) {
		err = own(&pieces, &heap, &from, index->ranges[i].start);
		from = index->ranges[i].start;
		if (!err)
			err = heap_push(&heap, &index->ranges[i]);
	}
	if (!err)
		err = own(&pieces, &heap, &from, UINT64_MAX);
	free(heap.entries);
	jit_index_fini(err ? &pieces : index);
	if (!err)
		*index = pieces;
	return err;
}

bool jit_index_find(const struct jit_index *index, uint64_t addr, uint64_t *ret_first,
		    uint64_t *ret_last, uint32_t *ret_line)
{
	size_t begun = SEARCH_BEFORE(i, index->count, index->ranges[i].start <= addr);
	const struct jit_range *range;

	if (!begun)
		return false;
	range = &index->ranges[begun - 1];
	if (addr >= end_of(range))
		return false;
	*ret_first = range->start;
	*ret_last = end_of(range) - 1;
	*ret_line = range->line;
	return true;
}
