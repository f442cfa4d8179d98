/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data block of a graph: the whole tree and its circumstances, packed.
 * docs/FORMAT.md describes it byte by byte; the script and bolometer read it.
 */
#ifndef BOLOMETER_RENDER_BLOCK_H
#define BOLOMETER_RENDER_BLOCK_H

#include "render/render.h"

/* The version of the block that is written for it, see profiler/model/block_version.h. */
int block_version(const struct render_input *input);

/* The encoding of the element that holds the block: "deflate-raw" or, for small trees, "plain". */
const char *block_encoding(const struct tree *tree);

/* Writes the block as base64 text. Returns 0 or -errno. */
int block_write(const struct render_input *input, FILE *out);

#endif
