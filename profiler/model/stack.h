/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interned stacks. A stack is the stack of its callers plus one innermost
 * frame, so equal stacks have one id, common roots are stored once, and walking
 * a stack is walking ids from the leaf to the root:
 *
 *	for (uint32_t s = id; s != STACK_EMPTY; s = stack_callers(stacks, s))
 *		... stack_leaf(stacks, s) ...
 *
 * Frames are location ids of the profile that owns the table.
 */
#ifndef BOLOMETER_MODEL_STACK_H
#define BOLOMETER_MODEL_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/model/index.h"

/* The stack without frames. */
#define STACK_EMPTY 0U

struct stack_node {
	uint32_t callers;  /* id of the stack that called this one; always smaller than its own */
	uint32_t location; /* the innermost frame */
};

/* From a stack to those that it called, the youngest first. */
struct stack_link {
	uint32_t youngest; /* the last one added of those that this one called; 0 for none */
	uint32_t older;	   /* the one with the same callers that was added before; 0 for none */
};

/* The stacks of callers that called many: open addressing, at most two thirds full. */
struct stack_siblings {
	uint32_t callers;
	uint32_t *slots; /* by location; STACK_EMPTY is free */
	size_t mask;	 /* slots - 1, a power of two less one; 0 while there are none */
	size_t used;
};

/* All zero is an empty table. */
struct stack_table {
	struct stack_node *nodes; /* nodes[0] is STACK_EMPTY */
	size_t count;
	size_t cap;
	struct stack_link *links;
	size_t cap_links;
	struct stack_siblings *families; /* until sealed */
	size_t nr_families, cap_families;
	struct index family_index; /* by callers */
	bool full; /* a stack that is new to stack_table_push() gets -ENOSPC */
};

void stack_table_fini(struct stack_table *stacks);

/* The stack of `location` called from `callers`, added if new. Returns 0 or -ENOMEM. */
int stack_table_push(struct stack_table *stacks, uint32_t callers, uint32_t location,
		     uint32_t *ret_stack);

/*
 * Pushes one location after the other, the outermost first: ret_stacks[i] is the stack that ends with
 * locations[i]. Faster than one by one, as whatever stands on a new stack is new. 0 or -ENOMEM.
 */
int stack_table_push_all(struct stack_table *stacks, uint32_t callers, const uint32_t *locations,
			 size_t count, uint32_t *ret_stacks);

/* Makes STACK_EMPTY where there is nothing yet, as adding any other does. Returns 0 or -ENOMEM. */
int stack_table_begin(struct stack_table *stacks);

/*
 * Adds a stack without looking for one that is equal: for tables whose owner knows better, and into
 * which nothing is pushed. Returns 0 or -ENOMEM.
 */
int stack_table_append(struct stack_table *stacks, uint32_t callers, uint32_t location,
		       uint32_t *ret_stack);

/* Frees what only pushing needs; the table is read-only from here on. */
void stack_table_seal(struct stack_table *stacks);

static inline uint32_t stack_callers(const struct stack_table *stacks, uint32_t stack)
{
	return stacks->nodes[stack].callers;
}

static inline uint32_t stack_leaf(const struct stack_table *stacks, uint32_t stack)
{
	return stacks->nodes[stack].location;
}

/* The stacks that `stack` called, and for which it is stack_callers(). */
#define for_each_called(stacks, stack, called)                          \
	for (uint32_t called = (stacks)->links[stack].youngest; called; \
	     called = (stacks)->links[called].older)

#endif
