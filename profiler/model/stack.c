// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interned stacks; see stack.h.
 *
 * What is pushed on a stack is looked for among those that were pushed on it
 * before, the youngest first: mostly there are few, and none on a stack that is
 * itself new. Only where there are many a hash table knows them, one for each
 * such stack, since what is pushed on one stack is mostly pushed in a row.
 */
#include "profiler/model/stack.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"

/* From so many on they are in a table of their own. */
#define MANY	   8
#define MANY_SLOTS ((size_t)32)

void stack_table_fini(struct stack_table *stacks)
{
	stack_table_seal(stacks);
	free(stacks->nodes);
	free(stacks->links);
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

static struct stack_siblings *find_family(const struct stack_table *stacks, uint32_t callers)
{
	struct index_probe at = index_probe(&stacks->family_index, hash_u64s(callers, 0));

	while (index_next(&stacks->family_index, &at)) {
		if (stacks->families[at.id].callers == callers)
			return &stacks->families[at.id];
	}
	return NULL;
}

/* The slot of the sibling with that location, or the free one where it belongs. */
static uint32_t *sibling_slot(const struct stack_table *stacks, const struct stack_siblings *family,
			      uint32_t location)
{
	size_t at = hash_u64s(location, family->callers) & family->mask;

	while (family->slots[at] && stacks->nodes[family->slots[at]].location != location)
		at = (at + 1) & family->mask;
	return &family->slots[at];
}

/* Twice the slots. Returns 0 or -ENOMEM. */
static int grow_family(const struct stack_table *stacks, struct stack_siblings *family)
{
	struct stack_siblings grown = *family;
	size_t old_count = family->slots ? family->mask + 1 : 0;
	size_t count = old_count ? size_mul(old_count, 2) : MANY_SLOTS;

	grown.slots = calloc(count, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	grown.mask = count - 1;
	for (size_t i = 0; i < old_count; i++) {
		uint32_t id = family->slots[i];

		if (id)
			*sibling_slot(stacks, &grown, stacks->nodes[id].location) = id;
	}
	free(family->slots);
	*family = grown;
	return 0;
}

static int add_sibling(const struct stack_table *stacks, struct stack_siblings *family, uint32_t id)
{
	int err = 0;

	if (!family->slots || family->used >= (family->mask + 1) / 3 * 2)
		err = grow_family(stacks, family);
	if (err)
		return err;
	*sibling_slot(stacks, family, stacks->nodes[id].location) = id;
	family->used++;
	return 0;
}

/* A table of all that the callers called. Returns 0 or -ENOMEM. */
static int add_family(struct stack_table *stacks, uint32_t callers)
{
	uint32_t id = stacks->links[callers].youngest;
	int err = ARRAY_RESERVE(stacks->families, stacks->cap_families, stacks->nr_families + 1);

	if (!err)
		err = index_insert(&stacks->family_index, hash_u64s(callers, 0),
				   (uint32_t)stacks->nr_families);
	if (err)
		return err;
	stacks->families[stacks->nr_families] = (struct stack_siblings){.callers = callers};
	for (; id && !err; id = stacks->links[id].older)
		err = add_sibling(stacks, &stacks->families[stacks->nr_families], id);
	stacks->nr_families++;
	return err;
}

/* Room for so many more, and for STACK_EMPTY, which the first one makes. */
static int reserve(struct stack_table *stacks, size_t more)
{
	int err;

	if (more >= UINT32_MAX - 1 - stacks->count)
		return -ENOMEM;
	err = ARRAY_RESERVE(stacks->nodes, stacks->cap, stacks->count + more + 1);
	if (!err)
		err = ARRAY_RESERVE(stacks->links, stacks->cap_links, stacks->count + more + 1);
	if (err || stacks->count)
		return err;
	stacks->links[stacks->count] = (struct stack_link){0};
	stacks->nodes[stacks->count++] = (struct stack_node){STACK_EMPTY, 0};
	return 0;
}

/* Where there is room. */
static uint32_t append(struct stack_table *stacks, uint32_t callers, uint32_t location)
{
	uint32_t id = (uint32_t)stacks->count++;

	stacks->nodes[id] = (struct stack_node){callers, location};
	stacks->links[id] = (struct stack_link){.older = stacks->links[callers].youngest};
	stacks->links[callers].youngest = id;
	return id;
}

int stack_table_begin(struct stack_table *stacks)
{
	return reserve(stacks, 0);
}

int stack_table_append(struct stack_table *stacks, uint32_t callers, uint32_t location,
		       uint32_t *ret_stack)
{
	int err = reserve(stacks, 1);

	if (!err)
		*ret_stack = append(stacks, callers, location);
	return err;
}

/* Finds the stack or adds it, where there is room. Returns 0 or -ENOMEM. */
static int push(struct stack_table *stacks, uint32_t callers, uint32_t location,
		uint32_t *ret_stack)
{
	struct stack_siblings *family = NULL;
	unsigned int seen;
	uint32_t id = find_among_youngest(stacks, callers, location, &seen);
	int err = 0;

	if (!id && seen == MANY)
		family = find_family(stacks, callers);
	if (family)
		id = *sibling_slot(stacks, family, location);
	if (!id && stacks->full)
		return -ENOSPC;
	if (!id) {
		id = append(stacks, callers, location);
		if (family)
			err = add_sibling(stacks, family, id);
		else if (seen + 1 == MANY)
			err = add_family(stacks, callers);
	}
	if (err)
		return err;
	*ret_stack = id;
	return 0;
}

int stack_table_push(struct stack_table *stacks, uint32_t callers, uint32_t location,
		     uint32_t *ret_stack)
{
	int err = reserve(stacks, 1);

	return err ? err : push(stacks, callers, location, ret_stack);
}

int stack_table_push_all(struct stack_table *stacks, uint32_t callers, const uint32_t *locations,
			 size_t count, uint32_t *ret_stacks)
{
	int err = reserve(stacks, count);
	size_t before = stacks->count, i = 0;

	for (; i < count && !err && stacks->count == before; i++) {
		err = push(stacks, callers, locations[i], &callers);
		ret_stacks[i] = callers;
	}
	for (; i < count && !err; i++)
		ret_stacks[i] = callers = append(stacks, callers, locations[i]);
	return err;
}

void stack_table_seal(struct stack_table *stacks)
{
	for (size_t i = 0; i < stacks->nr_families; i++)
		free(stacks->families[i].slots);
	free(stacks->families);
	stacks->families = NULL;
	stacks->nr_families = stacks->cap_families = 0;
	index_fini(&stacks->family_index);
}
