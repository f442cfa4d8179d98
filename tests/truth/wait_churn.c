// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait_churn [THREADS]: THREADS threads that come and go, at most 8 at a time, each blocked for
 * 1 ms in thread_path; and a process for every 160 of them, blocked as long in child_path.
 *
 * Right answer: the sums that are printed as "thread_path N" and "child_path N", in microseconds
 * off the CPU.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "wait.h"

#define AT_A_TIME  8
#define CHILD_EACH 160
#define BLOCK_NS   NS_PER_MS

static struct wait_meter *child_meter; /* shared with the children */
static struct wait_meter sum = {.name = "thread_path"};

static void thread_path(void)
{
	doze_ns(BLOCK_NS);
}

static void child_path(void)
{
	doze_ns(BLOCK_NS);
}

static void *thread_main(void *arg)
{
	struct wait_meter *meter = arg;

	thread_name("brief thread");
	meter_open(meter);
	meter_start(meter);
	thread_path();
	meter_stop(meter);
	close(meter->schedstat_fd);
	return NULL;
}

static void run_threads(unsigned count)
{
	struct wait_meter meters[AT_A_TIME] = {0};
	pthread_t threads[AT_A_TIME];

	for (unsigned i = 0; i < count; i++)
		threads[i] = thread_start(thread_main, &meters[i]);
	for (unsigned i = 0; i < count; i++) {
		pthread_join(threads[i], NULL);
		meter_add(&sum, &meters[i]);
	}
}

static void run_child(void)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (!pid) {
		thread_name("brief child");
		meter_open(child_meter);
		meter_start(child_meter);
		child_path();
		meter_stop(child_meter);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	uint64_t taken = taken_us();
	unsigned threads = argc > 1 ? (unsigned)number_argument(argv[1], 1, 1e6) : 4000;

	child_meter = mmap(NULL, sizeof(*child_meter), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(child_meter != MAP_FAILED, "mmap");
	child_meter->name = "child_path";
	for (unsigned done = 0; done < threads; done += AT_A_TIME) {
		unsigned left = threads - done;

		run_threads(left < AT_A_TIME ? left : AT_A_TIME);
		if (done % CHILD_EACH == 0)
			run_child();
	}
	meter_print(&sum);
	meter_print(child_meter);
	print_taken(taken);
	return 0;
}
