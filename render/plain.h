/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tables and trees in plain text have in common: their first lines, and columns. */
#ifndef BOLOMETER_RENDER_PLAIN_H
#define BOLOMETER_RENDER_PLAIN_H

#include "render/render.h"

/* No line is wider, in columns of a terminal. */
#define PLAIN_COLUMNS 120

/* Title, and what there is in all; then an empty line. */
void plain_write_head(const struct render_input *input, FILE *out);

/* The name of a frame, annotated if that is wanted, and its file if there is room; cut to `columns`. */
void plain_write_frame(const struct render_input *input, uint32_t frame, size_t columns, FILE *out);

/* An amount, or a share of the whole tree, to the right of so many columns. */
void plain_write_amount(const struct render_input *input, int64_t amount, int columns, FILE *out);
void plain_write_share(const struct render_input *input, int64_t amount, int columns, FILE *out);

#endif
