// SPDX-License-Identifier: GPL-2.0-or-later
/* Interned stacks; see stack.h. */
#include "profiler/model/stack.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"

void stack_table_fini(struct stack_table *stacks)
{
	index_fini(&stacks->index);
	free(stacks->nodes);
	*stacks = (struct stack_table){0};
}

int stack_table_push(struct stack_table *stacks, uint32_t callers, uint32_t location,
		     uint32_t *ret_stack)
{
	uint32_t hash = hash_u64s(callers, location);
	struct index_probe at = index_probe(&stacks->index, hash);
	uint32_t id;
	int err;

	while (index_next(&stacks->index, &at)) {
		const struct stack_node *node = &stacks->nodes[at.id];

		if (node->callers == callers && node->location == location) {
			*ret_stack = at.id;
			return 0;
		}
	}
	if (stacks->count >= UINT32_MAX - 1)
		return -ENOMEM;
	err = ARRAY_RESERVE(stacks->nodes, stacks->cap, stacks->count + 2);
	if (err)
		return err;
	if (!stacks->count)
		stacks->nodes[stacks->count++] = (struct stack_node){STACK_EMPTY, 0};
	id = (uint32_t)stacks->count;
	err = index_insert(&stacks->index, hash, id);
	if (err)
		return err;
	stacks->nodes[stacks->count++] = (struct stack_node){callers, location};
	*ret_stack = id;
	return 0;
}

void stack_table_seal(struct stack_table *stacks)
{
	index_fini(&stacks->index);
}
