// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the books know exactly, shared out among samples: CPU time among those of running threads, and
 * the waits of which only some were looked at among these. Sums are those of the books, whatever the
 * numbers.
 */
#include "tests/unit/rows_fixture.h"

#include <errno.h>

#include "profiler/capture/settle.h"
#include "profiler/capture/thread_books.h"

static struct thread_books books;

static int setup_books(void **state)
{
	memset(&books, 0, sizeof(books));
	return setup(state);
}

static int teardown_books(void **state)
{
	thread_books_fini(&books);
	return teardown(state);
}

static void book(uint32_t tid, uint64_t cpu_ns, const struct estimated *estimated)
{
	struct thread_record record = {
		.tgid = 10, .tid = tid, .cpu_ns = cpu_ns, .comm = "booked"};

	if (estimated)
		record.estimated = *estimated;
	assert_int_equal(thread_books_add(&books, &record), 0);
}

static void settle_all(void)
{
	assert_int_equal(settle(&rows, &books), 0);
	profile_seal(profile);
	assert_null(profile_check(profile));
}

static void add_cpu(uint32_t tid, uint64_t where, uint64_t count)
{
	struct example e = example(COUNT_CPU, count);

	e.key.tid = tid;
	e.kernel[1] = where;
	add(&e);
}

/* A sum without squares, whose waits all have one length. */
static struct wait_sum sum_of(uint64_t waits, uint64_t ns)
{
	return (struct wait_sum){waits, waits * ns, ns, 0, 0};
}

/* Waits of thread 11 that stand for others. */
static struct example estimated_waits(uint64_t where, struct wait_sum blocked,
				      struct wait_sum queued)
{
	struct example e = example(COUNT_BLOCKED, 1);

	e.key.flags = COUNT_ESTIMATED;
	e.kernel[1] = where;
	e.value.blocked = blocked;
	e.value.queued = queued;
	return e;
}

static int64_t value_of(size_t sample, enum activity_value value)
{
	return profile->values[sample * ACTIVITY_VALUES + value];
}

/* Over the samples of one thread and activity; with `all`, also those that stand for themselves only. */
static int64_t sum_of_samples(uint32_t tid, enum activity activity, enum activity_value value,
			      bool all)
{
	int64_t sum = 0;

	for (size_t i = 0; i < profile->nr_samples; i++) {
		const struct sample *sample = &profile->samples[i];

		if (sample->activity == activity && profile->tasks[sample->task].tid == tid &&
		    (all || sample->estimated))
			sum += value_of(i, value);
	}
	return sum;
}

/* ---- CPU time ---- */

static void cpu_time_is_shared_out_by_the_books(void **state)
{
	struct example wait = example(COUNT_BLOCKED, 2);
	const struct sample *unsampled;

	for (uint64_t i = 0; i < 3; i++)
		add_cpu(11, 0xffffffff82000000 + i, 1);
	add_cpu(12, 0xffffffff82000000, 4); /* no books */
	wait.value.blocked = (struct wait_sum){2, 999, 500, 0, 0};
	add(&wait);
	book(11, 1000, NULL);
	book(13, 77, NULL); /* met by no sample */
	book(14, 0, NULL);  /* nor did it run */
	settle_all();
	check_values(0, 1, 333, 0, 0, 0);
	check_values(1, 1, 333, 0, 0, 0);
	check_values(2, 1, 334, 0, 0, 0);
	check_values(3, 4, 4 * SAMPLE_NS, 0, 0, 0);
	check_values(4, 2, 999, 2, 500, 0);
	check_values(5, 0, 77, 0, 0, 0);
	assert_int_equal(profile->nr_samples, 6);
	unsampled = &profile->samples[5];
	assert_string_equal(text_of(unsampled->stack), "[not sampled]");
	assert_int_equal(unsampled->top, STACK_EMPTY);
	assert_int_equal(profile->tasks[unsampled->task].tid, 13);
	assert_string_equal(
		strings_text(profile->strings, profile->tasks[unsampled->task].thread_name),
		"booked");
	assert_int_equal(profile->totals[ACTIVITY_NS], 1000 + 4 * SAMPLE_NS + 999 + 77);
}

static void without_sampling_there_is_no_cpu_time(void **state)
{
	rows.sampled = false;
	book(13, 77, NULL);
	settle_all();
	assert_int_equal(profile->nr_samples, 0);
}

/* To the nanosecond, whatever the numbers. */
static void shares_of_cpu_time_add_up(void **state)
{
	uint64_t random = 11;

	for (int round = 0; round < 200; round++) {
		uint64_t cpu_ns[20];

		teardown_books(NULL);
		setup_books(NULL);
		for (int i = 0; i < 60; i++)
			add_cpu(random_below(&random, 20), random_u64(&random) % 50,
				1 + random_below(&random, 1000));
		for (uint32_t tid = 0; tid < 20; tid++) {
			cpu_ns[tid] = random_u64(&random) >> (10 + random_below(&random, 54));
			book(tid, cpu_ns[tid] / 2, NULL);
			book(tid, cpu_ns[tid] - cpu_ns[tid] / 2, NULL); /* its number again */
		}
		settle_all();
		for (uint32_t tid = 0; tid < 20; tid++)
			assert_int_equal(sum_of_samples(tid, ACTIVITY_CPU, ACTIVITY_NS, true),
					 cpu_ns[tid]);
	}
}

/* ---- estimated waits ---- */

static void estimates_are_scaled_to_the_books(void **state)
{
	const struct estimated is = {.waits = 30,
				     .blocked_ns = 3000,
				     .queueings = 9,
				     .queued_ns = 500,
				     .preemptions = 7,
				     .preempted_ns = 70};
	struct example e = estimated_waits(0xffffffff81000010, sum_of(8, 200), sum_of(4, 10));

	add(&e);
	e = estimated_waits(0xffffffff81000030, sum_of(2, 200), sum_of(0, 0));
	add(&e);
	e = example(COUNT_PREEMPTED, 1);
	e.key.flags = COUNT_ESTIMATED;
	e.value.queued = sum_of(8, 100);
	add(&e);
	book(11, 0, &is);
	settle_all();
	assert_int_equal(profile->nr_samples, 4);
	check_values(0, 1, 2400, 24, 200, 0); /* 4 parts of 5 */
	check_values(1, 0, 500, 9, 10, 0);
	check_values(2, 1, 600, 6, 200, 0);
	check_values(3, 1, 70, 7, 100, 0);
}

/* Only some of a thread's waits stand for others. */
static void what_stands_for_itself_stays(void **state)
{
	const struct estimated is = {.waits = 5, .blocked_ns = 50};
	struct example e = estimated_waits(0xffffffff81000010, sum_of(1, 20), sum_of(0, 0));

	add(&e);
	e.key.flags = 0;
	add(&e);
	e.key.flags = COUNT_UNWALKED;
	add(&e);
	e.key.tid = 12; /* has no books */
	e.key.flags = COUNT_ESTIMATED;
	add(&e);
	e.key.tid = 11;
	e.key.tgid = 11; /* nor has this one of another process */
	add(&e);
	book(11, 0, &is);
	settle_all();
	check_values(0, 1, 50, 5, 20, 0);
	for (size_t i = 1; i < 5; i++)
		check_values(i, 1, 20, 1, 20, 0);
	assert_int_equal(profile->nr_samples, 5);
}

static void squares_grow_with_the_time(void **state)
{
	const struct estimated is = {.waits = 3, .blocked_ns = 5000000};
	struct example e = estimated_waits(0xffffffff81000010, sum_of(2, 1000000), sum_of(0, 0));

	e.value.blocked.squares_us = 2000000;
	add(&e);
	check_values(0, 1, 2000000, 2, 1000000, 200);
	book(11, 0, &is);
	settle_all();
	check_values(0, 1, 5000000, 3, 1000000, 500);
}

static void squares_saturate(void **state)
{
	const struct estimated is = {.waits = 1, .blocked_ns = INT64_MAX / 4};
	struct example e = estimated_waits(0xffffffff81000010, sum_of(1, 1), sum_of(0, 0));

	e.value.blocked.squares_ms = UINT64_MAX;
	add(&e);
	book(11, 0, &is);
	settle_all();
	assert_int_equal(value_of(0, ACTIVITY_SQUARES), INT64_MAX);
}

static void check_rest(size_t sample, enum activity activity, const char *top, int64_t ns,
		       int64_t waits)
{
	check_values(sample, 0, ns, waits, 0, 0);
	assert_int_equal(profile->samples[sample].activity, activity);
	assert_int_equal(profile->tasks[profile->samples[sample].task].tid, 13);
	assert_string_equal(text_of(profile->samples[sample].stack), "[not walked]");
	assert_string_equal(text_of(profile->samples[sample].top), top);
}

static void what_was_not_looked_at_at_all_says_so(void **state)
{
	const struct estimated is = {.waits = 3,
				     .blocked_ns = 10,
				     .queueings = 2,
				     .queued_ns = 20,
				     .preemptions = 4,
				     .preempted_ns = 30};

	book(13, 0, &is);
	settle_all();
	assert_int_equal(profile->nr_samples, 3);
	for (size_t i = 0; i < 3; i++) {
		switch (profile->samples[i].activity) {
		case ACTIVITY_BLOCKED:
			check_rest(i, ACTIVITY_BLOCKED, "[waits: unknown]", 10, 3);
			break;
		case ACTIVITY_QUEUED:
			check_rest(i, ACTIVITY_QUEUED, "[run queue]", 20, 2);
			break;
		default:
			check_rest(i, ACTIVITY_PREEMPTED, "[run queue]", 30, 4);
		}
	}
}

/* Those that were looked at were of no length: the time has no sample, and the number has. */
static void time_and_number_are_settled_apart(void **state)
{
	const struct estimated is = {.waits = 3, .blocked_ns = 10};
	struct example e = estimated_waits(0xffffffff81000010, sum_of(2, 0), sum_of(0, 0));

	e.key.tid = 13;
	add(&e);
	book(13, 0, &is);
	settle_all();
	check_values(0, 1, 0, 3, 0, 0);
	check_rest(1, ACTIVITY_BLOCKED, "[waits: unknown]", 10, 0);
	assert_int_equal(profile->nr_samples, 2);
}

/* A total beyond what a number holds. */
static void too_much_is_an_error(void **state)
{
	const struct estimated is = {.waits = 1, .blocked_ns = INT64_MAX};
	struct example e = estimated_waits(0xffffffff81000010, sum_of(1, 1), sum_of(0, 0));

	add(&e);
	e.key.flags = 0;
	add(&e);
	book(11, 0, &is);
	assert_int_equal(settle(&rows, &books), -EOVERFLOW);
}

/* ---- all of it ---- */

#define THREADS 6

static struct estimated random_estimated(uint64_t *random)
{
	uint32_t bits = random_below(random, 40) + 20;

	return (struct estimated){
		.waits = random_u64(random) >> bits,
		.blocked_ns = random_u64(random) >> bits,
		.queueings = random_u64(random) >> bits,
		.queued_ns = random_u64(random) >> bits,
		.preemptions = random_u64(random) >> bits,
		.preempted_ns = random_u64(random) >> bits,
	};
}

static struct wait_sum random_sum(uint64_t *random)
{
	uint64_t ns = random_below(random, 4) ? random_u64(random) >> 34 : 0;

	return (struct wait_sum){1 + random_below(random, 4096), ns, ns, ns / 1000, 0};
}

static void add_random(uint64_t *random)
{
	struct example e = example((enum count_activity)random_below(random, 3),
				   1 + random_below(random, 50));

	e.key.tid = random_below(random, THREADS + 1); /* the last one has no books */
	e.key.flags = random_below(random, 2) ? COUNT_ESTIMATED : 0;
	e.kernel[1] += random_below(random, 9);
	memcpy(e.key.comm, random_below(random, 2) ? "one" : "two", 4);
	if (e.key.activity == COUNT_BLOCKED)
		e.value.blocked = random_sum(random);
	if (e.key.activity != COUNT_CPU && random_below(random, 4))
		e.value.queued = random_sum(random);
	if (e.key.activity == COUNT_PREEMPTED && !e.value.queued.waits)
		e.value.queued = random_sum(random);
	add(&e);
}

/* What the samples have that stand for themselves, and those of the thread without books. */
struct unsettled {
	int64_t sums[THREADS + 1][ACTIVITY_COUNT][ACTIVITY_VALUES];
};

static void note_unsettled(struct unsettled *sums)
{
	memset(sums, 0, sizeof(*sums));
	for (size_t i = 0; i < profile->nr_samples; i++) {
		const struct sample *sample = &profile->samples[i];
		uint32_t tid = profile->tasks[sample->task].tid;

		for (int v = 0; v < ACTIVITY_VALUES && (tid == THREADS || !sample->estimated); v++)
			sums->sums[tid][sample->activity][v] +=
				value_of(i, (enum activity_value)v);
	}
}

static void check_thread(uint32_t tid, enum activity activity, const struct unsettled *before,
			 uint64_t ns, uint64_t waits)
{
	const int64_t *others = before->sums[tid][activity];

	assert_int_equal(sum_of_samples(tid, activity, ACTIVITY_NS, true),
			 (activity == ACTIVITY_CPU ? 0 : others[ACTIVITY_NS]) + (int64_t)ns);
	assert_int_equal(sum_of_samples(tid, activity, ACTIVITY_WAITS, true),
			 others[ACTIVITY_WAITS] + (int64_t)waits);
}

static void sums_are_those_of_the_books(void **state)
{
	uint64_t random = 77;

	for (int round = 0; round < 500; round++) {
		struct estimated is[THREADS];
		struct unsettled before;
		uint64_t cpu_ns[THREADS], events;

		teardown_books(NULL);
		setup_books(NULL);
		for (uint32_t i = random_below(&random, 100); i > 0; i--)
			add_random(&random);
		events = (uint64_t)profile->totals[ACTIVITY_EVENTS];
		for (uint32_t tid = 0; tid < THREADS; tid++) {
			is[tid] = random_estimated(&random);
			cpu_ns[tid] = random_u64(&random) >> (10 + random_below(&random, 54));
			book(tid, cpu_ns[tid], &is[tid]);
		}
		note_unsettled(&before);
		settle_all();
		assert_int_equal(profile->totals[ACTIVITY_EVENTS], events);
		for (uint32_t t = 0; t < THREADS; t++) {
			check_thread(t, ACTIVITY_CPU, &before, cpu_ns[t], 0);
			check_thread(t, ACTIVITY_BLOCKED, &before, is[t].blocked_ns, is[t].waits);
			check_thread(t, ACTIVITY_QUEUED, &before, is[t].queued_ns, is[t].queueings);
			check_thread(t, ACTIVITY_PREEMPTED, &before, is[t].preempted_ns,
				     is[t].preemptions);
		}
		for (int a = 0; a < ACTIVITY_COUNT; a++) {
			for (int v = 0; v < ACTIVITY_VALUES; v++)
				assert_int_equal(sum_of_samples(THREADS, (enum activity)a,
								(enum activity_value)v, true),
						 before.sums[THREADS][a][v]);
		}
	}
}

/* The order of the samples moves no part by more than what is rounded. */
static void shares_are_in_proportion(void **state)
{
	uint64_t random = 5;

	for (int round = 0; round < 200; round++) {
		const struct estimated is = {.waits = 1000, .blocked_ns = random_u64(&random) >> 20};
		double sum_ns = 0;
		uint64_t ns[10];

		teardown_books(NULL);
		setup_books(NULL);
		for (uint64_t i = 0; i < 10; i++) {
			struct example e = estimated_waits(0xffffffff81000010 + i,
							   random_sum(&random), sum_of(0, 0));

			add(&e);
			ns[i] = e.value.blocked.ns;
			sum_ns += (double)ns[i];
		}
		book(11, 0, &is);
		settle_all();
		for (size_t i = 0; i < 10 && sum_ns > 0; i++)
			assert_true((double)value_of(i, ACTIVITY_NS) -
						    (double)is.blocked_ns * (double)ns[i] / sum_ns <=
					    1 &&
				    (double)value_of(i, ACTIVITY_NS) -
						    (double)is.blocked_ns * (double)ns[i] / sum_ns >=
					    -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_books, teardown_books)
		TEST(cpu_time_is_shared_out_by_the_books),
		TEST(without_sampling_there_is_no_cpu_time),
		TEST(shares_of_cpu_time_add_up),
		TEST(estimates_are_scaled_to_the_books),
		TEST(what_stands_for_itself_stays),
		TEST(squares_grow_with_the_time),
		TEST(squares_saturate),
		TEST(what_was_not_looked_at_at_all_says_so),
		TEST(time_and_number_are_settled_apart),
		TEST(too_much_is_an_error),
		TEST(sums_are_those_of_the_books),
		TEST(shares_are_in_proportion),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
