/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drafts: the first pass of aggregation (tree_build.c). Every sample of a view
 * becomes a path of draft nodes, composed as view.h says. Callers that stacks
 * share share their drafts; what stands above them does not, so that one node
 * of the tree may have many drafts.
 */
#ifndef BOLOMETER_MODEL_DRAFT_H
#define BOLOMETER_MODEL_DRAFT_H

#include "profiler/model/group.h"
#include "profiler/model/profile.h"
#include "profiler/model/symbols.h"
#include "profiler/model/view.h"

#define DRAFT_NONE UINT32_MAX

struct draft {
	uint32_t frame;
	uint32_t first_child; /* once it has become a node: which */
	uint32_t next; /* sibling; in the second pass: next draft that became the same node */
};

struct drafts {
	const struct profile *profile;
	struct symbols *symbols;
	const struct view *view;
	struct view_value values[VALUE_TYPES_MAX]; /* the view's, or all that the profile has */
	size_t nr_values;

	struct draft *nodes; /* nodes[0] is the root; its frame is the caller's to set */
	size_t nr_nodes, cap_nodes;
	uint32_t *draft_of_sample; /* where its path ends; DRAFT_NONE of one that is left out */
};

/* Makes the drafts of all samples. drafts_fini() is called either way. Returns 0 or -ENOMEM. */
int drafts_make(struct drafts *drafts, const struct profile *profile, struct symbols *symbols,
		enum group_key group, const struct view *view);
void drafts_fini(struct drafts *drafts);

/* The node of the tree where a sample's path ends, once nodes are made; DRAFT_NONE if it is left out. */
static inline uint32_t drafts_node(const struct drafts *drafts, uint32_t sample)
{
	uint32_t draft = drafts->draft_of_sample[sample];

	return draft == DRAFT_NONE ? DRAFT_NONE : drafts->nodes[draft].first_child;
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
