// SPDX-License-Identifier: GPL-2.0-or-later
/* Insertion sort of short runs, which are merged; see sort_numbers.h. */
#include "profiler/model/sort_numbers.h"

#include <stdbool.h>
#include <string.h>

#define RUN ((size_t)12)

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void insert(uint64_t *numbers, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		uint64_t number = numbers[i];
		size_t at = i;

		for (; at && number < numbers[at - 1]; at--)
			numbers[at] = numbers[at - 1];
		numbers[at] = number;
	}
}

static void merge(const uint64_t *left, size_t nr_left, const uint64_t *right, size_t nr_right,
		  uint64_t *to)
{
	while (nr_left && nr_right) {
		bool from_right = *right < *left;

		*to++ = from_right ? *right : *left;
		right += from_right;
		nr_right -= from_right;
		left += !from_right;
		nr_left -= !from_right;
	}
	memcpy(to, nr_left ? left : right, (nr_left + nr_right) * sizeof(*to));
}

void sort_numbers(uint64_t *numbers, size_t count, uint64_t *scratch)
{
	uint64_t *from = numbers, *to = scratch;

	for (size_t at = 0; at < count; at += RUN)
		insert(numbers + at, least(RUN, count - at));
	for (size_t len = RUN; len < count; len *= 2) {
		uint64_t *merged = to;

		for (size_t at = 0; at < count; at += 2 * len) {
			size_t nr_left = least(len, count - at);
			size_t nr_right = least(len, count - at - nr_left);

			merge(from + at, nr_left, from + at + nr_left, nr_right, to + at);
		}
		to = from;
		from = merged;
	}
	if (from != numbers)
		memcpy(numbers, from, count * sizeof(*numbers));
}
