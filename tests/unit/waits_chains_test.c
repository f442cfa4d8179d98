// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chains of wakers, on the host: who woke the one that woke, through threads that nobody asked for,
 * and what of these is counted once they are looked at themselves.
 */
#include "tests/unit/waits_host.h"

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
		cmocka_unit_test(wakers_of_wakers_are_known_as_far_as_asked_for),
		cmocka_unit_test(bystanders_are_links_of_chains_only),
		cmocka_unit_test(bystanders_that_execute_a_target_begin_there),
		cmocka_unit_test(bystanders_that_become_targets_begin_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
