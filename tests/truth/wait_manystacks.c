// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait_manystacks [STACKS]: blocks once, for a moment, in each of STACKS different user stacks.
 * Every stack has the same 17 levels; at each level one bit of the stack's number chooses between
 * zero() and one(), and block_here() sleeps at the end.
 *
 * Right answer: STACKS distinct stacks with 17 levels, and together the time off the CPU that the
 * meter prints.
 */
#include "wait.h"

#define LEVELS	   17
#define STACKS_MAX (1u << LEVELS)
#define SHUFFLE	   40503u /* odd, so that multiplying by it visits every number once */

static void zero(unsigned path, unsigned levels);
static void one(unsigned path, unsigned levels);

/* Some 5 us, as the thread has asked for no slack. */
static void block_here(void)
{
	static const struct timespec moment = {.tv_nsec = 5000};

	nanosleep(&moment, NULL);
}

static void zero(unsigned path, unsigned levels)
{
	if (!levels)
		block_here();
	else if (path & 1)
		one(path >> 1, levels - 1);
	else
		zero(path >> 1, levels - 1);
}

static void one(unsigned path, unsigned levels)
{
	if (!levels)
		block_here();
	else if (path & 1)
		one(path >> 1, levels - 1);
	else
		zero(path >> 1, levels - 1);
}

static void visit(unsigned path)
{
	if (path & 1)
		one(path >> 1, LEVELS - 1);
	else
		zero(path >> 1, LEVELS - 1);
}

int main(int argc, char **argv)
{
	unsigned stacks = argc > 1 ? (unsigned)number_argument(argv[1], 1, STACKS_MAX) : 65000;
	struct wait_meter meter = {.name = "visit"};
	uint64_t stolen_us = steal_us();

	prctl(PR_SET_TIMERSLACK, 1);
	meter_open(&meter);
	meter_start(&meter);
	for (unsigned i = 0; i < stacks; i++)
		visit(i * SHUFFLE % STACKS_MAX);
	meter_stop(&meter);
	meter_print(&meter);
	printf("visited %u\n", stacks);
	print_steal(stolen_us);
	return 0;
}
