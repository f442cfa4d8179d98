// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * chain: main calls a, a calls b, b calls c, c calls leaf. Built in as many ways as
 * compilers and linkers have for call-frame information; see tests.mk.
 *
 * The functions differ in what they keep across the call, and so in their frames:
 * nothing, saved registers, an array.
 */
#include "shape.h"

uint64_t a(uint64_t x);
uint64_t b(uint64_t x);
uint64_t c(uint64_t x);
uint64_t leaf(uint64_t x);

/* No call, no stack: its frame is the return address. */
KEPT uint64_t leaf(uint64_t x)
{
	return work(x, LEAF_STEPS);
}

KEPT uint64_t c(uint64_t x)
{
	return leaf(x) + 1;
}

KEPT uint64_t b(uint64_t x)
{
	uint64_t y = x * 3, z = x ^ 5, v = x + 7, w = x / 9, u = x - 11;

	x = c(x);
	return x + y * z * v * w * u;
}

KEPT uint64_t a(uint64_t x)
{
	volatile uint64_t kept[20];

	kept[x % 20] = x;
	x = b(x);
	return x + kept[x % 20];
}

int main(void)
{
	alarm(LIFE_SECONDS);
	for (uint64_t x = 1;;)
		x = a(x);
}
