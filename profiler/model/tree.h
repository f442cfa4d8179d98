/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree that every output is drawn from: frames from the root, with the
 * values of all samples that passed through them.
 *
 * A finished tree is read-only. Nodes are in preorder, siblings ordered by the
 * bytes of their names (then module, then kind), so the same profile gives the
 * same tree whatever order it was read in. Values are signed: a difference of
 * two trees is a tree too.
 */
#ifndef BOLOMETER_MODEL_TREE_H
#define BOLOMETER_MODEL_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "profiler/model/circumstances.h"
#include "profiler/model/frame_kind.h"
#include "profiler/model/markers.h"
#include "profiler/model/strings.h"

/* What is written in a box: nodes with the same function share one. */
struct tree_frame {
	uint32_t name;	 /* string id; never empty */
	uint32_t module; /* string id of the file's base name, STRING_NONE where it says nothing */
	uint8_t kind;	 /* enum frame_kind */
};

/* The order of siblings: the bytes of the names, then of the modules, then the kinds. */
int tree_frame_compare(const struct strings *strings, const struct tree_frame *a,
		       const struct tree_frame *b);

struct tree_node {
	uint32_t frame;	 /* index into frames */
	uint32_t parent; /* index of the parent node; the root is its own parent */
	uint32_t end;	 /* one past the last node of the subtree: children of i start at i + 1 */
};

/* What one slice of the capture has of a node's first self value. */
struct tree_slice {
	uint32_t slice;
	uint32_t weight; /* as the file had it that the tree is from, at most TREE_WEIGHT_MAX; or 0 */
	int64_t amount;	 /* never 0 */
};

/* Weights in files take one byte, and are counts as they are (docs/FORMAT.md, "Time slices"). */
#define TREE_WEIGHT_MAX 127

struct tree {
	struct strings *strings;   /* owned by whoever built the tree; outlives it */
	struct tree_frame *frames; /* in the order of siblings, not of `symbols`; some may not occur */
	size_t nr_frames;
	struct tree_node *nodes; /* nodes[0] is the root, named "all" */
	size_t nr_nodes;	 /* at least 1 */
	struct value_type values[VALUE_TYPES_MAX];
	size_t nr_values;
	int64_t *self;	/* self[node * nr_values + v] */
	int64_t *total; /* likewise; self and the children's totals, joined by role */

	size_t nr_slices;	   /* of the capture; 0: none are known, and the arrays are NULL */
	uint64_t *slice_ends_ns;   /* since the beginning of the capture */
	uint32_t *first_slice;	   /* by node: the first of its own, with one more at the end */
	struct tree_slice *slices; /* of each node in order; their amounts add up to self value 0 */
	size_t cap_slices;
};

void tree_free(struct tree *tree);

static inline const char *tree_name(const struct tree *tree, uint32_t node)
{
	return strings_text(tree->strings, tree->frames[tree->nodes[node].frame].name);
}

static inline enum frame_kind tree_kind(const struct tree *tree, uint32_t node)
{
	return (enum frame_kind)tree->frames[tree->nodes[node].frame].kind;
}

static inline int64_t tree_self(const struct tree *tree, uint32_t node, size_t value)
{
	return tree->self[(size_t)node * tree->nr_values + value];
}

static inline int64_t tree_total(const struct tree *tree, uint32_t node, size_t value)
{
	return tree->total[(size_t)node * tree->nr_values + value];
}

/* The children of `node`, left to right. */
#define for_each_child(tree, node, child)                                  \
	for (uint32_t child = (node) + 1; child < (tree)->nodes[node].end; \
	     child = (tree)->nodes[child].end)

/* Why walks stopped early: one kind of [incomplete: ...] marker, and what is below it. */
struct tree_reason {
	uint32_t name; /* the marker's, in tree->strings */
	int64_t value;
};

#define TREE_REASONS_MAX 16

/* How far the stacks can be trusted: shares of value 0, for the report and the graph. */
struct tree_quality {
	int64_t total;	    /* of the whole tree */
	int64_t with_user;  /* samples with a user stack */
	int64_t rooted;	    /* of those, the ones whose user stack reached the thread's root */
	int64_t truncated;  /* below a [truncated] marker, at the root or further in */
	int64_t incomplete; /* below an [incomplete: ...] marker */
	int64_t unnamed;    /* where the innermost frame has no name */
	int64_t no_stack;   /* [no stack] */
	int64_t unnamed_most;  /* of what is unnamed, in the file that has most of it */
	uint32_t unnamed_name; /* of a frame in that file, see unnamed.h */
	struct tree_reason reasons[TREE_REASONS_MAX]; /* the commonest first */
	size_t nr_reasons;
};

void tree_measure(const struct tree *tree, struct tree_quality *ret_quality);

/* Self and total of one function over the whole tree; a recursion counts once in total. */
struct tree_function {
	uint32_t frame;
	int64_t self;
	int64_t total;
};

/*
 * One entry for each function (frame_kind_is_function()) for value type `value`, in an array the
 * caller frees, sorted by self then total (descending), then as siblings are. Functions
 * that have nothing of this value are left out. Returns 0 or -ENOMEM.
 */
int tree_functions(const struct tree *tree, size_t value, struct tree_function **ret_functions,
		   size_t *ret_count);

/* Sorts them by total (descending), then as siblings are. */
void tree_functions_by_total(const struct tree *tree, struct tree_function *functions,
			     size_t count);

#endif
