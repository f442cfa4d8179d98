// SPDX-License-Identifier: GPL-2.0-or-later
/* The tests of one comparison; see compare.h. */
#include "profiler/diff/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/diff/paths.h"
#include "profiler/diff/sums.h"
#include "profiler/model/alloc.h"

/* ---- units ---------------------------------------------------------------------------------- */

static bool has_value(const struct alignment *a, enum aligned_value value)
{
	for (size_t v = 0; v < a->nr_values; v++) {
		if (a->values[v] == value)
			return true;
	}
	return false;
}

static enum measure measure_of(const struct alignment *a)
{
	/* Microseconds in folded text are no samples: a thousand of them may be one wait. */
	if (!alignment_is_time(a))
		return a->waits_in_text ? MEASURE_TIMES : MEASURE_COUNTS;
	return has_value(a, ALIGNED_WAITS) && has_value(a, ALIGNED_SQUARES) ? MEASURE_WAITS
									    : MEASURE_TIMES;
}

static bool durations_known(const struct alignment *a)
{
	for (size_t f = 0; f < a->nr_files; f++) {
		if (!a->files[f].about.duration_ns)
			return false;
	}
	return true;
}

static double exposure_of(const struct aligned_file *file, const struct unit *unit,
			  enum normalisation normalisation)
{
	switch (normalisation) {
	case NORMALISE_TOTAL:
		return unit->whole.amount;
	case NORMALISE_TIME:
		return (double)file->about.duration_ns / 1e9;
	default:
		return 1;
	}
}

/* ---- functions ------------------------------------------------------------------------------ */

/* Of a function that calls nothing both are one, and one test. */
static bool is_leaf(const struct comparer *c, const struct function_sums *sums, size_t frame)
{
	size_t units = c->alignment->nr_files;

	for (size_t u = 0; u < units; u++) {
		if (sums->self[frame * units + u].amount != sums->total[frame * units + u].amount)
			return false;
	}
	return true;
}

static int learn_from_slices(struct comparer *c, struct function_sums *sums)
{
	size_t room = c->alignment->tree->nr_frames + 1;
	struct spread_point *points = calloc(room, 4 * sizeof(*points));
	struct unrest_points self = {.fine = points, .coarse = points + room};
	struct unrest_points total = {.fine = points + 2 * room, .coarse = points + 3 * room};
	int err = points ? 0 : -ENOMEM;

	if (!err)
		err = unrest_keep_units(&c->timeline, &c->evidence, sums->self, room - 1,
					sums->self_unrest, &sums->self_units);
	if (!err)
		err = unrest_keep_units(&c->timeline, &c->evidence, sums->total, room - 1,
					sums->total_unrest, &sums->total_units);
	if (!err)
		err = unrest_of_functions(&c->timeline, sums->self, sums->total, sums->self_unrest,
					  sums->total_unrest);
	for (size_t i = 0; i + 1 < room && !err; i++) {
		struct unrest *of_total = &sums->total_unrest[i];

		evidence_add_unrest(&c->evidence, &sums->self[i * SIDES], &sums->self_unrest[i],
				    &self);
		of_total->self = is_leaf(c, sums, i);
		if (!of_total->self)
			evidence_add_unrest(&c->evidence, &sums->total[i * SIDES], of_total,
					    &total);
	}
	if (!err)
		evidence_learn_unrest(&c->evidence, &self, &total);
	free(points);
	return err;
}

/*
 * From how much a side's files differ: of self values. Not of totals: sums of what goes up and down
 * independently do so less, and from few files that would make the rest look surer than it is.
 */
static int learn_from_files(struct comparer *c, const struct function_sums *sums)
{
	size_t nr_frames = c->alignment->tree->nr_frames, units = c->alignment->nr_files;
	struct spread_point *points = calloc(nr_frames + 1, sizeof(*points));
	size_t count = 0;

	if (!points)
		return -ENOMEM;
	for (size_t i = 0; i < nr_frames; i++)
		count += evidence_spread(&c->evidence, &sums->self[i * units], &points[count]);
	c->evidence.prior = spread_fit(points, count, c->evidence.spread_df);
	free(points);
	return 0;
}

/* Learns from all functions how much figures differ by chance. */
static int learn_spread(struct comparer *c, struct function_sums *sums)
{
	if (c->evidence.source == SPREAD_REPEATS)
		return learn_from_files(c, sums);
	return c->evidence.source == SPREAD_SLICES ? learn_from_slices(c, sums) : 0;
}

/* One capture a side, in which amounts at several times are known. 0 or -ENOMEM. */
static int use_time(struct comparer *c)
{
	int err;

	if (c->evidence.source == SPREAD_REPEATS)
		return 0;
	err = timeline_init(&c->timeline, c->alignment, c->evidence.normalisation);
	if (!err)
		evidence_use_time(&c->evidence, &c->timeline.grid);
	return err;
}

int comparer_init(struct comparer *c, const struct alignment *a, enum normalisation normalisation)
{
	enum measure measure = measure_of(a);
	int err;

	*c = (struct comparer){.alignment = a};
	if (normalisation == NORMALISE_AUTO)
		normalisation = measure != MEASURE_COUNTS && durations_known(a) ? NORMALISE_TIME
										: NORMALISE_TOTAL;
	if (normalisation == NORMALISE_TIME && !durations_known(a))
		return -ENODATA;
	c->units = calloc(a->nr_files + 1, sizeof(*c->units));
	if (!c->units)
		return -ENOMEM;
	for (size_t f = 0; f < a->nr_files; f++) {
		c->units[f].side = a->files[f].side;
		sums_add(&c->units[f].whole, a, f, 0, false);
		c->units[f].exposure = exposure_of(&a->files[f], &c->units[f], normalisation);
	}
	err = evidence_init(&c->evidence, measure, normalisation, c->units, a->nr_files);
	return err ? err : use_time(c);
}

void comparer_fini(struct comparer *c)
{
	timeline_fini(&c->timeline);
	free(c->units);
	*c = (struct comparer){0};
}

/* ---- tests ---------------------------------------------------------------------------------- */

/* The functions; their p go into one list, from which it is decided what is significant. */
static int test_functions(struct comparer *c, double min_effect, struct comparison *result)
{
	size_t nr_frames = c->alignment->tree->nr_frames, units = c->alignment->nr_files;
	struct function_sums sums = {0};
	double *p = malloc(size_mul(2 * nr_frames + 1, sizeof(*p))), threshold;
	bool *testable = calloc(2 * nr_frames + 1, sizeof(*testable));
	int err = p && testable ? function_sums_init(&sums, c->alignment) : -ENOMEM;

	if (!err)
		err = learn_spread(c, &sums);
	for (size_t i = 0; i < 2 * nr_frames && !err; i++) {
		size_t frame = i / 2;
		const struct unit_sums *of =
			i % 2 ? &sums.total[frame * units] : &sums.self[frame * units];
		struct change *change = i % 2 ? &result->total[frame] : &result->self[frame];
		const struct unrest *unrest =
			i % 2 ? &sums.total_unrest[frame] : &sums.self_unrest[frame];

		*change = evidence_of(&c->evidence, of, unrest);
		testable[i] = evidence_testable(&c->evidence, of, unrest) && !isnan(change->p);
		if (testable[i] && !(i % 2 && is_leaf(c, &sums, frame)))
			p[result->nr_tests++] = change->p;
	}
	threshold = err ? -1 : discovery_threshold(p, result->nr_tests, FALSE_DISCOVERIES);
	for (size_t i = 0; i < 2 * nr_frames && !err; i++) {
		struct change *change = i % 2 ? &result->total[i / 2] : &result->self[i / 2];

		if (!testable[i])
			continue;
		change->verdict = evidence_verdict(change, change->p <= threshold, min_effect);
		result->nr_moved +=
			verdict_moved(change->verdict) && !(i % 2 && is_leaf(c, &sums, i / 2));
	}
	function_sums_fini(&sums);
	free(testable);
	free(p);
	return err;
}

/* ---- the result ----------------------------------------------------------------------------- */

static void describe_sides(const struct comparer *c, struct comparison *result)
{
	const struct alignment *a = c->alignment;
	double per = alignment_is_time(a) ? TIME_UNIT_NS : 1;

	for (size_t s = 0; s < SIDES; s++) {
		struct comparison_side *side = &result->sides[s];
		bool known = true;

		for (size_t f = 0; f < a->nr_files; f++) {
			const struct aligned_file *file = &a->files[f];

			if (file->side != s)
				continue;
			side->nr_files++;
			side->duration_ns += file->about.duration_ns;
			known &= file->about.duration_ns != 0;
		}
		if (!known)
			side->duration_ns = 0;
		side->total = tree_total(a->tree, 0, s);
		side->scale = c->evidence.points / c->evidence.exposure[s] / per;
	}
}

/* Parts of a point: fine enough that the rounding of one node is never seen. */
#define WIDTH_PER_POINT 1e12

static int make_widths(struct comparison *result)
{
	const struct tree *tree = result->tree;
	struct tree *widths = malloc(sizeof(*widths));

	if (!widths)
		return -ENOMEM;
	*widths = *tree;
	widths->nr_values = 1;
	widths->values[0] = (struct value_type){"width", "points", VALUE_AMOUNT};
	widths->self = alloc_whole_zeroed(size_mul(tree->nr_nodes, sizeof(*widths->self)));
	widths->total = alloc_whole_zeroed(size_mul(tree->nr_nodes, sizeof(*widths->total)));
	result->widths = widths;
	if (!widths->self || !widths->total)
		return -ENOMEM;
	for (size_t node = tree->nr_nodes; node-- > 0;) {
		double points = 0;

		for (size_t s = 0; s < SIDES; s++)
			points += (double)tree_self(tree, (uint32_t)node, s) *
				  result->sides[s].scale / SIDES;
		widths->self[node] = (int64_t)(points * WIDTH_PER_POINT);
		widths->total[node] += widths->self[node];
		if (node)
			widths->total[tree->nodes[node].parent] += widths->total[node];
	}
	return 0;
}

int comparer_run(struct comparer *c, double min_effect, struct comparison *ret_comparison)
{
	const struct tree *tree = c->alignment->tree;
	struct comparison result = {
		.tree = tree,
		.amount = c->alignment->amount.name,
		.normalisation = c->evidence.normalisation,
		.spread = c->evidence.source,
		.dispersion = 1,
		.min_effect = min_effect,
		.self = calloc(tree->nr_frames + 1, sizeof(*result.self)),
		.total = calloc(tree->nr_frames + 1, sizeof(*result.total)),
		.self_paths = calloc(tree->nr_nodes, sizeof(*result.self_paths)),
		.total_paths = calloc(tree->nr_nodes, sizeof(*result.total_paths)),
	};
	bool complete = result.self && result.total && result.self_paths && result.total_paths;
	int err = complete ? 0 : -ENOMEM;

	describe_sides(c, &result);
	if (!err)
		err = test_functions(c, min_effect, &result);
	if (!err)
		err = paths_test(c, min_effect, false, &result);
	if (!err)
		err = paths_test(c, min_effect, true, &result);
	if (!err)
		err = make_widths(&result);
	result.dispersion = evidence_dispersion(&c->evidence);
	if (err)
		comparison_fini(&result);
	else
		*ret_comparison = result;
	return err;
}

/* The nodes whose values make up that of the chosen frames. Returns how many. */
static size_t choose_nodes(const struct tree *tree, const bool *chosen, bool self,
			   uint32_t *ret_nodes)
{
	uint32_t counted_to = 0;
	size_t count = 0;

	for (uint32_t node = 1; node < tree->nr_nodes; node++) {
		if (!chosen[tree->nodes[node].frame] || (!self && node < counted_to))
			continue;
		counted_to = tree->nodes[node].end;
		ret_nodes[count++] = node;
	}
	return count;
}

int comparer_select(const struct comparer *c, const bool *chosen, bool self,
		    struct change *ret_change)
{
	const struct alignment *a = c->alignment;
	struct unit_sums *sums = calloc(a->nr_files + 1, sizeof(*sums));
	uint32_t *nodes = calloc(a->tree->nr_nodes, sizeof(*nodes));
	float units[SIDES * TIMED_UNITS_MAX];
	struct unrest unrest = {.units = units};
	size_t count;

	if (!sums || !nodes) {
		free(sums);
		free(nodes);
		return -ENOMEM;
	}
	count = choose_nodes(a->tree, chosen, self, nodes);
	for (size_t i = 0; i < count; i++) {
		for (size_t u = 0; u < a->nr_files; u++)
			sums_add(&sums[u], a, u, nodes[i], self);
	}
	if (c->evidence.source == SPREAD_SLICES)
		unrest_of_sum(&c->timeline, nodes, count, self, sums, &unrest);
	*ret_change = evidence_of(&c->evidence, sums, &unrest);
	free(sums);
	free(nodes);
	return 0;
}
