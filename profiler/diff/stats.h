/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Distributions and the control of false discoveries: the mathematics of a
 * comparison, which knows nothing of profiles. Sources: Abramowitz & Stegun,
 * Handbook of Mathematical Functions, 6.3, 6.4, 26.5; Benjamini & Hochberg
 * (1995); Smyth, Linear models and empirical Bayes methods (2004), for what
 * spread_fit() does with many small samples of one spread.
 */
#ifndef BOLOMETER_DIFF_STATS_H
#define BOLOMETER_DIFF_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The probability that Student's t with `df` degrees of freedom is beyond +-t; INFINITY: normal. */
double t_two_sided(double t, double df);

/* The t that it is beyond with probability `two_sided`, between 0 and 1. */
double t_quantile(double two_sided, double df);

/* The quantiles of 5 % for any number of degrees of freedom, quickly and to a tenth of a percent. */
#define T_TABLE_LEN 20
struct t_table {
	double quantiles[T_TABLE_LEN];
};

void t_table_init(struct t_table *table);
double t_table_at(const struct t_table *table, double df);

/* Regularised incomplete beta function I_x(a, b). */
double incomplete_beta(double a, double b, double x);

/* Derivatives of the logarithm of the gamma function, x > 0, and the x of a given second one. */
double digamma(double x);
double trigamma(double x);
double trigamma_inverse(double y);

/*
 * Exact two-sided tests: twice the smaller tail, at most 1. How unlikely k or further out is when
 * of n events each belongs to a side with probability p; and when n of the whole_a + whole_b things
 * are drawn, of which whole_a are on a side. n is small; the wholes may be as large as a double tells exactly.
 */
double binomial_two_sided(int64_t k, int64_t n, double p);
double hypergeometric_two_sided(int64_t k, int64_t n, int64_t whole_a, int64_t whole_b);

/*
 * The largest p of those that may be called discoveries with at most `level` of them false, on
 * average (Benjamini-Hochberg); negative when there is none. Sorts p.
 */
double discovery_threshold(double *p, size_t count, double level);

/*
 * What is known about spread before one looks at a single function, and how many degrees of freedom
 * that is worth. Spread has a part that is the same for all and one that grows with the mean: what
 * goes up and down by so many percent from run to run is noisier the more of it there is.
 */
struct spread_prior {
	double df;	       /* 0: nothing is known; never infinite */
	double base, per_mean; /* the spread is base * (1 + per_mean * mean) */
	double typical;	       /* what is expected of the functions, in the middle */
};

/* A spread of 0 has no logarithm; one is seen where few counts happen to be alike. */
#define SPREAD_LEAST 1e-4

/* One function's own estimate of the spread. */
struct spread_point {
	double mean;   /* > 0 */
	double spread; /* >= 0, from the degrees of freedom that all have */
};

/* With `df` degrees of freedom behind each point. */
struct spread_prior spread_fit(const struct spread_point *points, size_t count, double df);

/* What the prior expects at this mean. */
double spread_expected(const struct spread_prior *prior, double mean);

#endif
