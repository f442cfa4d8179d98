// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Following threads, on the host: what the programs say of simulated threads, against the
 * simulation's own history. Books balance to the nanosecond; each wait has one fate, and the right
 * one; nothing outside the capture counts.
 *
 * Where programs did not run when they should have, the same is true by the scheduler's notes: to the
 * nanosecond, since its clock is known here. On kernels without them what threads did is uncertain,
 * within bounds: no time on the CPU is made up, and none is counted twice.
 */
#include "tests/unit/waits_expected.h"
#include "tests/unit/waits_history.h"

#define SCHEDULES 3000
/* ---- what was ---- */

/* Whether all that the thread did can be known. */
static bool is_certain(const struct sim_task *t)
{
	bool certain = !t->hidden && !t->inexact;

	for (uint32_t i = 0; i < t->nr_waits; i++)
		certain = certain && !is_unknown_now(t, &t->waits[i]);
	return certain;
}

static bool all_certain(void)
{
	bool certain = true;

	for (uint32_t i = 0; i < sim.nr_tasks; i++)
		certain = certain && is_certain(sim.tasks[i]);
	return certain;
}

static const struct sim_task *task_of(uint32_t tid)
{
	assert_true(tid >= 100 && tid < 100 + sim.nr_tasks);
	return sim.tasks[tid - 100];
}

static void add_count(const struct host_count *count)
{
	const struct waker_record *waker =
		count->key.wakers[0] ? host_waker_of(count->key.wakers[0]) : NULL;
	struct tally key = {
		.tid = count->key.tid,
		.waker = waker && !sim.misses ? waker->tid : SIM_NOBODY,
		.activity = count->key.activity,
		.cut = count->key.cut,
		.is_new = count->key.flags & COUNT_NEW,
	};
	struct tally *tally;

	assert_true(sim_is_target(count->key.tgid));
	if (!is_certain(task_of(count->key.tid)))
		return;
	tally = tally_of(&counted, &key);
	assert_true(!count->key.wakers[0] || waker);
	assert_int_equal(waker ? waker->context == WAKER_INTERRUPT : 0, waker ? !waker->tid : 0);
	assert_false(count->key.flags & COUNT_UNWALKED);
	if (count->key.kernel_stack)
		assert_non_null(host_stack_of(count->key.kernel_stack));
	tally->events += count->value.count;
	sum_sum(&tally->blocked, &count->value.blocked);
	sum_sum(&tally->queued, &count->value.queued);
}

static void check_sum(const struct wait_sum *is, const struct wait_sum *should)
{
	assert_int_equal(is->waits, should->waits);
	assert_int_equal(is->ns, should->ns);
	assert_int_equal(is->longest_ns, should->longest_ns);
	assert_int_equal(is->squares_us, should->squares_us);
}

static void check_counts(void)
{
	for (uint32_t i = 0; i < host.nr_counts; i++)
		add_count(&host.counts[i]);
	for (int fate = 0; fate < FATE_COUNT && all_certain(); fate++)
		assert_int_equal(host_fate((enum event_fate)fate), expected_fates[fate]);
	assert_int_equal(counted.count, expected.count);
	for (uint32_t i = 0; i < expected.count; i++) {
		const struct tally *should = &expected.tallies[i];
		const struct tally *is = tally_of(&counted, should);

		assert_int_equal(is->events, should->events);
		check_sum(&is->blocked, &should->blocked);
		check_sum(&is->queued, &should->queued);
	}
}

/* ---- books ---- */

/* How much of the time in the run queue cannot be told from time blocked. */
static int64_t misled(const struct sim_task *t, uint64_t begin_ns)
{
	int64_t sum_ns = 0;

	for (uint32_t i = 0; i < t->nr_waits; i++) {
		const struct sim_wait *wait = &t->waits[i];
		uint64_t end_ns = wait->end_ns < capture_end_ns ? wait->end_ns : capture_end_ns;
		uint64_t start_ns = wait->start_ns > begin_ns ? wait->start_ns : begin_ns;
		int64_t wrong_ns;

		if (!wait->known || wait->start_ns >= capture_end_ns || end_ns <= begin_ns)
			continue;
		wrong_ns = (int64_t)(judge(t, wait).blocked_ns -
				     history_ns(t, BLOCKS, start_ns, end_ns));
		if (!is_undecided(t, wait))
			assert_int_equal(wrong_ns, 0);
		sum_ns += wrong_ns;
	}
	return sum_ns;
}

static void check_life(const struct sim_task *t, const struct thread_record *record)
{
	uint64_t begin_ns = record->begin_ns;

	assert_int_equal(record->end_ns,
			 t->gone_ns && t->gone_ns < capture_end_ns ? t->gone_ns : capture_end_ns);
	if (t->visit_ns > capture_begin_ns)
		assert_true(begin_ns == t->traced_ns ||
			    (begin_ns >= t->visit_ns && begin_ns <= t->visited_ns));
	else
		assert_int_equal(begin_ns,
				 t->born_ns > capture_begin_ns ? t->born_ns : capture_begin_ns);
}

/* Nothing is counted twice; and time on the CPU, where arrivals are not known, not at all. */
static void check_bounds(const struct sim_task *t, const struct thread_record *record)
{
	uint64_t sum_ns = record->cpu_ns + record->blocked_ns + record->queued_ns;

	assert_true(record->cpu_ns <= UINT64_MAX / 4 && record->blocked_ns <= UINT64_MAX / 4 &&
		    record->queued_ns <= UINT64_MAX / 4);
	assert_true(sum_ns <= record->end_ns - record->begin_ns);
	if (t->hidden)
		return; /* when it leaves the CPU nobody sees: it lacks time */
	assert_int_equal(sum_ns, record->end_ns - record->begin_ns);
	if (host.without_notes && !t->was_exiting && !t->inexact)
		assert_true(record->cpu_ns <=
			    history_ns(t, RUNS, record->begin_ns, record->end_ns));
}

static void check_record(const struct sim_task *t, const struct thread_record *record)
{
	uint64_t begin_ns = record->begin_ns, end_ns = record->end_ns;
	int64_t misled_ns;

	assert_true(sim_is_target(record->tgid));
	assert_string_equal(record->comm, t->host.task.comm);
	assert_int_equal(record->tgid, t->host.task.tgid);
	assert_true(begin_ns >= capture_begin_ns && end_ns <= capture_end_ns);
	assert_true(begin_ns <= end_ns);
	check_bounds(t, record);
	if (t->was_exiting || t->hidden)
		return; /* it was found on its way out, of which not all was seen */
	check_life(t, record);
	if (!is_certain(t) || (sim.misses && host.without_notes))
		return;
	misled_ns = misled(t, begin_ns);
	assert_int_equal(record->cpu_ns, history_ns(t, RUNS, begin_ns, end_ns));
	assert_int_equal(record->blocked_ns,
			 history_ns(t, BLOCKS, begin_ns, end_ns) + (uint64_t)misled_ns);
	assert_int_equal(record->queued_ns,
			 history_ns(t, QUEUES, begin_ns, end_ns) - (uint64_t)misled_ns);
}

/*
 * Whether there must be books of it: of a thread that was visited when it lived to the end, and of
 * any that was seen to end. (One that ends between two visits, as there was no room at the first,
 * has none.)
 */
static bool lived(const struct sim_task *t)
{
	bool told = t->is_told || (t->gone_ns && !t->is_visited);

	if (!sim_is_target((uint32_t)t->host.task.tgid))
		return false;

	return told && t->host.storage && t->doing != NOT_YET && t->born_ns < capture_end_ns &&
	       (t->traced || t->visit_ns) && (!t->gone_ns || t->gone_ns > capture_begin_ns);
}

static void check_books(const struct sim_task *t)
{
	uint32_t records = 0;

	for (uint32_t i = 0; i < host.nr_records; i++) {
		if (host.records[i].tid != (uint32_t)t->host.task.pid)
			continue;
		records++;
		check_record(t, &host.records[i]);
	}
	if (!t->was_exiting && !t->hidden)
		assert_int_equal(records, lived(t));
	assert_true(records <= 1);
}

/* ---- schedules ---- */

static void choose_options(void)
{
	want_queued = sim_chance(2);
	want_wakers = sim_chance(2);
	want_rivals = sim_chance(2);
	want_stacks = !sim_chance(4);
	want_user = sim_chance(2);
	want_kernel = !sim_chance(4);
	complete_only = sim_chance(8);
	switch_tells_state = !sim_chance(4);
	waker_chain = 1 + sim_below(WAKERS_MAX);
	if (sim_chance(4))
		wanted_states = sim_below(64);
	if (sim_chance(4))
		min_wait_ns = random_u64(&sim.random) % (8 * sim.step_ns);
	if (sim_chance(4))
		max_wait_ns = min_wait_ns + random_u64(&sim.random) % (64 * sim.step_ns);
	some_cpus = sim_chance(8);
	wanted_cpus[0] = some_cpus ? sim_below(1 << SIM_CPUS) : 0;
	sim.late_mode = sim_chance(4);
	sim.bystanders = !sim.late_mode && sim_chance(4);
	watch_bystanders = sim.bystanders;
	target_mode = sim.late_mode || sim.bystanders ? TARGET_IDS : TARGET_ALL;
	host.without_notes = sim_chance(4);
	host.without_delayed = sim_chance(2);
	host.seq_full_one_in = sim_chance(2) ? 4 : 0;
}

/* The last threads to be found are those that become targets in the middle. */
static void run_capture(void)
{
	sim_events(sim_below(60));
	sim.attached = true;
	sim_events(sim_below(20));
	sim_visit(find_threads);
	sim_settle();
	sim_visit(find_threads);
	sim_events(sim_below(4));
	capture_begin_ns = host.now_ns + random_u64(&sim.random) % sim.step_ns; /* is agreed on */
	sim_events(sim_below(100));
	if (host.now_ns <= capture_begin_ns)
		host.now_ns = capture_begin_ns + 1;
	if (sim.late_mode) {
		sim.late_ones = true;
		sim_visit(find_threads);
		sim_settle();
		sim_visit(find_threads);
	}
	sim_events(sim_below(100));
	capture_end_ns = host.now_ns + 1 + random_u64(&sim.random) % sim.step_ns;
	sim_events(sim_below(4));
	if (host.now_ns < capture_end_ns)
		host.now_ns = capture_end_ns;
	sim_settle();
	sim_events(sim_below(20));
	sim_visit(close_threads);
}

static void start(uint64_t seed)
{
	memset(&expected, 0, sizeof(expected));
	memset(&counted, 0, sizeof(counted));
	memset(expected_fates, 0, sizeof(expected_fates));
	sim_init(seed);
	choose_options();
}

static void check_capture(void)
{
	for (uint32_t i = 0; i < sim.nr_tasks; i++)
		check_books(sim.tasks[i]);
	host_check_fates();
	if (sim.misses && host.without_notes)
		return;
	for (uint32_t i = 0; i < sim.nr_tasks; i++) {
		const struct sim_task *t = sim.tasks[i];

		for (uint32_t w = 0; w < t->nr_waits; w++) {
			if (is_certain(t) && sim_is_target((uint32_t)t->host.task.tgid))
				expect_wait(t, &t->waits[w]);
		}
	}
	check_counts();
}

static void books_balance_and_waits_have_one_fate(void **state)
{
	for (uint64_t seed = 1; seed <= SCHEDULES; seed++) {
		start(seed * 0x9e3779b97f4a7c15ULL);
		run_capture();
		check_capture();
		sim_free();
	}
}

/* Threads whose books cannot be exact, and others. */
static uint32_t uncertain, certain;

static void check_schedules_with_misses(bool without_notes)
{
	uncertain = certain = 0;
	for (uint64_t seed = 1; seed <= SCHEDULES; seed++) {
		start(seed * 0xa0761d6478bd642fULL);
		sim.misses = true;
		sim.tasks[1]->hidden = sim.tasks[4]->hidden = sim_chance(2);
		host.without_notes = without_notes;
		run_capture();
		check_capture();
		for (uint32_t i = 0; i < sim.nr_tasks; i++) {
			if (!sim.tasks[i]->hidden)
				++*(is_certain(sim.tasks[i]) ? &certain : &uncertain);
		}
		sim_free();
	}
}

static void notes_make_up_for_what_was_not_seen(void **state)
{
	check_schedules_with_misses(false);
	assert_true(uncertain < certain / 10); /* else it would say little */
}

static void without_notes_nothing_is_made_up(void **state)
{
	check_schedules_with_misses(true);
}

/* Where nothing finds room, all waits are still told of. */
static void full_tables_lose_no_fate(void **state)
{
	for (uint64_t seed = 1; seed <= 200; seed++) {
		start(seed * 0xd6e8feb86659fd93ULL);
		host.full_one_in = 1 + sim_below(4);
		run_capture();
		host_check_fates();
		sim_free();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(books_balance_and_waits_have_one_fate),
		cmocka_unit_test(notes_make_up_for_what_was_not_seen),
		cmocka_unit_test(without_notes_nothing_is_made_up),
		cmocka_unit_test(full_tables_lose_no_fate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
