// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is called a change, over many simulated comparisons: where nothing changed, next to nothing;
 * where something did, that. A program of 60 functions whose shares fall as 1/n, most of them below
 * 1 %, called by five others.
 */
#include "tests/unit/diff_fixture.h"

#define FUNCTIONS 60
#define CALLERS	  5

struct program {
	double samples; /* of a file, in the mean */
	double noise;	/* of each function from file to file, relative */
	size_t repeats; /* files a side */
	size_t changed; /* which function is slower in the second side */
	double slower;	/* by what factor; 1: nothing changed */
};

static double weight(size_t function)
{
	double sum = 0;

	for (size_t i = 0; i < FUNCTIONS; i++)
		sum += 1.0 / (double)(i + 1);
	return 1.0 / (double)(function + 1) / sum;
}

static void add_stack(struct profile *profile, size_t function, const int64_t *values)
{
	char stack[64];

	snprintf(stack, sizeof(stack), "main;caller_%zu;function_%zu", function % CALLERS,
		 function);
	fixture_add(profile, stack, values);
}

static struct profile *simulate(const struct program *program, bool after, uint64_t *random)
{
	struct profile *profile = fixture_profile(fixture_samples, 1);

	for (size_t i = 0; i < FUNCTIONS; i++) {
		double factor = after && i == program->changed ? program->slower : 1;
		double noise = exp(program->noise * random_normal(random));
		int64_t count =
			random_poisson(random, program->samples * weight(i) * factor * noise);

		if (count)
			add_stack(profile, i, &count);
	}
	return profile;
}

static void compare(struct fixture *f, const struct program *program, uint64_t *random)
{
	fixture_begin(f);
	for (size_t side = 0; side < SIDES; side++) {
		for (size_t i = 0; i < program->repeats; i++)
			fixture_side(f, (enum side)side, simulate(program, side == AFTER, random));
	}
	fixture_compare(f, NORMALISE_TOTAL, 0.5);
}

static struct outcome repeat(const struct program *program, size_t times, uint64_t seed)
{
	struct outcome outcome = {0};
	char changed[32];

	snprintf(changed, sizeof(changed), "function_%zu", program->changed);
	for (size_t i = 0; i < times; i++) {
		struct fixture f;

		compare(&f, program, &seed);
		outcome_add(&outcome, &f, changed);
		fixture_end(&f);
	}
	print_message(
		"# %g samples, noise %g, %zu a side, %g x: %zu tests, %zu moved, in %zu of %zu; "
		"found %zu\n",
		program->samples, program->noise, program->repeats, program->slower, outcome.tests,
		outcome.moved, outcome.any, times, outcome.found);
	return outcome;
}

#define TIMES 200

/*
 * Where nothing changed at all every discovery is a false one, and the promise is that they occur
 * in 5 % of the comparisons; 200 of them show more than 8 % with a chance of 3 in 100.
 */
static void nothing_changed(void **state)
{
	static const struct program programs[] = {
		{.samples = 300, .repeats = 1, .slower = 1},
		{.samples = 3000, .repeats = 1, .slower = 1},
		{.samples = 100000, .repeats = 1, .slower = 1},
		{.samples = 3000, .repeats = 3, .slower = 1},
		{.samples = 3000, .repeats = 2, .noise = 0.1, .slower = 1},
		{.samples = 3000, .repeats = 3, .noise = 0.1, .slower = 1},
		{.samples = 30000, .repeats = 3, .noise = 0.1, .slower = 1},
		{.samples = 30000, .repeats = 5, .noise = 0.3, .slower = 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		struct outcome outcome = repeat(&programs[i], TIMES, 1000 + i);

		assert_true(outcome.tests > 5 * TIMES);
		assert_in_range(outcome.any, 0, TIMES * 8 / 100);
		assert_in_range(outcome.moved, 0, outcome.tests * 5 / 100);
	}
}

/* 3 points more of the whole, in a function that has 10 %; and 3 % more of one that has 21 %. */
static void changes_are_found(void **state)
{
	static const struct program programs[] = {
		{.samples = 10000, .repeats = 1, .changed = 1, .slower = 1.3},
		{.samples = 400000, .repeats = 1, .changed = 0, .slower = 1.03},
		{.samples = 5000, .repeats = 3, .noise = 0.03, .changed = 1, .slower = 1.3},
		{.samples = 30000, .repeats = 5, .noise = 0.05, .changed = 1, .slower = 1.3},
	};

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		struct outcome outcome = repeat(&programs[i], TIMES, 2000 + i);

		assert_in_range(outcome.found, TIMES * 90 / 100 + 1, TIMES);
	}
}

/* The interval holds the true difference in 95 of 100, whether anything is called a change or not. */
static void intervals_hold_the_truth(void **state)
{
	static const struct program programs[] = {
		{.samples = 2000, .repeats = 1, .changed = 1, .slower = 1.3},
		{.samples = 2000, .repeats = 4, .noise = 0.1, .changed = 1, .slower = 1.3},
	};
	uint64_t random = 5;

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		const struct program *program = &programs[i];
		double whole = 1 + weight(1) * (program->slower - 1);
		double wanted = 100 * (weight(1) * program->slower / whole - weight(1));
		size_t inside = 0;

		for (size_t k = 0; k < TIMES; k++) {
			const struct change *change;
			struct fixture f;

			compare(&f, program, &random);
			change = fixture_total(&f, "function_1");
			inside += change->low <= wanted && wanted <= change->high;
			fixture_end(&f);
		}
		print_message("# inside %zu of %d\n", inside, TIMES);
		assert_in_range(inside, TIMES * 92 / 100, TIMES);
	}
}

/* ---- waits ---------------------------------------------------------------------------------- */

#define WAITERS 30

/* Waits with a heavy tail that begin independently; more of them the smaller the number. */
static struct profile *simulate_waits(double seconds, double slower, uint64_t *random)
{
	struct profile *profile = fixture_profile(fixture_waits, 4);

	profile->about.duration_ns = (uint64_t)(seconds * 1e9);
	for (size_t i = 0; i < WAITERS; i++) {
		int64_t waits = random_poisson(random, 40 * seconds / (double)(i + 1));
		int64_t values[4] = {0, waits};

		for (int64_t k = 0; k < waits; k++) {
			double ns = 2e6 * exp(random_normal(random)) * (i ? 1 : slower);

			values[0] += (int64_t)ns;
			values[2] = (int64_t)ns > values[2] ? (int64_t)ns : values[2];
			values[3] += llround(ns / 1e5 * (ns / 1e5));
		}
		if (waits)
			add_stack(profile, i, values);
	}
	return profile;
}

static void waits_by_time(void **state)
{
	size_t any = 0, found = 0;
	uint64_t random = 99;

	for (int i = 0; i < 2 * TIMES; i++) {
		bool slower = i >= TIMES;
		struct fixture f;

		fixture_begin(&f);
		fixture_side(&f, BEFORE, simulate_waits(100, 1, &random));
		fixture_side(&f, AFTER,
			     simulate_waits(slower ? 80 : 100, slower ? 1.3 : 1, &random));
		fixture_compare(&f, NORMALISE_AUTO, 0.5);
		assert_int_equal(f.comparison.normalisation, NORMALISE_TIME);
		assert_int_equal(f.comparison.spread, SPREAD_WAITS);
		any += !slower && f.comparison.nr_moved > 0;
		found += slower && fixture_total(&f, "function_0")->verdict == VERDICT_MORE;
		fixture_end(&f);
	}
	print_message("# waits: moved in %zu of %d, found %zu\n", any, TIMES, found);
	assert_in_range(any, 0, TIMES * 8 / 100);
	assert_in_range(found, TIMES * 90 / 100 + 1, TIMES);
}

/* Times of which nothing else is known need repeats. */
static struct profile *simulate_times(double slower, uint64_t *random)
{
	struct profile *profile = fixture_profile(fixture_times, 1);

	profile->about.duration_ns = 10000000000;
	for (size_t i = 0; i < WAITERS; i++) {
		int64_t ns = llround(1e9 / (double)(i + 1) * exp(0.1 * random_normal(random)) *
				     (i ? 1 : slower));

		add_stack(profile, i, &ns);
	}
	return profile;
}

static void times_with_repeats(void **state)
{
	size_t any = 0, found = 0;
	uint64_t random = 17;

	for (int i = 0; i < 2 * TIMES; i++) {
		bool slower = i >= TIMES;
		struct fixture f;

		fixture_begin(&f);
		for (int k = 0; k < 4; k++) {
			fixture_side(&f, BEFORE, simulate_times(1, &random));
			fixture_side(&f, AFTER, simulate_times(slower ? 1.6 : 1, &random));
		}
		fixture_compare(&f, NORMALISE_AUTO, 0.5);
		assert_int_equal(f.comparison.spread, SPREAD_REPEATS);
		any += !slower && f.comparison.nr_moved > 0;
		found += slower && fixture_total(&f, "function_0")->verdict == VERDICT_MORE;
		fixture_end(&f);
	}
	print_message("# times: moved in %zu of %d, found %zu\n", any, TIMES, found);
	assert_in_range(any, 0, TIMES * 8 / 100);
	assert_in_range(found, TIMES * 90 / 100 + 1, TIMES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changed),	    cmocka_unit_test(changes_are_found),
		cmocka_unit_test(intervals_hold_the_truth), cmocka_unit_test(waits_by_time),
		cmocka_unit_test(times_with_repeats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
