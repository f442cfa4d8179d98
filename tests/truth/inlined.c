// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inlined [SECONDS]: one thread that spends 50, 30 and 20 % of its CPU time in three functions,
 * all of which the compiler inlines into a fourth, with what they call.
 *
 * Right answer: path_a, path_b and path_c are inlined frames with those shares below run(), which
 * is a function, and mix() is inlined into each. Without inlined functions all is run()'s own. With
 * lines most of the time is at the line that is marked.
 */
#include "truth.h"

#define INLINED	 static inline __attribute__((always_inline))
#define SLICE_NS (4 * NS_PER_MS)

static volatile uint64_t sink;

/* As work() of truth.h. */
INLINED void mix(unsigned steps)
{
	uint64_t x = sink | 1;

	while (steps--)
		x = (x ^ x << 13) * 0x2545f4914f6cdd1d; /* the hot line */
	sink = x;
}

#define PATH(name)                                      \
	INLINED uint64_t name(void)                     \
	{                                               \
		uint64_t start_ns = cpu_ns(), burnt_ns; \
		do {                                    \
			mix(2 * WORK_CHUNK);            \
			burnt_ns = cpu_ns() - start_ns; \
		} while (burnt_ns < SLICE_NS);          \
		return burnt_ns;                        \
	}
PATH(path_a)
PATH(path_b)
PATH(path_c)

static struct path_time paths[] = {{.name = "path_a"}, {.name = "path_b"}, {.name = "path_c"}};
static const unsigned percents[] = {50, 30, 20};

/* The path whose CPU time is the least in relation to its share. */
static unsigned furthest_behind(void)
{
	unsigned behind = 0;

	for (unsigned i = 1; i < 3; i++)
		if (paths[i].cpu_ns * percents[behind] < paths[behind].cpu_ns * percents[i])
			behind = i;
	return behind;
}

static __attribute__((noinline)) void run(uint64_t end_ns)
{
	while (wall_ns() < end_ns) {
		switch (furthest_behind()) {
		case 0:
			paths[0].cpu_ns += path_a();
			break;
		case 1:
			paths[1].cpu_ns += path_b();
			break;
		default:
			paths[2].cpu_ns += path_c();
		}
	}
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? number_argument(argv[1], 0.01, 3600) : 5;

	run(wall_ns() + (uint64_t)(seconds * 1e9));
	print_shares(paths, 3);
	return 0;
}
