/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folded text, the field's exchange format: one stack a line, root first, the
 * frames joined by ';', a space and an integer.
 *
 * The number is value 0. Nanoseconds are written as microseconds, rounded once,
 * after what prints alike is added up; but a time that would round to 0 is
 * written as 1, as many readers drop what has 0, and no stack may vanish. Only
 * stacks whose value is exactly 0 are left out.
 *
 * Of a comparison a line has two numbers, before and after, as difffolded.pl of
 * FlameGraph writes them; neither is normalised.
 *
 * The root "all" is not written. In names ';' becomes ':', and control
 * characters and bytes that are not UTF-8 become '?', as does a '#' that would
 * make a remark of the line; spaces at the end of a name are left out. The lines
 * are in the order of `LC_ALL=C sort`, and no two have the same stack text:
 * frames that print alike are added up.
 */
#ifndef BOLOMETER_RENDER_FOLDED_H
#define BOLOMETER_RENDER_FOLDED_H

#include "render/render.h"

int folded_write(const struct render_input *input, FILE *out);

#endif
