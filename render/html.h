/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The graph of svg.h within a web page, for places that show SVG only as a
 * picture: the same static view, data block and script, in one file, which opens
 * from disk and needs no network.
 */
#ifndef BOLOMETER_RENDER_HTML_H
#define BOLOMETER_RENDER_HTML_H

#include "render/render.h"

int html_write(const struct render_input *input, FILE *out);

#endif
