// SPDX-License-Identifier: GPL-2.0-or-later
/* Meanings of lines; see line_cache.h. */
#include "profiler/file/line_cache.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/hash.h"

#define CACHED_LINES	 (1U << 15)
#define CACHED_LINE_MAX	 1000
#define CACHED_INSIDE	 112 /* so much of a line lies beside what it means */

struct cached_line {
	uint32_t hash;
	uint32_t meaning;
	uint16_t len;
	uint16_t cap; /* of `more` */
	char *more;   /* what a longer line has behind its beginning */
	char begin[CACHED_INSIDE];
};

int line_cache_init(struct line_cache *cache)
{
	cache->lines = calloc(CACHED_LINES, sizeof(*cache->lines));
	return cache->lines ? 0 : -ENOMEM;
}

void line_cache_fini(struct line_cache *cache)
{
	for (size_t i = 0; cache->lines && i < CACHED_LINES; i++)
		free(cache->lines[i].more);
	free(cache->lines);
	cache->lines = NULL;
}

static size_t begin_len(struct piece text)
{
	return text.len < CACHED_INSIDE ? text.len : CACHED_INSIDE;
}

uint32_t line_cache_get(const struct line_cache *cache, struct piece text)
{
	uint32_t hash = hash_bytes(text.text, text.len);
	const struct cached_line *line = &cache->lines[hash % CACHED_LINES];
	size_t begin = begin_len(text);

	if (line->hash != hash || line->len != text.len || memcmp(line->begin, text.text, begin) ||
	    (text.len > begin && memcmp(line->more, text.text + begin, text.len - begin)))
		return LINE_UNKNOWN;
	return text.len ? line->meaning : LINE_UNKNOWN;
}

void line_cache_put(struct line_cache *cache, struct piece text, uint32_t meaning)
{
	uint32_t hash = hash_bytes(text.text, text.len);
	struct cached_line *line = &cache->lines[hash % CACHED_LINES];
	size_t begin = begin_len(text), more = text.len - begin;

	if (text.len > CACHED_LINE_MAX)
		return;
	if (more > line->cap) {
		char *grown = realloc(line->more, more);

		if (!grown)
			return;
		line->more = grown;
		line->cap = (uint16_t)more;
	}
	line->hash = hash;
	line->meaning = meaning;
	line->len = (uint16_t)text.len;
	memcpy(line->begin, text.text, begin);
	if (more)
		memcpy(line->more, text.text + begin, more);
}
