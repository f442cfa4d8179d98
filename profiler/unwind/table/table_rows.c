// SPDX-License-Identifier: GPL-2.0-or-later
/* Ordering and joining rows; see table_rows.h. */
#include "profiler/unwind/table/table_rows.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/unwind/table/cfi_row_fields.h"

#define RADIX_BITS 11
#define RADIX_SIZE (1 << RADIX_BITS)

static bool is_sorted(const struct row_range *ranges, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (ranges[i].start < ranges[i - 1].start)
			return false;
	return true;
}

/* One pass of a radix sort: by the bits from `shift` on. */
static void sort_by_digit(const struct row_range *from, size_t count, unsigned int shift,
			  struct row_range *to)
{
	size_t place[RADIX_SIZE] = {0}, next = 0;

	for (size_t i = 0; i < count; i++)
		place[from[i].start >> shift & (RADIX_SIZE - 1)]++;
	for (size_t i = 0; i < RADIX_SIZE; i++) {
		size_t here = place[i];

		place[i] = next;
		next += here;
	}
	for (size_t i = 0; i < count; i++)
		to[place[from[i].start >> shift & (RADIX_SIZE - 1)]++] = from[i];
}

/* Linkers order entries by the files they come from: mostly ascending, and not quite. */
int row_ranges_sort(struct row_range *ranges, size_t count)
{
	struct row_range *from = ranges, *to, *scratch;

	if (is_sorted(ranges, count))
		return 0;
	scratch = malloc(size_mul(count, sizeof(*scratch)));
	if (!scratch)
		return -ENOMEM;
	to = scratch;
	for (unsigned int shift = 0; shift < 32; shift += RADIX_BITS) {
		struct row_range *swap = from;

		sort_by_digit(from, count, shift, to);
		from = to;
		to = swap;
	}
	if (from != ranges)
		memcpy(ranges, from, count * sizeof(*ranges));
	free(scratch);
	return 0;
}

struct joined {
	struct unwind_row *rows;
	size_t count;
};

static void push(struct joined *joined, struct unwind_row row)
{
	const struct unwind_row *last = joined->count ? &joined->rows[joined->count - 1] : NULL;

	if (last && last->cfa == row.cfa && last->saved == row.saved && last->rule == row.rule)
		return;
	joined->rows[joined->count++] = row;
}

static void push_none(struct joined *joined, uint32_t addr)
{
	struct unwind_row row = row_of_kind(UNWIND_CFA_NONE);

	row.addr = addr;
	push(joined, row);
}

/* Of the ranges that start with `first`, the longest; *next becomes the first after them. */
static const struct row_range *longest(const struct row_range *ranges, size_t count, size_t first,
				       size_t *next)
{
	const struct row_range *best = &ranges[first];
	size_t i;

	for (i = first + 1; i < count && ranges[i].start == best->start; i++)
		if (ranges[i].end > best->end)
			best = &ranges[i];
	*next = i;
	return best;
}

size_t row_ranges_join(const struct row_range *ranges, size_t count, const struct unwind_row *rows,
		       struct unwind_row *ret_rows)
{
	struct joined joined = {.rows = ret_rows};
	uint32_t covered = count ? ranges[0].start : 0;

	for (size_t i = 0, next; i < count; i = next) {
		const struct row_range *range = longest(ranges, count, i, &next);
		uint32_t end = range->end;

		if (next < count && ranges[next].start < end)
			end = ranges[next].start;
		if (range->start > covered)
			push_none(&joined, covered);
		for (uint32_t r = 0; r < range->nr_rows; r++) {
			if (rows[range->row + r].addr >= end)
				break;
			push(&joined, rows[range->row + r]);
		}
		covered = end;
	}
	if (count)
		push_none(&joined, covered);
	return joined.count;
}
