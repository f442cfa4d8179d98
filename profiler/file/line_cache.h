/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lines mean that were read lately, by their text: most lines of stacks
 * occur again and again, and what they mean need not be found out anew. It keeps
 * some tens of thousands; a line takes the place of another, whatever the file.
 */
#ifndef BOLOMETER_FILE_LINE_CACHE_H
#define BOLOMETER_FILE_LINE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "profiler/file/piece.h"

struct line_cache {
	struct cached_line *lines;
};

#define LINE_UNKNOWN UINT32_MAX

/* Returns 0 or -ENOMEM. */
int line_cache_init(struct line_cache *cache);
void line_cache_fini(struct line_cache *cache);

/* What was put for this text, or LINE_UNKNOWN. */
uint32_t line_cache_get(const struct line_cache *cache, struct piece text);

/* Keeps it, unless the text is very long or there is no memory. */
void line_cache_put(struct line_cache *cache, struct piece text, uint32_t meaning);

#endif
