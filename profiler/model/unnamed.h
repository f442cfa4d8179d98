/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames without a name say which file they are in: "[libpq.so.5]", "[libpq.so.5]+0x1c20", "[jit]". */
#ifndef BOLOMETER_MODEL_UNNAMED_H
#define BOLOMETER_MODEL_UNNAMED_H

#include "profiler/model/tree.h"

/*
 * The file that most of some values of a tree's unnamed frames is in, which are by frame, 0 for others:
 * the name of one of its frames into *ret_name, STRING_NONE where there is none, and what it has of
 * them. Of files that have as much the first by name. Without memory there is none.
 */
void unnamed_most(const struct tree *tree, const int64_t *values, uint32_t *ret_name,
		  int64_t *ret_value);

/* The file in a frame's name, without brackets; it lies in the name. Of length 0 where there is none. */
const char *unnamed_file(const char *name, size_t *ret_len);

#endif
