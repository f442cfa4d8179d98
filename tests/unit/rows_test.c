// SPDX-License-Identifier: GPL-2.0-or-later
/* From rows of the tables to samples of a profile: waits, their wakers, and CPU time by the books. */
#include "tests/unit/unit.h"

#include <sys/syscall.h>

#include "profiler/capture/rows.h"
#include "profiler/model/tree_build.h"

#define SAMPLE_NS 10000

static struct profile *profile;
static struct tracker tracker;
static struct tables tables;
static struct normalizer normalizer;
static struct thread_books books;
static struct rows rows;

static void open_profile(bool activities)
{
	const struct value_type plain[] = {
		{"samples", "count", VALUE_AMOUNT},
		{"cpu", "nanoseconds", VALUE_AMOUNT},
	};

	memset(&tables, 0, sizeof(tables));
	memset(&books, 0, sizeof(books));
	profile = profile_new();
	assert_non_null(profile);
	for (size_t v = 0; v < (activities ? (size_t)ACTIVITY_VALUES : ARRAY_LEN(plain)); v++)
		assert_int_equal(profile_add_value_type(profile, activities ? &activity_values[v]
									    : &plain[v]),
				 0);
	tracker_init(&tracker, false);
	tables.entries = 1;
	assert_int_equal(tables_init(&tables), 0);
	normalizer_init(&normalizer, profile, &tracker);
	rows = (struct rows){
		.normalizer = &normalizer,
		.tables = &tables,
		.activities = activities,
		.sample_ns = SAMPLE_NS,
		.cgroup_fd = -1,
	};
}

static int setup(void **state)
{
	open_profile(true);
	return 0;
}

static int teardown(void **state)
{
	thread_books_fini(&books);
	normalizer_fini(&normalizer);
	tables_fini(&tables);
	tracker_fini(&tracker);
	profile_free(profile);
	return 0;
}

/* A row to change and to add. */
struct example {
	struct count_key key;
	struct count_value value;
	uint64_t kernel[3];
	bool has_kernel, stack_missing;
};

static struct example example(enum count_activity activity, uint64_t count)
{
	return (struct example){
		.key = {.tgid = 10,
			.tid = 11,
			.cpu = SHARED_NO_CPU,
			.comm = "worker",
			.syscall = WAIT_NO_SYSCALL,
			.activity = activity},
		.value = {.count = count, .first_ns = 100, .last_ns = 200},
		.kernel = {STACK_HEADER(2, 0, STACK_END_ROOT), 0xffffffff81000010,
			   0xffffffff81000020},
		.has_kernel = true,
	};
}

static void add(const struct example *e)
{
	const struct table_row row = {
		.key = &e->key,
		.value = &e->value,
		.kernel = e->has_kernel ? e->kernel : NULL,
		.stack_missing = e->stack_missing,
	};

	assert_int_equal(rows_add(&rows, &row), 0);
}

/* Root first: names, and "k10" for kernel addresses by their last digits. */
static const char *text_of(uint32_t stack)
{
	static char text[512];
	char before[512];

	*text = '\0';
	for (; stack != STACK_EMPTY; stack = stack_callers(&profile->stacks, stack)) {
		const struct location *at =
			&profile->locations[stack_leaf(&profile->stacks, stack)];

		memcpy(before, text, sizeof(before));
		if (at->mapping == MAPPING_NONE)
			snprintf(text, sizeof(text), "%s%s%.400s",
				 strings_text(profile->strings, at->name), *before ? ";" : "",
				 before);
		else
			snprintf(text, sizeof(text), "k%x%s%.400s", (unsigned int)at->addr & 0xffff,
				 *before ? ";" : "", before);
	}
	return text;
}

static void check_values(size_t sample, int64_t events, int64_t ns, int64_t waits, int64_t longest,
			 int64_t squares)
{
	const int64_t *values = &profile->values[sample * ACTIVITY_VALUES];

	assert_true(sample < profile->nr_samples);
	assert_int_equal(values[ACTIVITY_EVENTS], events);
	assert_int_equal(values[ACTIVITY_NS], ns);
	assert_int_equal(values[ACTIVITY_WAITS], waits);
	assert_int_equal(values[ACTIVITY_LONGEST], longest);
	assert_int_equal(values[ACTIVITY_SQUARES], squares);
}

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

/* ---- CPU time ---- */

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

static void book(uint32_t tgid, uint32_t tid, uint64_t cpu_ns)
{
	struct thread_record record = {
		.tgid = tgid, .tid = tid, .cpu_ns = cpu_ns, .comm = "booked"};

	assert_int_equal(thread_books_add(&books, &record), 0);
}

static void add_cpu(uint32_t tid, uint64_t where, uint64_t count)
{
	struct example e = example(COUNT_CPU, count);

	e.key.tid = tid;
	e.kernel[1] = where;
	add(&e);
}

static int64_t cpu_ns_of(uint32_t tid)
{
	int64_t sum_ns = 0;

	for (size_t i = 0; i < profile->nr_samples; i++) {
		if (profile->samples[i].activity == ACTIVITY_CPU &&
		    profile->tasks[profile->samples[i].task].tid == tid)
			sum_ns += profile->values[i * ACTIVITY_VALUES + ACTIVITY_NS];
	}
	return sum_ns;
}

static void cpu_time_is_shared_out_by_the_books(void **state)
{
	struct example wait = example(COUNT_BLOCKED, 2);
	const struct sample *unsampled;

	for (uint64_t i = 0; i < 3; i++)
		add_cpu(11, 0xffffffff82000000 + i, 1);
	add_cpu(12, 0xffffffff82000000, 4); /* no books */
	wait.value.blocked = (struct wait_sum){2, 999, 500, 0, 0};
	add(&wait);
	book(10, 11, 1000);
	book(10, 13, 77); /* met by no sample */
	book(10, 14, 0);  /* nor did it run */
	assert_int_equal(rows_share_cpu_time(&rows, &books), 0);
	check_values(0, 1, 333, 0, 0, 0);
	check_values(1, 1, 333, 0, 0, 0);
	check_values(2, 1, 334, 0, 0, 0);
	check_values(3, 4, 4 * SAMPLE_NS, 0, 0, 0);
	check_values(4, 2, 999, 2, 500, 0);
	check_values(5, 0, 77, 0, 0, 0);
	assert_int_equal(profile->nr_samples, 6);
	unsampled = &profile->samples[5];
	assert_string_equal(text_of(unsampled->stack), "[not sampled]");
	assert_int_equal(profile->tasks[unsampled->task].tid, 13);
	assert_string_equal(
		strings_text(profile->strings, profile->tasks[unsampled->task].thread_name),
		"booked");
	assert_int_equal(profile->totals[ACTIVITY_NS], 1000 + 4 * SAMPLE_NS + 999 + 77);
	profile_seal(profile);
	assert_null(profile_check(profile));
}

/* To the nanosecond, whatever the numbers. */
static void shares_add_up(void **state)
{
	uint64_t random = 11;

	for (int round = 0; round < 200; round++) {
		uint64_t cpu_ns[20];

		teardown(NULL);
		setup(NULL);
		for (int i = 0; i < 60; i++)
			add_cpu(random_below(&random, 20), random_u64(&random) % 50,
				1 + random_below(&random, 1000));
		for (uint32_t tid = 0; tid < 20; tid++) {
			cpu_ns[tid] = random_u64(&random) >> (10 + random_below(&random, 54));
			book(10, tid, cpu_ns[tid] / 2);
			book(10, tid,
			     cpu_ns[tid] - cpu_ns[tid] / 2); /* its number was used again */
		}
		assert_int_equal(rows_share_cpu_time(&rows, &books), 0);
		for (uint32_t tid = 0; tid < 20; tid++)
			assert_int_equal(cpu_ns_of(tid), cpu_ns[tid]);
		profile_seal(profile);
		assert_null(profile_check(profile));
	}
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
	e.key.flags = (uint8_t)random_below(random, 64);
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
		TEST(wakers_refer_to_those_before_them),
		TEST(unknown_wakers_end_the_chain),
		TEST(stacks_of_wakers_follow_their_names),
		TEST(samples_without_activities_have_two_values),
		TEST(cpu_time_is_shared_out_by_the_books),
		TEST(shares_add_up),
		TEST(views_have_all_that_the_rows_have),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
