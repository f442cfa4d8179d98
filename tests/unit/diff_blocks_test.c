// SPDX-License-Identifier: GPL-2.0-or-later
/* How blocks of waits divide among the sides, against all divisions one by one. */
#include "tests/unit/unit.h"

#include <math.h>

#include "profiler/diff/blocks.h"
#include "profiler/diff/stats.h"

#define FEW 12

/* Every subset of the blocks that may fall on the side. */
static double one_by_one(const struct blocks *blocks, double share, double amount,
			 double dispersion)
{
	double sum = 0, p = 0, off;

	for (size_t i = 0; i < blocks->count; i++)
		sum += blocks->amounts[i];
	off = fabs(amount - share * sum) / sqrt(dispersion);
	for (uint32_t set = 0; set < 1U << blocks->count; set++) {
		double chance = 1, has = 0;

		for (size_t i = 0; i < blocks->count; i++) {
			bool in = set >> i & 1;

			chance *= in ? share : 1 - share;
			has += in ? blocks->amounts[i] : 0;
		}
		p += fabs(has - share * sum) >= off * (1 - 1e-9) ? chance : 0;
	}
	return p;
}

/* Never less than it is, whatever the lengths; and with amounts that stand apart next to nothing more. */
static void as_one_by_one(void **state)
{
	static const double shares[] = {0.5, 0.2, 0.8};
	uint64_t random = 1;

	for (size_t k = 0; k < 300; k++) {
		struct blocks blocks = {.count = 1 + random_below(&random, FEW)};
		double share = shares[k % 3], dispersion = 1 + (double)(k % 4), amount = 0;
		double wanted, wider, p;

		for (size_t i = 0; i < blocks.count; i++) {
			blocks.amounts[i] = exp((double)random_below(&random, 1000) / 150);
			amount += random_below(&random, 2) ? blocks.amounts[i] : 0;
		}
		p = blocks_p(&blocks, share, amount, dispersion);
		wanted = one_by_one(&blocks, share, amount, dispersion);
		/* What is off by 2 % less is at least as likely as what rounding may add. */
		wider = one_by_one(&blocks, share, amount, dispersion * 1.04);
		assert_true(p >= wanted - 1e-12);
		assert_true(p <= wider + 0.02 || wanted > 0.9);
		assert_true(p == blocks_p(&blocks, share, amount, dispersion));
	}
}

/* Waits of equal length are counts. */
static void equal_waits_are_counts(void **state)
{
	struct blocks blocks = {.count = 20};

	for (size_t i = 0; i < blocks.count; i++)
		blocks.amounts[i] = 3;
	for (int k = 0; k <= 20; k++)
		assert_true(fabs(blocks_p(&blocks, 0.5, 3 * k, 1) -
				 binomial_two_sided(k, 20, 0.5)) < 1e-9);
	/* One that is all there is is no evidence, on whichever side. */
	blocks = (struct blocks){.amounts = {1e9}, .count = 1};
	assert_true(blocks_p(&blocks, 0.5, 0, 1) >= 1);
	assert_true(blocks_p(&blocks, 0.5, 1e9, 1) >= 1);
	blocks = (struct blocks){0};
	assert_true(blocks_p(&blocks, 0.5, 0, 1) >= 1);
}

/* A wait through four units is one block; others beside it stay apart. */
static void cut_waits_are_joined(void **state)
{
	static const float units[8] = {0, 1, 0, 6, 10, 10, 3, 1};
	struct blocks blocks = {0};
	double squares = 29 * 29 + 1 + 1;

	blocks_add(&blocks, units, 8, squares);
	assert_int_equal(blocks.count, 3);
	assert_true(fabs(blocks.squares - squares) < 1e-9);
	/* Units that hold the squares of their waits are left as they are. */
	blocks = (struct blocks){0};
	blocks_add(&blocks, units, 8, 10);
	assert_int_equal(blocks.count, 6);
	/* Squares that no joining explains end with what there is. */
	blocks = (struct blocks){0};
	blocks_add(&blocks, units, 8, 1e9);
	assert_int_equal(blocks.count, 2);
	/* A second side is added to the first. */
	blocks_add(&blocks, units, 8, 10);
	assert_int_equal(blocks.count, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_one_by_one),
		cmocka_unit_test(equal_waits_are_counts),
		cmocka_unit_test(cut_waits_are_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
