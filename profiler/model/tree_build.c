// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Aggregation in two passes, without a lookup by frame.
 *
 * First every sample becomes a path of drafts (draft.c). Then the finished
 * nodes are made from the root down: the children of all drafts that became one
 * node are sorted by name, and those with the same frame become one node again.
 * Sorting gives the order and the merging at once. Frames are put in the order
 * of siblings before, so that what is sorted are numbers.
 */
#include "profiler/model/tree_build.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/draft.h"
#include "profiler/model/frame_order.h"
#include "profiler/model/sort_numbers.h"
#include "profiler/model/tree_slices.h"

/* A draft that waits for its turn. */
struct pending {
	uint64_t key;
	uint32_t parent; /* SAME_NODE: becomes one node with the pending draft above it */
};

#define SAME_NODE UINT32_MAX

struct builder {
	struct drafts drafts;
	uint32_t root;	/* its frame's number in the tree */
	uint32_t *rank; /* by location of the drafts: the frame's number in the tree */
	struct pending *pending;
	size_t nr_pending, cap_pending;
	uint64_t *children; /* keys: scratch of one node, and behind them that of sorting */
	size_t nr_children, cap_children;
	struct tree *tree;
	uint32_t *node_of_sample; /* NULL when nobody asks */
};

/* ---- frames ---- */

/* The tree's frames in the order of siblings, and where those of the drafts went. */
static int order_frames(struct builder *b)
{
	const struct symbols *symbols = b->drafts.symbols;
	size_t count = symbols->nr_frames, nr_locations = drafts_nr_locations(&b->drafts);
	uint32_t *order = malloc(size_mul(count + 1, sizeof(*order)));
	uint32_t *number = malloc(size_mul(count + 1, sizeof(*number)));
	struct tree *tree = b->tree;
	int err = -ENOMEM;

	b->rank = malloc(size_mul(nr_locations + 1, sizeof(*b->rank)));
	tree->frames = malloc(size_mul(count, sizeof(*tree->frames)));
	if (order && number && b->rank && tree->frames)
		err = frame_order(tree->strings, symbols->frames, count, order);
	if (!err) {
		for (uint32_t i = 0; i < count; i++) {
			tree->frames[i] = symbols->frames[order[i]];
			number[order[i]] = i;
		}
		tree->nr_frames = count;
		for (uint32_t i = 0; i < nr_locations; i++)
			b->rank[i] = number[drafts_frame(&b->drafts, i)];
		b->root = number[b->root];
	}
	free(order);
	free(number);
	return err;
}

/* ---- second pass: nodes ---- */

/* Drafts by frame; a key is the frame's number and the draft's. */
static uint64_t key_of(const struct builder *b, uint32_t draft)
{
	return (uint64_t)b->rank[stack_leaf(b->drafts.table, draft)] << 32 | draft;
}

static uint32_t key_frame(uint64_t key)
{
	return (uint32_t)(key >> 32);
}

static uint32_t key_draft(uint64_t key)
{
	return (uint32_t)key;
}

/* The children of one more of the drafts that are this node. */
static int collect(struct builder *b, uint32_t draft, uint32_t node)
{
	const struct stack_table *table = b->drafts.table;

	b->drafts.node_of_draft[draft] = node;
	for_each_called(table, draft, child)
	{
		if (b->drafts.node_of_draft[child] == DRAFT_UNUSED)
			continue;
		if (ARRAY_RESERVE(b->children, b->cap_children, 2 * (b->nr_children + 1)))
			return -ENOMEM;
		b->children[b->nr_children++] = key_of(b, child);
	}
	return 0;
}

/* Puts the children upon the pending drafts, the leftmost last. */
static int push_children(struct builder *b, uint32_t node)
{
	int err = ARRAY_RESERVE(b->pending, b->cap_pending, b->nr_pending + b->nr_children);

	if (err || !b->nr_children)
		return err;
	sort_numbers(b->children, b->nr_children, b->children + b->nr_children);
	for (size_t i = b->nr_children; i-- > 0;) {
		uint64_t key = b->children[i];
		bool joins = i && key_frame(b->children[i - 1]) == key_frame(key);

		b->pending[b->nr_pending++] = (struct pending){key, joins ? SAME_NODE : node};
	}
	return 0;
}

/* The pending draft, and those that are the same node, become one. */
static int make_node(struct builder *b)
{
	struct tree *tree = b->tree;
	struct pending next = b->pending[--b->nr_pending];
	uint32_t node = (uint32_t)tree->nr_nodes++;
	int err;

	tree->nodes[node] = (struct tree_node){
		.frame = key_frame(next.key),
		.parent = next.parent,
		.end = node + 1,
	};
	b->nr_children = 0;
	err = collect(b, key_draft(next.key), node);
	while (!err && b->nr_pending && b->pending[b->nr_pending - 1].parent == SAME_NODE)
		err = collect(b, key_draft(b->pending[--b->nr_pending].key), node);
	return err ? err : push_children(b, node);
}

static int make_nodes(struct builder *b)
{
	int err = ARRAY_RESERVE(b->pending, b->cap_pending, 1);

	b->tree->nodes = alloc_whole(size_mul(b->drafts.table->count, sizeof(*b->tree->nodes)));
	if (err || !b->tree->nodes)
		return -ENOMEM;
	b->pending[b->nr_pending++] = (struct pending){(uint64_t)b->root << 32 | STACK_EMPTY, 0};
	while (b->nr_pending && !err)
		err = make_node(b);
	return err;
}

/* Children come after their parents: backwards. */
static void find_ends(struct tree *tree)
{
	for (size_t i = tree->nr_nodes; i-- > 1;) {
		struct tree_node *parent = &tree->nodes[tree->nodes[i].parent];

		if (parent->end < tree->nodes[i].end)
			parent->end = tree->nodes[i].end;
	}
}

/* The totals of one value. */
static void sum_value(struct tree *tree, size_t value)
{
	enum value_role role = tree->values[value].role;
	size_t nr_values = tree->nr_values;

	for (size_t i = tree->nr_nodes; i-- > 1;) {
		int64_t *total = &tree->total[tree->nodes[i].parent * nr_values + value];

		*total = value_join(role, *total, tree->total[i * nr_values + value]);
	}
}

/* 0 or -ENOMEM. */
static int sum_up(struct tree *tree)
{
	tree->total = alloc_whole(size_mul(tree->nr_nodes, tree->nr_values * sizeof(*tree->total)));
	if (!tree->total)
		return -ENOMEM;
	memcpy(tree->total, tree->self, tree->nr_nodes * tree->nr_values * sizeof(*tree->self));
	for (size_t v = 0; v < tree->nr_values; v++)
		sum_value(tree, v);
	return 0;
}

/* The values of each sample into the node where its path ends. 0 or -ENOMEM. */
static int add_values(struct builder *b)
{
	const struct drafts *drafts = &b->drafts;
	struct tree *tree = b->tree;

	tree->self =
		alloc_whole_zeroed(size_mul(tree->nr_nodes, tree->nr_values * sizeof(*tree->self)));
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
static int name_root(struct builder *b)
{
	struct tree_frame all = {.kind = FRAME_GROUP};
	int err = strings_intern_z(b->drafts.profile->strings, "all", &all.name);

	return err ? err : symbols_add_frame(b->drafts.symbols, &all, &b->root);
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
		err = name_root(&b);
	b.tree = tree_new(&b.drafts);
	if (!b.tree)
		err = -ENOMEM;
	if (!err)
		err = order_frames(&b);
	if (!err)
		err = make_nodes(&b);
	if (!err)
		err = add_values(&b);
	if (!err)
		err = tree_add_slices(b.tree, &b.drafts);
	builder_fini(&b); /* before the totals: the largest profiles set the peak of memory here */
	if (!err) {
		find_ends(b.tree);
		err = sum_up(b.tree);
	}
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
