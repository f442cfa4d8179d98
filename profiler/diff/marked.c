// SPDX-License-Identifier: GPL-2.0-or-later
/* Times that markers say more of; see marked.h. */
#include "profiler/diff/marked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"

enum mark {
	MARK_NONE,
	MARK_CUT,
	MARK_UNSEEN,
};

static enum mark mark_of(const struct tree *tree, uint32_t frame)
{
	const char *name = strings_text(tree->strings, tree->frames[frame].name);

	if (!strncmp(name, MARKER_CUT, strlen(MARKER_CUT)))
		return MARK_CUT;
	/* docs/NUMBERS.md, "Time inside a capture" */
	return !strcmp(name, MARKER_UNWALKED) || !strcmp(name, MARKER_UNSAMPLED) ? MARK_UNSEEN
										 : MARK_NONE;
}

/* By frame; false when there is none. */
static bool find_marks(const struct tree *tree, enum mark *ret_marks)
{
	bool any = false;

	for (uint32_t i = 0; i < tree->nr_frames; i++) {
		ret_marks[i] = mark_of(tree, i);
		any |= ret_marks[i] != MARK_NONE;
	}
	return any;
}

/* What is called below a marker is of it, too. */
static void mark_nodes(const struct tree *tree, const enum mark *marks, const int64_t *self,
		       size_t stride, struct marked *ret_self)
{
	uint32_t unseen_to = 0;

	for (uint32_t node = 0; node < tree->nr_nodes; node++) {
		enum mark mark = marks[tree->nodes[node].frame];
		double value = (double)self[node * stride];

		if (mark == MARK_UNSEEN && node >= unseen_to)
			unseen_to = tree->nodes[node].end;
		if (mark == MARK_CUT)
			ret_self[node].cut = value;
		if (node < unseen_to)
			ret_self[node].unseen = value;
	}
}

int marked_find(const struct tree *tree, const int64_t *self, size_t stride,
		struct marked **ret_self, struct marked **ret_total)
{
	enum mark *marks = calloc(tree->nr_frames + 1, sizeof(*marks));
	struct marked *own = NULL, *total = NULL;
	bool any = marks && find_marks(tree, marks);

	if (any) {
		own = calloc(tree->nr_nodes, sizeof(*own));
		total = malloc(size_mul(tree->nr_nodes, sizeof(*total)));
	}
	if (!marks || (any && (!own || !total))) {
		free(marks);
		free(own);
		free(total);
		return -ENOMEM;
	}
	if (any) {
		mark_nodes(tree, marks, self, stride, own);
		memcpy(total, own, tree->nr_nodes * sizeof(*total));
		for (uint32_t node = tree->nr_nodes; node-- > 1;) {
			total[tree->nodes[node].parent].cut += total[node].cut;
			total[tree->nodes[node].parent].unseen += total[node].unseen;
		}
	}
	free(marks);
	*ret_self = own;
	*ret_total = total;
	return 0;
}
