/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unrest: how much amounts go up and down within single captures, by which it is
 * judged how much two captures may differ without a cause.
 *
 * Of each thing that is tested the amounts in the units of time of both captures
 * are held against what the units should have of it. This is done at two lengths
 * of units, since neighbouring stretches of time are alike: what comes in waves
 * that are longer than a unit shows only in longer ones.
 *
 * No more than one unit of the tree is added up at a time, so that the memory is
 * that of the tree and does not grow with the slices.
 */
#ifndef BOLOMETER_DIFF_UNREST_H
#define BOLOMETER_DIFF_UNREST_H

#include "profiler/diff/align.h"
#include "profiler/diff/evidence.h"

/* What the work on all things of one comparison needs. */
struct timeline {
	const struct alignment *alignment;
	struct unit_grid grid;
	const struct aligned_file *files[SIDES]; /* one a side */
	double exposure[SIDES][TIMED_UNITS_MAX], whole[SIDES];
	double *self, *total; /* scratch, by node: what the unit has that is looked at */
};

/*
 * Prepares where each side is one capture with enough slices; otherwise, or when nearly all units are
 * empty, ret_timeline->grid.nr_units is 0. Returns 0 or -ENOMEM.
 */
int timeline_init(struct timeline *ret_timeline, const struct alignment *alignment,
		  enum normalisation normalisation);
void timeline_fini(struct timeline *timeline);

/*
 * Room for what units have of those things whose tests look at it; sums[i * SIDES + file]. The caller
 * frees it when the unrest is no longer needed. Returns 0 or -ENOMEM.
 */
int unrest_keep_units(const struct timeline *timeline, const struct evidence *evidence,
		      const struct unit_sums *sums, size_t count, struct unrest *unrest,
		      float **ret_units);

/*
 * Adds up the unrest of every function; by frame of the tree. `self` and `total` are what each side
 * has of them: sums[frame * SIDES + file]. Returns 0 or -ENOMEM.
 */
int unrest_of_functions(const struct timeline *timeline, const struct unit_sums *self,
			const struct unit_sums *total, struct unrest *ret_self,
			struct unrest *ret_total);

/* That of paths: of the self or total values of `count` nodes; sums[i * SIDES + file]. */
void unrest_of_nodes(const struct timeline *timeline, const uint32_t *nodes, size_t count,
		     bool self, const struct unit_sums *sums, struct unrest *ret_unrest);

/*
 * That of several nodes taken together: of their self values, or of the totals of such as are not below
 * each other.
 */
void unrest_of_sum(const struct timeline *timeline, const uint32_t *nodes, size_t count, bool self,
		   const struct unit_sums sums[SIDES], struct unrest *ret_unrest);

#endif
