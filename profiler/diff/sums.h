/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What files have of nodes and of functions, as tests need it. */
#ifndef BOLOMETER_DIFF_SUMS_H
#define BOLOMETER_DIFF_SUMS_H

#include "profiler/diff/align.h"
#include "profiler/diff/evidence.h"

/* Adds what a file has of a node, with what that calls or by itself, in the units of the tests. */
void sums_add(struct unit_sums *sums, const struct alignment *alignment, size_t file, uint32_t node,
	      bool self);

/* Sums of every frame by file: [frame * nr_files + file]; and, with time slices, their unrest. */
struct function_sums {
	struct unit_sums *self, *total;
	struct unrest *self_unrest, *total_unrest; /* by frame; zero where it is not known */
	float *self_units, *total_units;	   /* what these keep of units */
};

/* The sums, and room for the unrest. Returns 0 or -ENOMEM, and is to be finished either way. */
int function_sums_init(struct function_sums *ret_sums, const struct alignment *alignment);
void function_sums_fini(struct function_sums *sums);

#endif
