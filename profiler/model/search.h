/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Searching what is in order. */
#ifndef BOLOMETER_MODEL_SEARCH_H
#define BOLOMETER_MODEL_SEARCH_H

#include <stddef.h>

/*
 * How many elements of an ordered array stand before a place: `is_before` is an expression of `i`,
 * an index that it declares, which is true of the first elements and false of all others. With
 * "key < wanted" that is the index of the first element not below `wanted`, with "key <= wanted" of
 * the first above it; `count` when there is none. In steps of halves.
 */
#define SEARCH_BEFORE(i, count, is_before)                                                         \
	({                                                                                         \
		size_t low_ = 0, high_ = (count);                                                  \
                                                                                                   \
		while (low_ < high_) {                                                             \
			size_t i = low_ + (high_ - low_) / 2;                                      \
                                                                                                   \
			if (is_before)                                                             \
				low_ = i + 1;                                                      \
			else                                                                       \
				high_ = i;                                                         \
		}                                                                                  \
		low_;                                                                              \
	})

#endif
