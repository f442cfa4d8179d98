// SPDX-License-Identifier: GPL-2.0-or-later
/* recurse N: N calls of descend below each other, of two sizes of frame, then leaf. */
#include "shape.h"

#define DEPTH_MAX 100000

static KEPT uint64_t leaf(uint64_t x)
{
	return work(x, 100 * LEAF_STEPS); /* going down and up takes time as well */
}

static KEPT uint64_t descend(uint64_t x, unsigned depth)
{
	volatile uint64_t kept = x;

	if (depth == 1)
		return leaf(x) + kept;
	if (depth % 3 == 0) { /* a frame that is found from the frame pointer, not the stack's */
		volatile char *bytes = __builtin_alloca(depth % 64);

		bytes[0] = (char)x;
		return descend(x, depth - 1) + kept + (uint64_t)bytes[0];
	}
	return descend(x, depth - 1) + kept;
}

int main(int argc, char **argv)
{
	unsigned long depth = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	if (!depth || depth > DEPTH_MAX) {
		fprintf(stderr, "usage: recurse N, 1 to %d\n", DEPTH_MAX);
		return 2;
	}
	alarm(LIFE_SECONDS);
	for (uint64_t x = 1;;)
		x = descend(x, (unsigned)depth);
}
