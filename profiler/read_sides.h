/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the files that are compared, two at a time where there are two CPUs.
 * What is said, and what becomes of it, is as if they were read one after
 * another.
 */
#ifndef BOLOMETER_READ_SIDES_H
#define BOLOMETER_READ_SIDES_H

#include "profiler/diff/align.h"
#include "profiler/options.h"

/*
 * Adds every file of both sides to the alignment, which keeps their paths. What is wrong with one is
 * said, and no further ones are used then. Returns 0 or EXIT_FAILED.
 */
int read_sides(struct alignment *alignment, const struct options *options,
	       const struct text_list sides[SIDES]);

#endif
