/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first view of a graph, drawn here: what is seen without scripts, on
 * paper, as a thumbnail, and until the script has taken over. Its size is
 * bounded whatever the size of the tree.
 */
#ifndef BOLOMETER_RENDER_STATIC_VIEW_H
#define BOLOMETER_RENDER_STATIC_VIEW_H

#include "render/layout.h"
#include "render/render.h"

#define STATIC_VIEW_WIDTH 1200

struct static_view {
	struct layout layout;
	unsigned int graph_top, graph_bottom; /* y of the frames */
	unsigned int height;		      /* of the whole picture */
};

/* Returns 0 or -ENOMEM. */
int static_view_init(struct static_view *ret_view, const struct render_input *input);
void static_view_fini(struct static_view *view);

/* Writes the elements of the view. Errors are left in `out` (ferror). */
void static_view_write(const struct static_view *view, const struct render_input *input, FILE *out);

#endif
