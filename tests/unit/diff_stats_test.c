// SPDX-License-Identifier: GPL-2.0-or-later
/* The mathematics of comparisons, against closed forms and exact enumeration. */
#include "tests/unit/unit.h"

#include <math.h>

#include "profiler/diff/stats.h"

#define CLOSE(got, wanted, by)                                                      \
	do {                                                                        \
		double got_ = (got), wanted_ = (wanted);                            \
		if (!(fabs(got_ - wanted_) <= (by)*fmax(fabs(wanted_), 1e-300)))    \
			fail_msg("%s is %.12g, wanted %.12g", #got, got_, wanted_); \
	} while (0)

static void t_has_its_closed_forms(void **state)
{
	for (double t = 0.01; t < 50; t *= 1.3) {
		/* df 1: Cauchy; df 2: algebraic; df 3: both; infinite: the error function. */
		CLOSE(t_two_sided(t, 1), 1 - 2 / M_PI * atan(t), 1e-9);
		CLOSE(t_two_sided(-t, 2), 1 - t / sqrt(2 + t * t), 1e-8);
		CLOSE(t_two_sided(t, 3),
		      1 - 2 / M_PI * (atan(t / sqrt(3)) + t / sqrt(3) / (1 + t * t / 3)), 1e-6);
		if (t < 8) {
			CLOSE(t_two_sided(t, INFINITY), erfc(t / M_SQRT2), 1e-12);
			CLOSE(t_two_sided(t, 5e5), erfc(t / M_SQRT2), 2e-3);
		}
	}
	assert_true(t_two_sided(NAN, 5) == 1);
	assert_true(t_two_sided(0, 5) == 1);
}

/* The incomplete beta function of whole numbers is a tail of a binomial distribution. */
static void beta_is_a_binomial_tail(void **state)
{
	for (int n = 1; n <= 30; n++) {
		for (int a = 1; a <= n; a++) {
			for (double x = 0.05; x < 1; x += 0.15) {
				double tail = 0, choose = 1;

				for (int i = 0; i <= n; i++) {
					if (i >= a)
						tail += choose * pow(x, i) * pow(1 - x, n - i);
					choose = choose * (n - i) / (i + 1);
				}
				CLOSE(incomplete_beta(a, n - a + 1, x), tail, 1e-9);
			}
		}
	}
}

static void quantiles_are_inverse(void **state)
{
	struct t_table table;

	t_table_init(&table);
	CLOSE(t_quantile(0.05, INFINITY), 1.959963985, 1e-9);
	CLOSE(t_quantile(0.05, 1), tan(M_PI * 0.475), 1e-9);
	CLOSE(t_quantile(0.05, 2), sqrt(2 / (0.05 * 1.95)) * 0.95, 1e-9);
	for (double df = 1; df < 1e4; df *= 1.07) {
		CLOSE(t_two_sided(t_quantile(0.01, df), df), 0.01, 1e-8);
		CLOSE(t_table_at(&table, df), t_quantile(0.05, df), df < 8 ? 0.02 : 0.005);
	}
	CLOSE(t_table_at(&table, INFINITY), 1.959963985, 1e-9);
	CLOSE(t_table_at(&table, 0.3), t_quantile(0.05, 1), 1e-9);
}

static void gammas(void **state)
{
	const double euler = 0.57721566490153286;

	CLOSE(digamma(1), -euler, 1e-9);
	CLOSE(digamma(0.5), -euler - 2 * M_LN2, 1e-9);
	CLOSE(trigamma(1), M_PI * M_PI / 6, 1e-9);
	CLOSE(trigamma(0.5), M_PI * M_PI / 2, 1e-9);
	for (double x = 0.1; x < 300; x *= 1.2) {
		CLOSE(digamma(x + 1), digamma(x) + 1 / x, 1e-8);
		CLOSE(trigamma_inverse(trigamma(x)), x, 1e-6);
	}
}

static void exact_tests(void **state)
{
	/* Ten of ten on one side: twice 2^-10. */
	CLOSE(binomial_two_sided(10, 10, 0.5), 2.0 / 1024, 1e-9);
	CLOSE(binomial_two_sided(5, 10, 0.5), 1, 1e-9);
	CLOSE(binomial_two_sided(0, 10, 0.3), 2 * pow(0.7, 10), 1e-9);
	/* Fisher's tea: 3 of 4 right. */
	CLOSE(hypergeometric_two_sided(3, 4, 4, 4), 2 * 17.0 / 70, 1e-9);
	CLOSE(hypergeometric_two_sided(4, 4, 4, 4), 2.0 / 70, 1e-9);
	/* Of wholes without end it is the binomial one. */
	CLOSE(hypergeometric_two_sided(3, 20, 30000000, 70000000), binomial_two_sided(3, 20, 0.3),
	      1e-4);
	CLOSE(hypergeometric_two_sided(3, 20, 3000000000000000, 7000000000000000),
	      binomial_two_sided(3, 20, 0.3), 1e-9);
	/* More than one side has: the rest must be on the other. */
	CLOSE(hypergeometric_two_sided(10, 10, 10, 3), 2.0 / 286, 1e-9);
	CLOSE(hypergeometric_two_sided(9, 10, 10, 3), 2 * 31.0 / 286, 1e-9);
}

/* Of exact tests the chance of p below a level is at most the level. */
static void exact_tests_hold_their_level(void **state)
{
	for (int n = 5; n <= 60; n += 5) {
		for (double share = 0.1; share < 1; share += 0.2) {
			double mass[61], below = 0, q = pow(1 - share, n);

			for (int k = 0; k <= n; k++) {
				mass[k] = q;
				q *= share / (1 - share) * (n - k) / (k + 1);
				below += binomial_two_sided(k, n, share) <= 0.05 ? mass[k] : 0;
			}
			assert_true(below <= 0.05 + 1e-9);
		}
	}
}

static void discoveries(void **state)
{
	double p[] = {0.04, 0.001, 0.8, 0.013, 0.012}, one[] = {0.05}, none[] = {0.2, 0.06};

	/* Ranks: 0.01, 0.02, 0.03, 0.04, 0.05. */
	CLOSE(discovery_threshold(p, 5, 0.05), 0.04, 1e-12);
	CLOSE(discovery_threshold(one, 1, 0.05), 0.05, 1e-12);
	assert_true(discovery_threshold(none, 2, 0.05) < 0);
	assert_true(discovery_threshold(none, 0, 0.05) < 0);
}

static double uniform(uint64_t *random)
{
	return ((double)(random_u64(random) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *random)
{
	return sqrt(-2 * log(uniform(random))) * cos(2 * M_PI * uniform(random));
}

static double chi_square(uint64_t *random, int df)
{
	double sum = 0;

	for (int i = 0; i < df; i++) {
		double x = normal(random);

		sum += x * x;
	}
	return sum;
}

/* Spreads that were drawn from a known distribution are found again. */
static void spread_is_learnt(void **state)
{
	static struct spread_point points[4000];
	uint64_t random = 77;
	struct spread_prior prior;

	/* All have one spread: only the estimates scatter. */
	for (size_t i = 0; i < ARRAY_LEN(points); i++)
		points[i] = (struct spread_point){exp(3 + 4 * uniform(&random)),
						  2.5 * chi_square(&random, 4) / 4};
	prior = spread_fit(points, ARRAY_LEN(points), 4);
	CLOSE(spread_expected(&prior, 100), 2.5, 0.1);
	assert_true(prior.df > 45);
	assert_true(prior.per_mean < 1e-3);
	/* Spreads of their own, with 8 degrees of freedom, that grow with the mean. */
	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		double mean = exp(2 + 5 * uniform(&random));
		double own = (1 + 0.02 * mean) * 8 / chi_square(&random, 8);

		points[i] = (struct spread_point){mean, own * chi_square(&random, 4) / 4};
	}
	prior = spread_fit(points, ARRAY_LEN(points), 4);
	CLOSE(prior.per_mean, 0.02, 0.4);
	CLOSE(prior.df, 8, 0.25);
	CLOSE(spread_expected(&prior, 100), 3, 0.1);
	/* Two functions teach nothing. */
	prior = spread_fit(points, 2, 4);
	assert_true(prior.df == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_has_its_closed_forms),
		cmocka_unit_test(beta_is_a_binomial_tail),
		cmocka_unit_test(quantiles_are_inverse),
		cmocka_unit_test(gammas),
		cmocka_unit_test(exact_tests),
		cmocka_unit_test(exact_tests_hold_their_level),
		cmocka_unit_test(discoveries),
		cmocka_unit_test(spread_is_learnt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
