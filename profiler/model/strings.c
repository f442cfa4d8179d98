// SPDX-License-Identifier: GPL-2.0-or-later
/* Interned strings; see strings.h. */
#include "profiler/model/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"
#include "profiler/model/index.h"

struct string {
	const char *text;
	uint32_t len;
};

struct strings {
	struct arena arena;
	struct string *all;
	size_t count;
	size_t cap;
	struct index index;
};

struct strings *strings_new(void)
{
	struct strings *strings = calloc(1, sizeof(*strings));
	uint32_t empty;

	if (!strings)
		return NULL;
	arena_init(&strings->arena);
	if (strings_intern(strings, "", 0, &empty)) {
		strings_free(strings);
		errno = ENOMEM;
		return NULL;
	}
	return strings;
}

void strings_free(struct strings *strings)
{
	if (!strings)
		return;
	arena_fini(&strings->arena);
	index_fini(&strings->index);
	free(strings->all);
	free(strings);
}

int strings_intern(struct strings *strings, const char *text, size_t len, uint32_t *ret_id)
{
	uint32_t hash = hash_bytes(text, len);
	struct index_probe at = index_probe(&strings->index, hash);
	uint32_t id = (uint32_t)strings->count;
	char *copy;
	int err;

	while (index_next(&strings->index, &at)) {
		const struct string *have = &strings->all[at.id];

		if (have->len == len && !memcmp(have->text, text, len)) {
			*ret_id = at.id;
			return 0;
		}
	}
	if (len >= UINT32_MAX || strings->count >= UINT32_MAX - 1)
		return -ENOMEM;
	err = ARRAY_RESERVE(strings->all, strings->cap, strings->count + 1);
	if (err)
		return err;
	copy = arena_text(&strings->arena, text, len);
	if (!copy)
		return -ENOMEM;
	err = index_insert(&strings->index, hash, id);
	if (err)
		return err;
	strings->all[strings->count++] = (struct string){copy, (uint32_t)len};
	*ret_id = id;
	return 0;
}

int strings_intern_z(struct strings *strings, const char *text, uint32_t *ret_id)
{
	return strings_intern(strings, text ? text : "", text ? strlen(text) : 0, ret_id);
}

const char *strings_text(const struct strings *strings, uint32_t id)
{
	return strings->all[id].text;
}

size_t strings_len(const struct strings *strings, uint32_t id)
{
	return strings->all[id].len;
}

int strings_compare(const struct strings *strings, uint32_t a, uint32_t b)
{
	const struct string *left = &strings->all[a], *right = &strings->all[b];
	int order =
		memcmp(left->text, right->text, left->len < right->len ? left->len : right->len);

	return order ? order : (left->len > right->len) - (left->len < right->len);
}

uint32_t strings_count(const struct strings *strings)
{
	return (uint32_t)strings->count;
}
