// SPDX-License-Identifier: GPL-2.0-or-later
/* Known answers, old and new; see answer_cache.h. */
#include "symbolizer/answer_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/hash.h"
#include "symbolizer/cache_folder.h"

/* Above it only what this run adds is kept, so that it never fills up. */
#define KEEP_ALL_BELOW (ANSWER_PACK_MAX_BYTES / 2)

/* The build id, and a number for all else that the key says. */
static void name_file(struct answer_cache *cache)
{
	const struct source_key *key = &cache->key;
	uint64_t words[sizeof(*key) / sizeof(uint64_t)], number = 0;
	int len = 0;

	_Static_assert(sizeof(*key) % sizeof(uint64_t) == 0, "whole words");
	memcpy(words, key, sizeof(words));
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		number = hash_mix(number ^ words[i] ^ 0x9e3779b97f4a7c15ULL, 0xd6e8feb86659fd93ULL);
	for (size_t i = 0; i < key->build_id_len && i < sizeof(key->build_id); i++)
		len += snprintf(cache->name + len, sizeof(cache->name) - (size_t)len, "%02x",
				key->build_id[i]);
	snprintf(cache->name + len, sizeof(cache->name) - (size_t)len, "-%016llx",
		 (unsigned long long)number);
}

int answer_cache_open(struct answer_cache *cache, int folder, const struct source_key *key)
{
	int err;

	cache->keeps = true;
	cache->key = *key;
	name_file(cache);
	err = cache_folder_read(folder, cache->name, ANSWER_PACK_MAX_BYTES, &cache->bytes);
	if (err == -ENOMEM)
		return err;
	if (err || !answer_pack_open(&cache->pack, key, cache->bytes.bytes, cache->bytes.len)) {
		cache->pack = (struct answer_pack){0};
		return 0;
	}
	cache->symbols = calloc(cache->pack.nr_lists + 1, sizeof(*cache->symbols));
	return cache->symbols ? 0 : -ENOMEM;
}

void answer_cache_fini(struct answer_cache *cache)
{
	text_fini(&cache->bytes);
	free(cache->symbols);
	free(cache->answers);
	*cache = (struct answer_cache){0};
}

bool answer_cache_has(const struct answer_cache *cache, uint64_t addr)
{
	return answer_pack_find(&cache->pack, addr) != NULL;
}

/* The frames of a list, which are made when the first address needs them. */
static int symbol_of(struct answer_cache *cache, const struct source *source, uint32_t list,
		     struct symbol *ret)
{
	struct symbol *symbol = &cache->symbols[list];
	int err = 0;

	if (!symbol->count)
		err = answer_pack_symbol(&cache->pack, list, source->store, source->module, symbol);
	*ret = *symbol;
	return err;
}

static int answer_of(struct answer_cache *cache, const struct source *source,
		     const struct packed_range *range, struct answer *ret)
{
	ret->first = range->first;
	ret->last = range->first + range->len_less_1;
	return symbol_of(cache, source, range->list, &ret->symbol);
}

int answer_cache_find(struct answer_cache *cache, const struct source *source, uint64_t addr,
		      struct answer *ret)
{
	const struct packed_range *range = answer_pack_find(&cache->pack, addr);
	int err;

	if (!range)
		return 0;
	err = answer_of(cache, source, range, ret);
	return err ? err : 1;
}

int answer_cache_add(struct answer_cache *cache, const struct answer *answer)
{
	int err = ARRAY_RESERVE(cache->answers, cache->cap, cache->count + 1);

	if (!err)
		cache->answers[cache->count++] = *answer;
	return err;
}

/* ---- saving ---------------------------------------------------------------------------------- */

static int by_first(const void *a_, const void *b_)
{
	const struct answer *a = a_, *b = b_;

	return (a->first > b->first) - (a->first < b->first);
}

static int add_earlier(struct answer_cache *cache, const struct source *source)
{
	struct answer answer;
	int err = 0;

	if (cache->bytes.len > KEEP_ALL_BELOW)
		return 0;
	for (uint32_t i = 0; i < cache->pack.nr_ranges && !err; i++) {
		err = answer_of(cache, source, &cache->pack.ranges[i], &answer);
		if (!err)
			err = answer_cache_add(cache, &answer);
	}
	return err;
}

size_t answers_arrange(struct answer *answers, size_t nr_answers)
{
	size_t count = 0;

	qsort(answers, nr_answers, sizeof(*answers), by_first);
	for (size_t i = 0; i < nr_answers; i++) {
		struct answer *before = count ? &answers[count - 1] : NULL;
		struct answer answer = answers[i];

		if (before && answer.last <= before->last)
			continue;
		if (before && answer.first <= before->last)
			answer.first = before->last + 1;
		if (before && answer.symbol.frames == before->symbol.frames &&
		    answer.first == before->last + 1)
			before->last = answer.last;
		else
			answers[count++] = answer;
	}
	return count;
}

static int pack(struct answer_cache *cache, const struct source *source, struct text *ret)
{
	int err = add_earlier(cache, source);

	if (!err)
		cache->count = answers_arrange(cache->answers, cache->count);
	if (!err)
		err = answer_pack_write(&cache->key, cache->answers, cache->count, source->module,
					source->store, ret);
	return err;
}

bool answer_cache_save(struct answer_cache *cache, int folder, const struct source *source)
{
	struct text bytes = {0};
	bool saved;

	if (!cache->keeps || !cache->count)
		return false;
	saved = !pack(cache, source, &bytes) &&
		!cache_folder_write(folder, cache->name, bytes.bytes, bytes.len);
	text_fini(&bytes);
	return saved;
}
