// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sorting of names by their bytes; see frame_order.h.
 *
 * Names of a program begin alike: whole comparisons would read the same
 * namespaces again and again. Multikey quicksort (Bentley and Sedgewick, "Fast
 * Algorithms for Sorting and Searching Strings", 1997) looks at one byte at a
 * time and never again at those that it found equal. What is left of names that
 * were made to be bad for it is sorted by comparing.
 */
#include "profiler/model/frame_order.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"

struct named {
	const unsigned char *text;
	uint32_t len;
	uint32_t frame;
};

struct order {
	const struct strings *strings;
	const struct tree_frame *frames;
	struct named *all;
};

/* So many are sorted by comparing, or when quicksort had to divide so often. */
#define FEW	      8
#define DIVISIONS_MAX 64

static int compare_named(const void *left, const void *right, void *data)
{
	const struct named *a = left, *b = right;
	const struct order *order = data;

	return tree_frame_compare(order->strings, &order->frames[a->frame],
				  &order->frames[b->frame]);
}

static void swap(struct named *a, struct named *b)
{
	struct named kept = *a;

	*a = *b;
	*b = kept;
}

static void sort_few(const struct order *order, size_t from, size_t to)
{
	for (size_t i = from + 1; i < to; i++) {
		for (size_t at = i; at > from && compare_named(&order->all[at], &order->all[at - 1],
							       (void *)order) < 0;
		     at--)
			swap(&order->all[at], &order->all[at - 1]);
	}
}

/* A byte of a name, 0 behind its end, which comes before the byte 0. */
static int byte_at(const struct named *name, uint32_t at)
{
	return at < name->len ? name->text[at] + 1 : 0;
}

static int middle(int a, int b, int c)
{
	if (a > b)
		return b > c ? b : a > c ? c : a;
	return a > c ? a : b > c ? c : b;
}

/* The names from..to, of which the first `at` bytes are the same. */
static void sort_names(const struct order *order, size_t from, size_t to, uint32_t at,
		       unsigned int divisions)
{
	struct named *all = order->all;

	while (to - from > FEW && divisions < DIVISIONS_MAX) {
		int byte =
			middle(byte_at(&all[from], at), byte_at(&all[from + (to - from) / 2], at),
			       byte_at(&all[to - 1], at));
		size_t equal = from, end = to;

		for (size_t i = from; i < end;) {
			int its = byte_at(&all[i], at);

			if (its < byte)
				swap(&all[i++], &all[equal++]);
			else if (its > byte)
				swap(&all[i], &all[--end]);
			else
				i++;
		}
		sort_names(order, from, equal, at, divisions + 1);
		sort_names(order, end, to, at, divisions + 1);
		from = equal;
		to = end;
		if (!byte) /* the same name: what is left is by module and kind */
			break;
		at++;
	}
	if (to - from <= FEW)
		sort_few(order, from, to);
	else
		qsort_r(&all[from], to - from, sizeof(*all), compare_named, (void *)order);
}

int frame_order(const struct strings *strings, const struct tree_frame *frames, size_t count,
		uint32_t *ret_order)
{
	struct order order = {.strings = strings, .frames = frames};

	order.all = malloc(size_mul(count + 1, sizeof(*order.all)));
	if (!order.all)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t name = frames[i].name;

		order.all[i] = (struct named){(const unsigned char *)strings_text(strings, name),
					      (uint32_t)strings_len(strings, name), i};
	}
	sort_names(&order, 0, count, 0, 0);
	for (size_t i = 0; i < count; i++)
		ret_order[i] = order.all[i].frame;
	free(order.all);
	return 0;
}
