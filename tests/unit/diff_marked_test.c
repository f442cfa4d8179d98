// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is steady within captures without being so: waits through the whole of them, and times that the
 * books spread out over the slices.
 */
#include "tests/unit/diff_fixture.h"

#include "profiler/model/markers.h"

#define SLICES	 40
#define SLICE_NS 100000000 /* as fixture_slices() makes them */

static void add(struct profile *profile, const char *stack, const int64_t *in_slices)
{
	uint32_t id = (uint32_t)profile->nr_samples;
	int64_t sum = 0;

	for (size_t t = 0; t < SLICES; t++)
		sum += in_slices[t];
	fixture_add(profile, stack, &sum);
	for (size_t t = 0; t < SLICES; t++)
		assert_int_equal(slices_add(&profile->slices, id, profile->slices.begins_ns[t],
					    profile->slices.begins_ns[t], (uint64_t)in_slices[t]),
				 0);
}

/* As many threads that wait all the time, not walked ones beside them, and one that works a bit. */
static struct profile *make(int64_t waiting, int64_t unwalked, uint64_t *random)
{
	struct profile *profile = fixture_profile(fixture_times, 1);
	int64_t all[SLICES], unseen[SLICES], work[SLICES];

	fixture_slices(profile, SLICES);
	for (size_t t = 0; t < SLICES; t++) {
		/* Not quite even: clocks are read one after the other. */
		all[t] = waiting * SLICE_NS + (int64_t)random_below(random, 1000);
		unseen[t] = unwalked * SLICE_NS / 2 + (int64_t)random_below(random, 1000);
		work[t] = SLICE_NS / 4 + (int64_t)random_below(random, SLICE_NS / 4);
	}
	add(profile, "main;pool;take;" MARKER_CUT_WHOLE, all);
	add(profile, "main;reader;" MARKER_UNWALKED ";[waits: futex]", unseen);
	add(profile, "main;work", work);
	assert_int_equal(
		slices_seal(&profile->slices, profile->nr_samples, profile->about.duration_ns), 0);
	assert_null(profile_check(profile));
	return profile;
}

static void compare(struct fixture *f, const int64_t waiting[SIDES], const int64_t unwalked[SIDES])
{
	uint64_t random = 3;

	fixture_begin(f);
	for (size_t s = 0; s < SIDES; s++)
		fixture_side(f, (enum side)s, make(waiting[s], unwalked[s], &random));
	fixture_compare(f, NORMALISE_AUTO, 0.5);
	assert_int_equal(f->comparison.spread, SPREAD_SLICES);
}

/* One thread of four more or less that happens to wait all the time is not much. */
static void a_wait_through_all_is_one_wait(void **state)
{
	static const char *const functions[] = {"pool", "take", MARKER_CUT_WHOLE};
	struct fixture f;

	compare(&f, (int64_t[]){4, 3}, (int64_t[]){2, 2});
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		const struct change *change = fixture_total(&f, functions[i]);

		assert_int_equal(change->verdict, VERDICT_SAME);
		assert_true(change->low < 0 && change->high > 0);
		assert_true(change->p > 0.3 && change->p < 0.9);
	}
	fixture_end(&f);
}

/* But ten times as many are something else. */
static void many_more_are_found(void **state)
{
	struct fixture f;

	compare(&f, (int64_t[]){4, 40}, (int64_t[]){2, 2});
	assert_int_equal(fixture_total(&f, "take")->verdict, VERDICT_MORE);
	assert_int_equal(fixture_self(&f, MARKER_CUT_WHOLE)->verdict, VERDICT_MORE);
	assert_false(verdict_moved(fixture_total(&f, "work")->verdict));
	fixture_end(&f);
}

/* Nor is what the books know of whole threads, whatever it is called. */
static void what_was_spread_out_is_not_tested(void **state)
{
	static const char *const functions[] = {"reader", MARKER_UNWALKED, "[waits: futex]"};
	struct fixture f;

	compare(&f, (int64_t[]){4, 4}, (int64_t[]){2, 6});
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		assert_int_equal(fixture_total(&f, functions[i])->verdict, VERDICT_UNTESTED);
	assert_int_not_equal(fixture_total(&f, "work")->verdict, VERDICT_UNTESTED);
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_through_all_is_one_wait),
		cmocka_unit_test(many_more_are_found),
		cmocka_unit_test(what_was_spread_out_is_not_tested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
