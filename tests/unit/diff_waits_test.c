// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits of one capture against those of one other, both with time slices: many and few, with heavy
 * tails, in bursts, and longer than a slice.
 */
#include "tests/unit/diff_fixture.h"

#define CALLERS 5
#define SLICES	80
#define LONGER	4 /* times as long the second capture may be */
#define WAITERS 30

struct waiting {
	double waits;  /* of the most frequent one in a capture; number n has 1/n of that */
	bool even;     /* or all have as many */
	double ms;     /* of a wait, in the middle; of Pareto's, at least */
	double tail;   /* of its logarithm: heavy from 1 on */
	double pareto; /* instead: the exponent; with less than 2 there is no variance */
	double burst;  /* noise of the number of waits in each slice, by the logarithm */
	double memory; /* correlation of that with the next one's */
	bool longer;   /* the second capture is */
	size_t changed;
	double slower; /* that waits as long, and that as often; of the latter 0 is 1 */
	double more;
};

/* A wait's time into the slices that it lasted through; what reaches out of the capture is cut. */
static int64_t spend(int64_t *in_slices, size_t slices, double from_slice, double ns)
{
	const double width_ns = 1e8;
	int64_t spent = 0;

	while (ns >= 1 && from_slice < (double)slices) {
		size_t slice = (size_t)from_slice;
		double room = ((double)(slice + 1) - from_slice) * width_ns;
		int64_t part = llround(ns < room ? ns : room);

		in_slices[slice] += part;
		spent += part;
		ns -= room;
		from_slice = (double)(slice + 1);
	}
	return spent;
}

static double random_wait_ns(const struct waiting *w, uint64_t *random)
{
	if (w->pareto > 0)
		return w->ms * 1e6 * pow(random_uniform(random), -1 / w->pareto);
	return w->ms * 1e6 * exp(w->tail * random_normal(random));
}

/* The waits of one slice. */
static void wait_in_slice(const struct waiting *w, size_t slice, size_t slices, double mean,
			  double slower, int64_t values[4], int64_t *in_slices, uint64_t *random)
{
	for (int64_t left = random_poisson(random, mean); left > 0; left--) {
		double from = (double)slice + random_uniform(random);
		int64_t spent = spend(in_slices, slices, from, slower * random_wait_ns(w, random));

		values[0] += spent;
		values[1]++;
		values[2] = spent > values[2] ? spent : values[2];
		values[3] += llround((double)spent / 1e5 * ((double)spent / 1e5));
	}
}

static struct profile *simulate_waits(const struct waiting *w, enum side side, bool squares,
				      uint64_t *random)
{
	struct profile *profile =
		squares ? fixture_profile(fixture_waits, 4) : fixture_profile(fixture_times, 1);
	size_t slices = side == AFTER && w->longer ? LONGER * SLICES : SLICES;

	fixture_slices(profile, slices);
	for (size_t i = 0; i < WAITERS; i++) {
		bool changed = side == AFTER && i == w->changed;
		double mean = w->waits / (w->even ? 1 : (double)(i + 1)) / SLICES;
		double wave = random_normal(random);
		int64_t values[4] = {0}, in_slices[LONGER * SLICES] = {0};

		mean *= changed && w->more > 0 ? w->more : 1;
		for (size_t t = 0; t < slices; t++) {
			wait_in_slice(w, t, slices, mean * exp(w->burst * wave),
				      changed ? w->slower : 1, values, in_slices, random);
			wave = w->memory * wave +
			       sqrt(1 - w->memory * w->memory) * random_normal(random);
		}
		fixture_add_sliced(profile, i, CALLERS, values, in_slices);
	}
	assert_int_equal(
		slices_seal(&profile->slices, profile->nr_samples, profile->about.duration_ns), 0);
	for (size_t i = 0; i < profile->nr_samples; i++)
		profile->samples[i].activity = ACTIVITY_BLOCKED;
	return profile;
}

static struct outcome repeat_waits(const struct waiting *w, bool squares, struct trial *trial,
				   uint64_t seed)
{
	struct outcome outcome = {0};
	char changed[32];
	struct fixture f;

	snprintf(changed, sizeof(changed), "function_%zu", w->changed);
	do {
		fixture_begin(&f);
		for (size_t side = 0; side < SIDES; side++)
			fixture_side(&f, (enum side)side,
				     simulate_waits(w, (enum side)side, squares, &seed));
		fixture_compare(&f, NORMALISE_AUTO, 0.5);
		assert_int_equal(f.comparison.normalisation, NORMALISE_TIME);
		assert_int_equal(f.comparison.spread, SPREAD_SLICES);
	} while (outcome_goes_on(&outcome, &f, trial, changed, w->slower > 1 || w->more > 1));
	print_message("# %g waits of %g ms, tail %g, Pareto %g, burst %g%s, %g x, %g x as often%s: "
		      "%zu tests, %zu moved, in %zu of %zu; found %zu\n",
		      w->waits, w->ms, w->tail, w->pareto, w->burst,
		      w->longer ? ", the second longer" : "", w->slower, w->more > 0 ? w->more : 1,
		      squares ? "" : ", times alone", outcome.tests, outcome.moved, outcome.any,
		      trial->runs, outcome.found);
	return outcome;
}

/* Few waits with heavy tails and many short ones; in bursts; and longer than units of time. */
static void waits(void **state)
{
	static const struct waiting programs[] = {
		{.waits = 2000, .ms = 2, .tail = 1, .slower = 1},
		{.waits = 100, .ms = 20, .tail = 1, .slower = 1},
		{.waits = 100, .ms = 20, .tail = 2, .slower = 1},
		{.waits = 30, .ms = 100, .tail = 1.5, .slower = 1},
		{.waits = 2000, .ms = 2, .tail = 1, .burst = 1, .slower = 1},
		{.waits = 200, .ms = 300, .tail = 0.5, .slower = 1},
		{.waits = 3000, .ms = 2, .tail = 1, .slower = 1.3},
	};

	for (size_t i = 0; i < 2 * ARRAY_LEN(programs); i++) {
		const struct waiting *w = &programs[i / 2];
		struct trial trial = w->slower > 1 ? TRIAL_OF_POWER : TRIAL_OF_CHANCE;
		struct outcome outcome = repeat_waits(w, i % 2, &trial, 3000 + i);

		assert_true(trial_is_good(&trial));
		if (w->slower > 1)
			continue;
		assert_true(outcome.tests > 5 * trial.runs);
		assert_in_range(outcome.moved, 0, outcome.tests * 5 / 100);
	}
}

/* As many of each function as are few, of lengths that have next to no mean. */
static void few_waits(void **state)
{
	static const struct waiting programs[] = {
		{.waits = 5, .even = true, .ms = 2, .tail = 2, .slower = 1},
		{.waits = 10, .even = true, .ms = 2, .tail = 2, .slower = 1},
		{.waits = 20, .even = true, .ms = 2, .tail = 2, .slower = 1},
		{.waits = 50, .even = true, .ms = 2, .tail = 2, .slower = 1},
		{.waits = 5, .even = true, .ms = 2, .pareto = 1.5, .slower = 1},
		{.waits = 20, .even = true, .ms = 2, .pareto = 1.5, .slower = 1},
		{.waits = 50, .even = true, .ms = 2, .pareto = 1.5, .slower = 1},
		{.waits = 20,
		 .even = true,
		 .ms = 2,
		 .pareto = 1.5,
		 .burst = 1,
		 .memory = 0.9,
		 .slower = 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		struct trial trial = TRIAL_OF_CHANCE;
		struct outcome outcome = repeat_waits(&programs[i], true, &trial, 4000 + i);

		assert_true(trial_is_good(&trial));
		assert_true(outcome.tests > 5 * trial.runs);
	}
}

/* As a longer capture has longer waits than a short one, few of them in the one look like less. */
static void few_waits_of_unlike_lengths(void **state)
{
	static const struct waiting programs[] = {
		{.waits = 5, .even = true, .ms = 2, .tail = 2, .longer = true, .slower = 1},
		{.waits = 50, .even = true, .ms = 2, .tail = 2, .longer = true, .slower = 1},
		{.waits = 5, .even = true, .ms = 2, .pareto = 1.5, .longer = true, .slower = 1},
		{.waits = 20, .even = true, .ms = 2, .pareto = 1.5, .longer = true, .slower = 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		struct trial trial = TRIAL_OF_CHANCE;

		repeat_waits(&programs[i], true, &trial, 4500 + i);
		assert_true(trial_is_good(&trial));
	}
}

/* Of waits like these Student's t, with the degrees of freedom that few waits have, finds half at best. */
static void changes_of_few_waits(void **state)
{
	static const struct waiting programs[] = {
		{.waits = 50, .even = true, .ms = 2, .pareto = 1.5, .slower = 30},
		{.waits = 50, .even = true, .ms = 2, .tail = 2, .slower = 100},
	};

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		struct trial trial = TRIAL_OF_POWER;

		repeat_waits(&programs[i], true, &trial, 5000 + i);
		assert_true(trial_is_good(&trial));
	}
}

/* The same capture twice: nothing, for certain. */
static void a_capture_and_itself(void **state)
{
	static const struct waiting program = {.waits = 300, .ms = 5, .tail = 2, .slower = 1};

	for (int squares = 0; squares < 2; squares++) {
		struct fixture f;

		fixture_begin(&f);
		for (size_t side = 0; side < SIDES; side++) {
			uint64_t random = 6000;

			fixture_side(&f, (enum side)side,
				     simulate_waits(&program, BEFORE, squares, &random));
		}
		fixture_compare(&f, NORMALISE_AUTO, 0);
		assert_true(f.comparison.nr_tests > 10);
		assert_int_equal(f.comparison.nr_moved, 0);
		for (uint32_t i = 0; i < f.alignment.tree->nr_frames; i++) {
			const struct change *change = &f.comparison.total[i];

			assert_true(isnan(change->p) || change->p > 0.99);
			assert_true(isnan(change->p) || (change->low <= 0 && change->high >= 0));
		}
		fixture_end(&f);
	}
}

/* The figures of docs/design/comparing.md, from as many comparisons each. */
static void print_table(size_t runs)
{
	static const struct waiting kinds[] = {
		{.slower = 1},
		{.slower = 1, .longer = true},
		{.slower = 1, .burst = 1, .memory = 0.9},
		{.slower = 10},
		{.slower = 30},
		{.slower = 1, .more = 5},
	};
	static const double waits[] = {3, 5, 10, 20, 50};

	for (size_t i = 0; i < 2 * ARRAY_LEN(kinds) * ARRAY_LEN(waits); i++) {
		struct trial trial = {.good = 0.5, .bad = 0.5, .most = runs};
		struct waiting w = kinds[i / 2 / ARRAY_LEN(waits)];

		w.waits = waits[i / 2 % ARRAY_LEN(waits)];
		w.even = true;
		w.ms = 2;
		w.tail = i % 2 ? 0 : 2;
		w.pareto = i % 2 ? 1.5 : 0;
		repeat_waits(&w, true, &trial, 7000 + i);
	}
}

/* "table RUNS" prints it. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits),
		cmocka_unit_test(few_waits),
		cmocka_unit_test(few_waits_of_unlike_lengths),
		cmocka_unit_test(changes_of_few_waits),
		cmocka_unit_test(a_capture_and_itself),
	};

	if (argc == 3 && !strcmp(argv[1], "table")) {
		print_table((size_t)atoi(argv[2]));
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
