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

/* The frame of that name; it must be there. */
static inline uint32_t fixture_frame(const struct fixture *f, const char *name)
{
	const struct tree *tree = f->alignment.tree;

	for (uint32_t i = 0; i < tree->nr_frames; i++) {
		if (i != tree->nodes[0].frame &&
		    !strcmp(strings_text(tree->strings, tree->frames[i].name), name))
			return i;
	}
	fail_msg("there is no function %s", name);
	return 0;
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

/* Of many comparisons. */
struct outcome {
	size_t tests, moved; /* over all comparisons */
	size_t any;	     /* comparisons in which anything was called a change */
	size_t found;	     /* in which there was evidence that the changed function does more */
};

/* Adds a comparison, in which that function may do more. */
static inline void outcome_add(struct outcome *outcome, const struct fixture *f, const char *changed)
{
	const struct change *total = fixture_total(f, changed);

	outcome->tests += f->comparison.nr_tests;
	outcome->moved += f->comparison.nr_moved;
	outcome->any += f->comparison.nr_moved > 0;
	outcome->found += verdict_moved(total->verdict) && change_effect(total) > 0;
}

#endif
