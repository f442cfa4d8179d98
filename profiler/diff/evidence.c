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

#include <assert.h>
#include <errno.h>
#include <math.h>

#include "profiler/diff/blocks.h"
#include "profiler/diff/dispersion.h"

/* Up to this many events probabilities are counted out as well, since few are not normal. */
#define EXACT_MAX 60

/* With fewer events in both sides together hardly any division of them would be evidence. */
#define TESTABLE_EVENTS 10

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

void evidence_use_time(struct evidence *e, const struct unit_grid *grid)
{
	if (e->source == SPREAD_REPEATS || !grid->nr_units)
		return;
	e->grid = *grid;
	e->source = SPREAD_SLICES;
	e->of_self.growth = e->of_total.growth = 1;
}

static bool mostly_unseen(const struct side_sums sides[SIDES])
{
	double unseen = sides[BEFORE].sums.unseen + sides[AFTER].sums.unseen;

	return 2 * unseen > sides[BEFORE].sums.amount + sides[AFTER].sums.amount;
}

bool evidence_testable(const struct evidence *e, const struct unit_sums *sums,
		       const struct unrest *unrest)
{
	struct side_sums sides[SIDES];
	size_t have = 0;

	sides_init(sides, e, sums);
	if (e->source == SPREAD_NONE || (sides[BEFORE].variance <= 0 && sides[AFTER].variance <= 0))
		return false;
	/* That it is steady within captures says nothing where it was spread out over them. */
	if (e->source == SPREAD_SLICES && mostly_unseen(sides))
		return false;
	if (e->measure == MEASURE_COUNTS)
		return sides[BEFORE].sums.amount + sides[AFTER].sums.amount >= TESTABLE_EVENTS;
	if (e->measure == MEASURE_WAITS)
		return sides[BEFORE].sums.waits + sides[AFTER].sums.waits >= TESTABLE_EVENTS;
	if (e->source == SPREAD_SLICES) {
		assert(unrest);
		return unrest->busy >= e->grid.nr_units;
	}
	for (size_t u = 0; u < e->nr_units; u++)
		have += sums[u].amount > 0;
	return 2 * have >= e->nr_units;
}

bool evidence_keeps_units(const struct evidence *e, const struct unit_sums *sums)
{
	return e->measure == MEASURE_WAITS && e->normalisation != NORMALISE_TOTAL &&
	       evidence_testable(e, sums, NULL);
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

/*
 * Where units of time tell waits apart well enough it is counted out how these could have divided
 * among the sides. Whether they do is decided without a look at how they did.
 */
#define BLOCKS_WORTH 2.0

/*
 * The shorter one of two captures lacks the longest waits more often than not, and does not know how
 * unsure that makes it. So of few waits blocks decide all the same, as little as they may find.
 */
#define LENGTHS_ALIKE	  2.0
#define WAITS_SHOW_LENGTH 100

static bool lacks_long_waits(const struct evidence *e, const struct side_sums sides[SIDES])
{
	double before = e->exposure[BEFORE], after = e->exposure[AFTER];

	return fmax(before, after) > LENGTHS_ALIKE * fmin(before, after) &&
	       sides[before < after ? BEFORE : AFTER].sums.waits < WAITS_SHOW_LENGTH;
}

static bool make_blocks(const struct evidence *e, const struct side_sums sides[SIDES],
			const struct unrest *unrest, struct blocks *ret_blocks)
{
	double squares = 0;

	*ret_blocks = (struct blocks){0};
	if (e->source != SPREAD_SLICES || !unrest->units || e->measure != MEASURE_WAITS ||
	    e->normalisation == NORMALISE_TOTAL)
		return false;
	for (size_t s = 0; s < SIDES; s++) {
		squares += sides[s].sums.squares;
		blocks_add(ret_blocks, &unrest->units[s * e->grid.nr_units], e->grid.nr_units,
			   sides[s].sums.squares);
	}
	return ret_blocks->squares <= BLOCKS_WORTH * squares || lacks_long_waits(e, sides);
}

/*
 * Its interval ends where the test would: that end is moved that lies towards no change. The other one
 * is where the lengths of the waits put it, as far as they can.
 */
static void blocks_test(const struct evidence *e, const struct side_sums sides[SIDES],
			const struct blocks *blocks, double dispersion, double df,
			struct change *change)
{
	double share = e->exposure[AFTER] / (e->exposure[BEFORE] + e->exposure[AFTER]);
	double off = sides[AFTER].rate - sides[BEFORE].rate, reach, t;

	t = t_quantile(blocks_p(blocks, share, sides[AFTER].sums.amount, dispersion), INFINITY);
	change->p = t_two_sided(t, df);
	if (change->p > 0.5)
		return;
	reach = fabs(off) * t_table_at(&e->quantiles, df) / t;
	change->low = off > 0 ? off - reach : fmin(change->low, off - reach);
	change->high = off > 0 ? fmax(change->high, off + reach) : off + reach;
}

/*
 * Waits that are cut by the ends of the captures do not go up and down within them: they are as steady
 * as can be, and were other ones the next time. Where waits are not counted that is added here.
 */
static double cut_variance(const struct evidence *e, const struct side_sums *side, double exposure)
{
	bool part = e->normalisation == NORMALISE_TOTAL;
	double rest = part ? fmax(1 - side->rate, 0) : 1;

	if (e->source != SPREAD_SLICES || e->measure != MEASURE_TIMES)
		return 0;
	return side->sums.cut * rest * rest / (exposure * exposure);
}

static void times_test(const struct evidence *e, const struct side_sums sides[SIDES],
		       const struct unrest *unrest, double dispersion, double df,
		       struct change *change)
{
	double variance[SIDES], count[SIDES], off = sides[AFTER].rate - sides[BEFORE].rate;
	double within, all = 0, error, t, things_df;
	struct blocks blocks;

	for (size_t s = 0; s < SIDES; s++) {
		variance[s] = dispersion * sides[s].variance / e->exposure[s];
		all += variance[s] + cut_variance(e, &sides[s], e->exposure[s]);
	}
	within = variance[BEFORE] + variance[AFTER];
	error = sqrt(all);
	if (!(error > 0)) {
		change->low = change->high = off;
		change->p = off == 0 ? 1 : NAN;
		return;
	}
	count_things(e, sides, unrest, count);
	/* The lengths of waits that are cut are known: only the rest of the variance is estimated. */
	things_df = fmin(df, welch_df(count, variance)) * (all / within) * (all / within);
	t = t_table_at(&e->quantiles, things_df);
	change->low = off - t * error;
	change->high = off + t * error;
	change->p = t_two_sided(off / error, things_df);
	if (make_blocks(e, sides, unrest, &blocks))
		blocks_test(e, sides, &blocks, dispersion, df, change);
}

struct change evidence_of(const struct evidence *e, const struct unit_sums *sums,
			  const struct unrest *unrest)
{
	struct change change = {.low = NAN, .high = NAN, .p = NAN};
	struct side_sums sides[SIDES];
	double more, df;

	sides_init(sides, e, sums);
	change.before = sides[BEFORE].rate * e->points;
	change.after = sides[AFTER].rate * e->points;
	if (e->source == SPREAD_NONE)
		return change;
	more = dispersion_of(e, sums, unrest, sides, &df);
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
