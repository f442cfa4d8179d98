// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A capture in intervals, on the host: simulated threads are taken on from one to the next while they
 * go on switching, also in the middle of that. Their books follow each other without a gap, each one
 * balances and is what the simulation's history says of its time, and the tables of an interval have
 * the waits of these books and no others.
 */
#include "tests/unit/waits_history.h"
#include "tests/unit/waits_sim.h"

#define SCHEDULES     1500
#define INTERVALS_MAX 6

static void start(uint64_t seed)
{
	sim_init(seed);
	want_wakers = sim_chance(2);
	want_rivals = sim_chance(2);
	want_stacks = !sim_chance(4);
	switch_tells_state = !sim_chance(4);
	host.without_delayed = sim_chance(2);
	host.seq_full_one_in = sim_chance(2) ? 4 : 0;
	host.copy = &host_turning.thread;
	in_intervals = true;
	tables_active = 1 << 1;
	dozes_interval = 1;
}

/* What a table holds of a thread's waits; as if read, it is not there any more. */
static uint64_t take_waits(uint32_t table, uint32_t tid)
{
	uint64_t sum_ns = 0;

	for (uint32_t i = 0; i < host.nr_counts; i++) {
		struct host_count *count = &host.counts[i];

		if (count->table != table || count->key.tid != tid)
			continue;
		sum_ns += count->value.blocked.ns + count->value.queued.ns;
		count->table = 2;
	}
	return sum_ns;
}

/* The books of a thread since the last check: of this interval, from where those before ended. */
static uint64_t last_end_ns[SIM_TASKS_MAX], carried_ns[SIM_TASKS_MAX];
static uint32_t checked;

static void check_record(const struct thread_record *record, uint64_t waits_ns)
{
	uint32_t number = record->tid - 100;
	const struct sim_task *t = sim.tasks[number];

	assert_true(number < sim.nr_tasks);
	assert_true(record->end_ns >= record->begin_ns);
	if (last_end_ns[number])
		assert_int_equal(record->begin_ns, last_end_ns[number]);
	last_end_ns[number] = record->end_ns;
	waits_ns += carried_ns[number];
	carried_ns[number] = 0;
	if (t->was_exiting || t->inexact)
		return;
	assert_int_equal(record->cpu_ns + record->blocked_ns + record->queued_ns,
			 record->end_ns - record->begin_ns);
	assert_int_equal(record->cpu_ns,
			 history_ns(t, RUNS, record->begin_ns, record->end_ns));
	assert_int_equal(record->blocked_ns + record->queued_ns, waits_ns);
}

static int compare_begin(const void *left, const void *right)
{
	const struct thread_record *a = left, *b = right;

	return a->begin_ns < b->begin_ns ? -1 : a->begin_ns > b->begin_ns;
}

/* Since the last time; some may have ended in the next interval already, and were heard of before. */
static void check_interval(uint32_t left)
{
	qsort(&host.records[checked], host.nr_records - checked, sizeof(*host.records),
	      compare_begin);
	for (; checked < host.nr_records; checked++) {
		const struct thread_record *record = &host.records[checked];
		bool ends_late = record->interval == tables_active >> 1;

		check_record(record, take_waits(ends_late ? tables_active & 1 : left, record->tid));
	}
	/* Those that are on their way out, and in no list any more, have books when they have left. */
	for (uint32_t i = 0; i < sim.nr_tasks; i++) {
		const struct sim_task *t = sim.tasks[i];
		uint64_t rest_ns = take_waits(left, (uint32_t)t->host.task.pid);

		if (!t->listed && !t->gone_ns)
			carried_ns[i] += rest_ns;
		else if (!t->was_exiting)
			assert_int_equal(rest_ns, 0);
	}
}

/* As waits_turn() does. */
static void turn(void)
{
	uint32_t next = (tables_active >> 1) + 1, left = tables_active & 1;

	dozes_interval = next;
	sim_events(sim_below(4));
	interval_begin_ns = host.now_ns;
	interval_turns = true;
	tables_active = next << 1 | !left;
	sim_events(sim_below(8));
	do {
		threads_busy = 0;
		sim_visit(turn_threads);
	} while (threads_busy);
	interval_turns = false;
	check_interval(left);
}

static void run_capture(void)
{
	sim_events(sim_below(60));
	sim.attached = true;
	sim_events(sim_below(20));
	sim_visit(find_threads);
	sim_settle();
	sim_visit(find_threads);
	sim_events(sim_below(4));
	capture_begin_ns = host.now_ns + random_u64(&sim.random) % sim.step_ns;
	sim_events(sim_below(100));
	if (host.now_ns <= capture_begin_ns)
		host.now_ns = capture_begin_ns + 1;
	for (uint32_t i = sim_below(INTERVALS_MAX); i > 0; i--) {
		turn();
		sim_events(sim_below(60));
	}
	capture_end_ns = host.now_ns + 1 + random_u64(&sim.random) % sim.step_ns;
	sim_events(sim_below(4));
	if (host.now_ns < capture_end_ns)
		host.now_ns = capture_end_ns;
	sim_settle();
	sim_events(sim_below(20));
	host.seq_full_one_in = 0; /* the end is the other test's */
	sim_visit(close_threads);
	check_interval(tables_active & 1);
}

static void books_follow_each_other(void **state)
{
	for (uint64_t seed = 1; seed <= SCHEDULES; seed++) {
		memset(last_end_ns, 0, sizeof(last_end_ns));
		memset(carried_ns, 0, sizeof(carried_ns));
		checked = 0;
		start(seed * 0x9e3779b97f4a7c15ULL);
		run_capture();
		host_check_fates();
		sim_free();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(books_follow_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
