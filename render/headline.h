/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands above a graph: its title, where and when it was taken, and how
 * far it can be trusted. One text for the static view, the script and paper.
 */
#ifndef BOLOMETER_RENDER_HEADLINE_H
#define BOLOMETER_RENDER_HEADLINE_H

#include <stdbool.h>

#include "render/render.h"

/*
 * Each of these is written as XML text. title: "hotservice (pid 4242), on-CPU, 30.0 s at 99 Hz,
 * 2,970 samples", or "hotservice (pid 4242), off-CPU, 30.0 s, 1 h 11 min off-CPU time, 12,345
 * waits". place: "web-17, Linux 6.1.0, 2026-11-20 10:51 UTC"; empty when nothing is known.
 */
void headline_write_title(FILE *out, const struct render_input *input);
void headline_write_place(FILE *out, const struct render_input *input);

#define TRUST_ITEMS_MAX 10

/* One entry of the trust line. */
struct trust_item {
	char text[160];	 /* "rooted 99.9 %" */
	char about[512]; /* what it means, a few sentences */
	bool warn;	 /* a reader should think about it before believing the graph */
};

/* Fills in those entries that can be told of this profile; returns how many. */
size_t headline_trust(const struct render_input *input, struct trust_item items[TRUST_ITEMS_MAX]);

#endif
