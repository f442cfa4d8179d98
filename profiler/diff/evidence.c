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

/* The same over units of time, from the squares that were added up. */
static double unrest_chi(const double squares[SIDES], const struct side_sums sides[SIDES])
{
	double chi = 0;

	for (size_t s = 0; s < SIDES; s++)
		chi += sides[s].variance > 0 ? squares[s] / sides[s].variance : 0;
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

void evidence_use_time(struct evidence *e, const struct unit_grid *grid)
{
	if (e->source == SPREAD_REPEATS || !grid->nr_units)
		return;
	e->grid = *grid;
	e->source = SPREAD_SLICES;
	e->growth = 1;
}

bool evidence_unrest(const struct evidence *e, const struct unit_sums *sums,
		     const struct unrest *unrest, struct spread_point *ret_fine,
		     struct spread_point *ret_coarse)
{
	double units = SIDES * (double)e->grid.nr_units, amount;
	struct side_sums sides[SIDES];

	add_sides(e, sums, sides);
	amount = sides[BEFORE].sums.amount + sides[AFTER].sums.amount;
	*ret_fine = (struct spread_point){
		.mean = amount / units,
		.spread = unrest_chi(unrest->fine, sides) / e->grid.fine_df,
	};
	*ret_coarse = (struct spread_point){
		.mean = amount / (SIDES * UNREST_GROUPS),
		.spread = unrest_chi(unrest->coarse, sides) / e->grid.coarse_df,
	};
	if (sides[BEFORE].variance <= 0 && sides[AFTER].variance <= 0)
		return false;
	if (e->measure == MEASURE_COUNTS)
		return ret_fine->mean >= 5;
	if (e->measure == MEASURE_WAITS)
		return sides[BEFORE].sums.waits + sides[AFTER].sums.waits >= 5 * units;
	return 2 * unrest->busy >= units;
}

/*
 * What is slow shows the more of itself the longer one looks: white noise is the same at all lengths,
 * and what drifts grows with the length. From how much more groups of units vary than single ones it
 * is told how much more the whole captures do: in a straight line, at least as much as groups, and at
 * most as what is nothing but drift.
 */
static double growth_of(const struct evidence *e, double fine, double coarse)
{
	double fine_len = 1.0 / (double)e->grid.nr_units, coarse_len = 1.0 / UNREST_GROUPS;
	double growth;

	if (!(coarse > 0) || e->grid.nr_units == UNREST_GROUPS)
		return 1;
	growth = 1 + (1 - fine / coarse) * (1 - coarse_len) / (coarse_len - fine_len);
	return fmin(fmax(growth, 1), UNREST_GROUPS);
}

/* Prior knowledge from points, if there are enough. */
static void learn_prior(const struct evidence *e, const struct unrest_points *points,
			struct unrest_prior *ret_prior)
{
	ret_prior->fine = spread_fit(points->fine, points->count, e->grid.fine_df);
	ret_prior->coarse = spread_fit(points->coarse, points->count, e->grid.coarse_df);
}

void evidence_learn_unrest(struct evidence *e, const struct unrest_points *self,
			   const struct unrest_points *total)
{
	const struct unrest_points *const all[] = {self, total};
	double fine = 0, coarse = 0, ratios = 0, count = (double)(self->count + total->count);

	learn_prior(e, self, &e->of_self);
	learn_prior(e, total, &e->of_total);
	if (count < 3)
		return;
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < all[k]->count; i++) {
			double fine_spread = all[k]->fine[i].spread;
			double coarse_spread = all[k]->coarse[i].spread;

			fine += fine_spread - 1;
			coarse += coarse_spread - 1;
			ratios += log(fmax(fine_spread, SPREAD_LEAST) /
				      fmax(coarse_spread, SPREAD_LEAST));
		}
	}
	/* Of times there is no model that says how much they vary at the least. */
	if (e->measure == MEASURE_TIMES)
		e->growth = growth_of(e, exp(ratios / count), 1);
	else
		e->growth = growth_of(e, fmax(fine, 0), coarse);
}

bool evidence_testable(const struct evidence *e, const struct unit_sums *sums,
		       const struct unrest *unrest)
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
	if (e->source == SPREAD_SLICES)
		return unrest->busy >= e->grid.nr_units;
	for (size_t u = 0; u < e->nr_units; u++)
		have += sums[u].amount > 0;
	return 2 * have >= e->nr_units;
}

/* Own estimate of the spread and what all functions say, each by its weight. */
static double shrink(const struct spread_prior *prior, double chi, double df, double mean,
		     double *ret_df)
{
	double prior_df = mean > 0 ? prior->df : 0;

	if (prior_df > 0)
		chi += prior_df * spread_expected(prior, mean);
	*ret_df = df + prior_df;
	return chi / *ret_df;
}

/* That figures differ less than chance would have it is chance. */
static double at_least_model(const struct evidence *e, double spread)
{
	return e->measure == MEASURE_TIMES ? spread : fmax(spread, 1);
}

/* What a spread of groups makes of the spread of whole captures. */
static double grown(const struct evidence *e, double spread)
{
	double least = e->measure == MEASURE_TIMES ? 0 : 1;

	return least + (at_least_model(e, spread) - least) * e->growth;
}

/* From units of time: the larger of what single ones and groups of them say. */
static double unrest_dispersion(const struct evidence *e, const struct unrest *unrest,
				const struct side_sums sides[SIDES], double *ret_df)
{
	double amount = sides[BEFORE].sums.amount + sides[AFTER].sums.amount;
	double fine_df, coarse_df;
	const struct unrest_prior *prior = unrest->self ? &e->of_self : &e->of_total;
	double fine = shrink(&prior->fine, unrest_chi(unrest->fine, sides), e->grid.fine_df,
			     amount / (SIDES * (double)e->grid.nr_units), &fine_df);
	double coarse = shrink(&prior->coarse, unrest_chi(unrest->coarse, sides), e->grid.coarse_df,
			       amount / (SIDES * UNREST_GROUPS), &coarse_df);

	fine = at_least_model(e, fine);
	coarse = grown(e, coarse);
	*ret_df = fine > coarse ? fine_df : coarse_df;
	return fmax(fine, coarse);
}

double evidence_dispersion(const struct evidence *e)
{
	if (e->measure == MEASURE_TIMES)
		return 1;
	if (e->source == SPREAD_SLICES && e->of_self.coarse.df > 0)
		return grown(e, e->of_self.coarse.typical);
	if (e->source == SPREAD_SLICES && e->of_total.coarse.df > 0)
		return grown(e, e->of_total.coarse.typical);
	return e->prior.df > 0 ? fmax(e->prior.typical, 1) : 1;
}

/* The dispersion of one thing. */
static double dispersion(const struct evidence *e, const struct unit_sums *sums,
			 const struct unrest *unrest, const struct side_sums sides[SIDES],
			 double *ret_df)
{
	*ret_df = INFINITY;
	if (e->source == SPREAD_SLICES)
		return unrest_dispersion(e, unrest, sides, ret_df);
	if (!(e->spread_df > 0))
		return 1;
	return at_least_model(e, shrink(&e->prior, pearson(e, sums, sides), e->spread_df,
					mean_amount(e, sides), ret_df));
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

/* Welch's degrees of freedom, from how many things there are on each side. */
static double welch_df(const double count[SIDES], const double variance[SIDES])
{
	double sum = variance[BEFORE] + variance[AFTER], of = 0;

	for (size_t s = 0; s < SIDES; s++)
		of += variance[s] * variance[s] / fmax(count[s] - 1, 1);
	return of > 0 ? fmax(sum * sum / of, 1) : INFINITY;
}

/*
 * How many things there are on each side whose lengths are what varies: waits; or, where waits are not
 * counted, units of time, of which those do not count in which next to nothing is off the mean. Three
 * times the ratio of the moments is the number of all units when what they are off is normal.
 */
static void count_things(const struct evidence *e, const struct side_sums sides[SIDES],
			 const struct unrest *unrest, double ret_count[SIDES])
{
	for (size_t s = 0; s < SIDES; s++) {
		ret_count[s] = INFINITY;
		if (e->measure == MEASURE_WAITS)
			ret_count[s] = sides[s].sums.waits;
		else if (e->source == SPREAD_SLICES && unrest->fourth[s] > 0)
			ret_count[s] = 3 * unrest->fine[s] * unrest->fine[s] / unrest->fourth[s];
	}
}

static void times_test(const struct evidence *e, const struct side_sums sides[SIDES],
		       const struct unrest *unrest, double dispersion, double df,
		       struct change *change)
{
	double variance[SIDES], count[SIDES], off = sides[AFTER].rate - sides[BEFORE].rate;
	double error, t;

	for (size_t s = 0; s < SIDES; s++)
		variance[s] = dispersion * sides[s].variance / e->exposure[s];
	error = sqrt(variance[BEFORE] + variance[AFTER]);
	if (!(error > 0)) {
		change->low = change->high = off;
		change->p = off == 0 ? 1 : NAN;
		return;
	}
	count_things(e, sides, unrest, count);
	df = fmin(df, welch_df(count, variance));
	t = t_table_at(&e->quantiles, df);
	change->low = off - t * error;
	change->high = off + t * error;
	change->p = t_two_sided(off / error, df);
}

struct change evidence_of(const struct evidence *e, const struct unit_sums *sums,
			  const struct unrest *unrest)
{
	struct change change = {.low = NAN, .high = NAN, .p = NAN};
	struct side_sums sides[SIDES];
	double more, df;

	add_sides(e, sums, sides);
	change.before = sides[BEFORE].rate * e->points;
	change.after = sides[AFTER].rate * e->points;
	if (e->source == SPREAD_NONE)
		return change;
	more = dispersion(e, sums, unrest, sides, &df);
	if (e->measure == MEASURE_COUNTS) {
		counts_interval(e, sides, more, t_table_at(&e->quantiles, df), &change);
		change.p = counts_p(e, sides, more, df);
	} else {
		times_test(e, sides, unrest, more, df, &change);
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
