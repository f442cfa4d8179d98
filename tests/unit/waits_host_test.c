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
#include "tests/unit/waits_sim.h"

#define SCHEDULES 3000

/* ---- what should have been counted ---- */

struct tally {
	uint32_t tid, waker;
	uint8_t activity, cut;
	bool is_new;
	uint64_t events;
	struct wait_sum blocked, queued;
};

struct tallies {
	struct tally tallies[HOST_COUNTS_MAX];
	uint32_t count;
};

static struct tallies expected, counted;
static uint64_t expected_fates[FATE_COUNT];

static struct tally *tally_of(struct tallies *in, const struct tally *key)
{
	for (uint32_t i = 0; i < in->count; i++) {
		struct tally *t = &in->tallies[i];

		if (t->tid == key->tid && t->waker == key->waker && t->activity == key->activity &&
		    t->cut == key->cut && t->is_new == key->is_new)
			return t;
	}
	assert_true(in->count < HOST_COUNTS_MAX);
	in->tallies[in->count] = *key;
	return &in->tallies[in->count++];
}

static void sum_wait(struct wait_sum *sum, uint64_t ns)
{
	sum->waits++;
	sum->ns += ns;
	if (sum->longest_ns < ns)
		sum->longest_ns = ns;
	sum->squares_us += (ns / 1000) * (ns / 1000); /* none of them is longer than a second */
}

static void sum_sum(struct wait_sum *sum, const struct wait_sum *more)
{
	sum->waits += more->waits;
	sum->ns += more->ns;
	if (sum->longest_ns < more->longest_ns)
		sum->longest_ns = more->longest_ns;
	sum->squares_us += more->squares_us;
	assert_int_equal(more->squares_ms, 0);
}

static uint64_t clip(uint64_t from_ns, uint64_t to_ns)
{
	if (from_ns < capture_begin_ns)
		from_ns = capture_begin_ns;
	if (to_ns > capture_end_ns)
		to_ns = capture_end_ns;
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

static uint32_t class_of(const struct sim_task *t, uint32_t state)
{
	static const uint32_t classes[][2] = {
		{TASK_NOLOAD, WAIT_STATE_IDLE},		 {TASK_TRACED, WAIT_STATE_TRACED},
		{TASK_STOPPED, WAIT_STATE_STOPPED},	 {TASK_PARKED, WAIT_STATE_PARKED},
		{TASK_UNINTERRUPTIBLE, WAIT_STATE_DISK},
	};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (!i && t->host.task.flags & PF_KTHREAD && state & TASK_INTERRUPTIBLE)
			return WAIT_STATE_IDLE;
		if (state & classes[i][0])
			return classes[i][1];
	}
	return WAIT_STATE_SLEEP;
}

/* A wait, and what there is to be said of it. */
struct verdict {
	bool blocked, cut_end;
	uint64_t blocked_ns, queued_ns;
	uint8_t cut;
};

static uint64_t began_ns(const struct sim_wait *wait)
{
	return wait->found && !sim.late_ones ? 0 : wait->start_ns;
}

static bool is_woken(const struct sim_wait *wait)
{
	return wait->woken_ns > began_ns(wait) && wait->woken_ns <= wait->end_ns;
}

/*
 * Of a wait that the capture ends in, and whose end nobody saw, the state of the task tells whether it
 * goes on: but that is the state in which it is found, some time later. Without the scheduler's notes,
 * and while its clock was not compared with ours, it goes on.
 */
static bool is_undecided(const struct sim_task *t, const struct sim_wait *wait)
{
	return wait->blocks && wait->end_ns >= capture_end_ns && !is_woken(wait) &&
	       (t->closing_state || host.without_notes || !any_clock_offset_ns);
}

/* The last one that began within the capture: it is counted after the end. */
static bool is_last(const struct sim_task *t, const struct sim_wait *wait)
{
	return wait->start_ns < capture_end_ns && (wait + 1 == t->waits + t->nr_waits ||
						   wait[1].start_ns >= capture_end_ns);
}

/*
 * Nobody saw its end, and until the thread was looked at after the end of the capture it was in the
 * run queue again: the scheduler's notes are of both.
 */
static bool is_unknown_now(const struct sim_task *t, const struct sim_wait *wait)
{
	if (!wait->known || !wait->blocks || is_woken(wait) || is_undecided(t, wait))
		return false;
	return is_last(t, wait) && wait->end_ns != NEVER_NS &&
	       (wait->end_ns >= capture_end_ns || wait + 1 < t->waits + t->nr_waits);
}

/* From when on it was in the run queue. */
static uint64_t queued_from(const struct sim_task *t, const struct sim_wait *wait)
{
	if (!wait->blocks)
		return wait->start_ns;
	if (is_woken(wait))
		return wait->woken_ns;
	if (is_undecided(t, wait))
		return NEVER_NS;
	return host.without_notes ? wait->start_ns : wait->noted_ns;
}

static struct verdict judge(const struct sim_task *t, const struct sim_wait *wait)
{
	struct verdict v = {.blocked = wait->blocks, .cut_end = wait->end_ns >= capture_end_ns};
	uint64_t woken_ns = queued_from(t, wait);

	v.blocked_ns = clip(wait->start_ns, woken_ns < wait->end_ns ? woken_ns : wait->end_ns);
	v.queued_ns = clip(woken_ns, wait->end_ns);
	if (wait->found || wait->start_ns < capture_begin_ns)
		v.cut |= COUNT_CUT_BEGIN;
	if (v.cut_end)
		v.cut |= COUNT_CUT_END;
	return v;
}

static enum event_fate fate_of(const struct sim_task *t, const struct sim_wait *wait,
			       const struct verdict *v)
{
	uint64_t ns = v->blocked_ns + v->queued_ns;

	if (wait->blocks ? !want_blocked : !want_queued)
		return FATE_NOT_A_WAIT;
	if (wait->blocks && !(class_of(t, wait->state) & wanted_states))
		return FATE_STATE;
	if (!want_kernel && t->host.task.flags & PF_KTHREAD)
		return FATE_NO_USER_STACK;
	if (some_cpus && !(wanted_cpus[0] >> wait->cpu & 1))
		return FATE_OTHER_CPU;
	if (v->cut && complete_only)
		return FATE_CUT;
	if (ns < min_wait_ns)
		return FATE_TOO_SHORT;
	return ns > max_wait_ns ? FATE_TOO_LONG : FATE_RECORDED;
}

/* Whether it has been counted: its thread has left the CPU since, or was closed. */
static bool is_settled(const struct sim_task *t, const struct sim_wait *wait)
{
	if (t->is_visited || t->gone_ns)
		return true;
	return wait->start_ns < capture_end_ns && !is_last(t, wait);
}

static void expect_wait(const struct sim_task *t, const struct sim_wait *wait)
{
	struct verdict v = judge(t, wait);
	enum event_fate fate = fate_of(t, wait, &v);
	struct tally key = {
		.tid = (uint32_t)t->host.task.pid,
		.waker = v.blocked && want_wakers && !sim.misses ? wait->waker : SIM_NOBODY,
		.activity = v.blocked ? COUNT_BLOCKED : COUNT_PREEMPTED,
		.cut = v.cut,
		.is_new = wait->is_new,
	};
	struct tally *tally;

	if (!is_settled(t, wait))
		return;
	if (!wait->known || wait->end_ns <= capture_begin_ns || wait->start_ns >= capture_end_ns)
		return;
	expected_fates[FATE_FIRED]++;
	expected_fates[fate]++;
	if (fate != FATE_RECORDED)
		return;
	tally = tally_of(&expected, &key);
	tally->events++;
	if (v.blocked)
		sum_wait(&tally->blocked, v.blocked_ns);
	if (v.queued_ns)
		sum_wait(&tally->queued, v.queued_ns);
}

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

/* How long the thread did this between two moments, by its history. */
static uint64_t history_ns(const struct sim_task *t, enum doing doing, uint64_t from_ns,
			   uint64_t to_ns)
{
	uint64_t sum_ns = 0;

	for (uint32_t i = 0; i < t->nr_changes; i++) {
		uint64_t start_ns = t->changes[i].at_ns;
		uint64_t end_ns = i + 1 < t->nr_changes ? t->changes[i + 1].at_ns : NEVER_NS;

		if (start_ns < from_ns)
			start_ns = from_ns;
		if (end_ns > to_ns)
			end_ns = to_ns;
		if (t->changes[i].doing == doing && end_ns > start_ns)
			sum_ns += end_ns - start_ns;
	}
	return sum_ns;
}

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

/* ---- chains of wakers ---- */

static struct host_task chained[6];

/* Thread `by` wakes thread `whom`, which then takes the CPU from it and blocks. */
static void chain_wakes(uint32_t by, uint32_t whom)
{
	unsigned long long ctx[4] = {[3] = TASK_INTERRUPTIBLE};

	host.now_ns += 10;
	host.current = &chained[by];
	wake_thread(NULL, &chained[whom].task);
	chained[whom].task.__state = 0;
	chained[by].task.__state = TASK_INTERRUPTIBLE;
	switch_threads(ctx, false, &chained[by].task, &chained[whom].task);
}

static uint32_t chain_tid(const struct count_key *key, uint32_t at)
{
	return key->wakers[at] ? host_waker_of(key->wakers[at])->tid : 0;
}

static struct thread *thread_at(uint32_t i)
{
	return chained[i].storage;
}

static void begin_chain(uint32_t length, uint32_t bystanders)
{
	host_reset(1);
	want_wakers = true;
	want_user = false;
	waker_chain = length;
	capture_begin_ns = 1;
	host.now_ns = 2;
	for (uint32_t i = 0; i < ARRAY_LEN(chained); i++) {
		chained[i] = (struct host_task){.task = {.pid = 1 + (int)i, .tgid = 1 + (int)i}};
		assert_non_null(thread_watch(&chained[i].task, bystanders >> i & 1));
		thread_at(i)->state = i ? THREAD_BLOCKED : THREAD_RUNNING;
		thread_at(i)->since_ns = host.now_ns;
		thread_at(i)->wait.one_in = thread_at(i)->wait.looked_at = 1;
		thread_at(i)->wait.fate = FATE_RECORDED;
	}
}

static void end_chain(void)
{
	for (uint32_t i = 0; i < ARRAY_LEN(chained); i++)
		free(chained[i].storage);
}

/* Each thread wakes the next one, five times around; the last wait of the first that was counted. */
static const struct count_key *last_of_first(void)
{
	const struct count_key *last = NULL;
	uint32_t nr = ARRAY_LEN(chained);

	for (uint32_t i = 0; i < 5 * nr; i++)
		chain_wakes(i % nr, (i + 1) % nr);
	for (uint32_t i = 0; i < host.nr_counts; i++) {
		if (host.counts[i].key.tid == 1)
			last = &host.counts[i].key;
	}
	assert_non_null(last);
	return last;
}

static void wakers_of_wakers_are_known_as_far_as_asked_for(void **state)
{
	uint32_t nr = ARRAY_LEN(chained);

	for (uint32_t length = 1; length <= WAKERS_MAX; length++) {
		const struct count_key *last;

		begin_chain(length, 0);
		last = last_of_first();
		for (uint32_t i = 0; i < WAKERS_MAX; i++)
			assert_int_equal(chain_tid(last, i), i < length ? nr - i : 0);
		end_chain();
	}
}

static void visit_all(int (*program)(struct bpf_iter__task *ctx))
{
	for (uint32_t i = 0; i < ARRAY_LEN(chained); i++) {
		struct bpf_iter_meta meta = {0};
		struct bpf_iter__task ctx = {.meta = &meta, .task = &chained[i].task};

		program(&ctx);
	}
}

/* All threads but the first and the third. */
static void bystanders_are_links_of_chains_only(void **state)
{
	uint32_t nr = ARRAY_LEN(chained);
	const struct count_key *last;

	begin_chain(WAKERS_MAX, ~5U);
	last = last_of_first();
	for (uint32_t i = 0; i < WAKERS_MAX; i++)
		assert_int_equal(chain_tid(last, i), nr - i);
	capture_end_ns = ++host.now_ns;
	visit_all(close_threads);
	for (uint32_t i = 0; i < host.nr_counts; i++)
		assert_true(host.counts[i].key.tid == 1 || host.counts[i].key.tid == 3);
	assert_int_equal(host.nr_records, 2);
	assert_int_equal(host.records[0].tid, 1);
	assert_int_equal(host.records[1].tid, 3);
	host_check_fates();
	end_chain();
}

static bool first_is_target(__u32 tgid)
{
	return tgid == 1;
}

static bool none_is_target(__u32 tgid)
{
	return false;
}

static const struct thread_record *record_of(uint32_t tid)
{
	for (uint32_t i = 0; i < host.nr_records; i++) {
		if (host.records[i].tid == tid)
			return &host.records[i];
	}
	return NULL;
}

static void check_first_since(uint64_t since_ns)
{
	const struct thread_record *record;

	capture_end_ns = ++host.now_ns;
	visit_all(close_threads);
	record = record_of(1);
	assert_int_equal(host.nr_records, 1);
	assert_true(host.nr_counts > 0);
	assert_non_null(record);
	assert_int_equal(record->begin_ns, since_ns);
	assert_int_equal(record->cpu_ns + record->blocked_ns + record->queued_ns,
			 capture_end_ns - since_ns);
	for (uint32_t i = 0; i < host.nr_counts; i++) {
		assert_int_equal(host.counts[i].key.tid, 1);
		assert_true(host.counts[i].value.blocked.ns <= capture_end_ns - since_ns);
	}
	host_check_fates();
	end_chain();
}

/* What it did, and waited for, before it executed the program that is looked at is not counted. */
static void bystanders_that_execute_a_target_begin_there(void **state)
{
	uint64_t since_ns;

	begin_chain(WAKERS_MAX, ~0U);
	watch_bystanders = true;
	target_mode = TARGET_IDS;
	host.is_target = none_is_target;
	for (uint32_t i = 0; i < 2 * ARRAY_LEN(chained); i++)
		chain_wakes(i % ARRAY_LEN(chained), (i + 1) % ARRAY_LEN(chained));
	host.now_ns += 7;
	host.is_target = first_is_target;
	since_ns = host.now_ns;
	chained[0].task.sched_info.last_arrival = 1000;
	watch_exec(NULL, &chained[0].task);
	for (uint32_t i = 0; i < 2 * ARRAY_LEN(chained); i++)
		chain_wakes(i % ARRAY_LEN(chained), (i + 1) % ARRAY_LEN(chained));
	assert_int_equal(any_clock_offset_ns, 0); /* that was no arrival, which could be compared */
	check_first_since(since_ns);
}

/* Into the cgroup that is looked at, for one. */
static void bystanders_that_become_targets_begin_there(void **state)
{
	uint64_t since_ns;

	begin_chain(WAKERS_MAX, ~0U);
	watch_bystanders = true;
	target_mode = TARGET_IDS;
	host.is_target = none_is_target;
	for (uint32_t i = 0; i < 2 * ARRAY_LEN(chained) - 2; i++)
		chain_wakes(i % ARRAY_LEN(chained), (i + 1) % ARRAY_LEN(chained));
	host.is_target = first_is_target;
	since_ns = ++host.now_ns;
	visit_all(find_threads);
	host.now_ns += 5;
	chain_wakes(ARRAY_LEN(chained) - 2, ARRAY_LEN(chained) - 1);
	chain_wakes(ARRAY_LEN(chained) - 1, 0);
	chain_wakes(0, 1);
	check_first_since(since_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(books_balance_and_waits_have_one_fate),
		cmocka_unit_test(notes_make_up_for_what_was_not_seen),
		cmocka_unit_test(without_notes_nothing_is_made_up),
		cmocka_unit_test(full_tables_lose_no_fate),
		cmocka_unit_test(wakers_of_wakers_are_known_as_far_as_asked_for),
		cmocka_unit_test(bystanders_are_links_of_chains_only),
		cmocka_unit_test(bystanders_that_execute_a_target_begin_there),
		cmocka_unit_test(bystanders_that_become_targets_begin_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
