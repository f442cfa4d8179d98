// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * deepstack DEPTH [SECONDS]: descends DEPTH calls of descend() and burns CPU at the
 * leaf. Right answer: every sample of the leaf has DEPTH frames named descend, or says
 * that it was truncated. Prints "depth N", "cpu_ms N" and "chunks N", the work done:
 * chunks per CPU time is what a sampler takes from a program.
 */
#include "truth.h"

/* The main thread's stack is 8 MB as a rule; a frame takes less than 64 bytes. */
#define DEPTH_MAX 100000

static uint64_t end_ns;

static uint64_t leaf(void)
{
	uint64_t chunks = 0;

	while (wall_ns() < end_ns) {
		work(WORK_CHUNK);
		chunks++;
	}
	return chunks;
}

/* The volatile keeps compilers from turning the recursion into a loop. */
static uint64_t descend(unsigned depth)
{
	volatile uint64_t chunks = depth > 1 ? descend(depth - 1) : leaf();

	return chunks;
}

int main(int argc, char **argv)
{
	unsigned depth = argc > 1 ? (unsigned)number_argument(argv[1], 1, DEPTH_MAX) : 20;
	double seconds = argc > 2 ? number_argument(argv[2], 0.01, 3600) : 10;
	uint64_t start_ns = cpu_ns(), chunks;

	end_ns = wall_ns() + (uint64_t)(seconds * 1e9);
	chunks = descend(depth);
	printf("depth %u\n", depth);
	printf("cpu_ms %llu\n", (unsigned long long)((cpu_ns() - start_ns) / NS_PER_MS));
	printf("chunks %llu\n", (unsigned long long)chunks);
	return 0;
}
