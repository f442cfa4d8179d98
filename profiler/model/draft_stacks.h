/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drafts of samples that are nothing but their stacks, as those of folded text are. */
#ifndef BOLOMETER_MODEL_DRAFT_STACKS_H
#define BOLOMETER_MODEL_DRAFT_STACKS_H

#include <stdbool.h>

#include "profiler/model/draft.h"

/*
 * Whether the paths of a view are the profile's stacks, frame by frame: there are no threads, CPUs
 * or cgroups to group by, nothing stands above a stack, and every location is one frame.
 */
bool drafts_are_stacks(const struct drafts *drafts);

/* Makes the drafts where they are: each has the number of its stack. Returns 0 or -ENOMEM. */
int drafts_make_of_stacks(struct drafts *drafts);

#endif
