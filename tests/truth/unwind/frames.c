// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frames SHAPE: frames that are large, grow while the function runs, or are aligned
 * more than the caller's was. main calls the function of that name, which calls
 * middle, which calls leaf.
 */
#include <alloca.h>

#include "shape.h"

#define ARRAY_WORDS (100 * 1024 / sizeof(uint64_t))
#define LARGE_WORDS (MEGABYTE / sizeof(uint64_t))
#define MEGABYTE    (1024 * 1024)
#define LINE_BYTES  64

/* Makes the compiler believe that memory is used. */
#define USE(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

static KEPT uint64_t leaf(uint64_t x)
{
	return work(x, LEAF_STEPS);
}

static KEPT uint64_t middle(uint64_t x)
{
	return leaf(x) + 1;
}

static KEPT uint64_t array(uint64_t x)
{
	uint64_t words[ARRAY_WORDS];

	USE(words);
	words[x % ARRAY_WORDS] = x;
	return middle(x) + words[x % ARRAY_WORDS];
}

static KEPT uint64_t large(uint64_t x)
{
	uint64_t words[LARGE_WORDS];

	USE(words);
	words[x % LARGE_WORDS] = x;
	return middle(x) + words[x % LARGE_WORDS];
}

static KEPT uint64_t allocated(uint64_t x)
{
	uint64_t *words = alloca(MEGABYTE + x % 4096);

	USE(words);
	return middle(x) + words[x % 100];
}

static KEPT uint64_t variable(uint64_t x)
{
	size_t count = 1 + x % 1000;
	char bytes[count];

	for (size_t i = 0; i < count; i++) {
		uint64_t more[1 + (x + i) % 50]; /* comes and goes in every round */

		USE(more);
		USE(bytes);
		x = middle(x) + more[0];
	}
	return x + (uint64_t)bytes[0];
}

/* The caller's stack pointer is kept in a register and on the stack, for its own is rounded down. */
static KEPT uint64_t aligned(uint64_t x)
{
	uint64_t line[LINE_BYTES] __attribute__((aligned(LINE_BYTES)));

	USE(line);
	line[x % LINE_BYTES] = x;
	return middle(x) + line[x % LINE_BYTES];
}

/* All of it, and arguments on the stack, which are found from where the caller's frame ends. */
static KEPT uint64_t aligned_many(uint64_t x, uint64_t p, uint64_t q, uint64_t r, uint64_t s,
				  uint64_t t, uint64_t u, uint64_t v)
{
	uint64_t line[LINE_BYTES] __attribute__((aligned(4 * LINE_BYTES)));
	uint64_t *words = alloca(64 + x % 4096);

	USE(line);
	USE(words);
	return middle(x) + line[x % LINE_BYTES] + words[0] + p * q * r * s * t * u * v;
}

static KEPT uint64_t aligned_variable(uint64_t x)
{
	return aligned_many(x, x + 1, x + 2, x + 3, x + 4, x + 5, x + 6, x + 7) + 1;
}

static const struct shape shapes[] = {
	{"array", array},	{"large", large},     {"allocated", allocated},
	{"variable", variable}, {"aligned", aligned}, {"aligned_variable", aligned_variable},
};

int main(int argc, char **argv)
{
	shape_function *run = SHAPE_CHOSEN(shapes, argc, argv);

	for (uint64_t x = 1;;)
		x = run(x);
}
