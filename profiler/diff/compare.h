/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From aligned profiles to verdicts: what moved, by how much, and how sure that is. */
#ifndef BOLOMETER_DIFF_COMPARE_H
#define BOLOMETER_DIFF_COMPARE_H

#include "profiler/diff/align.h"
#include "profiler/diff/evidence.h"
#include "profiler/diff/unrest.h"

/* At most this part of what is called a change may be none, on average. */
#define FALSE_DISCOVERIES 0.05

/* The work on one comparison. */
struct comparer {
	const struct alignment *alignment;
	struct unit *units; /* one a file */
	struct evidence evidence;
	struct timeline timeline; /* where time slices of single captures are looked at */
};

/*
 * Decides the measure and, for NORMALISE_AUTO, the normalisation, and learns the spread. 0 or
 * -ENOMEM; -EINVAL when a side is nothing; -ENODATA when times are asked for and not known.
 */
int comparer_init(struct comparer *comparer, const struct alignment *alignment,
		  enum normalisation normalisation);
void comparer_fini(struct comparer *comparer);

/*
 * Tests every function and the paths of those that moved. Titles and gates of the result are the
 * caller's to set. Returns 0 or -ENOMEM.
 */
int comparer_run(struct comparer *comparer, double min_effect, struct comparison *ret_comparison);

/*
 * What the frames that are chosen (by index of the tree's) have together, a stack in which several
 * of them are counting once in the total; of the self value if `self`. Returns 0 or -ENOMEM.
 */
int comparer_select(const struct comparer *comparer, const bool *chosen, bool self,
		    struct change *ret_change);

#endif
