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

static void begin_slices(struct profile *profile, size_t count)
{
	struct slices_plan plan = {
		.width_ns = 100000000, .count_max = count, .ends = true, .shares_max = 1 << 20};

	if (!count)
		return;
	assert_int_equal(slices_begin(&profile->slices, &plan), 0);
	while (profile->slices.count < count)
		slices_turn(&profile->slices, slices_due_ns(&profile->slices));
	profile->about.duration_ns = count * plan.width_ns;
}

/* A stack of this function, with what each slice has of its first value. */
static void add_function(struct profile *profile, size_t function, const int64_t *values,
			 const int64_t *in_slices)
{
	uint32_t id = (uint32_t)profile->nr_samples;
	char stack[64];

	if (!values[0])
		return;
	snprintf(stack, sizeof(stack), "main;caller_%zu;function_%zu", function % CALLERS,
		 function);
	fixture_add(profile, stack, values);
	for (size_t t = 0; t < profile->slices.count; t++)
		assert_int_equal(slices_add(&profile->slices, id, profile->slices.begins_ns[t],
					    profile->slices.begins_ns[t], (uint64_t)in_slices[t]),
				 0);
}

static struct profile *simulate(const struct program *program, enum side side, uint64_t *random)
{
	size_t slices = program->slices[side] ? program->slices[side] : SLICES;
	struct profile *profile = fixture_profile(fixture_samples, 1);

	begin_slices(profile, slices);
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
		add_function(profile, i, &count, in_slices);
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

static struct outcome repeat(const struct program *program, size_t times, uint64_t seed)
{
	struct outcome outcome = {0};
	double dispersion = 0;
	char changed[32];

	snprintf(changed, sizeof(changed), "function_%zu", program->changed);
	for (size_t i = 0; i < times; i++) {
		struct fixture f;

		compare(&f, program, &seed);
		outcome_add(&outcome, &f, changed);
		dispersion += f.comparison.dispersion / (double)times;
		fixture_end(&f);
	}
	print_message("# %g samples, noise %g, memory %g, %g x: %zu tests, %zu moved, in %zu of "
		      "%zu; found %zu; dispersion %.2f\n",
		      program->samples, program->noise, program->memory, program->slower,
		      outcome.tests, outcome.moved, outcome.any, times, outcome.found, dispersion);
	return outcome;
}

#define TIMES 200

/*
 * Work that comes in bursts, and in waves of up to an eighth of a capture. 5 % of the comparisons are
 * promised; 200 of them show more than 8 % with a chance of 3 in 100.
 */
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
		struct outcome outcome = repeat(&programs[i], TIMES, 1000 + i);

		assert_true(outcome.tests > 20 * TIMES);
		assert_in_range(outcome.any, 0, TIMES * 8 / 100);
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
		struct outcome outcome = repeat(&programs[i], TIMES, 1500 + i);

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
		struct outcome outcome = repeat(&programs[i], TIMES, 2000 + i);

		assert_in_range(outcome.found, TIMES * 90 / 100 + 1, TIMES);
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
	size_t inside = 0;

	for (size_t k = 0; k < TIMES; k++) {
		const struct change *change;
		struct fixture f;

		compare(&f, &program, &random);
		change = fixture_total(&f, "function_1");
		inside += change->low <= wanted && wanted <= change->high;
		fixture_end(&f);
	}
	print_message("# inside %zu of %d\n", inside, TIMES);
	assert_in_range(inside, TIMES * 92 / 100, TIMES);
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

/* ---- waits ---------------------------------------------------------------------------------- */

#define WAITERS 30

struct waiting {
	double waits; /* of the most frequent one in a capture; number n has 1/n of that */
	double ms;    /* of a wait, in the middle */
	double tail;  /* of its logarithm: heavy from 1 on */
	double burst; /* noise of the number of waits in each slice */
	size_t changed;
	double slower;
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

static struct profile *simulate_waits(const struct waiting *w, enum side side, bool squares,
				      uint64_t *random)
{
	struct profile *profile =
		squares ? fixture_profile(fixture_waits, 4) : fixture_profile(fixture_times, 1);

	begin_slices(profile, SLICES);
	for (size_t i = 0; i < WAITERS; i++) {
		int64_t values[4] = {0}, in_slices[SLICES] = {0};

		for (size_t t = 0; t < SLICES; t++) {
			double mean = w->waits / (double)(i + 1) / SLICES *
				      exp(w->burst * random_normal(random));
			int64_t waits = random_poisson(random, mean);

			for (int64_t k = 0; k < waits; k++) {
				double ns = w->ms * 1e6 * exp(w->tail * random_normal(random));
				int64_t spent;

				if (side == AFTER && i == w->changed)
					ns *= w->slower;
				spent = spend(in_slices, SLICES, (double)t + random_uniform(random),
					      ns);
				values[0] += spent;
				values[1]++;
				values[2] = spent > values[2] ? spent : values[2];
				values[3] += llround((double)spent / 1e5 * ((double)spent / 1e5));
			}
		}
		add_function(profile, i, values, in_slices);
	}
	assert_int_equal(
		slices_seal(&profile->slices, profile->nr_samples, profile->about.duration_ns), 0);
	for (size_t i = 0; i < profile->nr_samples; i++)
		profile->samples[i].activity = ACTIVITY_BLOCKED;
	return profile;
}

static struct outcome repeat_waits(const struct waiting *w, bool squares, size_t times,
				   uint64_t seed)
{
	struct outcome outcome = {0};
	char changed[32];

	snprintf(changed, sizeof(changed), "function_%zu", w->changed);
	for (size_t i = 0; i < times; i++) {
		struct fixture f;

		fixture_begin(&f);
		for (size_t side = 0; side < SIDES; side++)
			fixture_side(&f, (enum side)side,
				     simulate_waits(w, (enum side)side, squares, &seed));
		fixture_compare(&f, NORMALISE_AUTO, 0.5);
		assert_int_equal(f.comparison.normalisation, NORMALISE_TIME);
		assert_int_equal(f.comparison.spread, SPREAD_SLICES);
		outcome.tests += f.comparison.nr_tests;
		outcome.moved += f.comparison.nr_moved;
		outcome.any += f.comparison.nr_moved > 0;
		outcome.found += verdict_moved(fixture_total(&f, changed)->verdict) &&
				 change_effect(fixture_total(&f, changed)) > 0;
		fixture_end(&f);
	}
	print_message("# %g waits of %g ms, tail %g, burst %g, %g x%s: %zu tests, %zu moved, in "
		      "%zu of %zu; found %zu\n",
		      w->waits, w->ms, w->tail, w->burst, w->slower, squares ? "" : ", times alone",
		      outcome.tests, outcome.moved, outcome.any, times, outcome.found);
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
		struct outcome outcome = repeat_waits(w, i % 2, TIMES, 3000 + i);

		if (w->slower > 1) {
			assert_in_range(outcome.found, TIMES * 90 / 100 + 1, TIMES);
			continue;
		}
		assert_true(outcome.tests > 5 * TIMES);
		assert_in_range(outcome.any, 0, TIMES * 8 / 100);
		assert_in_range(outcome.moved, 0, outcome.tests * 5 / 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changed),
		cmocka_unit_test(slow_drift),
		cmocka_unit_test(changes_are_found),
		cmocka_unit_test(intervals_hold_the_truth),
		cmocka_unit_test(slices_are_what_tells),
		cmocka_unit_test(repeats_tell_more),
		cmocka_unit_test(gates_know_it),
		cmocka_unit_test(paths_know_it),
		cmocka_unit_test(waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
