// SPDX-License-Identifier: GPL-2.0-or-later
/* What a finished tree is asked: functions by self and total, and how far it can be trusted. */
#include "profiler/model/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/unnamed.h"

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	free(tree->frames);
	free(tree->nodes);
	free(tree->self);
	free(tree->total);
	free(tree->slice_ends_ns);
	free(tree->first_slice);
	free(tree->slices);
	free(tree);
}

int tree_frame_compare(const struct strings *strings, const struct tree_frame *a,
		       const struct tree_frame *b)
{
	int order = strings_compare(strings, a->name, b->name);

	if (!order)
		order = strings_compare(strings, a->module, b->module);
	return order ? order : (int)a->kind - (int)b->kind;
}

/* What the frames from the root to a node say about the stacks that pass through it. */
enum path_flag {
	PATH_USER = 1,
	PATH_TRUNCATED = 2,
	PATH_INCOMPLETE = 4,
	PATH_NO_ROOT = 8, /* what is missing is the root end */
};

/* What a frame is to tree_measure(). */
enum frame_class {
	CLASS_OTHER,
	CLASS_USER,
	CLASS_UNNAMED,
	CLASS_TRUNCATED,
	CLASS_INCOMPLETE,
	CLASS_NO_STACK,
};

static enum frame_class frame_class(const struct tree *tree, const struct tree_frame *frame)
{
	const char *name = strings_text(tree->strings, frame->name);
	enum frame_kind kind = (enum frame_kind)frame->kind;

	if (kind == FRAME_MARKER) {
		if (!strcmp(name, MARKER_TRUNCATED))
			return CLASS_TRUNCATED;
		if (!strncmp(name, MARKER_INCOMPLETE, strlen(MARKER_INCOMPLETE)))
			return CLASS_INCOMPLETE;
		return strcmp(name, MARKER_NO_STACK) ? CLASS_OTHER : CLASS_NO_STACK;
	}
	if (kind == FRAME_UNNAMED)
		return CLASS_UNNAMED;
	return kind == FRAME_KERNEL || !frame_kind_is_function(kind) ? CLASS_OTHER : CLASS_USER;
}

static unsigned int class_flags(enum frame_class class, unsigned int above)
{
	switch (class) {
	case CLASS_USER:
	case CLASS_UNNAMED:
		return PATH_USER;
	case CLASS_TRUNCATED:
		return PATH_TRUNCATED | PATH_USER | (above & PATH_USER ? 0 : PATH_NO_ROOT);
	case CLASS_INCOMPLETE:
		return PATH_INCOMPLETE | PATH_USER | PATH_NO_ROOT;
	default:
		return 0;
	}
}

/* The value of stacks that end in a node, whatever it is said that they waited for above it. */
static int64_t innermost_value(const struct tree *tree, uint32_t node)
{
	int64_t value = tree_self(tree, node, 0);

	for_each_child (tree, node, child) {
		if (tree_kind(tree, child) == FRAME_WAITING ||
		    tree_kind(tree, child) == FRAME_RUN_QUEUE)
			value += tree_total(tree, child, 0);
	}
	return value;
}

/* Adds what is below a marker to its reason. Reasons beyond the room for them are not told apart. */
static void add_reason(struct tree_quality *q, uint32_t name, int64_t value)
{
	size_t i = 0;

	while (i < q->nr_reasons && q->reasons[i].name != name)
		i++;
	if (i == TREE_REASONS_MAX)
		return;
	if (i == q->nr_reasons)
		q->reasons[q->nr_reasons++] = (struct tree_reason){.name = name};
	q->reasons[i].value += value;
}

static int compare_reasons(const void *left, const void *right, void *data)
{
	const struct tree_reason *a = left, *b = right;
	const struct tree *tree = data;

	if (a->value != b->value)
		return a->value > b->value ? -1 : 1;
	return strings_compare(tree->strings, a->name, b->name);
}

/* Stacks that end in a node whose path has these flags. */
static void measure_self(struct tree_quality *q, unsigned int flags, int64_t self)
{
	if (flags & PATH_USER)
		q->with_user += self;
	if (flags & PATH_TRUNCATED)
		q->truncated += self;
	if (flags & PATH_INCOMPLETE)
		q->incomplete += self;
	if ((flags & (PATH_USER | PATH_NO_ROOT)) == PATH_USER)
		q->rooted += self;
}

/* What the frame itself says of what is below it. */
static void measure_frame(struct tree_quality *q, const struct tree *tree, uint32_t node,
			  enum frame_class class)
{
	if (class == CLASS_UNNAMED)
		q->unnamed += innermost_value(tree, node);
	else if (class == CLASS_NO_STACK)
		q->no_stack += tree_total(tree, node, 0);
	else if (class == CLASS_INCOMPLETE)
		add_reason(q, tree->frames[tree->nodes[node].frame].name,
			   tree_total(tree, node, 0));
}

void tree_measure(const struct tree *tree, struct tree_quality *ret_quality)
{
	struct tree_quality q = {.total = tree_total(tree, 0, 0)};
	unsigned char *classes = malloc(tree->nr_frames + 1); /* by frame */
	unsigned char *flags = calloc(tree->nr_nodes, 1);     /* by node */
	int64_t *unnamed = calloc(tree->nr_frames + 1, sizeof(*unnamed)); /* by frame */

	for (size_t i = 0; classes && i < tree->nr_frames; i++)
		classes[i] = (unsigned char)frame_class(tree, &tree->frames[i]);
	for (uint32_t node = 1; classes && flags && node < tree->nr_nodes; node++) {
		unsigned int above = flags[tree->nodes[node].parent];
		enum frame_class class = (enum frame_class)classes[tree->nodes[node].frame];

		flags[node] = (unsigned char)(above | class_flags(class, above));
		if (tree_self(tree, node, 0))
			measure_self(&q, flags[node], tree_self(tree, node, 0));
		if (class > CLASS_USER)
			measure_frame(&q, tree, node, class);
		if (class == CLASS_UNNAMED && unnamed)
			unnamed[tree->nodes[node].frame] += innermost_value(tree, node);
	}
	if (unnamed)
		unnamed_most(tree, unnamed, &q.unnamed_name, &q.unnamed_most);
	free(unnamed);
	free(classes);
	free(flags);
	qsort_r(q.reasons, q.nr_reasons, sizeof(*q.reasons), compare_reasons, (void *)tree);
	*ret_quality = q;
}

static int compare_functions(const void *left, const void *right, void *data)
{
	const struct tree *tree = data;
	const struct tree_function *a = left, *b = right;
	const struct tree_frame *frames = tree->frames;

	if (a->self != b->self)
		return a->self > b->self ? -1 : 1;
	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	return tree_frame_compare(tree->strings, &frames[a->frame], &frames[b->frame]);
}

int tree_functions(const struct tree *tree, size_t value, struct tree_function **ret_functions,
		   size_t *ret_count)
{
	struct tree_function *functions = calloc(tree->nr_frames + 1, sizeof(*functions));
	/* Where the outermost call of a frame ends: its own calls within do not count again. */
	uint32_t *counted_to = calloc(tree->nr_frames + 1, sizeof(*counted_to));
	size_t count = 0;

	if (!functions || !counted_to) {
		free(functions);
		free(counted_to);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < tree->nr_frames; i++)
		functions[i].frame = i;
	for (uint32_t node = 1; node < tree->nr_nodes; node++) {
		uint32_t frame = tree->nodes[node].frame;

		functions[frame].self = value_join(tree->values[value].role, functions[frame].self,
						   tree_self(tree, node, value));
		if (node < counted_to[frame])
			continue;
		functions[frame].total =
			value_join(tree->values[value].role, functions[frame].total,
				   tree_total(tree, node, value));
		counted_to[frame] = tree->nodes[node].end;
	}
	for (size_t i = 0; i < tree->nr_frames; i++) {
		enum frame_kind kind = (enum frame_kind)tree->frames[i].kind;

		if (frame_kind_is_function(kind) && (functions[i].self || functions[i].total))
			functions[count++] = functions[i];
	}
	qsort_r(functions, count, sizeof(*functions), compare_functions, (void *)tree);
	free(counted_to);
	*ret_functions = functions;
	*ret_count = count;
	return 0;
}

static int compare_totals(const void *left, const void *right, void *data)
{
	const struct tree_function *a = left, *b = right;
	const struct tree *tree = data;

	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	return tree_frame_compare(tree->strings, &tree->frames[a->frame], &tree->frames[b->frame]);
}

void tree_functions_by_total(const struct tree *tree, struct tree_function *functions, size_t count)
{
	qsort_r(functions, count, sizeof(*functions), compare_totals, (void *)tree);
}
