// SPDX-License-Identifier: GPL-2.0-or-later
/* Amounts in units of time against what they should be; see unrest.h. */
#include "profiler/diff/unrest.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

/* ---- units ---------------------------------------------------------------------------------- */

/* The only file of a side; NULL when there are several. */
static const struct aligned_file *only_file(const struct alignment *a, enum side side)
{
	const struct aligned_file *found = NULL;

	for (size_t f = 0; f < a->nr_files; f++) {
		if (a->files[f].side != side)
			continue;
		if (found)
			return NULL;
		found = &a->files[f];
	}
	return found;
}

/* What amounts are told in. */
static double amount_unit(const struct timeline *t)
{
	return alignment_is_time(t->alignment) ? TIME_UNIT_NS : 1;
}

/* Units of a side as they are looked at: of a file that has more, each two, or four, are one. */
static size_t unit_in_grid(const struct timeline *t, enum side side, size_t unit)
{
	return unit * t->grid.nr_units / t->files[side]->timed.nr_units;
}

static void find_exposure(struct timeline *t, enum side side, enum normalisation normalisation)
{
	const struct timed *timed = &t->files[side]->timed;
	double length_ns = 0;

	for (size_t u = 0; u < timed->nr_units; u++)
		length_ns += (double)timed->unit_ns[u];
	for (size_t u = 0; u < timed->nr_units; u++) {
		double *exposure = &t->exposure[side][unit_in_grid(t, side, u)];

		if (normalisation == NORMALISE_TIME)
			*exposure += (double)timed->unit_ns[u] / length_ns *
				     (double)t->files[side]->about.duration_ns / 1e9;
		else if (normalisation == NORMALISE_NONE)
			*exposure += (double)timed->unit_ns[u] / length_ns;
		for (size_t i = timed->first[u];
		     i < timed->first[u + 1] && normalisation == NORMALISE_TOTAL; i++)
			*exposure += (double)timed->shares[i].amount / amount_unit(t);
	}
}

static size_t group_of(const struct timeline *t, size_t unit)
{
	assert(t->grid.nr_units);
	return unit * UNREST_GROUPS / t->grid.nr_units;
}

/* Units without anything in them tell nothing of how much it varies. */
static void count_freedom(struct timeline *t)
{
	bool enough = true;

	for (size_t s = 0; s < SIDES; s++) {
		double units = 0, groups = 0, in_group = 0;

		for (size_t u = 0; u < t->grid.nr_units; u++) {
			t->whole[s] += t->exposure[s][u];
			units += t->exposure[s][u] > 0;
			in_group += t->exposure[s][u];
			if (u + 1 < t->grid.nr_units && group_of(t, u + 1) == group_of(t, u))
				continue;
			groups += in_group > 0;
			in_group = 0;
		}
		t->grid.fine_df += units - 1;
		t->grid.coarse_df += groups - 1;
		enough &= groups == UNREST_GROUPS;
	}
	if (!enough)
		t->grid.nr_units = 0;
}

int timeline_init(struct timeline *ret_timeline, const struct alignment *a,
		  enum normalisation normalisation)
{
	struct timeline t = {.alignment = a, .grid = {.nr_units = TIMED_UNITS_MAX}};

	for (size_t s = 0; s < SIDES; s++) {
		t.files[s] = only_file(a, (enum side)s);
		if (!t.files[s])
			t.grid.nr_units = 0;
		else if (t.grid.nr_units > t.files[s]->timed.nr_units)
			t.grid.nr_units = t.files[s]->timed.nr_units;
	}
	for (size_t s = 0; s < SIDES && t.grid.nr_units; s++)
		find_exposure(&t, (enum side)s, normalisation);
	if (t.grid.nr_units)
		count_freedom(&t);
	if (t.grid.nr_units) {
		t.self = calloc(a->tree->nr_nodes, sizeof(*t.self));
		t.total = calloc(a->tree->nr_nodes, sizeof(*t.total));
	}
	*ret_timeline = t;
	return t.grid.nr_units && (!t.self || !t.total) ? -ENOMEM : 0;
}

void timeline_fini(struct timeline *t)
{
	free(t->self);
	free(t->total);
	*t = (struct timeline){0};
}

/* ---- one unit at a time --------------------------------------------------------------------- */

/* What a side has of thing i. */
static double of_side(const struct timeline *t, const struct unit_sums *sums, size_t i,
		      enum side side)
{
	return sums[i * SIDES + (size_t)(t->files[side] - t->alignment->files)].amount;
}

/* What one unit of one side has of every node. */
static void sum_unit(const struct timeline *t, enum side side, size_t unit)
{
	const struct tree *tree = t->alignment->tree;
	const struct timed *timed = &t->files[side]->timed;
	double per = amount_unit(t);

	memset(t->self, 0, tree->nr_nodes * sizeof(*t->self));
	for (size_t u = 0; u < timed->nr_units; u++) {
		if (unit_in_grid(t, side, u) != unit)
			continue;
		for (size_t i = timed->first[u]; i < timed->first[u + 1]; i++)
			t->self[timed->shares[i].at] += (double)timed->shares[i].amount / per;
	}
	memcpy(t->total, t->self, tree->nr_nodes * sizeof(*t->total));
	for (size_t node = tree->nr_nodes; node-- > 1;)
		t->total[tree->nodes[node].parent] += t->total[node];
}

/* What a unit has of one thing, of which the side has `whole`. */
static void add_unit(const struct timeline *t, enum side side, size_t unit, double whole,
		     double amount, struct unrest *unrest)
{
	double exposure = t->exposure[side][unit];
	double off = amount - exposure * whole / t->whole[side];

	if (exposure > 0) {
		double square = off * off / exposure;

		unrest->fine[side] += square;
		unrest->fourth[side] += square * square;
	}
	unrest->busy += amount > 0;
	if (unrest->units)
		unrest->units[side * t->grid.nr_units + unit] = (float)amount;
	unrest->rest += off;
	unrest->rest_exposure += exposure;
	if (unit + 1 < t->grid.nr_units && group_of(t, unit + 1) == group_of(t, unit))
		return;
	if (unrest->rest_exposure > 0)
		unrest->coarse[side] += unrest->rest * unrest->rest / unrest->rest_exposure;
	unrest->rest = unrest->rest_exposure = 0;
}

/* ---- all of a kind -------------------------------------------------------------------------- */

int unrest_keep_units(const struct timeline *t, const struct evidence *evidence,
		      const struct unit_sums *sums, size_t count, struct unrest *unrest,
		      float **ret_units)
{
	size_t each = SIDES * t->grid.nr_units, kept = 0;

	for (size_t i = 0; i < count; i++)
		kept += evidence_keeps_units(evidence, &sums[i * SIDES]);
	*ret_units = calloc(size_mul(kept + 1, each), sizeof(**ret_units));
	if (!*ret_units)
		return -ENOMEM;
	kept = 0;
	for (size_t i = 0; i < count; i++) {
		if (evidence_keeps_units(evidence, &sums[i * SIDES]))
			unrest[i].units = *ret_units + each * kept++;
	}
	return 0;
}

/* Amounts of functions in a unit; a stack counts once in a total, however often it has the function. */
static void sum_functions(const struct timeline *t, double *self, double *total,
			  uint32_t *counted_to)
{
	const struct tree *tree = t->alignment->tree;

	memset(self, 0, tree->nr_frames * sizeof(*self));
	memset(total, 0, tree->nr_frames * sizeof(*total));
	memset(counted_to, 0, tree->nr_frames * sizeof(*counted_to));
	for (uint32_t node = 1; node < tree->nr_nodes; node++) {
		uint32_t frame = tree->nodes[node].frame;

		self[frame] += t->self[node];
		if (node < counted_to[frame])
			continue;
		counted_to[frame] = tree->nodes[node].end;
		total[frame] += t->total[node];
	}
}

int unrest_of_functions(const struct timeline *t, const struct unit_sums *self,
			const struct unit_sums *total, struct unrest *ret_self,
			struct unrest *ret_total)
{
	size_t nr_frames = t->alignment->tree->nr_frames;
	double *unit_self = calloc(nr_frames, sizeof(*unit_self));
	double *unit_total = calloc(nr_frames, sizeof(*unit_total));
	uint32_t *counted_to = calloc(nr_frames, sizeof(*counted_to));
	int err = unit_self && unit_total && counted_to ? 0 : -ENOMEM;

	for (size_t i = 0; i < nr_frames; i++)
		ret_self[i].self = true;
	for (size_t cell = 0; cell < SIDES * t->grid.nr_units && !err; cell++) {
		enum side side = (enum side)(cell / t->grid.nr_units);
		size_t unit = cell % t->grid.nr_units;

		sum_unit(t, side, unit);
		sum_functions(t, unit_self, unit_total, counted_to);
		for (size_t i = 0; i < nr_frames; i++) {
			add_unit(t, side, unit, of_side(t, self, i, side), unit_self[i],
				 &ret_self[i]);
			add_unit(t, side, unit, of_side(t, total, i, side), unit_total[i],
				 &ret_total[i]);
		}
	}
	free(unit_self);
	free(unit_total);
	free(counted_to);
	return err;
}

void unrest_of_nodes(const struct timeline *t, const uint32_t *nodes, size_t count, bool self,
		     const struct unit_sums *sums, struct unrest *ret_unrest)
{
	const double *amounts = self ? t->self : t->total;

	for (size_t cell = 0; cell < SIDES * t->grid.nr_units && count; cell++) {
		enum side side = (enum side)(cell / t->grid.nr_units);
		size_t unit = cell % t->grid.nr_units;

		sum_unit(t, side, unit);
		for (size_t i = 0; i < count; i++)
			add_unit(t, side, unit, of_side(t, sums, i, side), amounts[nodes[i]],
				 &ret_unrest[i]);
	}
}

void unrest_of_sum(const struct timeline *t, const uint32_t *nodes, size_t count, bool self,
		   const struct unit_sums sums[SIDES], struct unrest *ret_unrest)
{
	ret_unrest->self = self;
	for (size_t cell = 0; cell < SIDES * t->grid.nr_units; cell++) {
		enum side side = (enum side)(cell / t->grid.nr_units);
		double amount = 0;

		sum_unit(t, side, cell % t->grid.nr_units);
		for (size_t i = 0; i < count; i++)
			amount += self ? t->self[nodes[i]] : t->total[nodes[i]];
		add_unit(t, side, cell % t->grid.nr_units, of_side(t, sums, 0, side), amount,
			 ret_unrest);
	}
}
