/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of trees share: what holds of every tree, and a tree as text. */
#ifndef BOLOMETER_TESTS_TREE_CHECK_H
#define BOLOMETER_TESTS_TREE_CHECK_H

#include "tests/unit/unit.h"

#include "profiler/model/tree_build.h"
#include "tests/unit/tree_depth.h"

static inline uint32_t text_id(struct profile *profile, const char *text)
{
	uint32_t id;

	assert_int_equal(strings_intern_z(profile->strings, text, &id), 0);
	return id;
}

static inline int compare_siblings(const struct tree *tree, uint32_t a, uint32_t b)
{
	const struct tree_frame *left = &tree->frames[tree->nodes[a].frame];
	const struct tree_frame *right = &tree->frames[tree->nodes[b].frame];
	int order = strcmp(strings_text(tree->strings, left->name),
			   strings_text(tree->strings, right->name));

	if (!order)
		order = strcmp(strings_text(tree->strings, left->module),
			       strings_text(tree->strings, right->module));
	return order ? order : left->kind - right->kind;
}

static inline void check_shape(const struct tree *tree)
{
	uint32_t reached = 1;

	assert_int_equal(tree->nodes[0].parent, 0);
	assert_int_equal(tree->nodes[0].end, tree->nr_nodes);
	assert_string_equal(tree_name(tree, 0), "all");
	for (uint32_t node = 0; node < tree->nr_nodes; node++) {
		uint32_t before = 0, next = node + 1;

		for_each_child (tree, node, child) {
			assert_int_equal(child, next);
			assert_int_equal(tree->nodes[child].parent, node);
			if (before)
				assert_true(compare_siblings(tree, before, child) < 0);
			before = child;
			next = tree->nodes[child].end;
			reached++;
		}
		assert_int_equal(next, tree->nodes[node].end);
		for (size_t v = 0; v < tree->nr_values; v++) {
			int64_t sum = tree_self(tree, node, v);

			for_each_child (tree, node, child)
				sum += tree_total(tree, child, v);
			assert_int_equal(sum, tree_total(tree, node, v));
		}
	}
	assert_int_equal(reached, tree->nr_nodes);
}

/* A tree as text, without ids. */
static inline char *dump(const struct tree *tree)
{
	char *text;
	size_t len, count;
	FILE *out = open_memstream(&text, &len);
	struct tree_function *functions;

	for (uint32_t node = 0; node < tree->nr_nodes; node++) {
		const struct tree_frame *frame = &tree->frames[tree->nodes[node].frame];

		fprintf(out, "%u ", tree_depth(tree, node));
		fwrite(strings_text(tree->strings, frame->name), 1,
		       strings_len(tree->strings, frame->name), out);
		fprintf(out, "|%s|%u", strings_text(tree->strings, frame->module), frame->kind);
		for (size_t v = 0; v < tree->nr_values; v++)
			fprintf(out, " %lld/%lld", (long long)tree_self(tree, node, v),
				(long long)tree_total(tree, node, v));
		fputc('\n', out);
	}
	assert_int_equal(tree_functions(tree, 0, &functions, &count), 0);
	for (size_t i = 0; i < count; i++) {
		const struct tree_frame *frame = &tree->frames[functions[i].frame];

		fprintf(out, "%s|%s|%u\n", strings_text(tree->strings, frame->name),
			strings_text(tree->strings, frame->module), frame->kind);
	}
	free(functions);
	fclose(out);
	return text;
}

#endif
