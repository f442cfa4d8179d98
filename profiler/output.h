/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files a command writes. They are planned, and tried, before the work
 * starts, and appear whole or not at all: written under another name in the
 * same folder, then renamed.
 */
#ifndef BOLOMETER_OUTPUT_H
#define BOLOMETER_OUTPUT_H

#include <stddef.h>

#include "profiler/options.h"
#include "render/render.h"

struct output {
	char *path; /* "-": standard output */
	const struct render_format *format;
	bool written; /* whole and in its place */
};

struct output_plan {
	struct output *outputs;
	size_t count, cap;
};

/*
 * Plans the files of -o, or `default_path` where there is none, and sees that each can be written.
 * Says what is wrong; returns 0, EXIT_USAGE (no such format) or EXIT_FAILED (cannot be written).
 */
int output_plan(struct output_plan *plan, const struct options *options, const char *default_path);
void output_plan_fini(struct output_plan *plan);

/*
 * Writes every planned file, and marks it as written. One that fails is said and does not keep the others from being
 * written. Returns EXIT_DONE or EXIT_FAILED.
 */
int output_write(struct output_plan *plan, const struct render_input *input);

#endif
