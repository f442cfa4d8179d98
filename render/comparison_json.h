/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A comparison as JSON: what the head of a graph's data block says of it, and
 * the verdict, a file for programs that decide whether a change may go on.
 * docs/FORMAT.md describes both.
 */
#ifndef BOLOMETER_RENDER_COMPARISON_JSON_H
#define BOLOMETER_RENDER_COMPARISON_JSON_H

#include "render/json_out.h"
#include "render/render.h"

/* The members of the object "diff", which is open. */
void comparison_json_write(struct json_out *json, const struct comparison *comparison);

/* The verdict; like the formats of render.h, but only for what has a comparison. */
int verdict_write(const struct render_input *input, FILE *out);

#endif
