// SPDX-License-Identifier: GPL-2.0-or-later
/* How much amounts vary, and what is learnt of it; see dispersion.h. */
#include "profiler/diff/dispersion.h"

#include <math.h>

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

void sides_init(struct side_sums ret_sides[SIDES], const struct evidence *e,
		const struct unit_sums *sums)
{
	double all_squares[SIDES] = {0};

	for (size_t s = 0; s < SIDES; s++)
		ret_sides[s] = (struct side_sums){0};
	for (size_t u = 0; u < e->nr_units; u++) {
		struct side_sums *side = &ret_sides[e->units[u].side];

		side->sums.amount += sums[u].amount;
		side->sums.waits += sums[u].waits;
		side->sums.squares += sums[u].squares;
		side->sums.cut += sums[u].cut;
		side->sums.unseen += sums[u].unseen;
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

	sides_init(sides, e, sums);
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

/* Of fewer waits to a unit one thing's own spread is told by chance. */
static bool few_waits(const struct evidence *e, const struct side_sums sides[SIDES])
{
	double units = SIDES * (double)e->grid.nr_units;

	return e->measure == MEASURE_WAITS &&
	       sides[BEFORE].sums.waits + sides[AFTER].sums.waits < 5 * units;
}

void evidence_add_unrest(const struct evidence *e, const struct unit_sums *sums,
			 const struct unrest *unrest, struct unrest_points *points)
{
	double units = SIDES * (double)e->grid.nr_units, amount;
	struct spread_point *fine = &points->fine[points->count];
	struct spread_point *coarse = &points->coarse[points->count];
	struct side_sums sides[SIDES];

	sides_init(sides, e, sums);
	if (sides[BEFORE].variance <= 0 && sides[AFTER].variance <= 0)
		return;
	amount = sides[BEFORE].sums.amount + sides[AFTER].sums.amount;
	*fine = (struct spread_point){
		.mean = amount / units,
		.spread = unrest_chi(unrest->fine, sides) / e->grid.fine_df,
	};
	*coarse = (struct spread_point){
		.mean = amount / (SIDES * UNREST_GROUPS),
		.spread = unrest_chi(unrest->coarse, sides) / e->grid.coarse_df,
	};
	if (few_waits(e, sides) && evidence_testable(e, sums, unrest)) {
		points->few_fine += fine->spread;
		points->few_coarse += coarse->spread;
		points->nr_few++;
	}
	if (e->measure == MEASURE_COUNTS)
		points->count += fine->mean >= 5;
	else if (e->measure == MEASURE_WAITS)
		points->count += !few_waits(e, sides);
	else
		points->count += 2 * unrest->busy >= units;
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
static void learn_prior(const struct evidence *e, const struct unrest_points *points, double growth,
			struct unrest_prior *ret_prior)
{
	ret_prior->fine = spread_fit(points->fine, points->count, e->grid.fine_df);
	ret_prior->coarse = spread_fit(points->coarse, points->count, e->grid.coarse_df);
	ret_prior->growth = growth;
}

static double learn_growth(const struct evidence *e, const struct unrest_points *const all[2])
{
	double fine = 0, coarse = 0, ratios = 0, count = (double)(all[0]->count + all[1]->count);

	if (count < 3)
		return 1;
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
		return growth_of(e, exp(ratios / count), 1);
	return growth_of(e, fmax(fine, 0), coarse);
}

/* So many have to tell, and so many degrees of freedom it is worth, what those with few waits say. */
#define FEW_LEAST 5
#define FEW_DF	  30.0

/*
 * Spreads of few waits are not gamma: that of one of three is next to nothing in most units. Their mean
 * is right all the same, since variances are of the waits themselves.
 */
static void learn_few(const struct evidence *e, const struct unrest_points *const all[2],
		      struct unrest_prior *ret_few)
{
	double count = (double)(all[0]->nr_few + all[1]->nr_few), fine, coarse;

	if (count < FEW_LEAST)
		return;
	fine = (all[0]->few_fine + all[1]->few_fine) / count;
	coarse = (all[0]->few_coarse + all[1]->few_coarse) / count;
	ret_few->fine = (struct spread_prior){.df = FEW_DF, .base = fine, .typical = fine};
	ret_few->coarse = (struct spread_prior){.df = FEW_DF, .base = coarse, .typical = coarse};
	ret_few->growth = growth_of(e, fmax(fine - 1, 0), coarse - 1);
}

void evidence_learn_unrest(struct evidence *e, const struct unrest_points *self,
			   const struct unrest_points *total)
{
	const struct unrest_points *const all[] = {self, total};
	double growth = learn_growth(e, all);

	learn_prior(e, self, growth, &e->of_self);
	learn_prior(e, total, growth, &e->of_total);
	learn_few(e, all, &e->of_few);
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
static double grown(const struct evidence *e, const struct unrest_prior *prior, double spread)
{
	double least = e->measure == MEASURE_TIMES ? 0 : 1;

	return least + (at_least_model(e, spread) - least) * prior->growth;
}

/* What is known of things like this one. */
static const struct unrest_prior *prior_of(const struct evidence *e, const struct unrest *unrest,
					   const struct side_sums sides[SIDES])
{
	if (e->of_few.fine.df > 0 && few_waits(e, sides))
		return &e->of_few;
	return unrest->self ? &e->of_self : &e->of_total;
}

/* From units of time: the larger of what single ones and groups of them say. */
static double unrest_dispersion(const struct evidence *e, const struct unrest *unrest,
				const struct side_sums sides[SIDES], double *ret_df)
{
	double amount = sides[BEFORE].sums.amount + sides[AFTER].sums.amount;
	double fine_df, coarse_df;
	const struct unrest_prior *prior = prior_of(e, unrest, sides);
	double fine = shrink(&prior->fine, unrest_chi(unrest->fine, sides), e->grid.fine_df,
			     amount / (SIDES * (double)e->grid.nr_units), &fine_df);
	double coarse = shrink(&prior->coarse, unrest_chi(unrest->coarse, sides), e->grid.coarse_df,
			       amount / (SIDES * UNREST_GROUPS), &coarse_df);

	fine = at_least_model(e, fine);
	coarse = grown(e, prior, coarse);
	*ret_df = fine > coarse ? fine_df : coarse_df;
	return fmax(fine, coarse);
}

double evidence_dispersion(const struct evidence *e)
{
	if (e->measure == MEASURE_TIMES)
		return 1;
	if (e->source == SPREAD_SLICES && e->of_self.coarse.df > 0)
		return grown(e, &e->of_self, e->of_self.coarse.typical);
	if (e->source == SPREAD_SLICES && e->of_total.coarse.df > 0)
		return grown(e, &e->of_total, e->of_total.coarse.typical);
	return e->prior.df > 0 ? fmax(e->prior.typical, 1) : 1;
}

/* The dispersion of one thing. */
double dispersion_of(const struct evidence *e, const struct unit_sums *sums,
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
