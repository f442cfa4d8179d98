/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs of this folder share. Each one spends its time in chains of
 * calls that are known, in code built without frame pointers: only call-frame
 * information leads from the leaf to the root. They never end by themselves but by
 * an alarm, for whoever started them ends them.
 *
 * Every function of a chain is KEPT apart by the compiler, and has work left after
 * the call, so that no call becomes a jump.
 */
#ifndef TESTS_TRUTH_UNWIND_SHAPE_H
#define TESTS_TRUTH_UNWIND_SHAPE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__clang__)
#define KEPT __attribute__((noinline))
#else
#define KEPT __attribute__((noipa))
#endif

#define LIFE_SECONDS 300

/* Some 200 us: nearly all samples are in the leaf. */
#define LEAF_STEPS 100000

/* Every step needs the one before; no memory, no stack. */
static inline uint64_t work(uint64_t x, unsigned steps)
{
	x |= 1;
	while (steps--) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	return x;
}

/* One of several things that a program can do; the function is called again and again. */
typedef uint64_t shape_function(uint64_t x);

struct shape {
	const char *name;
	shape_function *run;
};

/* The one that the first argument names. */
static inline shape_function *shape_chosen(const struct shape *shapes, size_t count, int argc,
					   char **argv)
{
	alarm(LIFE_SECONDS);
	for (size_t i = 0; i < count; i++) {
		if (argc > 1 && !strcmp(argv[1], shapes[i].name))
			return shapes[i].run;
	}
	fprintf(stderr, "usage: %s SHAPE\n", argv[0]);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "    %s\n", shapes[i].name);
	exit(2);
}

#define SHAPE_CHOSEN(shapes, argc, argv) \
	shape_chosen(shapes, sizeof(shapes) / sizeof((shapes)[0]), argc, argv)

#endif
