/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BOLOMETER_TESTS_TREE_DEPTH_H
#define BOLOMETER_TESTS_TREE_DEPTH_H

#include "profiler/model/tree.h"

/* How many callers a node has; the root is one of them. */
static inline uint32_t tree_depth(const struct tree *tree, uint32_t node)
{
	uint32_t depth = 0;

	for (; node; node = tree->nodes[node].parent)
		depth++;
	return depth;
}

#endif
