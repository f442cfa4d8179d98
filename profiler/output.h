/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files a command writes. They are planned, and tried, before the work
 * starts, and appear whole or not at all: written under another name in the
 * same folder, then renamed.
 */
#ifndef BOLOMETER_OUTPUT_H
#define BOLOMETER_OUTPUT_H

#include <stddef.h>

#include "profiler/model/view.h"
#include "profiler/options.h"
#include "profiler/push.h"
#include "render/render.h"

struct output {
	char *path; /* "-": standard output */
	const struct render_format *format;
	enum view_id view;
	bool fresh;   /* must not replace a file */
	bool written; /* whole and in its place */
};

struct output_plan {
	struct output *outputs;
	size_t count, cap;
	enum view_id view;  /* the command's own */
	unsigned int views; /* output_views() */
	bool series; /* one of many: replaces no file, is not kept elsewhere, and others say its names */
	struct push_plan push;
};

/* The views that will be drawn: a set of VIEW_BIT() of the command's own and those of -o and --push. */
unsigned int output_views(const struct options *options, enum view_id view);

/*
 * Plans the files of -o, or `default_path` (NULL: nothing) where there is none, and sees that each
 * can be written; and what --push sends.
 * `view` is the command's own, which files without a view before their names get; with VIEW_PLAIN
 * there is no other. Says what is wrong; returns 0, EXIT_USAGE (no such format, no view) or
 * EXIT_FAILED (cannot be written).
 */
int output_plan(struct output_plan *plan, const struct options *options, enum view_id view,
		const char *default_path);

/* Plans one more file, of a format that -o does not know. Likewise. */
int output_plan_add(struct output_plan *plan, const struct render_format *format, const char *path);

/* A pprof file of a view that is written, or NULL. */
const char *output_pprof_path(const struct output_plan *plan, enum view_id view);

/* Whether any of the files holds lines of source code. */
bool output_wants_lines(const struct output_plan *plan);

/* Whether any of a view's files is drawn from its tree. */
bool output_wants_tree(const struct output_plan *plan, enum view_id view);

void output_plan_fini(struct output_plan *plan);

/*
 * Writes every planned file of a view, and marks it as written. One that fails is said and does not
 * keep the others from being written. Returns EXIT_DONE or EXIT_FAILED.
 */
int output_write(struct output_plan *plan, enum view_id view, const struct render_input *input);

#endif
