// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * folded [LINES]: folded stacks on standard output, the same bytes every time. A hundred
 * stacks at a time share their outer 30 frames and differ in the 9 or 10 above, so
 * that 100,000 lines are 980,000 frames in the tree; with names of about 30 bytes that is
 * 131 MB, what a large C++ service gives in a day.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define LINES_PER_TRUNK 100
#define TRUNK_FRAMES	30
#define NAMES		20000 /* distinct functions */

static const char *const rooms[] = {"storage", "network", "plan", "session"};
static const char *const things[] = {"TableIndex", "PageBuffer", "RowCursor", "LockQueue"};
static const char *const deeds[] = {"insert", "lookup", "commit", "expand"};

#define PICK(array, n) ((array)[(n) % (sizeof(array) / sizeof((array)[0]))])

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* The same number is the same function. */
static void print_frame(uint64_t number)
{
	uint64_t name = mix(number + 1) % NAMES;

	printf(";%s::%s::%s_%05" PRIu64, PICK(rooms, name), PICK(things, name / 4),
	       PICK(deeds, name / 16), name);
}

static void print_line(uint64_t line)
{
	uint64_t trunk = line / LINES_PER_TRUNK, tail_frames = 9 + line % 2;

	printf("service-main-thread");
	for (uint64_t i = 0; i < TRUNK_FRAMES; i++)
		print_frame(trunk << 32 | i);
	for (uint64_t i = 0; i < tail_frames; i++)
		print_frame(UINT64_C(1) << 63 | line << 8 | i);
	printf(" %" PRIu64 "\n", 1 + mix(line) % 20);
}

int main(int argc, char **argv)
{
	uint64_t lines = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;

	for (uint64_t line = 0; line < lines; line++)
		print_line(line);
	return fflush(stdout) ? 1 : 0;
}
