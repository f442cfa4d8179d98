// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait_spin [SECONDS]: three threads that spin on one CPU in spin_path, from the same moment to
 * the same moment. They never block: what they are off the CPU they wait for it.
 *
 * Right answer: two thirds of the time waiting for the CPU, where nobody else wants it; what it
 * was is printed as spin-N.queued, in microseconds, beside "wall_us N", the time of each.
 */
#include <sched.h>
#include <stdatomic.h>

#include "wait.h"

#define SPINNERS 3

static atomic_int ready;
static uint64_t life_ns;
static uint64_t end_ns;
static struct wait_meter meters[SPINNERS] = {
	{.name = "spin-1"}, {.name = "spin-2"}, {.name = "spin-3"}};

/* Looks at a clock that does not enter the kernel. */
static void spin_path(void)
{
	while (wall_ns() < end_ns)
		work(WORK_CHUNK);
}

/* Spins for the others, too: a barrier would block. */
static void start_together(void)
{
	if (atomic_fetch_add(&ready, 1) + 1 == SPINNERS) {
		end_ns = wall_ns() + life_ns;
		atomic_fetch_add(&ready, 1);
	}
	while (atomic_load(&ready) <= SPINNERS)
		work(WORK_CHUNK / 10);
}

static void *spinner_main(void *arg)
{
	struct wait_meter *meter = arg;

	thread_name(meter->name);
	meter_open(meter);
	start_together();
	meter_start(meter);
	spin_path();
	meter_stop(meter);
	return NULL;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? number_argument(argv[1], 0.01, 3600) : 1;
	pthread_t threads[SPINNERS];
	uint64_t taken = taken_us();
	cpu_set_t allowed, one;
	int cpu;

	life_ns = (uint64_t)(seconds * 1e9);
	/* The last CPU that is allowed: the first has more of the interrupts. */
	must(!sched_getaffinity(0, sizeof(allowed), &allowed), "sched_getaffinity");
	for (cpu = CPU_SETSIZE - 1; cpu > 0 && !CPU_ISSET(cpu, &allowed); cpu--)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	must(!sched_setaffinity(0, sizeof(one), &one), "sched_setaffinity");
	for (size_t i = 0; i < SPINNERS; i++)
		threads[i] = thread_start(spinner_main, &meters[i]);
	for (size_t i = 0; i < SPINNERS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < SPINNERS; i++)
		meter_print(&meters[i]);
	printf("wall_us %llu\n", (unsigned long long)(life_ns / NS_PER_US));
	print_taken(taken);
	return 0;
}
