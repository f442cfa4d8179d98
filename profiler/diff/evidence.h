/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence for a change of one value: of a function's self or total, of a path,
 * of whatever a gate names. From what each unit of the two sides has of it to a
 * difference, its interval and a probability. docs/NUMBERS.md gives the reasons.
 *
 * A unit is one stretch of capture whose amounts are known apart from the
 * others': now a file. Time slices of one capture would be units as well, with
 * their own exposures, and a spread_source of their own.
 */
#ifndef BOLOMETER_DIFF_EVIDENCE_H
#define BOLOMETER_DIFF_EVIDENCE_H

#include "profiler/diff/stats.h"
#include "profiler/model/comparison.h"

/* What a unit has of something. Times are in units of 0.1 ms, since squares are in theirs. */
struct unit_sums {
	double amount, waits, squares;
};

#define TIME_UNIT_NS 1e5

struct unit {
	enum side side;
	double exposure; /* what its amounts are divided by, see enum normalisation */
	struct unit_sums whole;
};

enum measure {
	MEASURE_COUNTS, /* of events, each as good as the other */
	MEASURE_WAITS,	/* times with the number and the squares of the single waits */
	MEASURE_TIMES,	/* times of which nothing else is known */
};

/* What all tests of a comparison have in common. */
struct evidence {
	enum measure measure;
	enum normalisation normalisation;
	enum spread_source source;
	const struct unit *units;
	size_t nr_units;
	double spread_df; /* degrees of freedom between units of a side; 0 without repeats */
	struct spread_prior prior;
	double exposure[SIDES], rate_whole[SIDES];
	double points; /* points in a rate of 1 */
	struct t_table quantiles;
};

/*
 * Adds up the units, which are kept by reference, with what was decided about the measure and the
 * normalisation; sets the source. 0, or -EINVAL when a side is nothing at all.
 */
int evidence_init(struct evidence *evidence, enum measure measure, enum normalisation normalisation,
		  const struct unit *units, size_t nr_units);

/*
 * How much the units of a side differ about this, in multiples of what the model expects. Only with
 * spread_df. False when there is too little of it to tell.
 */
bool evidence_spread(const struct evidence *evidence, const struct unit_sums *sums,
		     struct spread_point *ret_point);

/* Whether there is enough of it for a test to find anything. */
bool evidence_testable(const struct evidence *evidence, const struct unit_sums *sums);

/*
 * Estimates and tests one thing, `sums` by unit. The verdict is left untested: it depends on what
 * else is tested. p and the interval are NAN where nothing is known of the spread.
 */
struct change evidence_of(const struct evidence *evidence, const struct unit_sums *sums);

/* The verdict of a test that is significant or not. */
enum verdict evidence_verdict(const struct change *change, bool significant, double min_effect);

#endif
