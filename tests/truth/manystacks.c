// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * manystacks [STACKS [MICROSECONDS [STAY]]]: visits STACKS different user stacks and
 * burns MICROSECONDS of CPU time in each; then sleeps for STAY seconds. Every stack has
 * the same 16 levels; at each level one bit of the stack's number chooses between zero()
 * and one(). Neighbouring visits differ in most levels.
 *
 * Sampled at less than MICROSECONDS, each stack is hit: right answer: STACKS distinct
 * stacks, all with 16 levels, and together the whole CPU time. The leaf makes no
 * system calls, because kernel frames would multiply the number of stacks.
 * Prints "visited N" and "cpu_ms N".
 */
#include <unistd.h>

#include "truth.h"

#define LEVELS 16
#include "many.h"

#define CALIBRATE_MS 50

static unsigned steps; /* of work() at each leaf */

static void leaf(void)
{
	work(steps);
}

/* Steps of work() in a microsecond of CPU time. */
static double calibrate(void)
{
	uint64_t start_ns = cpu_ns(), burnt_ns;
	double done = 0;

	do {
		work(WORK_CHUNK);
		done += WORK_CHUNK;
		burnt_ns = cpu_ns() - start_ns;
	} while (burnt_ns < CALIBRATE_MS * NS_PER_MS);
	return done * NS_PER_US / (double)burnt_ns;
}

int main(int argc, char **argv)
{
	unsigned stacks = argc > 1 ? (unsigned)number_argument(argv[1], 1, STACKS_MAX) : 65000;
	double us = argc > 2 ? number_argument(argv[2], 1, 1000) : 60;
	unsigned stay_s = argc > 3 ? (unsigned)number_argument(argv[3], 0, 3600) : 0;
	unsigned visited = 0;
	uint64_t start_ns;

	steps = (unsigned)(calibrate() * us) + 1;
	start_ns = cpu_ns();
	for (unsigned i = 0; i < STACKS_MAX; i++) {
		unsigned path = i * SHUFFLE % STACKS_MAX;

		if (path >= stacks)
			continue;
		visit(path);
		visited++;
	}
	printf("visited %u\n", visited);
	printf("cpu_ms %llu\n", (unsigned long long)((cpu_ns() - start_ns) / NS_PER_MS));
	fflush(stdout);
	sleep(stay_s);
	return 0;
}
