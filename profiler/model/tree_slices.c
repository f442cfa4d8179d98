// SPDX-License-Identifier: GPL-2.0-or-later
/* See tree_slices.h. The samples are sorted by node, so that one node at a time is added up. */
#include "profiler/model/tree_slices.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"

struct adder {
	struct tree *tree;
	const struct drafts *drafts;
	uint32_t *first;  /* by node: its first sample in the order, with one more at the end */
	uint32_t *order;  /* samples, by node */
	int64_t *amounts; /* of one node in each slice */
};

/* Room for slices. 0 or -ENOMEM. */
static int begin_slices(struct tree *tree, const struct slices *slices)
{
	tree->slice_ends_ns = malloc(slices->count * sizeof(*tree->slice_ends_ns));
	tree->first_slice = calloc(tree->nr_nodes + 1, sizeof(*tree->first_slice));
	if (!tree->slice_ends_ns || !tree->first_slice)
		return -ENOMEM;
	tree->nr_slices = slices->count;
	for (size_t i = 0; i < slices->count; i++)
		tree->slice_ends_ns[i] = slices_end_ns(slices, i);
	return 0;
}

/* By counting. 0 or -ENOMEM. */
static int sort_samples(struct adder *a)
{
	size_t nr_samples = a->drafts->profile->nr_samples, nr_nodes = a->tree->nr_nodes;

	a->first = calloc(nr_nodes + 2, sizeof(*a->first));
	a->order = malloc(size_mul(nr_samples + 1, sizeof(*a->order)));
	if (!a->first || !a->order)
		return -ENOMEM;
	for (uint32_t sample = 0; sample < nr_samples; sample++) {
		uint32_t node = drafts_node(a->drafts, sample);

		if (node != DRAFT_NONE)
			a->first[node + 2]++;
	}
	for (size_t node = 2; node <= nr_nodes; node++)
		a->first[node + 1] += a->first[node];
	/* Each node's entry moves to where the next node begins. */
	for (uint32_t sample = 0; sample < nr_samples; sample++) {
		uint32_t node = drafts_node(a->drafts, sample);

		if (node != DRAFT_NONE)
			a->order[a->first[node + 1]++] = sample;
	}
	return 0;
}

/* The slices of a node whose amounts were added up; these are zero again. 0 or -ENOMEM. */
static int keep_slices(struct adder *a, size_t node)
{
	struct tree *tree = a->tree;
	size_t nr_slices = tree->first_slice[node];
	int err = 0;

	for (uint32_t i = 0; i < tree->nr_slices && !err; i++) {
		if (!a->amounts[i])
			continue;
		err = ARRAY_RESERVE(tree->slices, tree->cap_slices, nr_slices + 1);
		if (!err)
			tree->slices[nr_slices++] =
				(struct tree_slice){.slice = i, .amount = a->amounts[i]};
		a->amounts[i] = 0;
	}
	tree->first_slice[node + 1] = (uint32_t)nr_slices;
	return err;
}

/*
 * A node that is one sample of a file keeps the weights that it has there, since amounts that were
 * shared out by them would not lead back to quite the same ones.
 */
static void keep_weights(struct adder *a, size_t node, uint32_t sample)
{
	const struct slices *slices = &a->drafts->profile->slices;
	const struct slice_share *shares = &slices->shares[slices->first[sample]];
	size_t count = slices->first[sample + 1] - slices->first[sample];
	uint32_t at = a->tree->first_slice[node];

	if (a->tree->first_slice[node + 1] - at != count)
		return;
	for (size_t i = 0; i < count; i++) {
		if (shares[i].weight > TREE_WEIGHT_MAX)
			return;
	}
	for (size_t i = 0; i < count; i++)
		a->tree->slices[at + i].weight = (uint32_t)shares[i].weight;
}

static int add_node(struct adder *a, size_t node)
{
	const struct slices *slices = &a->drafts->profile->slices;
	uint32_t first = a->first[node], end = a->first[node + 1];
	int err;

	a->tree->first_slice[node + 1] = a->tree->first_slice[node];
	if (first == end)
		return 0;
	for (uint32_t i = first; i < end; i++)
		slices_share_out(slices, a->order[i], drafts_value(a->drafts, a->order[i], 0),
				 a->amounts);
	err = keep_slices(a, node);
	if (!err && slices->plan.shares_only && end - first == 1)
		keep_weights(a, node, a->order[first]);
	return err;
}

int tree_add_slices(struct tree *tree, const struct drafts *drafts)
{
	const struct slices *slices = &drafts->profile->slices;
	struct adder a = {.tree = tree, .drafts = drafts};
	int err;

	if (!slices->count || tree->values[0].role != VALUE_AMOUNT)
		return 0;
	a.amounts = calloc(slices->count, sizeof(*a.amounts));
	err = a.amounts ? begin_slices(tree, slices) : -ENOMEM;
	if (!err)
		err = sort_samples(&a);
	for (size_t node = 0; node < tree->nr_nodes && !err; node++)
		err = add_node(&a, node);
	free(a.amounts);
	free(a.first);
	free(a.order);
	return err;
}
