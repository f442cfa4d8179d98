/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each slice of the capture has of the nodes of a tree. */
#ifndef BOLOMETER_MODEL_TREE_SLICES_H
#define BOLOMETER_MODEL_TREE_SLICES_H

#include "profiler/model/draft.h"
#include "profiler/model/tree.h"

/*
 * Fills the slices of a tree whose nodes were made of the drafts. Nothing where the profile has no
 * slices, or the first value is no amount. Returns 0 or -ENOMEM.
 */
int tree_add_slices(struct tree *tree, const struct drafts *drafts);

#endif
