/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output: a finished tree and its circumstances, written as one file format.
 *
 * Each format is one file in this folder and one line in the table of
 * render.c. Most are drawn from the tree and know of nothing before it. A format
 * that holds more than a tree does (addresses, mappings, lines, labels) takes
 * the samples that the tree was made of, and must show the same view of them.
 */
#ifndef BOLOMETER_RENDER_RENDER_H
#define BOLOMETER_RENDER_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "profiler/model/comparison.h"
#include "profiler/model/profile.h"
#include "profiler/model/symbols.h"
#include "profiler/model/tree.h"
#include "profiler/model/view.h"

/* What the tree was made of. Its group frames are not in the stacks of samples: these have tasks. */
struct render_samples {
	const struct profile *profile;
	struct symbols *symbols; /* its frames; composing stacks may add some, and no more than that */
	const struct view *view; /* that the tree is of */
};

struct render_input {
	const struct tree *tree; /* NULL where only formats with RENDER_SAMPLES are written */
	const struct circumstances *about;
	const struct tree_quality *quality;
	const struct comparison *comparison; /* NULL, or what the tree is the union of */
	bool annotate; /* append _[k], _[j], _[i] to names in text formats */
	const struct render_samples *samples; /* NULL where there is only the tree, as of comparisons */
};

/* What some formats hold besides the tree. */
enum render_holds {
	RENDER_LINES = 1 << 0,	 /* lines of source code, which so have to be found */
	RENDER_SAMPLES = 1 << 1, /* samples: written from input->samples, and never without */
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

	unsigned int holds; /* set of enum render_holds */
};

/* Every format, ended by one whose name is NULL. */
extern const struct render_format render_formats[];

/* By --format name, or by a file name's suffix; NULL when there is no such format. */
const struct render_format *render_format_by_name(const char *name);
const struct render_format *render_format_by_suffix(const char *path);

#endif
