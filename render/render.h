/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output: a finished tree and its circumstances, written as one file format.
 *
 * Each format is one file in this folder and one line in the table of
 * render.c. Nothing here knows where a tree came from.
 */
#ifndef BOLOMETER_RENDER_RENDER_H
#define BOLOMETER_RENDER_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "profiler/model/comparison.h"
#include "profiler/model/tree.h"

struct render_input {
	const struct tree *tree;
	const struct circumstances *about;
	const struct tree_quality *quality;
	const struct comparison *comparison; /* NULL, or what the tree is the union of */
	bool annotate; /* append _[k], _[j], _[i] to names in text formats */
};

struct render_format {
	const char *name;     /* for --format: "svg", "folded" */
	const char *suffixes; /* what -o is matched against, space separated: ".folded .txt" */
	const char *about;    /* one line for the help */

	/*
	 * Writes the whole file to out. Returns 0, or -errno; what reached `out` is then incomplete
	 * and the caller throws it away. Does not flush or close.
	 */
	int (*write)(const struct render_input *input, FILE *out);
};

/* Every format, ended by one whose name is NULL. */
extern const struct render_format render_formats[];

/* By --format name, or by a file name's suffix; NULL when there is no such format. */
const struct render_format *render_format_by_name(const char *name);
const struct render_format *render_format_by_suffix(const char *path);

#endif
