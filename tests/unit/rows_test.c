// SPDX-License-Identifier: GPL-2.0-or-later
/* From rows of the tables to samples of a profile: samples, waits, and their wakers. */
#include "tests/unit/rows_fixture.h"

#include <sys/syscall.h>

#include "profiler/model/tree_build.h"

/* ---- waits ---- */

static void a_wait_is_one_sample_for_each_of_its_parts(void **state)
{
	struct example e = example(COUNT_BLOCKED, 5);

	e.key.syscall = __NR_read;
	e.key.object = OBJECT_PIPE;
	e.value.blocked = (struct wait_sum){20, 3000000, 900000, 30000, 2};
	e.value.queued = (struct wait_sum){12, 50000, 7000, 10000, 0};
	add(&e);
	assert_int_equal(profile->nr_samples, 2);
	assert_int_equal(profile->samples[0].activity, ACTIVITY_BLOCKED);
	assert_string_equal(text_of(profile->samples[0].stack), "k1f;k10");
	assert_string_equal(text_of(profile->samples[0].top), "[waits: read, pipe]");
	check_values(0, 5, 3000000, 20, 900000, 203);
	assert_int_equal(profile->samples[1].activity, ACTIVITY_QUEUED);
	assert_int_equal(profile->samples[1].stack, profile->samples[0].stack);
	assert_string_equal(text_of(profile->samples[1].top), "[run queue]");
	check_values(1, 0, 50000, 12, 7000, 1);
	assert_int_equal(profile->samples[1].waker, 0);
	assert_int_equal(rows.recorded, 5);
	assert_int_equal(profile->totals[ACTIVITY_EVENTS], 5);
	profile_seal(profile);
	assert_null(profile_check(profile));
}

static void without_queueing_there_is_one_part(void **state)
{
	struct example e = example(COUNT_BLOCKED, 3);

	e.value.blocked = (struct wait_sum){3, 300, 200, 0, 0};
	add(&e);
	assert_int_equal(profile->nr_samples, 1);
	e = example(COUNT_PREEMPTED, 4);
	e.value.queued = (struct wait_sum){4, 400, 300, 0, 0};
	add(&e);
	assert_int_equal(profile->nr_samples, 2);
	assert_int_equal(profile->samples[1].activity, ACTIVITY_PREEMPTED);
	assert_string_equal(text_of(profile->samples[1].top), "[run queue]");
	check_values(1, 4, 400, 4, 300, 0);
	assert_int_equal(rows.recorded, 7);
}

static int64_t squares_of(uint64_t us, uint64_t ms)
{
	struct example e = example(COUNT_BLOCKED, 1);
	int64_t squares;

	teardown(NULL);
	setup(NULL);
	e.value.blocked = (struct wait_sum){1, 1, 1, us, ms};
	add(&e);
	squares = profile->values[ACTIVITY_SQUARES];
	return squares;
}

static void squares_are_rounded_once_and_saturate(void **state)
{
	assert_int_equal(squares_of(0, 0), 0);
	assert_int_equal(squares_of(4999, 0), 0);
	assert_int_equal(squares_of(5000, 0), 1);
	assert_int_equal(squares_of(14999, 0), 1);
	assert_int_equal(squares_of(15000, 0), 2);
	assert_int_equal(squares_of(4999, 1), 100);
	assert_int_equal(squares_of(5000, 1), 101);
	assert_int_equal(squares_of(UINT64_MAX, 0), UINT64_MAX / 10000); /* ...1615 */
	assert_int_equal(squares_of(0, INT64_MAX / 200), INT64_MAX / 200 * 100);
	assert_int_equal(squares_of(0, INT64_MAX / 200 + 1), INT64_MAX / 2);
	assert_int_equal(squares_of(UINT64_MAX, UINT64_MAX), INT64_MAX / 2);
}

static const char *cut_of(uint8_t cut, enum count_activity activity)
{
	struct example e = example(activity, 1);

	teardown(NULL);
	setup(NULL);
	e.key.syscall = __NR_futex;
	e.key.cut = cut;
	e.value.blocked.waits = activity == COUNT_BLOCKED;
	e.value.queued = (struct wait_sum){1, 5, 5, 0, 0};
	add(&e);
	return text_of(profile->samples[profile->nr_samples - 1].top);
}

static void cuts_are_told(void **state)
{
	assert_string_equal(cut_of(COUNT_CUT_BEGIN, COUNT_PREEMPTED),
			    "[run queue];[cut: began before the capture]");
	assert_string_equal(cut_of(COUNT_CUT_END, COUNT_PREEMPTED),
			    "[run queue];[cut: not over at the end]");
	assert_string_equal(cut_of(COUNT_CUT_END | COUNT_CUT_BEGIN, COUNT_BLOCKED),
			    "[run queue];[cut: lasted for the whole capture]");
	assert_string_equal(text_of(profile->samples[0].top),
			    "[waits: futex];[cut: lasted for the whole capture]");
	assert_string_equal(cut_of(0xfc, COUNT_PREEMPTED),
			    "[run queue]"); /* bits that mean nothing */
}

static void what_has_no_stack_says_why(void **state)
{
	struct example e = example(COUNT_PREEMPTED, 1);

	e.has_kernel = false;
	e.value.queued = (struct wait_sum){1, 5, 5, 0, 0};
	e.key.flags = COUNT_NEW;
	add(&e);
	assert_string_equal(text_of(profile->samples[0].stack), "[new thread]");
	e.key.flags = COUNT_UNWALKED;
	add(&e);
	assert_string_equal(text_of(profile->samples[1].stack), "[not walked]");
	e = example(COUNT_CPU, 1);
	e.has_kernel = false;
	add(&e);
	assert_string_equal(text_of(profile->samples[2].stack), "[no stack]");
}

static void rivals_are_named(void **state)
{
	struct example e = example(COUNT_PREEMPTED, 1);

	e.value.queued = (struct wait_sum){1, 5, 5, 0, 0};
	add(&e);
	assert_int_equal(profile->samples[0].rival, 0);
	memcpy(e.key.rival, "sixteen letters!", sizeof(e.key.rival));
	add(&e);
	assert_int_equal(profile->nr_samples, 2);
	assert_string_equal(strings_text(profile->strings,
					 profile->locations[profile->samples[1].rival - 1].name),
			    "[ran instead: sixteen letters!]");
}

static void a_missing_stack_is_counted(void **state)
{
	struct example e = example(COUNT_BLOCKED, 7);

	e.value.blocked = (struct wait_sum){7, 70, 10, 0, 0};
	e.stack_missing = true;
	add(&e);
	assert_int_equal(profile->nr_samples, 0);
	assert_int_equal(rows.stack_missing, 7);
	assert_int_equal(rows.recorded, 0);
}

/* What stands for others, too, is settled later, and may not be mixed with what does not. */
static void estimated_waits_are_samples_of_their_own(void **state)
{
	struct example e = example(COUNT_BLOCKED, 2);

	e.value.blocked = (struct wait_sum){2, 300, 200, 0, 0};
	e.value.queued = (struct wait_sum){1, 30, 30, 0, 0};
	add(&e);
	e.key.flags = COUNT_ESTIMATED;
	add(&e);
	assert_int_equal(profile->nr_samples, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(profile->samples[i].estimated, i >= 2);
	add(&e);
	assert_int_equal(profile->nr_samples, 4);
	check_values(0, 2, 300, 2, 200, 0);
	check_values(2, 4, 600, 4, 200, 0);
}

/* ---- wakers ---- */

static void know_waker(uint64_t id, const char *comm, uint32_t context)
{
	struct waker_record record = {.tgid = 20, .tid = (uint32_t)id, .context = context};

	strncpy(record.comm, comm, sizeof(record.comm));
	assert_int_equal(stack_store_add_waker(&tables.wakers, id, &record), 0);
}

static const struct sample *woken_by(uint64_t first, uint64_t second, uint64_t third)
{
	struct example e = example(COUNT_BLOCKED, 1);

	e.value.blocked = (struct wait_sum){1, 5, 5, 0, 0};
	e.key.wakers[0] = first;
	e.key.wakers[1] = second;
	e.key.wakers[2] = third;
	add(&e);
	return &profile->samples[profile->nr_samples - 1];
}

static const struct waker *waker_of(const struct sample *sample)
{
	return sample->waker ? &profile->wakers[sample->waker - 1] : NULL;
}

static void wakers_refer_to_those_before_them(void **state)
{
	const struct waker *waker;

	know_waker(1, "first", WAKER_THREAD);
	know_waker(2, "", WAKER_THREAD);
	know_waker(3, "", WAKER_INTERRUPT);
	waker = waker_of(woken_by(1, 2, 3));
	assert_non_null(waker);
	assert_int_equal(profile->nr_wakers, 3);
	assert_string_equal(text_of(waker->stack), "first");
	assert_true(waker->next < (size_t)(waker - profile->wakers));
	waker = &profile->wakers[waker->next];
	assert_string_equal(text_of(waker->stack), "[no name]");
	assert_true(waker->next < (size_t)(waker - profile->wakers));
	waker = &profile->wakers[waker->next];
	assert_string_equal(text_of(waker->stack), "[interrupt]");
	assert_int_equal(waker->next, WAKER_NONE);
	/* The same waker, with nobody before it, is another one; and the same once more is not. */
	assert_int_equal(waker_of(woken_by(1, 0, 0))->next, WAKER_NONE);
	woken_by(1, 2, 3);
	assert_int_equal(profile->nr_wakers, 4);
	profile_seal(profile);
	assert_null(profile_check(profile));
}

/* Where one is not known, nobody else takes its place. */
static void unknown_wakers_end_the_chain(void **state)
{
	const struct waker *waker;

	know_waker(1, "first", WAKER_THREAD);
	know_waker(3, "third", WAKER_THREAD);
	assert_null(waker_of(woken_by(0, 0, 0)));
	assert_null(waker_of(woken_by(9, 0, 0)));
	assert_null(waker_of(woken_by(9, 1, 3)));
	waker = waker_of(woken_by(1, 9, 3));
	assert_non_null(waker);
	assert_string_equal(text_of(waker->stack), "first");
	assert_int_equal(waker->next, WAKER_NONE);
}

static void stacks_of_wakers_follow_their_names(void **state)
{
	const uint64_t words[] = {STACK_HEADER(1, 0, STACK_END_ROOT), 0xffffffff81000030};
	struct waker_record record = {.kernel_stack = 77, .tid = 1, .comm = "waker"};

	assert_int_equal(stack_store_add(&tables.stacks, 77, words), 0);
	assert_int_equal(stack_store_add_waker(&tables.wakers, 1, &record), 0);
	assert_string_equal(text_of(waker_of(woken_by(1, 0, 0))->stack), "waker;k30");
}

/* ---- samples ---- */

static void samples_without_activities_have_two_values(void **state)
{
	struct example e = example(COUNT_CPU, 3);

	teardown(NULL);
	open_profile(false);
	add(&e);
	add(&e);
	assert_int_equal(profile->nr_samples, 1);
	assert_int_equal(profile->values[0], 6);
	assert_int_equal(profile->values[1], 6 * SAMPLE_NS);
	assert_int_equal(profile->samples[0].activity, ACTIVITY_CPU);
	assert_int_equal(profile->samples[0].top, STACK_EMPTY);
	assert_int_equal(rows.recorded, 6);
}

/* ---- all of it ---- */

/* What a view should have in all, by the rows alone. */
static int64_t should[VIEW_COUNT][VIEW_VALUES_MAX];

static void count(enum view_id view, int64_t ns, int64_t waits, int64_t longest, int64_t squares)
{
	should[view][0] += ns;
	should[view][1] += waits;
	if (should[view][2] < longest)
		should[view][2] = longest;
	should[view][3] += squares;
}

static void count_sum(enum view_id view, const struct wait_sum *sum, bool are_its_waits)
{
	count(view, (int64_t)sum->ns, are_its_waits ? (int64_t)sum->waits : 0,
	      (int64_t)sum->longest_ns,
	      (int64_t)((sum->squares_us + 5000) / 10000 + sum->squares_ms * 100));
}

static struct wait_sum random_sum(uint64_t *random)
{
	return (struct wait_sum){
		1 + random_below(random, 100),
		1 + random_below(random, 1 << 30),
		1 + random_below(random, 1 << 30),
		random_below(random, 1 << 30),
		0,
	};
}

static void count_row(const struct example *e)
{
	const struct count_value *value = &e->value;

	if (e->key.activity == COUNT_CPU) {
		should[VIEW_CPU][0] += (int64_t)value->count;
		should[VIEW_CPU][1] += (int64_t)value->count * SAMPLE_NS;
		should[VIEW_WALL][0] += (int64_t)value->count * SAMPLE_NS;
		return;
	}
	should[VIEW_WALL][0] += (int64_t)(value->blocked.ns + value->queued.ns);
	if (value->queued.waits)
		count_sum(VIEW_RUNQ, &value->queued, true);
	if (e->key.activity == COUNT_PREEMPTED)
		return;
	count_sum(VIEW_WAKEUP, &value->blocked, true);
	for (int i = 0; i < 2; i++) {
		enum view_id view = i ? VIEW_OFFWAKE : VIEW_OFFCPU;

		count_sum(view, &value->blocked, true);
		count_sum(view, &value->queued, false);
	}
}

static struct example random_row(uint64_t *random)
{
	struct example e =
		example((enum count_activity)random_below(random, 3), 1 + random_below(random, 50));

	e.key.tid = random_below(random, 4);
	e.key.cut = (uint8_t)random_below(random, 4);
	e.key.flags = (uint8_t)random_below(random, 128);
	e.key.object = (uint8_t)random_below(random, OBJECT_COUNT + 2);
	e.key.syscall = (int16_t)random_below(random, 4) - 1;
	e.has_kernel = random_below(random, 4);
	e.kernel[1] += random_below(random, 3);
	e.key.rival[0] = random_below(random, 2) ? 'r' : '\0';
	for (size_t i = 0; i < random_below(random, WAKERS_MAX + 1); i++)
		e.key.wakers[i] = 1 + random_below(random, 5);
	if (e.key.activity == COUNT_BLOCKED)
		e.value.blocked = random_sum(random);
	if (e.key.activity == COUNT_PREEMPTED ||
	    (e.key.activity == COUNT_BLOCKED && random_below(random, 2)))
		e.value.queued = random_sum(random);
	return e;
}

static void check_views(void)
{
	for (int view = VIEW_PLAIN + 1; view < VIEW_COUNT; view++) {
		struct symbols symbols;
		struct tree *tree;

		assert_int_equal(symbols_init(&symbols, profile), 0);
		tree = tree_build(profile, &symbols, GROUP_NONE, &views[view]);
		assert_non_null(tree);
		for (size_t v = 0; v < tree->nr_values; v++)
			assert_int_equal(tree_total(tree, 0, v), should[view][v]);
		tree_free(tree);
		symbols_fini(&symbols);
	}
}

static void views_have_all_that_the_rows_have(void **state)
{
	uint64_t random = 99;

	for (int round = 0; round < 300; round++) {
		uint64_t events = 0;

		teardown(NULL);
		setup(NULL);
		memset(should, 0, sizeof(should));
		for (uint64_t id = 1; id <= 4; id++)
			know_waker(id, id == 4 ? "" : "waker",
				   id == 3 ? WAKER_INTERRUPT : WAKER_THREAD);
		for (uint32_t i = random_below(&random, 100); i > 0; i--) {
			struct example e = random_row(&random);

			add(&e);
			count_row(&e);
			events += e.value.count;
		}
		profile_seal(profile);
		assert_null(profile_check(profile));
		assert_int_equal(rows.recorded, events);
		assert_int_equal(profile->totals[ACTIVITY_EVENTS], events);
		check_views();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_wait_is_one_sample_for_each_of_its_parts),
		TEST(without_queueing_there_is_one_part),
		TEST(squares_are_rounded_once_and_saturate),
		TEST(cuts_are_told),
		TEST(what_has_no_stack_says_why),
		TEST(rivals_are_named),
		TEST(a_missing_stack_is_counted),
		TEST(estimated_waits_are_samples_of_their_own),
		TEST(wakers_refer_to_those_before_them),
		TEST(unknown_wakers_end_the_chain),
		TEST(stacks_of_wakers_follow_their_names),
		TEST(samples_without_activities_have_two_values),
		TEST(views_have_all_that_the_rows_have),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
