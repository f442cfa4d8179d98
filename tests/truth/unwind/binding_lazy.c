// SPDX-License-Identifier: GPL-2.0-or-later
/* The library whose every call is bound lazily, once each time that it is loaded. */
#include "binding.h"

uint64_t call_each(uint64_t x);

uint64_t call_each(uint64_t x)
{
#define CALL(n) x = target_##n(x) + 1;
	EACH(CALL)
	return x;
}
