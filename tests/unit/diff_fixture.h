/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles for the tests of comparisons, and the comparison of them. */
#ifndef BOLOMETER_TESTS_DIFF_FIXTURE_H
#define BOLOMETER_TESTS_DIFF_FIXTURE_H

#include "tests/unit/unit.h"

#include <math.h>

#include "profiler/diff/align.h"
#include "profiler/diff/compare.h"
#include "profiler/diff/gate.h"

static const struct value_type fixture_samples[] = {{"samples", "count", VALUE_AMOUNT}};
static const struct value_type fixture_waits[] = {
	{"time", "nanoseconds", VALUE_AMOUNT},
	{"waits", "count", VALUE_AMOUNT},
	{"longest wait", "nanoseconds", VALUE_LONGEST},
	{"squares", "e-8 seconds^2", VALUE_SQUARES},
};
static const struct value_type fixture_times[] = {{"time", "nanoseconds", VALUE_AMOUNT}};

static inline struct profile *fixture_profile(const struct value_type *types, size_t count)
{
	struct profile *profile = profile_new();

	assert_non_null(profile);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(profile_add_value_type(profile, &types[i]), 0);
	return profile;
}

/* "main;work" with its values. */
static inline void fixture_add(struct profile *profile, const char *stack, const int64_t *values)
{
	struct sample sample = {.task = TASK_NONE, .cpu = CPU_NONE};

	while (*stack) {
		size_t len = strcspn(stack, ";");
		uint32_t location;

		assert_int_equal(profile_add_name(profile, stack, len, FRAME_USER, &location), 0);
		assert_int_equal(
			stack_table_push(&profile->stacks, sample.stack, location, &sample.stack),
			0);
		stack += len + (stack[len] == ';');
	}
	assert_int_equal(profile_add_sample(profile, &sample, values), 0);
}

static inline void fixture_count(struct profile *profile, const char *stack, int64_t count)
{
	if (count)
		fixture_add(profile, stack, &count);
}

/* Slices of 0.1 s; none: no slices. */
static inline void fixture_slices(struct profile *profile, size_t count)
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

/* A stack of this function and one of its callers, with what each slice has of its first value. */
static inline void fixture_add_sliced(struct profile *profile, size_t function, size_t callers,
				      const int64_t *values, const int64_t *in_slices)
{
	uint32_t id = (uint32_t)profile->nr_samples;
	char stack[64];

	if (!values[0])
		return;
	snprintf(stack, sizeof(stack), "main;caller_%zu;function_%zu", function % callers,
		 function);
	fixture_add(profile, stack, values);
	for (size_t t = 0; t < profile->slices.count; t++)
		assert_int_equal(slices_add(&profile->slices, id, profile->slices.begins_ns[t],
					    profile->slices.begins_ns[t], (uint64_t)in_slices[t]),
				 0);
}

/* A comparison and all that it needs. */
struct fixture {
	struct alignment alignment;
	struct comparer comparer;
	struct comparison comparison;
	bool compared;
};

static inline void fixture_begin(struct fixture *f)
{
	*f = (struct fixture){0};
	assert_int_equal(alignment_init(&f->alignment, NULL, 0), 0);
}

/* The profile is freed. */
static inline void fixture_side(struct fixture *f, enum side side, struct profile *profile)
{
	assert_int_equal(alignment_add(&f->alignment, side, "file", profile), 0);
	profile_free(profile);
}

static inline void fixture_compare(struct fixture *f, enum normalisation normalisation,
				   double min_effect)
{
	assert_int_equal(alignment_make(&f->alignment), 0);
	assert_int_equal(comparer_init(&f->comparer, &f->alignment, normalisation), 0);
	assert_int_equal(comparer_run(&f->comparer, min_effect, &f->comparison), 0);
	f->compared = true;
}

static inline void fixture_end(struct fixture *f)
{
	if (f->compared)
		comparison_fini(&f->comparison);
	comparer_fini(&f->comparer);
	alignment_fini(&f->alignment);
}

/* The frame of that name; UINT32_MAX when neither side has it. */
static inline uint32_t fixture_find(const struct fixture *f, const char *name)
{
	const struct tree *tree = f->alignment.tree;

	for (uint32_t i = 0; i < tree->nr_frames; i++) {
		if (i != tree->nodes[0].frame &&
		    !strcmp(strings_text(tree->strings, tree->frames[i].name), name))
			return i;
	}
	return UINT32_MAX;
}

/* It must be there. */
static inline uint32_t fixture_frame(const struct fixture *f, const char *name)
{
	uint32_t frame = fixture_find(f, name);

	if (frame == UINT32_MAX)
		fail_msg("there is no function %s", name);
	return frame;
}

static inline const struct change *fixture_total(const struct fixture *f, const char *name)
{
	return &f->comparison.total[fixture_frame(f, name)];
}

static inline const struct change *fixture_self(const struct fixture *f, const char *name)
{
	return &f->comparison.self[fixture_frame(f, name)];
}

/* ---- chance --------------------------------------------------------------------------------- */

/* Between 0 and 1, neither of them. */
static inline double random_uniform(uint64_t *random)
{
	return ((double)(random_u64(random) >> 11) + 0.5) / 9007199254740992.0;
}

static inline double random_normal(uint64_t *random)
{
	return sqrt(-2 * log(random_uniform(random))) * cos(2 * M_PI * random_uniform(random));
}

static inline int64_t random_poisson(uint64_t *random, double mean)
{
	double product = random_uniform(random), limit = exp(-mean);
	int64_t count = 0;

	if (mean > 60) {
		count = llround(mean + sqrt(mean) * random_normal(random));
		return count > 0 ? count : 0;
	}
	while (product > limit) {
		product *= random_uniform(random);
		count++;
	}
	return count;
}

/*
 * How often something happens in runs that are independent, told in as many of them as that takes: Wald's
 * sequential test of a probability `good` against a larger one `bad`. Each is taken for the other in 5
 * of 100 cases at most, as it would be by some 200 runs of which the share is looked at; what is far
 * from the border is seen in a quarter of them.
 */
struct trial {
	double good, bad; /* alike: as many runs as there may be */
	size_t most;	  /* runs; then the border is in the middle between both */
	size_t runs, events;
};

static inline double trial_balance(const struct trial *t)
{
	return (double)t->events * log(t->bad / t->good) +
	       (double)(t->runs - t->events) * log((1 - t->bad) / (1 - t->good));
}

/* Adds a run; whether another one is needed. */
static inline bool trial_goes_on(struct trial *t, bool event)
{
	t->runs++;
	t->events += event;
	return fabs(trial_balance(t)) < log(19) && t->runs < t->most;
}

static inline bool trial_is_good(const struct trial *t)
{
	return trial_balance(t) < 0;
}

/* What is promised is 5 % of comparisons with anything in them, where nothing changed; 95 % of intervals. */
#define TRIAL_OF_CHANCE ((struct trial){.good = 0.05, .bad = 0.12, .most = 200})
/* Of changes more than 90 % are to be found. */
#define TRIAL_OF_POWER ((struct trial){.good = 0.05, .bad = 0.15, .most = 200})

/* Of many comparisons. */
struct outcome {
	size_t tests, moved; /* over all comparisons */
	size_t any;	     /* comparisons in which anything was called a change */
	size_t found;	     /* in which there was evidence that the changed function does more */
};

/* Adds a comparison, in which that function may do more. */
static inline void outcome_add(struct outcome *outcome, const struct fixture *f,
			       const char *changed)
{
	uint32_t frame = fixture_find(f, changed);
	const struct change none = {0};
	const struct change *total = frame == UINT32_MAX ? &none : &f->comparison.total[frame];

	outcome->tests += f->comparison.nr_tests;
	outcome->moved += f->comparison.nr_moved;
	outcome->any += f->comparison.nr_moved > 0;
	outcome->found += verdict_moved(total->verdict) && change_effect(total) > 0;
}

/* Compares, adds it up and ends it; whether the trial goes on, of which is an event what should not be. */
static inline bool outcome_goes_on(struct outcome *outcome, struct fixture *f, struct trial *trial,
				   const char *changed, bool slower)
{
	struct outcome before = *outcome;

	outcome_add(outcome, f, changed);
	fixture_end(f);
	return trial_goes_on(trial,
			     slower ? outcome->found == before.found : outcome->any != before.any);
}

#endif
