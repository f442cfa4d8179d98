/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions as a table in plain text: self and total of each, the most of itself first. */
#ifndef BOLOMETER_RENDER_TEXT_TOP_H
#define BOLOMETER_RENDER_TEXT_TOP_H

#include "render/render.h"

int text_top_write(const struct render_input *input, FILE *out);

#endif
