/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths: which of the ways to a function that moved did. */
#ifndef BOLOMETER_DIFF_PATHS_H
#define BOLOMETER_DIFF_PATHS_H

#include "profiler/diff/compare.h"

/*
 * Tests the paths of all functions that moved by their self or total values, and notes the verdicts in
 * the result, which has those of the functions. Returns 0 or -ENOMEM.
 */
int paths_test(const struct comparer *comparer, double min_effect, bool self,
	       struct comparison *result);

#endif
