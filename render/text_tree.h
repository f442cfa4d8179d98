/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree as plain text, one frame a line, callers above those they called, the
 * largest first. Frames below a share of the whole are left out, and how much that
 * is stands at the end. A frame that alone was called, of those that are shown, is
 * under its caller without a branch, so that lines stay short where stacks are deep.
 */
#ifndef BOLOMETER_RENDER_TEXT_TREE_H
#define BOLOMETER_RENDER_TEXT_TREE_H

#include "render/render.h"

int text_tree_write(const struct render_input *input, FILE *out);

#endif
