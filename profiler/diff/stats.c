// SPDX-License-Identifier: GPL-2.0-or-later
/* Distributions and the control of false discoveries; see stats.h. */
#include "profiler/diff/stats.h"

#include <math.h>
#include <stdlib.h>

/* Beyond this many degrees of freedom Student's t is normal to all the digits that count. */
#define DF_NORMAL 1e6

/* The continued fraction of the incomplete beta function (A & S 26.5.8), by Lentz' method. */
static double beta_fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double c = 1, d = 1 - (a + b) * x / (a + 1);
	double h;

	d = 1 / (fabs(d) < tiny ? tiny : d);
	h = d;
	for (int m = 1; m <= 300; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		h *= d * c;
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		step = d * c;
		h *= step;
		if (fabs(step - 1) < 1e-14)
			break;
	}
	return h;
}

double incomplete_beta(double a, double b, double x)
{
	double front;

	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double t_two_sided(double t, double df)
{
	if (isnan(t))
		return 1;
	if (df >= DF_NORMAL)
		return erfc(fabs(t) / M_SQRT2);
	return incomplete_beta(df / 2, 0.5, df / (df + t * t));
}

double t_quantile(double two_sided, double df)
{
	double low = 0, high = 1;

	while (t_two_sided(high, df) > two_sided && high < 1e12)
		high *= 2;
	for (int i = 0; i < 80; i++) {
		double middle = (low + high) / 2;

		if (t_two_sided(middle, df) > two_sided)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

/* Dense where the quantile bends; between them it is nearly straight in 1 / df. */
static const double table_df[T_TABLE_LEN] = {1, 1.15, 1.35, 1.6, 2,  2.5, 3,  4,   5,	6,
					     8, 10,   13,   17,	 24, 40,  60, 120, 400, INFINITY};

void t_table_init(struct t_table *table)
{
	for (size_t i = 0; i < T_TABLE_LEN; i++)
		table->quantiles[i] = t_quantile(0.05, table_df[i]);
}

double t_table_at(const struct t_table *table, double df)
{
	double part;
	size_t i = 1;

	if (!(df > 1))
		return table->quantiles[0];
	while (i < T_TABLE_LEN - 1 && df > table_df[i])
		i++;
	part = (1 / table_df[i - 1] - 1 / df) / (1 / table_df[i - 1] - 1 / table_df[i]);
	return table->quantiles[i - 1] + part * (table->quantiles[i] - table->quantiles[i - 1]);
}

/* Recurrence up to where the asymptotic series (A & S 6.3.18, 6.4.12) has all digits. */
double digamma(double x)
{
	double sum = 0, square;

	while (x < 10) {
		sum -= 1 / x;
		x++;
	}
	square = 1 / (x * x);
	return sum + log(x) - 0.5 / x -
	       square * (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252 - square / 240)));
}

double trigamma(double x)
{
	double sum = 0, square;

	while (x < 10) {
		sum += 1 / (x * x);
		x++;
	}
	square = 1 / (x * x);
	return sum + 1 / x + square / 2 +
	       square / x * (1.0 / 6 - square * (1.0 / 30 - square * (1.0 / 42 - square / 30)));
}

double trigamma_inverse(double y)
{
	double low = 1e-8, high = 1e8;

	for (int i = 0; i < 120; i++) {
		double middle = sqrt(low * high);

		if (trigamma(middle) > y)
			low = middle;
		else
			high = middle;
	}
	return sqrt(low * high);
}

/* Factor by factor: of large n, the difference of two gammas has no digits left. */
static double log_choose(int64_t n, int64_t k)
{
	double sum = 0;

	for (int64_t i = 0; i < k; i++)
		sum += log((double)(n - i) / (double)(i + 1));
	return sum;
}

static double twice_smaller(double low_tail, double high_tail)
{
	double p = 2 * (low_tail < high_tail ? low_tail : high_tail);

	return p < 1 ? p : 1;
}

double binomial_two_sided(int64_t k, int64_t n, double p)
{
	double log_mass = (double)n * log1p(-p), low = 0, high = 0;

	for (int64_t i = 0; i <= n; i++) {
		double mass = exp(log_mass);

		log_mass += log((double)(n - i) / (double)(i + 1) * p / (1 - p));
		low += i <= k ? mass : 0;
		high += i >= k ? mass : 0;
	}
	return twice_smaller(low, high);
}

double hypergeometric_two_sided(int64_t k, int64_t n, int64_t whole_a, int64_t whole_b)
{
	int64_t least = n > whole_b ? n - whole_b : 0, most = n < whole_a ? n : whole_a;
	double log_mass = log_choose(whole_a, least) + log_choose(whole_b, n - least) -
			  log_choose(whole_a + whole_b, n);
	double low = 0, high = 0;

	for (int64_t i = least; i <= most; i++) {
		double mass = exp(log_mass);

		low += i <= k ? mass : 0;
		high += i >= k ? mass : 0;
		if (i < most)
			log_mass += log((double)(whole_a - i) / (double)(i + 1) * (double)(n - i) /
					(double)(whole_b - n + i + 1));
	}
	return twice_smaller(low, high);
}

static int compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

double discovery_threshold(double *p, size_t count, double level)
{
	if (!count)
		return -1;
	qsort(p, count, sizeof(*p), compare_doubles);
	for (size_t i = count; i-- > 0;) {
		if (p[i] <= level * (double)(i + 1) / (double)count)
			return p[i];
	}
	return -1;
}

/* ---- spread --------------------------------------------------------------------------------- */

/* What is learnt from the others never outweighs this many observations of the function itself. */
#define PRIOR_DF_MAX 50.0

/* By how much the part that grows may outweigh the other at a mean of 1: steps of a factor of 2. */
#define GROWTH_FROM -40
#define GROWTH_TO   40

/* The base that fits best for a growth: the mean of what is left. */
static double base_for(const struct spread_point *points, size_t count, double per_mean)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += fmax(points[i].spread, SPREAD_LEAST) / (1 + per_mean * points[i].mean);
	return sum / (double)count;
}

/* How badly it fits: minus the logarithm of the likelihood, estimates of spread being gamma. */
static double misfit(const struct spread_point *points, size_t count, double per_mean)
{
	double sum = (double)count * log(base_for(points, count, per_mean));

	for (size_t i = 0; i < count; i++)
		sum += log1p(per_mean * points[i].mean);
	return sum;
}

/* Growth that does not make the fit much better than none (chi-square, 5 %) is not there. */
#define GROWTH_WORTH 1.92

static double fit_growth(const struct spread_point *points, size_t count, double df)
{
	double best = misfit(points, count, 0) - GROWTH_WORTH / (df / 2), growth = 0;

	for (int step = GROWTH_FROM * 4; step <= GROWTH_TO * 4; step++) {
		double per_mean = exp2(step / 4.0), fit = misfit(points, count, per_mean);

		if (fit < best) {
			best = fit;
			growth = per_mean;
		}
	}
	return growth;
}

double spread_expected(const struct spread_prior *prior, double mean)
{
	return prior->base * (1 + prior->per_mean * mean);
}

struct spread_prior spread_fit(const struct spread_point *points, size_t count, double df)
{
	struct spread_prior prior = {.base = 1};
	double mean = 0, squares = 0, excess;

	if (count < 3)
		return prior;
	prior.per_mean = fit_growth(points, count, df);
	/* From here on as Smyth does: moments of the logarithms, corrected for what taking them adds. */
	for (size_t i = 0; i < count; i++) {
		double spread = fmax(points[i].spread, SPREAD_LEAST);
		double off = log(spread / spread_expected(&prior, points[i].mean)) -
			     digamma(df / 2) + log(df / 2);

		mean += off;
		squares += off * off;
	}
	mean /= (double)count;
	excess = (squares - (double)count * mean * mean) / (double)(count - 1) - trigamma(df / 2);
	prior.df = excess > 0 ? fmin(2 * trigamma_inverse(excess), PRIOR_DF_MAX) : PRIOR_DF_MAX;
	prior.base = exp(mean + digamma(prior.df / 2) - log(prior.df / 2));
	for (size_t i = 0; i < count; i++)
		prior.typical += spread_expected(&prior, points[i].mean) / (double)count;
	return prior;
}
