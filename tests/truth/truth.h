/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the truth programs share: clocks, work to do, and the report at the end.
 *
 * A truth program knows the right answer because it measures every path with
 * CLOCK_THREAD_CPUTIME_ID: a path runs until it has had exactly its share of CPU
 * time, however busy the machine is. On exit it prints one line for each path,
 * "NAME SHARE", in percent of the CPU time of all paths, and last "cpu_ms N", that time.
 */
#ifndef TESTS_TRUTH_H
#define TESTS_TRUTH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

/* Between two looks at a clock: some 30 us, so that looking does not show in the profile. */
#define WORK_CHUNK 20000

struct path_time {
	const char *name;
	uint64_t cpu_ns;
};

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* CPU time of the calling thread; a system call. */
static inline uint64_t cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* Does not enter the kernel. */
static inline uint64_t wall_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/*
 * Arithmetic that no compiler can shorten: the result of every step is the input of the next.
 * Asking for the frame's address gives it a frame: gcc makes none for a function that uses no
 * stack, whatever -fno-omit-frame-pointer says, and a walk along the frame pointers would then
 * miss its caller.
 */
static inline void work(unsigned steps)
{
	static volatile uint64_t sink;
	uint64_t x = sink | 1;

	__asm__ volatile("" : : "r"(__builtin_frame_address(0)));
	while (steps--) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	sink = x;
}

/* Burns CPU time of this thread; returns how much it was, a little more than asked for. */
static inline uint64_t burn(uint64_t ns)
{
	uint64_t start_ns = cpu_ns(), burnt_ns;

	do {
		work(WORK_CHUNK);
		burnt_ns = cpu_ns() - start_ns;
	} while (burnt_ns < ns);
	return burnt_ns;
}

static inline void print_shares(const struct path_time *paths, size_t nr_paths)
{
	uint64_t total_ns = 0;

	for (size_t i = 0; i < nr_paths; i++)
		total_ns += paths[i].cpu_ns;
	for (size_t i = 0; i < nr_paths; i++)
		printf("%s %.2f\n", paths[i].name,
		       total_ns ? 100.0 * (double)paths[i].cpu_ns / (double)total_ns : 0.0);
	printf("cpu_ms %llu\n", (unsigned long long)(total_ns / NS_PER_MS));
}

/* A number from the command line; ends the program when there is no sense in it. */
static inline double number_argument(const char *text, double min, double max)
{
	char *end;
	double number = strtod(text, &end);

	if (end != text && !*end && number >= min && number <= max)
		return number;
	fprintf(stderr, "%s: a number from %g to %g is needed\n", text, min, max);
	exit(2);
}

#endif
