// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * coldstack DEPTH [MIB]: a stack as large programs have them, where deepstack's is the
 * easiest: up to 256 calls come from different places, a frame is some 100 bytes, and
 * the leaf goes through MIB of memory, so that neither the stack nor what a profiler
 * keeps is in a cache when a sample comes. Runs until it is ended.
 */
#include "tests/truth/truth.h"

#define DEPTH_MAX   10000
#define MIB_MAX	    4096
#define PLACES	    256
#define FRAME_WORDS 8
#define CACHE_LINE  64

static volatile unsigned char *memory;
static size_t memory_bytes;

typedef void level(unsigned depth);
static level *const levels[PLACES];

static void leaf(void)
{
	for (;;) {
		for (size_t at = 0; at < memory_bytes; at += CACHE_LINE)
			memory[at]++;
		work(WORK_CHUNK);
	}
}

/*
 * Steps of 7, 14, 21... modulo a power of two do not come back to a place before all were visited.
 * What is written after the call keeps it from becoming a jump.
 */
#define LEVEL(n)                                                         \
	static void level_##n(unsigned depth)                            \
	{                                                                \
		volatile uint64_t frame[FRAME_WORDS];                    \
                                                                         \
		frame[0] = depth;                                        \
		if (depth > 1)                                           \
			levels[(depth * 7 + 0x##n) % PLACES](depth - 1); \
		else                                                     \
			leaf();                                          \
		frame[1] = frame[0];                                     \
	}
#define ENTRY(n) level_##n,

/* clang-format off */
#define SIXTEEN(of, n)                                                          \
	of(n##0) of(n##1) of(n##2) of(n##3) of(n##4) of(n##5) of(n##6) of(n##7) \
	of(n##8) of(n##9) of(n##a) of(n##b) of(n##c) of(n##d) of(n##e) of(n##f)
#define EACH_PLACE(of)                                          \
	SIXTEEN(of, 0) SIXTEEN(of, 1) SIXTEEN(of, 2) SIXTEEN(of, 3) \
	SIXTEEN(of, 4) SIXTEEN(of, 5) SIXTEEN(of, 6) SIXTEEN(of, 7) \
	SIXTEEN(of, 8) SIXTEEN(of, 9) SIXTEEN(of, a) SIXTEEN(of, b) \
	SIXTEEN(of, c) SIXTEEN(of, d) SIXTEEN(of, e) SIXTEEN(of, f)
/* clang-format on */

EACH_PLACE(LEVEL)
static level *const levels[PLACES] = {EACH_PLACE(ENTRY)};

int main(int argc, char **argv)
{
	unsigned depth = argc > 1 ? (unsigned)number_argument(argv[1], 1, DEPTH_MAX) : 20;

	memory_bytes = argc > 2 ? (size_t)number_argument(argv[2], 0, MIB_MAX) << 20 : 0;
	memory = malloc(memory_bytes + 1);
	if (!memory)
		return 1;
	levels[0](depth);
	return 0;
}
