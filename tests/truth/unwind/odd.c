// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * odd SHAPE: assembly that no compiler would write, with call-frame information that
 * is right all the same (odd.S): main, the function of that name, odd_leaf.
 */
#include "odd.h"
#include "shape.h"

#define STACK_BYTES 65536
#define TURN_STEPS  200 /* short, so that samples fall on the assembly, too */
#define TURNS	    20000

static char below[STACK_BYTES] __attribute__((aligned(16)));

KEPT uint64_t odd_leaf(uint64_t x)
{
	return work(x, TURN_STEPS);
}

/* Does not return: its caller has nothing after the call. */
KEPT void odd_forever(uint64_t x)
{
	for (;;)
		x = work(x, LEAF_STEPS);
}

static KEPT uint64_t pushes(uint64_t x)
{
	for (int i = 0; i < TURNS; i++)
		x = odd_pushes(x) + 1;
	return x;
}

static KEPT uint64_t branches(uint64_t x)
{
	for (int i = 0; i < TURNS; i++)
		x = odd_branches(x) + 1;
	return x;
}

static KEPT uint64_t red_zone(uint64_t x)
{
	for (int i = 0; i < TURNS; i++)
		x = odd_red_zone(x) + 1;
	return x;
}

static KEPT uint64_t other_register(uint64_t x)
{
	for (int i = 0; i < TURNS; i++)
		x = odd_other_register(x) + 1;
	return x;
}

static KEPT uint64_t moved_down(uint64_t x)
{
	for (int i = 0; i < TURNS; i++)
		x = odd_moved(x, below + STACK_BYTES) + 1;
	return x;
}

/* Onto a stack that lies above the one in use: callers lie below then. */
static KEPT uint64_t moved_up_from(uint64_t x, char *top)
{
	for (int i = 0; i < TURNS; i++)
		x = odd_moved(x, top) + 1;
	return x;
}

static KEPT uint64_t moved_up(uint64_t x)
{
	char above[STACK_BYTES] __attribute__((aligned(16)));

	__asm__ volatile("" : : "r"(above) : "memory");
	return moved_up_from(x, above + STACK_BYTES) + 1;
}

static KEPT uint64_t moved_by_frame_pointer(uint64_t x)
{
	for (int i = 0; i < TURNS; i++)
		x = odd_moved_by_frame_pointer(x, below + STACK_BYTES) + 1;
	return x;
}

/* A call that is the last instruction: the return address is in the next function. */
static KEPT uint64_t last_call(uint64_t x)
{
	odd_last_call(x);
	return x;
}

static const struct shape shapes[] = {
	{"pushes", pushes},
	{"branches", branches},
	{"red_zone", red_zone},
	{"other_register", other_register},
	{"moved_down", moved_down},
	{"moved_up", moved_up},
	{"moved_by_frame_pointer", moved_by_frame_pointer},
	{"last_call", last_call},
};

int main(int argc, char **argv)
{
	shape_function *run = SHAPE_CHOSEN(shapes, argc, argv);

	for (uint64_t x = 1;;)
		x = run(x);
}
