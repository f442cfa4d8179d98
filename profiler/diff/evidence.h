/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence for a change of one value: of a function's self or total, of a path,
 * of whatever a gate names. From what each unit of the two sides has of it to a
 * difference, its interval and a probability. docs/NUMBERS.md gives the reasons.
 *
 * A unit is one stretch of capture whose amounts are known apart from the
 * others': a file. How much such figures vary without a cause is seen between
 * the files of a side; or, with one a side, within them, over units of time
 * (unrest.h); or it is assumed.
 */
#ifndef BOLOMETER_DIFF_EVIDENCE_H
#define BOLOMETER_DIFF_EVIDENCE_H

#include "profiler/diff/stats.h"
#include "profiler/model/comparison.h"

/* What a unit has of something. Times are in units of 0.1 ms, since squares are in theirs. */
struct unit_sums {
	double amount, waits, squares;
	double cut; /* squares of waits that the ends of the capture cut, of times without squares */
	double unseen; /* part of the amount, see marked.h */
};

#define TIME_UNIT_NS 1e5

struct unit {
	enum side side;
	double exposure; /* what its amounts are divided by, see enum normalisation */
	struct unit_sums whole;
};

/*
 * Units of time of the captures, one of which is a side; several of them next to each other are a
 * group. docs/design/comparing.md says why there are two lengths.
 */
struct unit_grid {
	size_t nr_units;	   /* a side; 0: nothing is known */
	double fine_df, coarse_df; /* of both sides together: of units, and of groups */
};

#define UNREST_GROUPS 5

/* How much one thing goes up and down within the captures. */
struct unrest {
	double fine[SIDES];	    /* squares of the deviations of units, by exposure */
	double coarse[SIDES];	    /* the same of groups */
	double fourth[SIDES];	    /* squares of what is added up in `fine` */
	double rest, rest_exposure; /* of a group that is not yet full */
	uint32_t busy;		    /* units that have anything of it */
	float *units; /* [side * nr_units + unit]: what each has; NULL where that is not kept */
	bool self;    /* of a self value, or the total of what calls nothing */
};

/* What the unrest of all functions says of one that is looked at: of units, and of groups of them. */
struct unrest_prior {
	struct spread_prior fine, coarse;
	double growth; /* how many times the unrest of whole captures is that of groups */
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
	struct unit_grid grid; /* with SPREAD_SLICES, as are the next ones */
	/* Self values are alike, and totals; and what has few waits, of which all have to tell together. */
	struct unrest_prior of_self, of_total, of_few;
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

/* Takes the spread from units of time, where it would be assumed otherwise. */
void evidence_use_time(struct evidence *evidence, const struct unit_grid *grid);

/*
 * How much the units of a side differ about this, in multiples of what the model expects. Only with
 * spread_df. False when there is too little of it to tell.
 */
bool evidence_spread(const struct evidence *evidence, const struct unit_sums *sums,
		     struct spread_point *ret_point);

/* How much the self or total values of functions vary, at both lengths, in the same order. */
struct unrest_points {
	struct spread_point *fine, *coarse;
	size_t count;
	double few_fine, few_coarse; /* sums of the spreads of what has few waits */
	size_t nr_few;
};

/*
 * Adds the spread of one thing between units of time, if there is enough of it to tell; only with
 * SPREAD_SLICES. There has to be room for it.
 */
void evidence_add_unrest(const struct evidence *evidence, const struct unit_sums *sums,
			 const struct unrest *unrest, struct unrest_points *points);

void evidence_learn_unrest(struct evidence *evidence, const struct unrest_points *self,
			   const struct unrest_points *total);

/* How many times more than by the model figures vary, in the middle; 1 where that is not known. */
double evidence_dispersion(const struct evidence *evidence);

/* Whether there is enough of it for a test to find anything. `unrest` as for evidence_of(). */
bool evidence_testable(const struct evidence *evidence, const struct unit_sums *sums,
		       const struct unrest *unrest);

/* Whether the test of it looks at what each unit of time has: struct unrest is to keep that. */
bool evidence_keeps_units(const struct evidence *evidence, const struct unit_sums *sums);

/*
 * Estimates and tests one thing, `sums` by unit; `unrest` is used with SPREAD_SLICES only. The verdict
 * is left untested: it depends on what else is tested. p and the interval are NAN where nothing is
 * known of the spread.
 */
struct change evidence_of(const struct evidence *evidence, const struct unit_sums *sums,
			  const struct unrest *unrest);

/* The verdict of a test that is significant or not. */
enum verdict evidence_verdict(const struct change *change, bool significant, double min_effect);

#endif
