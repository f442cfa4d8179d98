// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Aggregation in two passes, without a lookup by frame.
 *
 * First every sample becomes a path of draft nodes (draft.c). Then the finished
 * nodes are made from the root down: the children of all drafts that became one
 * node are sorted by name, and those with the same frame become one node again.
 * Sorting gives the order and the merging at once.
 */
#include "profiler/model/tree_build.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/draft.h"
#include "profiler/model/tree_slices.h"

/* A run of drafts that become one node, waiting for its turn. */
struct pending {
	uint32_t draft; /* the first one */
	uint32_t parent;
};

struct builder {
	struct drafts drafts;
	uint32_t *rank; /* of each frame, in the order of siblings */
	struct pending *pending;
	size_t nr_pending, cap_pending;
	uint32_t *children; /* scratch of one merge */
	size_t nr_children, cap_children;
	struct tree *tree;
	uint32_t *node_of_sample; /* NULL when nobody asks */
};

/* ---- order of siblings ---- */

static int compare_frames(const void *left, const void *right, void *data)
{
	const struct builder *b = data;
	const struct tree_frame *frames = b->drafts.symbols->frames;

	return tree_frame_compare(b->drafts.profile->strings, &frames[*(const uint32_t *)left],
				  &frames[*(const uint32_t *)right]);
}

static int rank_frames(struct builder *b)
{
	size_t count = b->drafts.symbols->nr_frames;
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

/* ---- second pass: nodes ---- */

static int compare_children(const void *left, const void *right, void *data)
{
	const struct builder *b = data;
	uint32_t a_draft = *(const uint32_t *)left, b_draft = *(const uint32_t *)right;
	uint32_t a_rank = b->rank[b->drafts.nodes[a_draft].frame];
	uint32_t b_rank = b->rank[b->drafts.nodes[b_draft].frame];

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

/* The children of all drafts of this run; the drafts are this node from here on. */
static int collect(struct builder *b, uint32_t draft, uint32_t node)
{
	int err = 0;

	b->nr_children = 0;
	for (; draft != DRAFT_NONE && !err; draft = b->drafts.nodes[draft].next) {
		uint32_t child = b->drafts.nodes[draft].first_child;

		b->drafts.nodes[draft].first_child = node;
		for (; child != DRAFT_NONE && !err; child = b->drafts.nodes[child].next) {
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
	uint32_t following = DRAFT_NONE;

	if (err)
		return err;
	for (size_t i = b->nr_children; i-- > 0;) {
		struct draft *draft = &b->drafts.nodes[b->children[i]];
		bool joins = following != DRAFT_NONE && b->drafts.nodes[following].frame == draft->frame;

		draft->next = joins ? following : DRAFT_NONE;
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
		for (size_t v = 0; v < tree->nr_values; v++) {
			int64_t *total = &tree->total[parent * tree->nr_values + v];

			*total = value_join(tree->values[v].role, *total,
					    tree->total[i * tree->nr_values + v]);
		}
	}
	return 0;
}

static int make_nodes(struct builder *b)
{
	struct tree *tree = b->tree;
	int err = ARRAY_RESERVE(b->pending, b->cap_pending, 1);

	tree->nodes = malloc(size_mul(b->drafts.nr_nodes, sizeof(*tree->nodes)));
	if (err || !tree->nodes)
		return -ENOMEM;
	b->pending[b->nr_pending++] = (struct pending){0, 0};
	while (b->nr_pending && !err) {
		struct pending run = b->pending[--b->nr_pending];
		uint32_t node = (uint32_t)tree->nr_nodes++;
		uint32_t depth = node ? tree->nodes[run.parent].depth + 1 : 0;

		tree->nodes[node] = (struct tree_node){
			.frame = b->drafts.nodes[run.draft].frame,
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

/* The values of each sample into the node where its path ends. 0 or -ENOMEM. */
static int add_values(struct builder *b)
{
	const struct drafts *drafts = &b->drafts;
	struct tree *tree = b->tree;

	tree->self = calloc(tree->nr_nodes, size_mul(tree->nr_values, sizeof(*tree->self)));
	if (!tree->self)
		return -ENOMEM;
	for (uint32_t sample = 0; sample < drafts->profile->nr_samples; sample++) {
		uint32_t node = drafts_node(drafts, sample);
		int64_t *self;

		if (node == DRAFT_NONE)
			continue;
		if (b->node_of_sample)
			b->node_of_sample[sample] = node;
		self = &tree->self[node * tree->nr_values];
		for (size_t v = 0; v < tree->nr_values; v++)
			self[v] = value_join(tree->values[v].role, self[v],
					     drafts_value(drafts, sample, v));
	}
	return 0;
}

static void builder_fini(struct builder *b)
{
	drafts_fini(&b->drafts);
	free(b->rank);
	free(b->pending);
	free(b->children);
}

/* The tree's own copies of what it is read with. */
static int copy_frames(struct tree *tree, const struct symbols *symbols)
{
	size_t bytes = symbols->nr_frames * sizeof(*symbols->frames);

	tree->frames = malloc(bytes);
	if (!tree->frames)
		return -ENOMEM;
	memcpy(tree->frames, symbols->frames, bytes);
	tree->nr_frames = symbols->nr_frames;
	return 0;
}

static struct tree *tree_new(const struct drafts *drafts)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return NULL;
	tree->strings = drafts->profile->strings;
	tree->nr_values = drafts->nr_values;
	for (size_t v = 0; v < drafts->nr_values; v++)
		tree->values[v] = drafts->values[v].type;
	return tree;
}

/* The frame of the root, which no sample brings. */
static int name_root(struct drafts *drafts)
{
	struct tree_frame all = {.kind = FRAME_GROUP};
	int err = strings_intern_z(drafts->profile->strings, "all", &all.name);

	return err ? err : symbols_add_frame(drafts->symbols, &all, &drafts->nodes[0].frame);
}

/* `node_of_sample`: NULL or room for one of each sample. */
static struct tree *build(const struct profile *profile, struct symbols *symbols,
			  enum group_key group, const struct view *view, uint32_t *node_of_sample)
{
	struct builder b = {.node_of_sample = node_of_sample};
	int err;

	assert(!view->nr_values || view_values_declared(&profile->about));
	err = drafts_make(&b.drafts, profile, symbols, group, view);
	if (!err)
		err = name_root(&b.drafts);
	if (!err)
		err = rank_frames(&b);
	b.tree = tree_new(&b.drafts);
	if (!b.tree)
		err = -ENOMEM;
	if (!err)
		err = make_nodes(&b);
	if (!err)
		err = add_values(&b);
	if (!err)
		err = tree_add_slices(b.tree, &b.drafts);
	if (!err)
		err = copy_frames(b.tree, symbols);
	builder_fini(&b); /* before the totals: the largest profiles set the peak of memory here */
	if (!err)
		err = sum_up(b.tree);
	if (!err)
		return b.tree;
	tree_free(b.tree);
	errno = ENOMEM;
	return NULL;
}

struct tree *tree_build(const struct profile *profile, struct symbols *symbols,
			enum group_key group, const struct view *view)
{
	return build(profile, symbols, group, view, NULL);
}

struct tree *tree_build_placing(const struct profile *profile, struct symbols *symbols,
				enum group_key group, const struct view *view,
				uint32_t **ret_node_of_sample)
{
	size_t bytes = size_mul(profile->nr_samples + 1, sizeof(**ret_node_of_sample));
	uint32_t *node_of_sample = malloc(bytes);
	struct tree *tree;

	if (!node_of_sample) {
		errno = ENOMEM;
		return NULL;
	}
	memset(node_of_sample, 0xff, bytes);
	tree = build(profile, symbols, group, view, node_of_sample);
	if (tree)
		*ret_node_of_sample = node_of_sample;
	else
		free(node_of_sample);
	return tree;
}
