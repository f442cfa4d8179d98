// SPDX-License-Identifier: GPL-2.0-or-later
/* The tests of paths; see paths.h. */
#include "profiler/diff/paths.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "profiler/diff/sums.h"
#include "profiler/model/alloc.h"

/* Paths that are tested together, as many as there is memory for. */
struct paths {
	uint32_t *nodes;
	struct unit_sums *sums; /* [path * files + file] */
	struct unrest *unrest;
	size_t count;
};

static void paths_fini(struct paths *paths)
{
	free(paths->nodes);
	free(paths->sums);
	free(paths->unrest);
}

/* Paths are looked at only where their function moved: what it did as a whole it did somewhere. */
static int choose_paths(const struct comparer *c, const struct change *functions, bool self,
			struct paths *ret_paths)
{
	const struct alignment *a = c->alignment;
	const struct tree *tree = a->tree;
	size_t count = 0;

	for (uint32_t node = 1; node < tree->nr_nodes; node++)
		count += verdict_moved(functions[tree->nodes[node].frame].verdict);
	ret_paths->nodes = calloc(count + 1, sizeof(*ret_paths->nodes));
	ret_paths->sums = calloc(size_mul(count + 1, a->nr_files), sizeof(*ret_paths->sums));
	ret_paths->unrest = calloc(count + 1, sizeof(*ret_paths->unrest));
	if (!ret_paths->nodes || !ret_paths->sums || !ret_paths->unrest)
		return -ENOMEM;
	for (uint32_t node = 1; node < tree->nr_nodes; node++) {
		if (!verdict_moved(functions[tree->nodes[node].frame].verdict))
			continue;
		for (size_t f = 0; f < a->nr_files; f++)
			sums_add(&ret_paths->sums[ret_paths->count * a->nr_files + f], a, f, node,
				 self);
		/* What calls nothing has one value, which is both. */
		ret_paths->unrest[ret_paths->count].self =
			self || tree->nodes[node].end == node + 1;
		ret_paths->nodes[ret_paths->count++] = node;
	}
	return 0;
}

/* Their intervals; the p of those that can be tested into a list. Returns how many these are. */
static size_t test_chosen(const struct comparer *c, const struct paths *paths,
			  struct change *ret_changes, double *ret_p)
{
	size_t files = c->alignment->nr_files, count = 0;

	for (size_t i = 0; i < paths->count; i++) {
		const struct unit_sums *sums = &paths->sums[i * files];
		struct change *change = &ret_changes[i];

		*change = (struct change){.p = NAN};
		if (evidence_testable(&c->evidence, sums, &paths->unrest[i]))
			*change = evidence_of(&c->evidence, sums, &paths->unrest[i]);
		if (!isnan(change->p))
			ret_p[count++] = change->p;
	}
	return count;
}

int paths_test(const struct comparer *c, double min_effect, bool self, struct comparison *result)
{
	struct path_change *tested = self ? result->self_paths : result->total_paths;
	struct paths paths = {0};
	struct change *changes = NULL;
	double *p = NULL, threshold = -1;
	float *units = NULL;
	int err = choose_paths(c, self ? result->self : result->total, self, &paths);

	if (!err) {
		changes = calloc(paths.count + 1, sizeof(*changes));
		p = calloc(paths.count + 1, sizeof(*p));
		err = changes && p ? 0 : -ENOMEM;
	}
	if (!err && c->evidence.source == SPREAD_SLICES)
		err = unrest_keep_units(&c->timeline, &c->evidence, paths.sums, paths.count,
					paths.unrest, &units);
	if (!err && c->evidence.source == SPREAD_SLICES)
		unrest_of_nodes(&c->timeline, paths.nodes, paths.count, self, paths.sums,
				paths.unrest);
	if (!err) {
		size_t count = test_chosen(c, &paths, changes, p);

		threshold = discovery_threshold(p, count, FALSE_DISCOVERIES);
	}
	for (size_t i = 0; i < paths.count && !err; i++) {
		struct path_change *path = &tested[paths.nodes[i]];

		if (isnan(changes[i].p))
			continue;
		path->low = (float)changes[i].low;
		path->high = (float)changes[i].high;
		path->verdict = (uint8_t)evidence_verdict(&changes[i], changes[i].p <= threshold,
							  min_effect);
	}
	paths_fini(&paths);
	free(units);
	free(changes);
	free(p);
	return err;
}
