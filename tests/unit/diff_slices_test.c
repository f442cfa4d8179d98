// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One capture against one, both with time slices: what is called a change where nothing changed but
 * work comes in bursts and waves, and what is found where something did. A program of 60 functions
 * whose shares fall as 1/n; each goes up and down by itself, by a factor whose logarithm is normal and
 * forgets itself over some slices.
 */
#include "tests/unit/diff_fixture.h"

#define FUNCTIONS 60
#define CALLERS	  5
#define SLICES	  80

struct program {
	double samples;	      /* of a capture, in the mean */
	double noise;	      /* of each function in each slice, relative */
	double memory;	      /* correlation of a slice with the next one */
	size_t changed;	      /* which function is slower in the second side */
	double slower;	      /* by what factor; 1: nothing changed */
	size_t slices[SIDES]; /* 0: SLICES */
};

static double weight(size_t function)
{
	double sum = 0;

	for (size_t i = 0; i < FUNCTIONS; i++)
		sum += 1.0 / (double)(i + 1);
	return 1.0 / (double)(function + 1) / sum;
}

static struct profile *simulate(const struct program *program, enum side side, uint64_t *random)
{
	size_t slices = program->slices[side] ? program->slices[side] : SLICES;
	struct profile *profile = fixture_profile(fixture_samples, 1);

	fixture_slices(profile, slices);
	for (size_t i = 0; i < FUNCTIONS; i++) {
		double mean = program->samples * weight(i) / (double)slices;
		double wave = random_normal(random);
		int64_t count = 0, in_slices[SLICES];

		if (side == AFTER && i == program->changed)
			mean *= program->slower;
		for (size_t t = 0; t < slices; t++) {
			in_slices[t] = random_poisson(random, mean * exp(program->noise * wave));
			count += in_slices[t];
			wave = program->memory * wave +
			       sqrt(1 - program->memory * program->memory) * random_normal(random);
		}
		fixture_add_sliced(profile, i, CALLERS, &count, in_slices);
	}
	assert_int_equal(
		slices_seal(&profile->slices, profile->nr_samples, profile->about.duration_ns), 0);
	assert_null(profile_check(profile));
	return profile;
}

static void compare(struct fixture *f, const struct program *program, uint64_t *random)
{
	fixture_begin(f);
	for (size_t side = 0; side < SIDES; side++)
		fixture_side(f, (enum side)side, simulate(program, (enum side)side, random));
	fixture_compare(f, NORMALISE_TOTAL, 0.5);
	assert_int_equal(f->comparison.spread, SPREAD_SLICES);
}

static struct outcome repeat(const struct program *program, struct trial *trial, uint64_t seed)
{
	struct outcome outcome = {0};
	double dispersion = 0;
	char changed[32];
	struct fixture f;

	snprintf(changed, sizeof(changed), "function_%zu", program->changed);
	do {
		compare(&f, program, &seed);
		dispersion += f.comparison.dispersion;
	} while (outcome_goes_on(&outcome, &f, trial, changed, program->slower > 1));
	print_message("# %g samples, noise %g, memory %g, %g x: %zu tests, %zu moved, in %zu of "
		      "%zu; found %zu; dispersion %.2f\n",
		      program->samples, program->noise, program->memory, program->slower,
		      outcome.tests, outcome.moved, outcome.any, trial->runs, outcome.found,
		      dispersion / (double)trial->runs);
	return outcome;
}

/* Work that comes in bursts, and in waves of up to an eighth of a capture. */
static void nothing_changed(void **state)
{
	static const struct program programs[] = {
		{.samples = 1000, .slower = 1},
		{.samples = 10000, .slower = 1},
		{.samples = 100000, .slower = 1},
		{.samples = 10000, .noise = 0.5, .slower = 1},
		{.samples = 10000, .noise = 1, .slower = 1},
		{.samples = 10000, .noise = 0.5, .memory = 0.5, .slower = 1},
		{.samples = 10000, .noise = 0.5, .memory = 0.8, .slower = 1},
		{.samples = 10000, .noise = 0.5, .memory = 0.9, .slower = 1},
		{.samples = 1000, .noise = 0.5, .memory = 0.8, .slower = 1},
		{.samples = 100000, .noise = 0.5, .memory = 0.5, .slower = 1},
		{.samples = 10000, .noise = 0.5, .memory = 0.5, .slower = 1, .slices = {80, 10}},
		{.samples = 3000, .noise = 0.5, .slower = 1, .slices = {5, 7}},
	};

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		struct trial trial = TRIAL_OF_CHANCE;
		struct outcome outcome = repeat(&programs[i], &trial, 1000 + i);

		assert_true(outcome.tests > 20 * trial.runs);
		assert_true(trial_is_good(&trial));
		assert_in_range(outcome.moved, 0, outcome.tests * 5 / 100);
	}
}

/* What drifts over a good part of a capture can be told from a change by repeats only; few are marked. */
static void slow_drift(void **state)
{
	static const struct program programs[] = {
		{.samples = 10000, .noise = 0.3, .memory = 0.95, .slower = 1},
		{.samples = 10000, .noise = 0.2, .memory = 0.98, .slower = 1},
		{.samples = 10000, .noise = 0.1, .memory = 0.99, .slower = 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		struct trial trial = {.good = 0.5, .bad = 0.5, .most = 60};
		struct outcome outcome = repeat(&programs[i], &trial, 1500 + i);

		assert_in_range(outcome.moved, 0, outcome.tests * 5 / 100);
	}
}

/* 3 points more of the whole in a function that has 10 or 11 %. */
static void changes_are_found(void **state)
{
	static const struct program programs[] = {
		{.samples = 10000, .changed = 1, .slower = 1.3},
		{.samples = 30000, .noise = 0.1, .changed = 1, .slower = 1.3},
		{.samples = 30000, .noise = 0.1, .memory = 0.5, .changed = 1, .slower = 1.3},
	};

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		struct trial trial = TRIAL_OF_POWER;

		repeat(&programs[i], &trial, 2000 + i);
		assert_true(trial_is_good(&trial));
	}
}

/* The interval holds the true difference in 95 of 100. */
static void intervals_hold_the_truth(void **state)
{
	static const struct program program = {
		.samples = 10000, .noise = 0.5, .memory = 0.5, .changed = 1, .slower = 1.3};
	double whole = 1 + weight(1) * (program.slower - 1);
	double wanted = 100 * (weight(1) * program.slower / whole - weight(1));
	uint64_t random = 5;
	struct trial trial = TRIAL_OF_CHANCE;
	bool outside;

	do {
		const struct change *change;
		struct fixture f;

		compare(&f, &program, &random);
		change = fixture_total(&f, "function_1");
		outside = wanted < change->low || wanted > change->high;
		fixture_end(&f);
	} while (trial_goes_on(&trial, outside));
	print_message("# outside %zu of %zu\n", trial.events, trial.runs);
	assert_true(trial_is_good(&trial));
}

/* ---- where the spread comes from ------------------------------------------------------------ */

static struct profile *without_slices(struct profile *profile)
{
	slices_fini(&profile->slices);
	return profile;
}

/* The same captures without slices: bursts are taken for changes, all the time. */
static void slices_are_what_tells(void **state)
{
	static const struct program program = {
		.samples = 10000, .noise = 0.5, .memory = 0.8, .slower = 1};
	uint64_t random = 1006;
	size_t any = 0;

	for (size_t i = 0; i < 50; i++) {
		struct fixture f;

		fixture_begin(&f);
		fixture_side(&f, BEFORE, simulate(&program, BEFORE, &random));
		fixture_side(&f, AFTER, without_slices(simulate(&program, AFTER, &random)));
		fixture_compare(&f, NORMALISE_TOTAL, 0.5);
		assert_int_equal(f.comparison.spread, SPREAD_ASSUMED);
		any += f.comparison.nr_moved > 0;
		fixture_end(&f);
	}
	assert_in_range(any, 45, 50);
}

static void repeats_tell_more(void **state)
{
	static const struct program program = {.samples = 1000, .slower = 1};
	static const struct program few = {.samples = 1000, .slower = 1, .slices = {80, 4}};
	uint64_t random = 7;
	struct fixture f;

	fixture_begin(&f);
	fixture_side(&f, BEFORE, simulate(&program, BEFORE, &random));
	fixture_side(&f, AFTER, simulate(&program, AFTER, &random));
	fixture_side(&f, AFTER, simulate(&program, AFTER, &random));
	fixture_compare(&f, NORMALISE_TOTAL, 0.5);
	assert_int_equal(f.comparison.spread, SPREAD_REPEATS);
	fixture_end(&f);

	/* Too few slices are none; and in whatever order sides are given. */
	fixture_begin(&f);
	fixture_side(&f, AFTER, simulate(&few, AFTER, &random));
	fixture_side(&f, BEFORE, simulate(&few, BEFORE, &random));
	fixture_compare(&f, NORMALISE_TOTAL, 0.5);
	assert_int_equal(f.comparison.spread, SPREAD_ASSUMED);
	fixture_end(&f);

	fixture_begin(&f);
	fixture_side(&f, AFTER, simulate(&program, AFTER, &random));
	fixture_side(&f, BEFORE, simulate(&program, BEFORE, &random));
	fixture_compare(&f, NORMALISE_TOTAL, 0.5);
	assert_int_equal(f.comparison.spread, SPREAD_SLICES);
	assert_true(f.comparison.dispersion < 3);
	fixture_end(&f);
}

/* A gate is held against the same spread as a function is. */
static void gates_know_it(void **state)
{
	static const struct program program = {
		.samples = 10000, .noise = 0.5, .memory = 0.8, .changed = 1, .slower = 1};
	uint64_t random = 12;
	bool *chosen;
	struct change change;
	struct fixture f;

	compare(&f, &program, &random);
	for (int self = 0; self < 2; self++) {
		uint32_t frame = fixture_frame(&f, self ? "function_3" : "caller_2");
		const struct change *wanted =
			self ? &f.comparison.self[frame] : &f.comparison.total[frame];

		chosen = calloc(f.alignment.tree->nr_frames, sizeof(*chosen));
		chosen[frame] = true;
		assert_int_equal(comparer_select(&f.comparer, chosen, self, &change), 0);
		assert_true(fabs(change.p - wanted->p) < 1e-9);
		assert_true(fabs(change.low - wanted->low) < 1e-9);
		assert_true(fabs(change.high - wanted->high) < 1e-9);
		free(chosen);
	}
	fixture_end(&f);
}

/* And so is a path: of a function that is called from one place only it is the same test. */
static void paths_know_it(void **state)
{
	static const struct program program = {
		.samples = 10000, .noise = 0.2, .memory = 0.5, .changed = 1, .slower = 2};
	uint64_t random = 13;
	uint32_t frame, paths = 0;
	struct fixture f;

	compare(&f, &program, &random);
	frame = fixture_frame(&f, "function_1");
	assert_int_equal(f.comparison.total[frame].verdict, VERDICT_MORE);
	for (uint32_t node = 0; node < f.alignment.tree->nr_nodes; node++) {
		if (f.alignment.tree->nodes[node].frame != frame)
			continue;
		assert_int_equal(f.comparison.total_paths[node].verdict, VERDICT_MORE);
		assert_true(fabs(f.comparison.total_paths[node].low -
				 f.comparison.total[frame].low) < 1e-4);
		assert_true(fabs(f.comparison.total_paths[node].high -
				 f.comparison.total[frame].high) < 1e-4);
		paths++;
	}
	assert_int_equal(paths, 1);
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changed),	 cmocka_unit_test(slow_drift),
		cmocka_unit_test(changes_are_found),	 cmocka_unit_test(intervals_hold_the_truth),
		cmocka_unit_test(slices_are_what_tells), cmocka_unit_test(repeats_tell_more),
		cmocka_unit_test(gates_know_it),	 cmocka_unit_test(paths_know_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
