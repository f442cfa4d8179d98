// SPDX-License-Identifier: GPL-2.0-or-later
/* See piece.h. */
#include "profiler/file/piece.h"

bool piece_number(struct piece piece, uint64_t *ret)
{
	uint64_t number = 0;

	if (!piece.len)
		return false;
	for (size_t i = 0; i < piece.len; i++) {
		if (!piece_digit(piece.text[i]) || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(piece.text[i] - '0'), &number))
			return false;
	}
	*ret = number;
	return true;
}
