// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Aggregation in two passes, without a lookup by frame.
 *
 * First every stack becomes a path of draft nodes; callers that stacks share
 * share their draft nodes already, because stacks are stored that way. Then the
 * finished nodes are made from the root down: the children of all drafts that
 * became one node are sorted by name, and those with the same frame become one
 * node again. Sorting gives the order and the merging at once.
 */
#include "profiler/model/tree_build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

#define NONE UINT32_MAX

struct draft {
	uint32_t frame;
	uint32_t first_child;
	uint32_t next; /* sibling; later: next draft that became the same node */
	uint32_t first_sample;
};

/* A run of drafts that become one node, waiting for its turn. */
struct pending {
	uint32_t draft; /* the first one */
	uint32_t parent;
};

/* A sample and the frame it is grouped under, in the order in which drafts are made. */
struct grouped {
	uint32_t frame;
	uint32_t sample;
};

struct builder {
	const struct profile *profile;
	struct symbols *symbols;
	struct draft *drafts;
	size_t nr_drafts, cap_drafts;
	uint32_t *draft_of_stack; /* of the current group; NONE where there is none yet */
	uint32_t *drafted;	  /* the stacks that have one */
	size_t nr_drafted;
	uint32_t *next_sample; /* links the samples of one draft */
	uint32_t *rank;	       /* of each frame, in the order of siblings */
	struct pending *pending;
	size_t nr_pending, cap_pending;
	uint32_t *children; /* scratch of one merge */
	size_t nr_children, cap_children;
	struct tree *tree;
};

/* ---- order of siblings ---- */

static int compare_frames(const void *left, const void *right, void *data)
{
	const struct builder *b = data;
	const struct tree_frame *frames = b->symbols->frames;

	return tree_frame_compare(b->profile->strings, &frames[*(const uint32_t *)left],
				  &frames[*(const uint32_t *)right]);
}

static int rank_frames(struct builder *b)
{
	size_t count = b->symbols->nr_frames;
	uint32_t *order = malloc(size_mul(count + 1, sizeof(*order)));

	b->rank = malloc(size_mul(count + 1, sizeof(*b->rank)));
	if (!order || !b->rank) {
		free(order);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	qsort_r(order, count, sizeof(*order), compare_frames, b);
	for (uint32_t i = 0; i < count; i++)
		b->rank[order[i]] = i;
	free(order);
	return 0;
}

/* ---- first pass: drafts ---- */

static int draft_new(struct builder *b, uint32_t parent, uint32_t frame, uint32_t *ret_draft)
{
	int err = ARRAY_RESERVE(b->drafts, b->cap_drafts, b->nr_drafts + 1);

	if (err)
		return err;
	*ret_draft = (uint32_t)b->nr_drafts;
	b->drafts[b->nr_drafts++] = (struct draft){frame, NONE, NONE, NONE};
	if (parent != NONE) {
		b->drafts[*ret_draft].next = b->drafts[parent].first_child;
		b->drafts[parent].first_child = *ret_draft;
	}
	return 0;
}

/* The drafts of all frames of one location, below `parent`. */
static int draft_location(struct builder *b, uint32_t parent, uint32_t location, uint32_t *ret)
{
	struct symbol_span span = b->symbols->spans[location];
	int err = 0;

	for (uint32_t i = 0; i < span.count && !err; i++)
		err = draft_new(b, parent, b->symbols->frame_list[span.first + i], &parent);
	*ret = parent;
	return err;
}

/*
 * The draft of a stack in the current group. Walks up to the first caller that has one, leaving a
 * trail of links downwards, then makes the missing ones along the trail.
 */
static int draft_stack(struct builder *b, uint32_t stack, uint32_t group, uint32_t *trail,
		       uint32_t *ret_draft)
{
	const struct stack_table *stacks = &b->profile->stacks;
	size_t missing = 0;
	uint32_t draft;
	int err = 0;

	while (stack != STACK_EMPTY && b->draft_of_stack[stack] == NONE) {
		trail[missing++] = stack;
		stack = stack_callers(stacks, stack);
	}
	draft = stack == STACK_EMPTY ? group : b->draft_of_stack[stack];
	while (missing && !err) {
		stack = trail[--missing];
		err = draft_location(b, draft, stack_leaf(stacks, stack), &draft);
		b->draft_of_stack[stack] = draft;
		b->drafted[b->nr_drafted++] = stack;
	}
	*ret_draft = draft;
	return err;
}

static int compare_grouped(const void *left, const void *right)
{
	const struct grouped *a = left, *b = right;

	if (a->frame != b->frame)
		return a->frame < b->frame ? -1 : 1;
	return a->sample < b->sample ? -1 : a->sample > b->sample;
}

static int draft_samples(struct builder *b, const struct grouped *order, uint32_t *trail)
{
	const struct profile *profile = b->profile;
	uint32_t root, group = NONE;
	int err = draft_new(b, NONE, NONE, &root);

	for (size_t i = 0; i < profile->nr_samples && !err; i++) {
		uint32_t sample = order[i].sample;
		uint32_t draft;

		if (i == 0 || order[i].frame != order[i - 1].frame) {
			while (b->nr_drafted)
				b->draft_of_stack[b->drafted[--b->nr_drafted]] = NONE;
			group = root;
			if (order[i].frame != GROUP_FRAME_NONE)
				err = draft_new(b, root, order[i].frame, &group);
		}
		if (!err)
			err = draft_stack(b, profile->samples[sample].stack, group, trail, &draft);
		if (err)
			break;
		b->next_sample[sample] = b->drafts[draft].first_sample;
		b->drafts[draft].first_sample = sample;
	}
	return err;
}

static int make_drafts(struct builder *b, enum group_key group)
{
	const struct profile *profile = b->profile;
	struct grouped *order = malloc(size_mul(profile->nr_samples + 1, sizeof(*order)));
	uint32_t *trail = malloc(size_mul(profile->stacks.count + 1, sizeof(*trail)));
	int err = 0;

	b->draft_of_stack = malloc(size_mul(profile->stacks.count + 1, sizeof(uint32_t)));
	b->drafted = malloc(size_mul(profile->stacks.count + 1, sizeof(uint32_t)));
	b->next_sample = malloc(size_mul(profile->nr_samples + 1, sizeof(uint32_t)));
	if (!order || !trail || !b->draft_of_stack || !b->drafted || !b->next_sample)
		err = -ENOMEM;
	else
		memset(b->draft_of_stack, 0xff, (profile->stacks.count + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < profile->nr_samples && !err; i++) {
		order[i].sample = i;
		err = group_frame(profile, b->symbols, group, &profile->samples[i],
				  &order[i].frame);
	}
	if (!err) {
		qsort(order, profile->nr_samples, sizeof(*order), compare_grouped);
		err = draft_samples(b, order, trail);
	}
	free(order);
	free(trail);
	free(b->draft_of_stack);
	free(b->drafted);
	b->draft_of_stack = b->drafted = NULL;
	return err;
}

/* ---- second pass: nodes ---- */

static int compare_children(const void *left, const void *right, void *data)
{
	const struct builder *b = data;
	uint32_t a_draft = *(const uint32_t *)left, b_draft = *(const uint32_t *)right;
	uint32_t a_rank = b->rank[b->drafts[a_draft].frame];
	uint32_t b_rank = b->rank[b->drafts[b_draft].frame];

	if (a_rank != b_rank)
		return a_rank < b_rank ? -1 : 1;
	return a_draft < b_draft ? -1 : a_draft > b_draft;
}

/* Most nodes have one child or a few: those are sorted without a call. */
static void sort_children(struct builder *b)
{
	if (b->nr_children > 12) {
		qsort_r(b->children, b->nr_children, sizeof(*b->children), compare_children, b);
		return;
	}
	for (size_t i = 1; i < b->nr_children; i++) {
		uint32_t child = b->children[i];
		size_t at = i;

		for (; at && compare_children(&child, &b->children[at - 1], b) < 0; at--)
			b->children[at] = b->children[at - 1];
		b->children[at] = child;
	}
}

/* The values of every sample that ends in this run of drafts, into the node; its children too. */
static int collect(struct builder *b, uint32_t draft, uint32_t node)
{
	size_t nr_values = b->tree->nr_values;
	int64_t *self = &b->tree->self[(size_t)node * nr_values];
	int err = 0;

	b->nr_children = 0;
	for (; draft != NONE && !err; draft = b->drafts[draft].next) {
		uint32_t sample = b->drafts[draft].first_sample;

		for (; sample != NONE; sample = b->next_sample[sample]) {
			for (size_t v = 0; v < nr_values; v++)
				self[v] += b->profile->values[sample * nr_values + v];
		}
		for (uint32_t child = b->drafts[draft].first_child; child != NONE && !err;
		     child = b->drafts[child].next) {
			err = ARRAY_RESERVE(b->children, b->cap_children, b->nr_children + 1);
			if (!err)
				b->children[b->nr_children++] = child;
		}
	}
	return err;
}

/* Links equal neighbours of the sorted children into runs; the leftmost is pushed last. */
static int push_children(struct builder *b, uint32_t node)
{
	int err = ARRAY_RESERVE(b->pending, b->cap_pending, b->nr_pending + b->nr_children);
	uint32_t following = NONE;

	if (err)
		return err;
	for (size_t i = b->nr_children; i-- > 0;) {
		struct draft *draft = &b->drafts[b->children[i]];
		bool joins = following != NONE && b->drafts[following].frame == draft->frame;

		draft->next = joins ? following : NONE;
		following = b->children[i];
		if (joins)
			b->pending[b->nr_pending - 1].draft = following;
		else
			b->pending[b->nr_pending++] = (struct pending){following, node};
	}
	return 0;
}

/* Ends of subtrees and totals: children come after their parents, so backwards. 0 or -ENOMEM. */
static int sum_up(struct tree *tree)
{
	tree->total = malloc(size_mul(tree->nr_nodes, tree->nr_values * sizeof(*tree->total)));
	if (!tree->total)
		return -ENOMEM;
	memcpy(tree->total, tree->self, tree->nr_nodes * tree->nr_values * sizeof(*tree->self));
	for (size_t i = tree->nr_nodes; i-- > 1;) {
		uint32_t parent = tree->nodes[i].parent;

		if (tree->nodes[parent].end < tree->nodes[i].end)
			tree->nodes[parent].end = tree->nodes[i].end;
		for (size_t v = 0; v < tree->nr_values; v++)
			tree->total[parent * tree->nr_values + v] +=
				tree->total[i * tree->nr_values + v];
	}
	return 0;
}

static int make_nodes(struct builder *b)
{
	struct tree *tree = b->tree;
	int err = ARRAY_RESERVE(b->pending, b->cap_pending, 1);

	tree->nodes = malloc(size_mul(b->nr_drafts, sizeof(*tree->nodes)));
	tree->self = calloc(b->nr_drafts, size_mul(tree->nr_values, sizeof(*tree->self)));
	if (err || !tree->nodes || !tree->self)
		return -ENOMEM;
	b->pending[b->nr_pending++] = (struct pending){0, 0};
	while (b->nr_pending && !err) {
		struct pending run = b->pending[--b->nr_pending];
		uint32_t node = (uint32_t)tree->nr_nodes++;
		uint32_t depth = node ? tree->nodes[run.parent].depth + 1 : 0;

		tree->nodes[node] = (struct tree_node){
			.frame = b->drafts[run.draft].frame,
			.parent = run.parent,
			.end = node + 1,
			.depth = depth,
		};
		if (depth > tree->max_depth)
			tree->max_depth = depth;
		err = collect(b, run.draft, node);
		sort_children(b);
		if (!err)
			err = push_children(b, node);
	}
	return err;
}

static void builder_fini(struct builder *b)
{
	free(b->drafts);
	free(b->next_sample);
	free(b->rank);
	free(b->pending);
	free(b->children);
}

struct tree *tree_build(const struct profile *profile, struct symbols *symbols,
			enum group_key group)
{
	struct builder b = {.profile = profile, .symbols = symbols};
	struct tree_frame all = {.kind = FRAME_GROUP};
	uint32_t root_frame;
	int err;

	b.tree = calloc(1, sizeof(*b.tree));
	if (!b.tree)
		return NULL;
	b.tree->strings = profile->strings;
	b.tree->nr_values = profile->about.nr_values;
	err = strings_intern_z(profile->strings, "all", &all.name);
	if (!err)
		err = symbols_add_frame(symbols, &all, &root_frame);
	if (!err)
		err = make_drafts(&b, group);
	if (!err)
		err = rank_frames(&b);
	if (!err) {
		b.drafts[0].frame = root_frame;
		err = make_nodes(&b);
	}
	if (!err) {
		b.tree->nr_frames = symbols->nr_frames;
		b.tree->frames = malloc(symbols->nr_frames * sizeof(*symbols->frames));
		err = b.tree->frames ? 0 : -ENOMEM;
	}
	if (!err)
		memcpy(b.tree->frames, symbols->frames,
		       symbols->nr_frames * sizeof(*symbols->frames));
	builder_fini(&b); /* before the totals: the largest profiles set the peak of memory here */
	if (!err)
		err = sum_up(b.tree);
	if (!err)
		return b.tree;
	tree_free(b.tree);
	errno = ENOMEM;
	return NULL;
}
