// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * planted POINTS [SECONDS]: one thread that does twelve kinds of work in random order, in pieces of
 * random length, 0.5 ms in the mean. Of its CPU time kind_1 has 10 % and POINTS more, which the others
 * have less; the shares that it really had are printed at the end. For comparisons: what is planted is
 * known, and so is that work comes in bursts.
 */
#include <math.h>

#include "truth.h"

#define PIECE_NS 500000.0

static const double percents[] = {26, 10, 16, 12, 9, 7, 6, 5, 4, 2.5, 1.5, 1};

#define KINDS (sizeof(percents) / sizeof(percents[0]))

#define KIND(n)                               \
	static uint64_t kind_##n(uint64_t ns) \
	{                                     \
		return burn(ns);              \
	}
KIND(0)
KIND(1)
KIND(2)
KIND(3)
KIND(4)
KIND(5)
KIND(6)
KIND(7)
KIND(8)
KIND(9)
KIND(10)
KIND(11)

static uint64_t (*const kinds[KINDS])(uint64_t ns) = {kind_0, kind_1, kind_2,  kind_3,
						      kind_4, kind_5, kind_6,  kind_7,
						      kind_8, kind_9, kind_10, kind_11};
static struct path_time paths[KINDS] = {
	{.name = "kind_0"}, {.name = "kind_1"}, {.name = "kind_2"},  {.name = "kind_3"},
	{.name = "kind_4"}, {.name = "kind_5"}, {.name = "kind_6"},  {.name = "kind_7"},
	{.name = "kind_8"}, {.name = "kind_9"}, {.name = "kind_10"}, {.name = "kind_11"},
};

/* Between 0 and 1, neither of them. */
static double uniform(void)
{
	static uint64_t state;

	if (!state)
		state = wall_ns() | 1;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return ((double)(state >> 11) + 0.5) / 9007199254740992.0;
}

static size_t choose(double points)
{
	double at = 100 * uniform();
	size_t kind = 0;

	for (; kind + 1 < KINDS; kind++) {
		at -= kind == 1
			      ? percents[1] + points
			      : percents[kind] * (100 - percents[1] - points) / (100 - percents[1]);
		if (at < 0)
			break;
	}
	return kind;
}

int main(int argc, char **argv)
{
	double points = argc > 1 ? number_argument(argv[1], 0, 50) : 0;
	double seconds = argc > 2 ? number_argument(argv[2], 0.01, 3600) : 10;
	uint64_t end_ns = wall_ns() + (uint64_t)(seconds * 1e9);

	while (wall_ns() < end_ns) {
		size_t kind = choose(points);

		paths[kind].cpu_ns += kinds[kind]((uint64_t)(-log(uniform()) * PIECE_NS));
	}
	print_shares(paths, KINDS);
	return 0;
}
