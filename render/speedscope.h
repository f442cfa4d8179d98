/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * speedscope's own format (speedscope.app/file-format-schema.json): a sampled
 * profile for each group, of the value that graphs show first. Members of our own
 * keep what it has no room for; docs/FORMAT.md, "speedscope".
 */
#ifndef BOLOMETER_RENDER_SPEEDSCOPE_H
#define BOLOMETER_RENDER_SPEEDSCOPE_H

#include "render/render.h"

int speedscope_write(const struct render_input *input, FILE *out);

#endif
