/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matching names: which of those that the files of a comparison have are the
 * same function. A step of align.h.
 */
#ifndef BOLOMETER_DIFF_MATCH_H
#define BOLOMETER_DIFF_MATCH_H

#include "profiler/diff/align.h"

/* Which of two descriptions of a name says more. */
static inline bool name_says_more(const struct tree_frame *frame, const struct aligned_name *name)
{
	return (frame->module != STRING_NONE && name->module == STRING_NONE) ||
	       (name->kind == FRAME_USER && frame->kind != FRAME_USER);
}

/*
 * Gives every location of the union its frame, in alignment->symbols: names that both sides have as
 * they are, and of the rest those that are canonically one as one. Returns 0 or -ENOMEM.
 */
int match_names(struct alignment *alignment);

#endif
