// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks of waits and their divisions; see blocks.h. */
#include "profiler/diff/blocks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Amounts are counted in so many parts of their sum. */
#define PARTS 4096

/* ---- what falls on a side as a whole -------------------------------------------------------- */

/* The two blocks next to each other whose joining adds most to the squares. */
static size_t find_pair(const double *amounts, size_t count)
{
	size_t best = 0;

	for (size_t i = 1; i + 1 < count; i++) {
		if (amounts[i] * amounts[i + 1] > amounts[best] * amounts[best + 1])
			best = i;
	}
	return best;
}

static double sum_squares(const double *amounts, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += amounts[i] * amounts[i];
	return sum;
}

/*
 * A wait through several units has all of those between its ends, and so the largest products; less
 * squares than the waits' own say that there is one left that is cut.
 */
static size_t join_cut_waits(double *amounts, size_t count, double squares)
{
	while (count > 1 && sum_squares(amounts, count) < squares) {
		size_t at = find_pair(amounts, count);

		if (!(amounts[at] * amounts[at + 1] > 0))
			break;
		amounts[at] += amounts[at + 1];
		count--;
		memmove(&amounts[at + 1], &amounts[at + 2], (count - at - 1) * sizeof(*amounts));
	}
	return count;
}

void blocks_add(struct blocks *blocks, const float *units, size_t nr_units, double squares)
{
	double amounts[TIMED_UNITS_MAX];
	size_t count;

	for (size_t i = 0; i < nr_units; i++)
		amounts[i] = (double)units[i];
	count = join_cut_waits(amounts, nr_units, squares);
	blocks->squares += sum_squares(amounts, count);
	for (size_t i = 0; i < count; i++) {
		if (amounts[i] > 0)
			blocks->amounts[blocks->count++] = amounts[i];
	}
}

/* ---- how it divides ------------------------------------------------------------------------- */

static int compare_amounts(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* With each block the chances of all amounts so far move up by it, or stay. Returns their number. */
static size_t count_out(const struct blocks *blocks, double share, double part,
			double chance[PARTS + BLOCKS_MAX + 1])
{
	double amounts[BLOCKS_MAX];
	size_t most = 0;

	memcpy(amounts, blocks->amounts, sizeof(amounts));
	/* The smallest first: as long as the sum is small little has to be moved. */
	qsort(amounts, blocks->count, sizeof(*amounts), compare_amounts);
	memset(chance, 0, (PARTS + BLOCKS_MAX + 1) * sizeof(*chance));
	chance[0] = 1;
	for (size_t i = 0; i < blocks->count; i++) {
		size_t up = (size_t)llround(amounts[i] / part);

		for (size_t at = most + 1; at-- > 0 && up;) {
			chance[at + up] += chance[at] * share;
			chance[at] *= 1 - share;
		}
		most += up;
	}
	return most + 1;
}

double blocks_p(const struct blocks *blocks, double share, double amount, double dispersion)
{
	double chance[PARTS + BLOCKS_MAX + 1], sum = 0, p = 0, off, part;
	size_t count;

	for (size_t i = 0; i < blocks->count; i++)
		sum += blocks->amounts[i];
	if (!(sum > 0))
		return 1;
	part = sum / PARTS;
	count = count_out(blocks, share, part, chance);
	/* Each block was rounded by half a part at most: who may be as far off is. */
	off = fabs(amount - share * sum) / sqrt(dispersion) / part - (double)blocks->count / 2;
	for (size_t at = 0; at < count; at++)
		p += fabs((double)at - share * PARTS) >= off ? chance[at] : 0;
	return fmin(p, 1);
}
