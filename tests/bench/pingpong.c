// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pingpong CPU DEPTH: two threads on one CPU that pass a byte through two pipes: every
 * byte is a wait, a wake-up and a switch, and nothing else happens. Each waits DEPTH
 * functions of this program deep; libc's, below and above them, are not among those.
 * For each number N on standard input it makes N round trips and prints "WALL CPU",
 * ns a round trip by the clock and by what the two used of the CPU. Ends at the end
 * of its input.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "tests/truth/truth.h"

#define DEPTH_MIN 4 /* ping() or pong(), one descend(), play(), take() */

/* What one of the two takes from and gives to. */
struct side {
	int from, to;
	unsigned depth;
	bool serves; /* the other one's bytes come first */
};

static bool take(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 1;
}

static bool give(int fd)
{
	return write(fd, "", 1) == 1;
}

/* Below the frames; returns early when the other side has closed its pipe. */
static void play(const struct side *side, uint64_t trips)
{
	while (trips--) {
		if (side->serves && !(take(side->from) && give(side->to)))
			return;
		if (!side->serves && !(give(side->to) && take(side->from)))
			return;
	}
}

/* What is done after the call keeps it from becoming a jump. */
static unsigned descend(const struct side *side, unsigned depth, uint64_t trips)
{
	if (depth)
		return descend(side, depth - 1, trips) + 1;
	play(side, trips);
	return 0;
}

static void *pong(void *arg)
{
	const struct side *side = arg;

	descend(side, side->depth - DEPTH_MIN, UINT64_MAX);
	return NULL;
}

/* Answers requests until there are no more. */
static void *ping(void *arg)
{
	const struct side *side = arg;
	unsigned long long trips;

	while (scanf("%llu", &trips) == 1 && trips) {
		uint64_t wall = wall_ns(), cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

		descend(side, side->depth - DEPTH_MIN, trips);
		wall = wall_ns() - wall;
		cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		printf("%.1f %.1f\n", (double)wall / (double)trips, (double)cpu / (double)trips);
		fflush(stdout);
	}
	close(side->to);
	return NULL;
}

/*
 * Both threads, on one CPU. SCHED_BATCH: who is woken does not take the CPU from the one that woke
 * it (sched(7)), which goes on to its own wait; otherwise half of the switches would be preemptions.
 */
static int take_turns_on(int cpu)
{
	const struct sched_param param = {0};
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) || sched_setscheduler(0, SCHED_BATCH, &param))
		return -errno;
	return 0;
}

static int open_pipes(struct side *one, struct side *other)
{
	int there[2], back[2];

	if (pipe(there) || pipe(back))
		return -errno;
	one->to = there[1];
	other->from = there[0];
	other->to = back[1];
	one->from = back[0];
	return 0;
}

int main(int argc, char **argv)
{
	struct side sides[2] = {{.serves = false}, {.serves = true}};
	pthread_t threads[2];
	int err;

	if (argc != 3 || atoi(argv[2]) < DEPTH_MIN) {
		fprintf(stderr, "usage: pingpong CPU DEPTH    with a DEPTH of %d or more\n",
			DEPTH_MIN);
		return 2;
	}
	sides[0].depth = sides[1].depth = (unsigned)atoi(argv[2]);
	err = take_turns_on(atoi(argv[1]));
	if (!err)
		err = open_pipes(&sides[0], &sides[1]);
	if (!err)
		err = -pthread_create(&threads[1], NULL, pong, &sides[1]);
	if (!err)
		err = -pthread_create(&threads[0], NULL, ping, &sides[0]);
	if (err) {
		fprintf(stderr, "pingpong: %s\n", strerror(-err));
		return 1;
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
