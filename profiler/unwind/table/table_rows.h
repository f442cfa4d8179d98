/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting the rows of many entries in order: one list for all addresses of an object. */
#ifndef BOLOMETER_UNWIND_TABLE_ROWS_H
#define BOLOMETER_UNWIND_TABLE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/shared_unwind.h"

/* Addresses [start, end) that rows [row, row + nr_rows) of an array are about. */
struct row_range {
	uint32_t start, end;
	uint32_t row, nr_rows;
};

/* Orders ranges by their start; those with equal starts stay as they are. Returns 0 or -ENOMEM. */
int row_ranges_sort(struct row_range *ranges, size_t count);

/*
 * Joins the rows of sorted ranges: strictly ascending, gaps between ranges and the end of the last
 * one marked by UNWIND_CFA_NONE, neighbours that say the same made one. Where ranges overlap the
 * one that starts later holds from its start on, and the earlier one is over: so finds the run-time
 * library's search, too, which looks for the last start that is not above an address. Of equal
 * starts the longest holds. Writes at most as many rows as the ranges have, and one more for each
 * range. Returns their number.
 */
size_t row_ranges_join(const struct row_range *ranges, size_t count, const struct unwind_row *rows,
		       struct unwind_row *ret_rows);

#endif
