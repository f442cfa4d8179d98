// SPDX-License-Identifier: GPL-2.0-or-later
/* Who ran instead of a thread that waited for a CPU, against a history of all runs. */
#include "tests/unit/waits_host.h"

#define ROUNDS	   300
#define RUNS	   100
#define THREADS	   5 /* number 0 is the idle task */
#define FIRST_NS   1000
#define LONGEST_NS 50

static struct host_task tasks[THREADS];

struct history {
	__u64 since_ns[RUNS];
	uint32_t task[RUNS];
	uint32_t nr;
};

static uint32_t below(uint32_t limit)
{
	return bpf_get_prandom_u32() % limit;
}

static void make_tasks(void)
{
	for (uint32_t i = 0; i < THREADS; i++) {
		tasks[i].task.pid = (int)i;
		snprintf(tasks[i].task.comm, sizeof(tasks[i].task.comm), "thread-%u", i);
	}
}

/* The longest of the runs that are kept, the later one of two as long; -1 if there is none. */
static int longest_of(const struct history *history, __u64 from_ns, __u64 now_ns)
{
	uint32_t oldest = history->nr > RUNS_KEPT ? history->nr - RUNS_KEPT : 0;
	__u64 longest_ns = 0;
	int longest = -1;

	for (uint32_t i = history->nr; i-- > oldest;) {
		__u64 end_ns = i + 1 < history->nr ? history->since_ns[i + 1] : now_ns;
		__u64 begin_ns = history->since_ns[i] > from_ns ? history->since_ns[i] : from_ns;

		if (end_ns > begin_ns && end_ns - begin_ns > longest_ns) {
			longest_ns = end_ns - begin_ns;
			longest = (int)history->task[i];
		}
	}
	return longest;
}

static void check_rival(const struct history *history, struct thread *thread, __u64 from_ns)
{
	int rival = longest_of(history, from_ns, host.now_ns);

	strcpy(thread->rival, "left");
	note_rival(thread, host.now_ns);
	if (rival < 0)
		assert_string_equal(thread->rival, "left");
	else
		assert_string_equal(thread->rival, rival ? tasks[rival].task.comm : "");
}

/* At any time, for waits that began at any time before. */
static void the_longest_run_is_the_rival(void **state)
{
	host_reset(12);
	make_tasks();
	for (int round = 0; round < ROUNDS; round++) {
		struct history history = {0};

		memset(host_runs, 0, sizeof(host_runs));
		host.now_ns = FIRST_NS;
		while (history.nr < RUNS) {
			struct thread thread = {.state = THREAD_QUEUED};

			host.now_ns += below(LONGEST_NS);
			thread.since_ns = host.now_ns - below(RUNS_KEPT * LONGEST_NS / 2);
			check_rival(&history, &thread, thread.since_ns);
			history.task[history.nr] = below(THREADS);
			history.since_ns[history.nr++] = host.now_ns;
			run_begins(&tasks[history.task[history.nr - 1]].task, host.now_ns);
		}
	}
}

/* Of the time before it was woken nobody took anything from it. */
static void only_time_after_it_was_woken_counts(void **state)
{
	struct thread woken = {.state = THREAD_BLOCKED, .since_ns = 1000, .woken_ns = 5000};
	struct thread unseen = {.state = THREAD_BLOCKED, .since_ns = 1000, .woken_ns = 900};

	host_reset(12);
	make_tasks();
	run_begins(&tasks[1].task, 2000); /* the longest, and before */
	run_begins(&tasks[2].task, 4900);
	run_begins(&tasks[3].task, 6000);
	run_begins(&tasks[4].task, 6500);
	note_rival(&woken, 6600);
	assert_string_equal(woken.rival, "thread-2");
	note_rival(&unseen, 6600);
	assert_string_equal(unseen.rival, "thread-4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_run_is_the_rival),
		cmocka_unit_test(only_time_after_it_was_woken_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
