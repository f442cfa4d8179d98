/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interactive flame graph, one SVG file: a static view that any viewer
 * shows, the whole tree packed (block.h), and the script and style that draw
 * from it. Opens from disk, needs no network.
 */
#ifndef BOLOMETER_RENDER_SVG_H
#define BOLOMETER_RENDER_SVG_H

#include "render/render.h"

int svg_write(const struct render_input *input, FILE *out);

/* The same without what makes it a file of its own: for use within another document. */
int svg_write_element(const struct render_input *input, FILE *out);

#endif
