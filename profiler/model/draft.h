/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drafts: the first pass of aggregation (tree_build.c). Every sample of a view
 * becomes a path of drafts, composed as view.h says, in a table of stacks of
 * frames. Callers that stacks share share their drafts; what stands above them
 * does not, so that one node of the tree may have many drafts. Samples that are
 * nothing but stacks, as those of folded text are, have their drafts already: the
 * profile's own table of stacks.
 *
 * The same composition for formats that hold addresses is one of places: what
 * comes from a location stays that location, with all its frames, and only what
 * stands above a stack without having one is a frame.
 */
#ifndef BOLOMETER_MODEL_DRAFT_H
#define BOLOMETER_MODEL_DRAFT_H

#include "profiler/model/group.h"
#include "profiler/model/profile.h"
#include "profiler/model/symbols.h"
#include "profiler/model/view.h"

#define DRAFT_NONE UINT32_MAX

struct drafts {
	const struct profile *profile;
	struct symbols *symbols;
	const struct view *view;
	struct view_value values[VALUE_TYPES_MAX]; /* the view's, or all that the profile has */
	size_t nr_values;

	const struct stack_table *table; /* STACK_EMPTY is the draft of the root */
	struct stack_table own; /* of frames; empty where `table` is the profile's, of locations */
	bool of_places;		/* of locations, and from profile->nr_locations on of frames */
	uint32_t *draft_of_sample; /* where its path ends; DRAFT_NONE of one that is left out */
	uint32_t *node_of_draft;   /* filled by the second pass; DRAFT_UNUSED: leads to no sample */
};

#define DRAFT_UNUSED 0 /* which as a node is the root, the only one that is nobody's child */

/* Makes the drafts of all samples. drafts_fini() is called either way. Returns 0 or -ENOMEM. */
int drafts_make(struct drafts *drafts, const struct profile *profile, struct symbols *symbols,
		enum group_key group, const struct view *view);

/* Likewise of places, without frames that group. */
int drafts_make_places(struct drafts *drafts, const struct profile *profile,
		       struct symbols *symbols, const struct view *view);

void drafts_fini(struct drafts *drafts);

/* The node of the tree where a sample's path ends, once nodes are made; DRAFT_NONE if it is left out. */
static inline uint32_t drafts_node(const struct drafts *drafts, uint32_t sample)
{
	uint32_t draft = drafts->draft_of_sample[sample];

	return draft == DRAFT_NONE ? DRAFT_NONE : drafts->node_of_draft[draft];
}

/* The frame that stands for a location of the drafts' table. */
static inline uint32_t drafts_frame(const struct drafts *drafts, uint32_t location)
{
	const struct symbols *symbols = drafts->symbols;

	return drafts->table == &drafts->own ? location
					     : symbols->frame_list[symbols->spans[location].first];
}

/* How many locations the drafts' table may have. */
static inline size_t drafts_nr_locations(const struct drafts *drafts)
{
	return drafts->table == &drafts->own ? drafts->symbols->nr_frames
					     : drafts->profile->nr_locations;
}

/* A value of a sample as the view has it. */
static inline int64_t drafts_value(const struct drafts *drafts, uint32_t sample, size_t v)
{
	const struct profile *profile = drafts->profile;

	if (!(drafts->values[v].activities & ACTIVITY_BIT(profile->samples[sample].activity)))
		return 0;
	return profile->values[sample * profile->about.nr_values + drafts->values[v].from];
}

/* A sample that the view does not have, or has nothing of. */
static inline bool drafts_leave_out(const struct drafts *drafts, uint32_t sample)
{
	for (size_t v = 0; v < drafts->nr_values; v++) {
		if (drafts_value(drafts, sample, v))
			return false;
	}
	return true;
}

#endif
