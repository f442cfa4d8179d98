// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests and intervals; see evidence.h.
 *
 * A rate is amount per exposure. The model says how much the amount of a unit
 * varies: as counts do (binomial of a total, Poisson otherwise), or as sums of
 * waits that begin independently do, whose variance is the sum of their squares.
 * The dispersion is by how much the units really vary more.
 */
#include "profiler/diff/evidence.h"

#include <errno.h>
#include <math.h>

/* Up to this many events probabilities are counted out as well, since few are not normal. */
#define EXACT_MAX 60

/* With fewer events in both sides together hardly any division of them would be evidence. */
#define TESTABLE_EVENTS 10

/* What a side has of the thing, in all of its units. */
struct side_sums {
	struct unit_sums sums;
	double rate;
	double variance; /* of a unit's amount, for each unit of exposure, by the model */
};

int evidence_init(struct evidence *e, enum measure measure, enum normalisation normalisation,
		  const struct unit *units, size_t nr_units)
{
	size_t count[SIDES] = {0};
	double whole[SIDES] = {0};

	*e = (struct evidence){
		.measure = measure,
		.normalisation = normalisation,
		.units = units,
		.nr_units = nr_units,
	};
	for (size_t u = 0; u < nr_units; u++) {
		e->exposure[units[u].side] += units[u].exposure;
		whole[units[u].side] += units[u].whole.amount;
		count[units[u].side]++;
	}
	for (size_t s = 0; s < SIDES; s++) {
		if (!count[s] || !(e->exposure[s] > 0))
			return -EINVAL;
		e->rate_whole[s] = whole[s] / e->exposure[s];
		e->spread_df += (double)count[s] - 1;
	}
	if (!(whole[BEFORE] > 0) || !(whole[AFTER] > 0))
		return -EINVAL;
	e->points = 100 / e->rate_whole[BEFORE];
	t_table_init(&e->quantiles);
	if (e->spread_df > 0)
		e->source = SPREAD_REPEATS;
	else
		e->source = measure == MEASURE_COUNTS  ? SPREAD_ASSUMED
			    : measure == MEASURE_WAITS ? SPREAD_WAITS
						       : SPREAD_NONE;
	return 0;
}

/* Of a total one part has what the others have not, so that it varies less than by itself. */
static double model_variance(const struct evidence *e, const struct unit_sums *sums, double rate,
			     double exposure, double all_squares)
{
	bool part = e->normalisation == NORMALISE_TOTAL;
	double rest = 1 - rate > 0 ? 1 - rate : 0;

	if (e->measure != MEASURE_WAITS)
		return part ? rate * rest : rate;
	if (!part)
		return sums->squares / exposure;
	return (sums->squares * rest * rest + fmax(all_squares - sums->squares, 0) * rate * rate) /
	       exposure;
}

static void add_sides(const struct evidence *e, const struct unit_sums *sums,
		      struct side_sums ret_sides[SIDES])
{
	double all_squares[SIDES] = {0};

	for (size_t s = 0; s < SIDES; s++)
		ret_sides[s] = (struct side_sums){0};
	for (size_t u = 0; u < e->nr_units; u++) {
		struct side_sums *side = &ret_sides[e->units[u].side];

		side->sums.amount += sums[u].amount;
		side->sums.waits += sums[u].waits;
		side->sums.squares += sums[u].squares;
		all_squares[e->units[u].side] += e->units[u].whole.squares;
	}
	for (size_t s = 0; s < SIDES; s++) {
		struct side_sums *side = &ret_sides[s];
		struct unit_sums *all = &side->sums;

		/* No waits have less: of very short ones the squares were rounded away. */
		if (all->waits > 0)
			all->squares = fmax(all->squares, all->amount * all->amount / all->waits);
		side->rate = side->sums.amount / e->exposure[s];
		side->variance =
			model_variance(e, &side->sums, side->rate, e->exposure[s], all_squares[s]);
	}
}

/* Pearson's statistic over the units, and the mean amount of one. */
static double pearson(const struct evidence *e, const struct unit_sums *sums,
		      const struct side_sums sides[SIDES])
{
	double chi = 0;

	for (size_t u = 0; u < e->nr_units; u++) {
		const struct side_sums *side = &sides[e->units[u].side];
		double off = sums[u].amount - e->units[u].exposure * side->rate;

		if (side->variance > 0 && e->units[u].exposure > 0)
			chi += off * off / (e->units[u].exposure * side->variance);
	}
	return chi;
}

static double mean_amount(const struct evidence *e, const struct side_sums sides[SIDES])
{
	return (sides[BEFORE].sums.amount + sides[AFTER].sums.amount) / (double)e->nr_units;
}

bool evidence_spread(const struct evidence *e, const struct unit_sums *sums,
		     struct spread_point *ret_point)
{
	struct side_sums sides[SIDES];

	add_sides(e, sums, sides);
	*ret_point = (struct spread_point){
		.mean = mean_amount(e, sides),
		.spread = pearson(e, sums, sides) / e->spread_df,
	};
	/* Of fewer than five to a unit, the spread is told by chance. The whole has none. */
	if (sides[BEFORE].variance <= 0 && sides[AFTER].variance <= 0)
		return false;
	if (e->measure == MEASURE_COUNTS)
		return ret_point->mean >= 5;
	if (e->measure == MEASURE_WAITS)
		return sides[BEFORE].sums.waits + sides[AFTER].sums.waits >=
		       5 * (double)e->nr_units;
	return ret_point->mean > 0;
}

bool evidence_testable(const struct evidence *e, const struct unit_sums *sums)
{
	struct side_sums sides[SIDES];
	size_t have = 0;

	add_sides(e, sums, sides);
	if (e->source == SPREAD_NONE || (sides[BEFORE].variance <= 0 && sides[AFTER].variance <= 0))
		return false;
	if (e->measure == MEASURE_COUNTS)
		return sides[BEFORE].sums.amount + sides[AFTER].sums.amount >= TESTABLE_EVENTS;
	if (e->measure == MEASURE_WAITS)
		return sides[BEFORE].sums.waits + sides[AFTER].sums.waits >= TESTABLE_EVENTS;
	for (size_t u = 0; u < e->nr_units; u++)
		have += sums[u].amount > 0;
	return 2 * have >= e->nr_units;
}

/* The dispersion of one thing: its own estimate and what all of them say, each by its weight. */
static double dispersion(const struct evidence *e, const struct unit_sums *sums,
			 const struct side_sums sides[SIDES], double *ret_df)
{
	double mean = mean_amount(e, sides), prior_df = mean > 0 ? e->prior.df : 0;
	double found;

	*ret_df = INFINITY;
	if (!(e->spread_df > 0))
		return 1;
	found = pearson(e, sums, sides);
	if (prior_df > 0)
		found += prior_df * spread_expected(&e->prior, mean);
	found /= e->spread_df + prior_df;
	*ret_df = e->spread_df + prior_df;
	/* That repeats differ less than chance would have it is chance. */
	return e->measure == MEASURE_TIMES ? found : fmax(found, 1);
}

/* ---- counts --------------------------------------------------------------------------------- */

/*
 * The ends of a score interval of a rate (Wilson's of a share, and the like for a Poisson rate),
 * from as many events as are left when the dispersion is taken off.
 */
static void score_interval(const struct evidence *e, const struct side_sums *side, double exposure,
			   double dispersion, double t, double *ret_low, double *ret_high)
{
	double n = exposure / dispersion, k = side->sums.amount / dispersion;
	double t2 = t * t, centre, reach;

	if (e->normalisation == NORMALISE_TOTAL) {
		centre = (k + t2 / 2) / (n + t2);
		reach = t * sqrt(fmax(k * (1 - k / n), 0) + t2 / 4) / (n + t2);
	} else {
		centre = (k + t2 / 2) / n;
		reach = t * sqrt(k + t2 / 4) / n;
	}
	*ret_low = fmax(centre - reach, 0);
	*ret_high = centre + reach;
}

/* The interval of a difference from those of its parts (Newcombe 1998, method 10). */
static void counts_interval(const struct evidence *e, const struct side_sums sides[SIDES],
			    double dispersion, double t, struct change *change)
{
	double low[SIDES], high[SIDES];
	double before = sides[BEFORE].rate, after = sides[AFTER].rate;

	for (size_t s = 0; s < SIDES; s++)
		score_interval(e, &sides[s], e->exposure[s], dispersion, t, &low[s], &high[s]);
	change->low = after - before - hypot(after - low[AFTER], high[BEFORE] - before);
	change->high = after - before + hypot(high[AFTER] - after, before - low[BEFORE]);
}

/* Of few events: how they divide among the sides, given how many there are. */
static double counts_exact(const struct evidence *e, const struct side_sums sides[SIDES])
{
	int64_t k = (int64_t)sides[AFTER].sums.amount;
	int64_t n = k + (int64_t)sides[BEFORE].sums.amount;

	if (e->normalisation == NORMALISE_TOTAL)
		return hypergeometric_two_sided(k, n, (int64_t)e->exposure[AFTER],
						(int64_t)e->exposure[BEFORE]);
	return binomial_two_sided(k, n,
				  e->exposure[AFTER] / (e->exposure[BEFORE] + e->exposure[AFTER]));
}

static double counts_p(const struct evidence *e, const struct side_sums sides[SIDES],
		       double dispersion, double df)
{
	double events = sides[BEFORE].sums.amount + sides[AFTER].sums.amount;
	double rate = events / (e->exposure[BEFORE] + e->exposure[AFTER]);
	double variance = e->normalisation == NORMALISE_TOTAL ? rate * (1 - rate) : rate;
	double p;

	variance *= dispersion * (1 / e->exposure[BEFORE] + 1 / e->exposure[AFTER]);
	if (!(variance > 0))
		return 1;
	p = t_two_sided((sides[AFTER].rate - sides[BEFORE].rate) / sqrt(variance), df);
	return events <= EXACT_MAX ? fmax(p, counts_exact(e, sides)) : p;
}

/* ---- times ---------------------------------------------------------------------------------- */

/* Welch's degrees of freedom, from the number of waits on each side. */
static double waits_df(const struct side_sums sides[SIDES], const double variance[SIDES])
{
	double sum = variance[BEFORE] + variance[AFTER], of = 0;

	for (size_t s = 0; s < SIDES; s++)
		of += variance[s] * variance[s] / fmax(sides[s].sums.waits - 1, 1);
	return of > 0 ? fmax(sum * sum / of, 1) : 1;
}

static void times_test(const struct evidence *e, const struct side_sums sides[SIDES],
		       double dispersion, double df, struct change *change)
{
	double variance[SIDES], off = sides[AFTER].rate - sides[BEFORE].rate, error, t;

	for (size_t s = 0; s < SIDES; s++)
		variance[s] = dispersion * sides[s].variance / e->exposure[s];
	error = sqrt(variance[BEFORE] + variance[AFTER]);
	if (!(error > 0)) {
		change->low = change->high = off;
		change->p = off == 0 ? 1 : NAN;
		return;
	}
	if (e->measure == MEASURE_WAITS)
		df = fmin(df, waits_df(sides, variance));
	t = t_table_at(&e->quantiles, df);
	change->low = off - t * error;
	change->high = off + t * error;
	change->p = t_two_sided(off / error, df);
}

struct change evidence_of(const struct evidence *e, const struct unit_sums *sums)
{
	struct change change = {.low = NAN, .high = NAN, .p = NAN};
	struct side_sums sides[SIDES];
	double more, df;

	add_sides(e, sums, sides);
	change.before = sides[BEFORE].rate * e->points;
	change.after = sides[AFTER].rate * e->points;
	if (e->source == SPREAD_NONE)
		return change;
	more = dispersion(e, sums, sides, &df);
	if (e->measure == MEASURE_COUNTS) {
		counts_interval(e, sides, more, t_table_at(&e->quantiles, df), &change);
		change.p = counts_p(e, sides, more, df);
	} else {
		times_test(e, sides, more, df, &change);
	}
	change.low *= e->points;
	change.high *= e->points;
	return change;
}

enum verdict evidence_verdict(const struct change *change, bool significant, double min_effect)
{
	double effect = change_effect(change);

	/* Test and interval are not made in quite the same way; both have to exclude no change. */
	if (!significant || (change->low <= 0 && change->high >= 0))
		return VERDICT_SAME;
	if (fabs(effect) < min_effect)
		return effect < 0 ? VERDICT_SLIGHTLY_LESS : VERDICT_SLIGHTLY_MORE;
	return effect < 0 ? VERDICT_LESS : VERDICT_MORE;
}
