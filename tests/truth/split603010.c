// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * split603010 [SECONDS]: one thread that spends 60, 30 and 10 % of its CPU time in
 * three call paths. All of it is burnt in the same leaf, so only whole stacks tell
 * the paths apart.
 *
 * The paths alternate in slices of a few milliseconds, the next slice always going to
 * the path that is furthest behind, so the shares hold over any second of the run.
 * The slices have four lengths with no common factor: no sampling rate can stay in
 * step with them. They are longer than the sampling period at 999 Hz on purpose: the
 * error of a share then comes from the ends of the slices only, under 0.2 points over
 * ten seconds, where random hits would err by 0.5.
 */
#include "truth.h"

static const uint64_t slices_us[] = {3001, 4007, 5003, 6011};

#define SLICES (sizeof(slices_us) / sizeof(slices_us[0]))

static uint64_t path_a(uint64_t ns)
{
	return burn(ns);
}

static uint64_t path_b(uint64_t ns)
{
	return burn(ns);
}

static uint64_t path_c(uint64_t ns)
{
	return burn(ns);
}

static uint64_t first_caller(uint64_t ns)
{
	return path_a(ns);
}

static uint64_t second_caller(uint64_t ns)
{
	return path_b(ns);
}

static uint64_t third_caller(uint64_t ns)
{
	return path_c(ns);
}

static uint64_t (*const callers[])(uint64_t ns) = {first_caller, second_caller, third_caller};
static struct path_time paths[] = {{.name = "path_a"}, {.name = "path_b"}, {.name = "path_c"}};
static const unsigned percents[] = {60, 30, 10};

/* The path whose CPU time is the least in relation to its share. */
static unsigned furthest_behind(void)
{
	unsigned behind = 0;

	for (unsigned i = 1; i < 3; i++) {
		if (paths[i].cpu_ns * percents[behind] < paths[behind].cpu_ns * percents[i])
			behind = i;
	}
	return behind;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? number_argument(argv[1], 0.01, 3600) : 10;
	uint64_t end_ns = wall_ns() + (uint64_t)(seconds * 1e9);

	for (unsigned i = 0; wall_ns() < end_ns; i++) {
		unsigned next = furthest_behind();

		paths[next].cpu_ns += callers[next](slices_us[i % SLICES] * NS_PER_US);
	}
	print_shares(paths, 3);
	return 0;
}
