// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wait_manystacks [STACKS]: blocks once, for a moment, in each of STACKS different user stacks.
 * Every stack has the same 17 levels; at each level one bit of the stack's number chooses between
 * zero() and one(), and block_here() sleeps at the end.
 *
 * Right answer: STACKS distinct stacks with 17 levels, and together the time off the CPU that the
 * meter prints. "blocked_times N" is how often the thread did block.
 */

#include "wait.h"

#define LEVELS	   17
#define STACKS_MAX (1u << LEVELS)
#define SHUFFLE	   40503u /* odd, so that multiplying by it visits every number once */

static void zero(unsigned path, unsigned levels);
static void one(unsigned path, unsigned levels);

/* Little more than this, as the thread asked for no slack; less would be over before it blocks. */
static void block_here(void)
{
	static const struct timespec moment = {.tv_nsec = 50000};

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
	struct rusage before, after;
	uint64_t taken = taken_us();

	prctl(PR_SET_TIMERSLACK, 1);
	meter_open(&meter);
	getrusage(RUSAGE_THREAD, &before);
	meter_start(&meter);
	for (unsigned i = 0; i < stacks; i++)
		visit(i * SHUFFLE % STACKS_MAX);
	meter_stop(&meter);
	getrusage(RUSAGE_THREAD, &after);
	meter_print(&meter);
	printf("blocked_times %ld\n", after.ru_nvcsw - before.ru_nvcsw);
	printf("visited %u\n", stacks);
	print_taken(taken);
	return 0;
}
