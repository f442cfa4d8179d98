// SPDX-License-Identifier: GPL-2.0-or-later
/* The tree as text; see text_tree.h. */
#include "render/text_tree.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "render/number.h"
#include "render/plain.h"

/* Frames with less than one part in so many of the whole are left out. */
#define LEAST_PARTS 200

#define LEVELS_MAX   24 /* of branches, each two columns wide */
#define TOTAL_WIDTH  11
#define SHARE_WIDTH  9
#define LEFT_COLUMNS (TOTAL_WIDTH + 2 * SHARE_WIDTH + 2)

enum branch {
	BRANCH_NONE, /* alone, or the root */
	BRANCH_MORE,
	BRANCH_LAST,
};

/* A frame that is to be written. */
struct line {
	uint32_t node;
	uint32_t level; /* of branches that lead to it */
	enum branch branch;
};

/* What is not. */
struct left_out {
	uint64_t small, deep; /* frames */
	int64_t small_value, deep_value;
};

struct grower {
	const struct render_input *input;
	const struct tree *tree;
	FILE *out;
	int64_t least;
	struct line *lines; /* the next one last */
	size_t nr_lines, cap_lines;
	uint32_t *called; /* of one frame */
	size_t nr_called, cap_called;
	bool bars[LEVELS_MAX + 1]; /* more follows at this level */
	struct left_out left_out;
};

static void write_line(struct grower *g, const struct line *line)
{
	const struct tree *tree = g->tree;

	plain_write_amount(g->input, tree_total(tree, line->node, 0), TOTAL_WIDTH, g->out);
	plain_write_share(g->input, tree_total(tree, line->node, 0), SHARE_WIDTH, g->out);
	plain_write_share(g->input, tree_self(tree, line->node, 0), SHARE_WIDTH, g->out);
	fputs("  ", g->out);
	for (uint32_t level = 1; level < line->level; level++)
		fputs(g->bars[level] ? "│ " : "  ", g->out);
	if (line->branch == BRANCH_NONE && line->level)
		fputs(g->bars[line->level] ? "│ " : "  ", g->out);
	else if (line->level)
		fputs(line->branch == BRANCH_LAST ? "└ " : "├ ", g->out);
	if (line->branch != BRANCH_NONE)
		g->bars[line->level] = line->branch == BRANCH_MORE;
	plain_write_frame(g->input, tree->nodes[line->node].frame,
			  PLAIN_COLUMNS - LEFT_COLUMNS - 2UL * line->level, g->out);
	fputc('\n', g->out);
}

static int compare_called(const void *left, const void *right, void *data)
{
	const struct tree *tree = data;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	int64_t a_total = tree_total(tree, a, 0), b_total = tree_total(tree, b, 0);

	if (a_total != b_total)
		return a_total > b_total ? -1 : 1;
	return (a > b) - (a < b);
}

/* Those that are large enough, the largest first. */
static int find_called(struct grower *g, uint32_t node)
{
	g->nr_called = 0;
	for_each_child(g->tree, node, child) {
		int64_t total = tree_total(g->tree, child, 0);

		if (!total)
			continue;
		if (total < g->least) {
			g->left_out.small += g->tree->nodes[child].end - child;
			g->left_out.small_value += total;
			continue;
		}
		if (ARRAY_RESERVE(g->called, g->cap_called, g->nr_called + 1))
			return -ENOMEM;
		g->called[g->nr_called++] = child;
	}
	if (g->nr_called)
		qsort_r(g->called, g->nr_called, sizeof(*g->called), compare_called,
			(void *)g->tree);
	return 0;
}

static void leave_deep(struct grower *g)
{
	for (size_t i = 0; i < g->nr_called; i++) {
		g->left_out.deep += g->tree->nodes[g->called[i]].end - g->called[i];
		g->left_out.deep_value += tree_total(g->tree, g->called[i], 0);
	}
}

static int push_called(struct grower *g, const struct line *line)
{
	bool branches;
	int err = find_called(g, line->node);

	if (err)
		return err;
	branches = g->nr_called > 1;
	if (branches && line->level == LEVELS_MAX) {
		leave_deep(g);
		return 0;
	}
	if (ARRAY_RESERVE(g->lines, g->cap_lines, g->nr_lines + g->nr_called))
		return -ENOMEM;
	for (size_t i = g->nr_called; i-- > 0;)
		g->lines[g->nr_lines++] = (struct line){
			.node = g->called[i],
			.level = line->level + branches,
			.branch = !branches			   ? BRANCH_NONE
				  : i + 1 == g->nr_called ? BRANCH_LAST
							   : BRANCH_MORE,
		};
	return 0;
}

static int write_lines(struct grower *g)
{
	int err = ARRAY_RESERVE(g->lines, g->cap_lines, 1);

	if (!err)
		g->lines[g->nr_lines++] = (struct line){0};
	while (!err && g->nr_lines) {
		struct line line = g->lines[--g->nr_lines];

		write_line(g, &line);
		err = push_called(g, &line);
	}
	return err;
}

static void write_left_out(struct grower *g, const char *which, uint64_t frames, int64_t value)
{
	char count[NUMBER_TEXT_MAX], share[NUMBER_TEXT_MAX];

	if (!frames)
		return;
	number_count(count, (int64_t)frames);
	number_share(share, value, tree_total(g->tree, 0, 0));
	fprintf(g->out, "left out: %s frame%s %s, %s of all\n", count, frames == 1 ? "" : "s", which,
		share);
}

int text_tree_write(const struct render_input *input, FILE *out)
{
	struct grower g = {.input = input, .tree = input->tree, .out = out};
	int err;

	g.least = tree_total(g.tree, 0, 0) / LEAST_PARTS;
	plain_write_head(input, out);
	fprintf(out, "%*s%*s%*s  frame\n", TOTAL_WIDTH, "total", SHARE_WIDTH, "share", SHARE_WIDTH,
		"self");
	err = write_lines(&g);
	if (g.left_out.small || g.left_out.deep)
		fputc('\n', out);
	write_left_out(&g, "of less than 0.5 %", g.left_out.small, g.left_out.small_value);
	write_left_out(&g, "behind too many branches", g.left_out.deep, g.left_out.deep_value);
	free(g.lines);
	free(g.called);
	return err || !ferror(out) ? err : -EIO;
}
