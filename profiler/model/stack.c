// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interned stacks; see stack.h.
 *
 * What is pushed on a stack is looked for among those that were pushed on it
 * before, the youngest first: mostly there are few, and none on a stack that is
 * itself new. Only where there are many does an index know them.
 */
#include "profiler/model/stack.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"

/* From so many on they are in the index. */
#define MANY 8

void stack_table_fini(struct stack_table *stacks)
{
	stack_table_seal(stacks);
	free(stacks->nodes);
	*stacks = (struct stack_table){0};
}

/* The stack among the youngest ones; 0 when it is not, with how many were looked at, up to MANY. */
static uint32_t find_among_youngest(const struct stack_table *stacks, uint32_t callers,
				    uint32_t location, unsigned int *ret_seen)
{
	uint32_t id = stacks->links[callers].youngest;
	unsigned int seen = 0;

	while (id && seen < MANY && stacks->nodes[id].location != location) {
		id = stacks->links[id].older;
		seen++;
	}
	*ret_seen = seen;
	return seen < MANY ? id : 0;
}

static uint32_t find_in_index(const struct stack_table *stacks, uint32_t callers, uint32_t location)
{
	struct index_probe at = index_probe(&stacks->index, hash_u64s(callers, location));

	while (index_next(&stacks->index, &at)) {
		const struct stack_node *node = &stacks->nodes[at.id];

		if (node->callers == callers && node->location == location)
			return at.id;
	}
	return 0;
}

/* Indexes a stack, or, with the one that makes them many, all it has the callers with. 0 or -ENOMEM. */
static int index_stacks(struct stack_table *stacks, uint32_t callers, bool all)
{
	uint32_t id = stacks->links[callers].youngest;
	int err = 0;

	do {
		err = index_insert(&stacks->index, hash_u64s(callers, stacks->nodes[id].location),
				   id);
		id = stacks->links[id].older;
	} while (all && id && !err);
	return err;
}

/* Room for one more, and for STACK_EMPTY, which the first one makes. */
static int reserve(struct stack_table *stacks)
{
	int err;

	if (stacks->count >= UINT32_MAX - 1)
		return -ENOMEM;
	err = ARRAY_RESERVE(stacks->nodes, stacks->cap, stacks->count + 2);
	if (!err)
		err = ARRAY_RESERVE(stacks->links, stacks->cap_links, stacks->count + 2);
	if (err || stacks->count)
		return err;
	stacks->links[stacks->count] = (struct stack_link){0};
	stacks->nodes[stacks->count++] = (struct stack_node){STACK_EMPTY, 0};
	return 0;
}

static int add(struct stack_table *stacks, uint32_t callers, uint32_t location, unsigned int seen)
{
	uint32_t id = (uint32_t)stacks->count;
	uint32_t older = stacks->links[callers].youngest;

	stacks->nodes[id] = (struct stack_node){callers, location};
	stacks->links[id] = (struct stack_link){.older = older};
	stacks->links[callers].youngest = id;
	stacks->count++;
	return seen + 1 < MANY ? 0 : index_stacks(stacks, callers, seen + 1 == MANY);
}

int stack_table_push(struct stack_table *stacks, uint32_t callers, uint32_t location,
		     uint32_t *ret_stack)
{
	unsigned int seen;
	uint32_t id;
	int err = reserve(stacks);

	if (err)
		return err;
	id = find_among_youngest(stacks, callers, location, &seen);
	if (!id && seen == MANY)
		id = find_in_index(stacks, callers, location);
	if (!id) {
		id = (uint32_t)stacks->count;
		err = add(stacks, callers, location, seen);
	}
	if (err)
		return err;
	*ret_stack = id;
	return 0;
}

void stack_table_seal(struct stack_table *stacks)
{
	index_fini(&stacks->index);
	free(stacks->links);
	stacks->links = NULL;
	stacks->cap_links = 0;
}
