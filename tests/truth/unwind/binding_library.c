// SPDX-License-Identifier: GPL-2.0-or-later
/* The functions that binding and binding_lazy.so call; see binding.h. */
#include "binding.h"

uint64_t short_call(uint64_t x)
{
	return x + 1;
}

#define DEFINE(n)                       \
	uint64_t target_##n(uint64_t x) \
	{                               \
		return x + 1##n;        \
	}
EACH(DEFINE)
