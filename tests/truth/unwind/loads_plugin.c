// SPDX-License-Identifier: GPL-2.0-or-later
/* The plugin of loads. */
#include "shape.h"

uint64_t plugin_a(uint64_t x);

static KEPT uint64_t plugin_leaf(uint64_t x)
{
	return work(x, LEAF_STEPS);
}

static KEPT uint64_t plugin_b(uint64_t x)
{
	return plugin_leaf(x) + 1;
}

KEPT uint64_t plugin_a(uint64_t x)
{
	return plugin_b(x) + 1;
}
