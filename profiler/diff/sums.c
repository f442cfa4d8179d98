// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums of functions; see sums.h. */
#include "profiler/diff/sums.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"

/* Each of them is taken to be as long as it can be. */
static void add_marked(struct unit_sums *sums, const struct aligned_file *file,
		       const struct marked *marked)
{
	sums->cut += marked->cut / TIME_UNIT_NS * ((double)file->about.duration_ns / TIME_UNIT_NS);
	sums->unseen += marked->unseen / TIME_UNIT_NS;
}

void sums_add(struct unit_sums *sums, const struct alignment *a, size_t f, uint32_t node, bool self)
{
	const struct aligned_file *file = &a->files[f];
	const int64_t *values = &(self ? file->self : file->total)[(size_t)node * a->nr_values];
	const struct marked *marked = self ? file->marked_self : file->marked_total;

	if (marked)
		add_marked(sums, file, &marked[node]);
	for (size_t v = 0; v < a->nr_values; v++) {
		double value = (double)values[v];

		if (!values[v]) /* most nodes have no self value */
			continue;
		if (a->values[v] == ALIGNED_AMOUNT)
			sums->amount += value / (alignment_is_time(a) ? TIME_UNIT_NS : 1);
		else if (a->values[v] == ALIGNED_WAITS)
			sums->waits += value;
		else if (a->values[v] == ALIGNED_SQUARES)
			sums->squares += value;
	}
}

void function_sums_fini(struct function_sums *sums)
{
	free(sums->self);
	free(sums->total);
	free(sums->self_unrest);
	free(sums->total_unrest);
	free(sums->self_units);
	free(sums->total_units);
}

int function_sums_init(struct function_sums *ret_sums, const struct alignment *a)
{
	const struct tree *tree = a->tree;
	size_t units = a->nr_files, cells = size_mul(tree->nr_frames + 1, units);
	/* Where the outermost call of a frame ends: its own calls within do not count again. */
	uint32_t *counted_to = calloc(tree->nr_frames + 1, sizeof(*counted_to));

	ret_sums->self = calloc(cells, sizeof(*ret_sums->self));
	ret_sums->total = calloc(cells, sizeof(*ret_sums->total));
	ret_sums->self_unrest = calloc(tree->nr_frames + 1, sizeof(*ret_sums->self_unrest));
	ret_sums->total_unrest = calloc(tree->nr_frames + 1, sizeof(*ret_sums->total_unrest));
	if (!counted_to || !ret_sums->self || !ret_sums->total || !ret_sums->self_unrest ||
	    !ret_sums->total_unrest) {
		free(counted_to);
		return -ENOMEM;
	}
	for (uint32_t node = 1; node < tree->nr_nodes; node++) {
		uint32_t frame = tree->nodes[node].frame;
		bool outermost = node >= counted_to[frame];

		if (outermost)
			counted_to[frame] = tree->nodes[node].end;
		for (size_t u = 0; u < units; u++) {
			size_t to = frame * units + u;

			sums_add(&ret_sums->self[to], a, u, node, true);
			if (outermost)
				sums_add(&ret_sums->total[to], a, u, node, false);
		}
	}
	free(counted_to);
	return 0;
}
