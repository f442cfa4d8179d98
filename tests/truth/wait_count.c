// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait_count [SECONDS]: threads that count their own waits. "napper" sleeps 1 ms at a time in nap_path;
 * "ping" and "pong" wake each other through pipes in ping_path and pong_path, as fast as they can.
 * Prints "NAME.waits N", which is how often the thread left the CPU because it had to wait, by the
 * kernel's count, and "NAME.us N", for how long it was in its path.
 */
#include "wait.h"

static uint64_t life_ns;
static int to_pong[2], to_ping[2];

struct counter {
	const char *name;
	uint64_t waits, start_ns, us;
};

static struct counter napper = {.name = "napper"}, ping = {.name = "ping"}, pong = {.name = "pong"};

static uint64_t waits_now(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_nvcsw;
}

static void counter_start(struct counter *counter)
{
	counter->start_ns = wall_ns();
	counter->waits = waits_now();
}

static void counter_stop(struct counter *counter)
{
	counter->waits = waits_now() - counter->waits;
	counter->us = (wall_ns() - counter->start_ns) / NS_PER_US;
}

static void print(const struct counter *counter)
{
	printf("%s.waits %llu\n%s.us %llu\n", counter->name, (unsigned long long)counter->waits,
	       counter->name, (unsigned long long)counter->us);
}

__attribute__((noinline)) static void nap_path(void)
{
	const struct timespec nap = {.tv_nsec = NS_PER_MS};
	uint64_t end_ns = wall_ns() + life_ns;

	counter_start(&napper);
	while (wall_ns() < end_ns)
		nanosleep(&nap, NULL);
	counter_stop(&napper);
}

/* A byte of 1 is the last. */
__attribute__((noinline)) static void ping_path(void)
{
	uint64_t end_ns = wall_ns() + life_ns;
	char byte = 0;

	counter_start(&ping);
	while (byte == 0) {
		byte = wall_ns() >= end_ns;
		if (write(to_pong[1], &byte, 1) != 1 || read(to_ping[0], &byte, 1) != 1)
			break;
	}
	counter_stop(&ping);
}

__attribute__((noinline)) static void pong_path(void)
{
	char byte = 0;

	counter_start(&pong);
	while (byte == 0 && read(to_pong[0], &byte, 1) == 1) {
		if (write(to_ping[1], &byte, 1) != 1)
			break;
	}
	counter_stop(&pong);
}

static void *nap_main(void *data)
{
	prctl(PR_SET_NAME, "napper");
	nap_path();
	return data;
}

static void *ping_main(void *data)
{
	prctl(PR_SET_NAME, "ping");
	ping_path();
	return data;
}

static void *pong_main(void *data)
{
	prctl(PR_SET_NAME, "pong");
	pong_path();
	return data;
}

int main(int argc, char **argv)
{
	static void *(*const mains[])(void *) = {nap_main, ping_main, pong_main};
	pthread_t threads[3];

	life_ns = (uint64_t)((argc > 1 ? atof(argv[1]) : 1) * 1e9);
	if (pipe(to_pong) || pipe(to_ping))
		return 1;
	doze_ns(300 * NS_PER_MS); /* for whoever has to learn how to walk these stacks */
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, mains[i], NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	print(&napper);
	print(&ping);
	print(&pong);
	return 0;
}
