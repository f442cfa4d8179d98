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
	bool full;
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

static uint64_t word_at(const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return word;
}

static bool string_equal(const struct string *have, const char *text, size_t len)
{
	uint64_t differ = 0;
	size_t at = 0;

	if (have->len != len || len < sizeof(differ))
		return have->len == len && !memcmp(have->text, text, len);
	/* By words, of which the last overlaps: names are too short for a call. */
	for (; at + sizeof(differ) < len && !differ; at += sizeof(differ))
		differ = word_at(have->text + at) ^ word_at(text + at);
	return !differ &&
	       word_at(have->text + len - sizeof(differ)) == word_at(text + len - sizeof(differ));
}

static int intern(struct strings *strings, const char *text, size_t len, uint32_t hash,
		  uint32_t *ret_id)
{
	struct index_probe at = index_probe(&strings->index, hash);
	uint32_t id = (uint32_t)strings->count;
	char *copy;
	int err;

	while (index_next(&strings->index, &at)) {
		if (string_equal(&strings->all[at.id], text, len)) {
			*ret_id = at.id;
			return 0;
		}
	}
	if (strings->full)
		return -ENOSPC;
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

int strings_intern(struct strings *strings, const char *text, size_t len, uint32_t *ret_id)
{
	return intern(strings, text, len, hash_bytes(text, len), ret_id);
}

#define BATCH ((size_t)16)

/* One step at a time for all of them, so that none waits for the memory of another. */
static int intern_batch(struct strings *strings, const struct strings_piece *pieces, size_t count,
			uint32_t *ids)
{
	uint32_t hashes[BATCH];
	int err = 0;

	for (size_t i = 0; i < count; i++) {
		hashes[i] = hash_bytes(pieces[i].text, pieces[i].len);
		__builtin_prefetch(&strings->index.slots[hashes[i] & strings->index.mask]);
	}
	for (size_t i = 0; i < count; i++) {
		struct index_probe at = index_probe(&strings->index, hashes[i]);

		/* Of the empty string where it is new. */
		ids[i] = index_next(&strings->index, &at) ? at.id : STRING_NONE;
		__builtin_prefetch(&strings->all[ids[i]]);
	}
	for (size_t i = 0; i < count; i++)
		__builtin_prefetch(strings->all[ids[i]].text);
	for (size_t i = 0; i < count && !err; i++) {
		if (!string_equal(&strings->all[ids[i]], pieces[i].text, pieces[i].len))
			err = intern(strings, pieces[i].text, pieces[i].len, hashes[i], &ids[i]);
	}
	return err;
}

int strings_intern_all(struct strings *strings, const struct strings_piece *pieces, size_t count,
		       uint32_t *ids)
{
	int err = 0;

	for (size_t at = 0; at < count && !err; at += BATCH) {
		size_t batch = count - at < BATCH ? count - at : BATCH;

		err = intern_batch(strings, pieces + at, batch, ids + at);
	}
	return err;
}

void strings_set_full(struct strings *strings, bool full)
{
	strings->full = full;
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
