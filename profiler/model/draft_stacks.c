// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A stack table is a tree already, with callers as parents: see draft_stacks.h.
 * What is missing are the links from a stack to those that it called, and of
 * these only the ones that lead to a sample.
 */
#include "profiler/model/draft_stacks.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"

static bool is_bare(const struct sample *sample)
{
	return sample->task == TASK_NONE && sample->cpu == CPU_NONE &&
	       sample->cgroup == CGROUP_NONE && sample->top == STACK_EMPTY && !sample->rival &&
	       !sample->waker && sample->activity == ACTIVITY_CPU;
}

bool drafts_are_stacks(const struct drafts *drafts)
{
	const struct profile *profile = drafts->profile;
	const struct symbols *symbols = drafts->symbols;

	if (drafts->view->wakers != WAKERS_HIDDEN || symbols->nr_spans != profile->nr_locations)
		return false;
	for (size_t i = 0; i < symbols->nr_spans; i++) {
		if (symbols->spans[i].count != 1)
			return false;
	}
	for (size_t i = 0; i < profile->nr_samples; i++) {
		if (!is_bare(&profile->samples[i]))
			return false;
	}
	return true;
}

/* The link to the next sibling of a stack that leads to a sample; DRAFT_NONE before it has one. */
#define LEADS_TO_SAMPLE 0

static void mark_samples(struct drafts *drafts)
{
	const struct profile *profile = drafts->profile;

	for (uint32_t i = 0; i < profile->nr_samples; i++) {
		uint32_t stack = profile->samples[i].stack;

		drafts->draft_of_sample[i] = DRAFT_NONE;
		if (drafts_leave_out(drafts, i))
			continue;
		drafts->draft_of_sample[i] = stack;
		drafts->nodes[stack].next = LEADS_TO_SAMPLE;
	}
}

/* Callers have smaller numbers than those they called, which therefore are linked before. */
static void link_marked(struct drafts *drafts)
{
	const struct stack_node *stacks = drafts->profile->stacks.nodes;
	struct draft *nodes = drafts->nodes;

	for (size_t i = drafts->nr_nodes; i-- > 1;) {
		struct draft *callers = &nodes[stacks[i].callers];

		if (nodes[i].next != LEADS_TO_SAMPLE)
			continue;
		nodes[i].next = callers->first_child;
		callers->first_child = (uint32_t)i;
		callers->next = LEADS_TO_SAMPLE;
	}
	nodes[0].next = DRAFT_NONE;
}

int drafts_make_of_stacks(struct drafts *drafts)
{
	const struct stack_table *stacks = &drafts->profile->stacks;
	const struct symbols *symbols = drafts->symbols;
	int err = ARRAY_RESERVE(drafts->nodes, drafts->cap_nodes, stacks->count);

	if (err)
		return err;
	for (size_t i = 0; i < stacks->count; i++) {
		uint32_t location = stack_leaf(stacks, (uint32_t)i);

		drafts->nodes[i] = (struct draft){
			symbols->frame_list[symbols->spans[location].first], DRAFT_NONE, DRAFT_NONE};
	}
	drafts->nr_nodes = stacks->count;
	mark_samples(drafts);
	link_marked(drafts);
	return 0;
}
