// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many different stacks of the same depth: at each of LEVELS levels one bit of the stack's number
 * chooses between zero() and one(), and leaf() is called at the end. Whoever includes this has
 * defined LEVELS, and leaf() afterwards. Neighbouring visits differ in most levels.
 */
#ifndef BOLOMETER_TESTS_MANY_H
#define BOLOMETER_TESTS_MANY_H

#define STACKS_MAX (1u << LEVELS)
#define SHUFFLE	   40503u /* odd, so that multiplying by it visits every number once */

static void zero(unsigned path, unsigned levels);
static void one(unsigned path, unsigned levels);

static void leaf(void);

static void zero(unsigned path, unsigned levels)
{
	if (!levels)
		leaf();
	else if (path & 1)
		one(path >> 1, levels - 1);
	else
		zero(path >> 1, levels - 1);
}

static void one(unsigned path, unsigned levels)
{
	if (!levels)
		leaf();
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

#endif
