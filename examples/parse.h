/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers on the command lines of the example programs: whole, decimal, within
 * bounds; anything else is an error, never a guess.
 */
#ifndef EXAMPLES_PARSE_H
#define EXAMPLES_PARSE_H

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

/* Returns 0, or -EINVAL (not a number) or -ERANGE (out of bounds) with *ret_number untouched. */
static inline int parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret_number)
{
	char *end;
	unsigned long long number;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno || number < min || number > max)
		return -ERANGE;
	*ret_number = number;
	return 0;
}

#endif
