// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * long churn|stacks SECONDS, long deep STACKS: what a capture that lasts goes through, at a steady rate, one after the
 * other.
 *
 * churn      processes that live for a few milliseconds: each has a thread beside its first one, and
 *            every second one executes this program again. What they do is always the same.
 * stacks     one process, which never sleeps in the same stack again.
 * deep       one process, which runs in so many stacks, each for long enough to be sampled at 4999 Hz.
 *            They differ near their roots, so that a profile has all of each. It does not sleep.
 *
 * Right answer: so many waits in brief_sleep() as "sleeps N" says, each of a millisecond or more.
 * Prints also "processes N" and "cpu_ms N", the CPU time of all of them.
 */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "truth.h"

#define LEVELS 22
#include "many.h"

#define SLEEPS_OF_PROCESS 3
#define DEEP		  100
#define DEEP_NS		  (250 * NS_PER_US)

static void brief_sleep(void)
{
	static const struct timespec moment = {.tv_nsec = 1000000};

	nanosleep(&moment, NULL);
}

static bool is_deep;

static void deep(unsigned levels)
{
	if (levels)
		deep(levels - 1);
	else
		burn(DEEP_NS);
}

static void leaf(void)
{
	if (is_deep)
		deep(DEEP);
	else
		brief_sleep();
}

static void *brief_thread(void *data)
{
	brief_sleep();
	return data;
}

/* What every process does: SLEEPS_OF_PROCESS sleeps, and a little work. */
static void brief_process(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, brief_thread, NULL))
		_exit(1);
	burn(NS_PER_MS / 2);
	brief_sleep();
	pthread_join(thread, NULL);
	brief_sleep();
	_exit(0);
}

static uint64_t churn(uint64_t end_ns)
{
	uint64_t processes = 0;
	int status;

	while (wall_ns() < end_ns) {
		pid_t pid = fork();

		if (!pid && processes % 2)
			execl("/proc/self/exe", "long", "child", "0", NULL);
		if (!pid)
			brief_process();
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
			fprintf(stderr, "long: a child failed\n");
			exit(1);
		}
		processes++;
	}
	return processes;
}

static uint64_t new_stacks(uint64_t end_ns, unsigned most)
{
	unsigned visited = 0;

	for (; wall_ns() < end_ns && visited < most; visited++)
		visit(visited * SHUFFLE % STACKS_MAX);
	return visited;
}

static uint64_t ms_of(const struct rusage *usage)
{
	return (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
	       (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
}

int main(int argc, char **argv)
{
	uint64_t end_ns, done, sleeps;
	struct rusage own, children;

	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "child"))
		brief_process();
	end_ns = wall_ns() + (uint64_t)(number_argument(argv[2], 0, 1e5) * 1e9);
	if (!strcmp(argv[1], "churn")) {
		done = churn(end_ns);
		sleeps = SLEEPS_OF_PROCESS * done;
	} else {
		done = 1;
		is_deep = !strcmp(argv[1], "deep");
		if (is_deep)
			new_stacks(UINT64_MAX, (unsigned)number_argument(argv[2], 1, STACKS_MAX));
		sleeps = is_deep ? 0 : new_stacks(end_ns, STACKS_MAX);
	}
	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	printf("processes %llu\n", (unsigned long long)done);
	printf("sleeps %llu\n", (unsigned long long)sleeps);
	printf("cpu_ms %llu\n", (unsigned long long)(ms_of(&own) + ms_of(&children)));
	return 0;
}
