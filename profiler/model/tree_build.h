/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Aggregation: from a named profile to the tree that is drawn. */
#ifndef BOLOMETER_MODEL_TREE_BUILD_H
#define BOLOMETER_MODEL_TREE_BUILD_H

#include "profiler/model/group.h"
#include "profiler/model/profile.h"
#include "profiler/model/symbols.h"
#include "profiler/model/tree.h"
#include "profiler/model/view.h"

/*
 * Builds the tree of the samples of a view, under one root frame for each value of the group key;
 * samples that have nothing of the view's values are left out. Views other than views[VIEW_PLAIN]
 * need a profile for which view_values_declared(). `symbols` gains frames. The tree uses the
 * profile's strings: the profile must outlive it. Returns NULL with errno ENOMEM.
 */
struct tree *tree_build(const struct profile *profile, struct symbols *symbols,
			enum group_key group, const struct view *view);

/*
 * The same, and where it put each sample: an array by sample, which the caller frees, of nodes;
 * TREE_NODE_NONE for samples that were left out.
 */
struct tree *tree_build_placing(const struct profile *profile, struct symbols *symbols,
				enum group_key group, const struct view *view,
				uint32_t **ret_node_of_sample);

#define TREE_NODE_NONE UINT32_MAX

#endif
