// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that switch so often that most of their waits are only added up: their books are right to
 * the nanosecond all the same, whatever ends a doze, and what was looked at stands for the rest.
 */
#include "tests/unit/waits_host.h"

#include <math.h>

#define CLOCK_OFFSET_NS 123456789 /* of the run queue's clock */
#define SWITCHES	60000
#define LIMIT_WINDOW_NS (1ULL << LIMIT_WINDOW_SHIFT)
#define TIGHT_NS	(LIMIT_WINDOW_NS / 400)
#define PATHS		2

enum { IDLE, PLAYER, PARTNER, THREADS };

/* A thread, and what it did, by the test's own account. */
static struct player {
	struct host_task host; /* first */
	uint64_t left_ns, woken_ns, arrived_ns;
	bool blocks;
	uint64_t cpu_ns, blocked_ns, queued_ns;
	uint64_t waits, preemptions, path_waits[PATHS];
	uint32_t path; /* in which it waits */
} players[THREADS];

static struct rq queue;
static struct cfs_rq fair = {.rq = &queue};

/* What happens by chance in a run. */
static struct play {
	uint32_t long_one_in, preempt_one_in, disk_one_in, missed_one_in;
	uint64_t random;
} play;

static bool happens(uint32_t one_in)
{
	return one_in && !random_below(&play.random, one_in);
}

static struct thread *kept(struct player *player)
{
	return player->host.storage;
}

static void begin(uint64_t seed, const struct play *how)
{
	host_reset(seed);
	play = *how;
	play.random = seed * 0x9e3779b97f4a7c15ULL;
	host.with_clock = true;
	host.get_stack_ns = 3000;
	host.now_ns = 1000;
	want_user = false;
	limit_budget_ns = TIGHT_NS;
	capture_begin_ns = 1;
	for (uint32_t i = 0; i < THREADS; i++) {
		free(players[i].host.storage);
		players[i] = (struct player){0};
		players[i].host.task.pid = players[i].host.task.tgid = (int)i;
		players[i].host.task.se.cfs_rq = &fair;
		if (i == IDLE)
			continue;
		assert_non_null(thread_watch(&players[i].host.task, false));
		kept(&players[i])->state = i == PLAYER ? THREAD_RUNNING : THREAD_BLOCKED;
		kept(&players[i])->since_ns = host.now_ns;
		kept(&players[i])->wait.fate = FATE_RECORDED;
		players[i].arrived_ns = players[i].left_ns = host.now_ns;
		players[i].blocks = true;
	}
}

/* Its system call tells one path from another. */
static void take_path(struct player *player, uint32_t number)
{
	player->path = number % PATHS;
	host_set_syscall(&player->host, (int)number);
}

static void wake(struct player *player)
{
	player->woken_ns = host.now_ns;
	player->host.task.__state = 0;
	player->host.task.sched_info.last_queued = host.now_ns + CLOCK_OFFSET_NS;
}

/* From one to the other, as the kernel does it: the scheduler takes its notes after the tracepoint. */
static void change(struct player *from, struct player *to, bool blocks, uint32_t state)
{
	unsigned long long ctx[4] = {[3] = state};
	struct sched_info *notes = &to->host.task.sched_info;
	uint64_t walked_ns;
	bool is_missed = happens(play.missed_one_in);

	queue.clock = host.now_ns + CLOCK_OFFSET_NS;
	from->host.task.__state = state;
	from->cpu_ns += host.now_ns - from->arrived_ns;
	from->left_ns = host.now_ns;
	from->blocks = blocks;
	if (!blocks)
		wake(from);
	if (to != &players[IDLE]) {
		uint64_t ready_ns = to->blocks ? to->woken_ns : to->left_ns;

		to->blocked_ns += ready_ns - to->left_ns;
		to->queued_ns += host.now_ns - ready_ns;
		to->waits += to->blocks;
		to->preemptions += !to->blocks;
		to->path_waits[to->path] += to->blocks;
	}
	to->arrived_ns = host.now_ns;
	host.current = &from->host;
	walked_ns = host.now_ns;
	from->host.task.on_cpu = 0;
	to->host.task.on_cpu = 1;
	if (!is_missed)
		switch_threads(ctx, !blocks, &from->host.task, &to->host.task);
	host.now_ns = walked_ns; /* else walking would be time of the thread's */
	notes->run_delay += queue.clock - notes->last_queued;
	notes->last_queued = 0;
	notes->last_arrival = queue.clock;
}

/* The two pass the CPU to each other, with waits of two lengths in turn, each in a path of its own. */
static void let_them_play(uint32_t switches)
{
	bool partner = players[PARTNER].host.task.on_cpu;
	struct player *runs = &players[partner ? PARTNER : PLAYER];
	struct player *waits = &players[partner ? PLAYER : PARTNER];

	for (uint32_t i = 0; i < switches; i++) {
		uint32_t state =
			happens(play.disk_one_in) ? TASK_UNINTERRUPTIBLE : TASK_INTERRUPTIBLE;
		bool preempted = happens(play.preempt_one_in);
		struct player *next = waits;

		host.now_ns += 500 + random_below(&play.random, 1000);
		if (happens(play.long_one_in)) {
			/* Both wait for something else. */
			take_path(runs, 2);
			change(runs, &players[IDLE], true, state);
			host.now_ns += 1500000 + random_below(&play.random, 1000000);
			wake(runs);
			host.now_ns += 3000;
			change(&players[IDLE], runs, true, 0);
			continue;
		}
		if (waits->blocks)
			wake(waits);
		host.now_ns += 300 + random_below(&play.random, 100);
		take_path(runs, i / 2 % PATHS);
		if (runs->path)
			host.now_ns += 3000;
		change(runs, next, !preempted, preempted ? 0 : state);
		waits = runs;
		runs = next;
	}
}

static void check_thread(const struct player *player, const struct thread_record *record)
{
	struct estimated sums = record->estimated;
	uint64_t waits = sums.waits, ns = sums.blocked_ns + sums.queued_ns + sums.preempted_ns;

	assert_int_equal(record->cpu_ns, player->cpu_ns);
	assert_int_equal(record->blocked_ns, player->blocked_ns);
	assert_int_equal(record->queued_ns, player->queued_ns);
	for (uint32_t i = 0; i < host.nr_counts; i++) {
		const struct count_key *key = &host.counts[i].key;
		const struct count_value *value = &host.counts[i].value;

		if (key->tid != (uint32_t)player->host.task.pid || key->flags & COUNT_ESTIMATED)
			continue;
		waits += value->blocked.waits;
		ns += value->blocked.ns + value->queued.ns;
	}
	if (wanted_states != ~0U || min_wait_ns)
		return;
	assert_int_equal(waits, player->waits + (player->blocks && !player->host.task.on_cpu));
	if (want_queued)
		assert_int_equal(ns, player->blocked_ns + player->queued_ns);
}

/* The capture ends, a moment after that is announced, and all books are closed. */
static void end(void)
{
	struct bpf_iter_meta meta = {0};
	struct bpf_iter__task ctx = {.meta = &meta};

	play.long_one_in = 0; /* none that lasts until after the end */
	capture_end_ns = host.now_ns + 500000;
	while (host.now_ns + 20000 < capture_end_ns)
		let_them_play(1);
	host.now_ns = capture_end_ns;
	for (uint32_t i = PLAYER; i < THREADS; i++) {
		struct player *player = &players[i];

		if (player->host.task.on_cpu) {
			player->cpu_ns += host.now_ns - player->arrived_ns;
		} else {
			uint64_t ready_ns = player->host.task.__state ? host.now_ns
					    : player->blocks	      ? player->woken_ns
								      : player->left_ns;

			player->blocked_ns += ready_ns - player->left_ns;
			player->queued_ns += host.now_ns - ready_ns;
		}
		ctx.task = &player->host.task;
		host.nr_records = 0;
		close_threads(&ctx);
		assert_int_equal(host.nr_records, 1);
		check_thread(player, &host.records[0]);
	}
	for (uint32_t i = 0; i < DOZE_SLOTS; i++)
		assert_int_equal(host_dozes[i].tid, 0);
	host_check_fates();
}

/* That it was about dozing at all. */
static void check_dozed(double most_reads)
{
	double fired = (double)host_fate(FATE_FIRED);

	assert_true((double)host.clock_reads < most_reads * fired);
}

static void check(const struct play *how, double most_reads)
{
	for (uint64_t seed = 1; seed <= 12; seed++) {
		begin(seed, how);
		let_them_play(SWITCHES);
		check_dozed(most_reads);
		end();
	}
}

static void hot_threads_doze_and_their_books_are_right(void **state)
{
	check(&(struct play){0}, 0.3);
}

static void long_waits_end_a_doze_before_they_begin(void **state)
{
	check(&(struct play){.long_one_in = 500}, 0.5);
	for (uint32_t i = 0; i < host.nr_counts; i++) {
		if (host.counts[i].value.blocked.longest_ns >= LIMIT_LONG_NS)
			assert_false(host.counts[i].key.flags & COUNT_ESTIMATED);
	}
}

static void preempted_threads_doze_on(void **state)
{
	check(&(struct play){.preempt_one_in = 5}, 0.3);
}

static void what_is_not_wanted_ends_a_doze(void **state)
{
	const struct play how = {.disk_one_in = 200};

	for (uint64_t seed = 1; seed <= 12; seed++) {
		uint64_t disk;

		begin(seed, &how);
		wanted_states = WAIT_STATE_SLEEP;
		let_them_play(SWITCHES);
		check_dozed(0.6);
		end();
		disk = host_fate(FATE_STATE);
		assert_true(disk > SWITCHES / 400 && disk < SWITCHES / 100);
	}
}

static void short_waits_are_counted_as_that(void **state)
{
	const struct play none = {0};

	begin(3, &none);
	min_wait_ns = 3000;
	let_them_play(SWITCHES);
	check_dozed(0.3);
	end();
	/* Every other one is longer. */
	assert_true(host_fate(FATE_TOO_SHORT) > SWITCHES * 0.4);
	assert_true(host_fate(FATE_TOO_SHORT) < SWITCHES * 0.6);
	assert_true(host_fate(FATE_ESTIMATED) > SWITCHES * 0.4);
}

static void unwanted_queueing_is_left_out(void **state)
{
	const struct play how = {.preempt_one_in = 5};

	begin(4, &how);
	want_queued = false;
	let_them_play(SWITCHES);
	check_dozed(0.3);
	end();
	assert_true(host_fate(FATE_NOT_A_WAIT) > SWITCHES / 6);
	assert_int_equal(kept(&players[PLAYER])->sums[0].estimated.preemptions, 0);
}

/* Two paths are waited in in turn: which one is looked at must not depend on that. */
static void rhythms_decide_nothing(void **state)
{
	const struct play none = {0};
	double share = 0, squares = 0, error;
	int runs = 40;

	for (int seed = 1; seed <= runs; seed++) {
		double weights[PATHS] = {0}, one;

		begin((uint64_t)seed, &none);
		let_them_play(SWITCHES);
		for (uint32_t i = 0; i < host.nr_counts; i++) {
			const struct count_key *key = &host.counts[i].key;

			if (key->flags & COUNT_ESTIMATED && key->syscall >= 0 &&
			    key->syscall < PATHS)
				weights[key->syscall] += (double)host.counts[i].value.blocked.waits;
		}
		one = weights[0] / (weights[0] + weights[1]);
		share += one / runs;
		squares += one * one / runs;
		end();
	}
	error = sqrt((squares - share * share) / (runs - 1));
	assert_true(error < 0.02 && fabs(share - 0.5) < 4 * error);
}

/* Where programs do not run now and then, times are off by what they missed, and never negative. */
static void missed_switches_end_a_doze(void **state)
{
	const struct play how = {.missed_one_in = 300};

	for (uint64_t seed = 1; seed <= 12; seed++) {
		uint64_t lived_ns;

		begin(seed, &how);
		let_them_play(SWITCHES);
		lived_ns = host.now_ns - 1000;
		for (uint32_t i = PLAYER; i < THREADS; i++) {
			struct thread *thread = kept(&players[i]);
			uint64_t sum_ns;

			doze_interrupt(thread, &players[i].host.task);
			sum_ns = thread->sums[0].cpu_ns + thread->sums[0].blocked_ns +
				 thread->sums[0].queued_ns;
			assert_true(sum_ns <= lived_ns && sum_ns > lived_ns - lived_ns / 20);
		}
		host_check_fates();
	}
}

static void a_slot_is_one_threads_at_a_time(void **state)
{
	const struct play none = {0};
	struct host_task child = {.task = {.pid = PLAYER, .tgid = PLAYER}};

	begin(5, &none);
	players[PARTNER].host.task.pid += DOZE_SLOTS - 1; /* the player's slot */
	let_them_play(SWITCHES);
	end();
	host_dozes[PLAYER].tid = PLAYER;
	assert_non_null(doze_of(&child.task));
	watch_fork(NULL, &players[PARTNER].host.task, &child.task);
	assert_null(doze_of(&child.task));
	free(child.storage);
}

static int teardown(void **state)
{
	for (uint32_t i = 0; i < THREADS; i++) {
		free(players[i].host.storage);
		players[i].host.storage = NULL;
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hot_threads_doze_and_their_books_are_right),
		cmocka_unit_test(long_waits_end_a_doze_before_they_begin),
		cmocka_unit_test(preempted_threads_doze_on),
		cmocka_unit_test(what_is_not_wanted_ends_a_doze),
		cmocka_unit_test(short_waits_are_counted_as_that),
		cmocka_unit_test(unwanted_queueing_is_left_out),
		cmocka_unit_test(rhythms_decide_nothing),
		cmocka_unit_test(missed_switches_end_a_doze),
		cmocka_unit_test(a_slot_is_one_threads_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
