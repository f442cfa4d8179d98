/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What markers say of the times of a file that tests have to know: which of them
 * are waits that are cut by the ends of the capture, and which were spread over
 * time without having been seen there. Both look steadier than anything, and are
 * not: the one is a single wait, and of the other nobody knows.
 */
#ifndef BOLOMETER_DIFF_MARKED_H
#define BOLOMETER_DIFF_MARKED_H

#include <stdint.h>

#include "profiler/model/tree.h"

/* Of one node, with what it calls or of itself. */
struct marked {
	double cut;    /* ns of waits that are cut, which are as long as the capture or nearly so */
	double unseen; /* ns that the books know of whole threads only */
};

/*
 * By node, of the amounts of a file: self[node * stride]. Allocates both results, or neither where there
 * is nothing marked. Returns 0 or -ENOMEM.
 */
int marked_find(const struct tree *tree, const int64_t *self, size_t stride,
		struct marked **ret_self, struct marked **ret_total);

#endif
