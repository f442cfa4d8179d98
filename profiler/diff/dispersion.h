/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dispersion: by how much amounts vary more than the model says. For evidence.c alone. */
#ifndef BOLOMETER_DIFF_DISPERSION_H
#define BOLOMETER_DIFF_DISPERSION_H

#include "profiler/diff/evidence.h"

/* What a side has of the thing, in all of its units. */
struct side_sums {
	struct unit_sums sums;
	double rate;
	double variance; /* of a unit's amount, for each unit of exposure, by the model */
};

/* Adds up the units, and says what the model does. */
void sides_init(struct side_sums ret_sides[SIDES], const struct evidence *evidence,
		const struct unit_sums *sums);

/*
 * The dispersion of one thing, 1 where nothing else is known, and the degrees of freedom of that;
 * `sums` and `unrest` as for evidence_of().
 */
double dispersion_of(const struct evidence *evidence, const struct unit_sums *sums,
		     const struct unrest *unrest, const struct side_sums sides[SIDES],
		     double *ret_df);

#endif
