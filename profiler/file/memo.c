// SPDX-License-Identifier: GPL-2.0-or-later
/* Meanings of texts; see memo.h. */
#include "profiler/file/memo.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "profiler/model/hash.h"

#define TEXT_MAX   1000
#define INSIDE_MAX 104 /* so much of a text lies beside what it means: both are 128 bytes */

#define ENTRIES_FIRST 256 /* it is doubled when half of them are used */

#define PLACES 4

#define LARGE_PAGE_BYTES ((size_t)2 << 20)

#define HASH_MULTIPLIER 0x9e3779b97f4a7c15ULL

struct memo_entry {
	uint32_t hash;
	uint32_t meaning;
	uint16_t len;  /* 0: there is none */
	uint16_t cap;  /* of `more` */
	uint32_t next; /* the one that got a `more` before, plus 1 */
	char inside[INSIDE_MAX];
	char *more; /* what a longer text has behind its beginning */
};

/*
 * No entries yet, freed with free(); NULL without memory. Large tables are of large pages where there
 * are any: texts are anywhere in them, and to find a page takes longer than to read it.
 */
static struct memo_entry *new_entries(size_t count)
{
	size_t size = count * sizeof(struct memo_entry);
	struct memo_entry *entries;

	if (size < LARGE_PAGE_BYTES)
		return calloc(1, size);
	entries = aligned_alloc(LARGE_PAGE_BYTES, size); /* both are powers of two */
	if (!entries)
		return NULL;
	madvise(entries, size, MADV_HUGEPAGE);
	memset(entries, 0, size);
	return entries;
}

int memo_init(struct memo *memo, unsigned int bits)
{
	*memo = (struct memo){.mask = ENTRIES_FIRST - 1, .max = (size_t)1 << bits};
	memo->entries = new_entries(ENTRIES_FIRST);
	return memo->entries ? 0 : -ENOMEM;
}

void memo_fini(struct memo *memo)
{
	/* Only these, as looking at all would need the memory of all. */
	for (uint32_t i = memo->last_more; i; i = memo->entries[i - 1].next)
		free(memo->entries[i - 1].more);
	free(memo->entries);
	*memo = (struct memo){0};
}

static size_t inside_len(struct piece text)
{
	return text.len < INSIDE_MAX ? text.len : INSIDE_MAX;
}

/* As hash_bytes(), for texts that are mostly long: by 32 bytes, in two sums that do not wait for each other. */
static uint32_t hash_text(struct piece text)
{
	const unsigned char *bytes = (const unsigned char *)text.text;
	uint64_t one = hash_seed ^ text.len, two = ~hash_seed;
	size_t at = 0;

	if (text.len < 32)
		return hash_bytes(bytes, text.len);
	for (; at + 32 < text.len; at += 32) {
		one = hash_mix(one ^ hash_word(bytes + at),
			       HASH_MULTIPLIER ^ hash_word(bytes + at + 8));
		two = hash_mix(two ^ hash_word(bytes + at + 16),
			       HASH_MULTIPLIER ^ hash_word(bytes + at + 24));
	}
	bytes += text.len - 32; /* overlaps what is done */
	one = hash_mix(one ^ hash_word(bytes), HASH_MULTIPLIER ^ hash_word(bytes + 8));
	two = hash_mix(two ^ hash_word(bytes + 16), HASH_MULTIPLIER ^ hash_word(bytes + 24));
	one = hash_mix(one ^ HASH_MULTIPLIER, two ^ hash_seed);
	return (uint32_t)(one ^ (one >> 32));
}

uint32_t memo_hash(const struct memo *memo, struct piece text)
{
	uint32_t hash = hash_text(text);
	const struct memo_entry *entry = &memo->entries[hash & memo->mask];

	__builtin_prefetch(entry);
	__builtin_prefetch(&entry->inside[INSIDE_MAX / 2]);
	return hash;
}

static bool entry_is(const struct memo_entry *entry, struct piece text, uint32_t hash)
{
	size_t inside = inside_len(text);

	return entry->hash == hash && entry->len == text.len &&
	       !memcmp(entry->inside, text.text, inside) &&
	       (text.len == inside || !memcmp(entry->more, text.text + inside, text.len - inside));
}

/* A text is at one of a few places, which are neighbours; nearly always at the first. */
static struct memo_entry *place(const struct memo *memo, uint32_t hash, uint32_t i)
{
	return &memo->entries[(hash & memo->mask) ^ i];
}

uint32_t memo_get(const struct memo *memo, struct piece text, uint32_t hash)
{
	for (uint32_t i = 0; i < PLACES; i++) {
		const struct memo_entry *entry = place(memo, hash, i);

		if (!entry->len)
			break;
		if (entry_is(entry, text, hash))
			return entry->meaning;
	}
	return MEMO_NONE;
}

/* The first where nothing is yet, or else the one that the text itself says. */
static struct memo_entry *place_for(const struct memo *memo, uint32_t hash)
{
	for (uint32_t i = 0; i < PLACES; i++) {
		if (!place(memo, hash, i)->len)
			return place(memo, hash, i);
	}
	return place(memo, hash, hash >> 30);
}

/* Has `more` freed at the end. */
static void note_more(struct memo *memo, struct memo_entry *entry)
{
	entry->next = memo->last_more;
	memo->last_more = (uint32_t)(entry - memo->entries) + 1;
}

/* What finds no place in twice the room is forgotten. */
static void move_entry(struct memo *memo, struct memo_entry *from)
{
	struct memo_entry *to = place_for(memo, from->hash);

	if (to->len) {
		free(from->more);
		return;
	}
	*to = *from;
	memo->used++;
	if (to->more)
		note_more(memo, to);
}

/* Without memory it stays as it is. */
static void grow(struct memo *memo)
{
	struct memo old = *memo;
	struct memo_entry *entries = new_entries(2 * (old.mask + 1));

	if (!entries)
		return;
	*memo = (struct memo){.entries = entries, .mask = 2 * old.mask + 1, .max = old.max};
	for (size_t i = 0; i <= old.mask; i++) {
		if (old.entries[i].len)
			move_entry(memo, &old.entries[i]);
	}
	free(old.entries);
}

void memo_put(struct memo *memo, struct piece text, uint32_t hash, uint32_t meaning)
{
	size_t inside = inside_len(text), more = text.len - inside;
	struct memo_entry *entry;

	if (text.len > TEXT_MAX)
		return;
	if (memo->used > memo->mask / 2 && memo->mask + 1 < memo->max)
		grow(memo);
	entry = place_for(memo, hash);
	if (more > entry->cap) {
		char *grown = realloc(entry->more, more);

		if (!grown)
			return;
		if (!entry->more)
			note_more(memo, entry);
		entry->more = grown;
		entry->cap = (uint16_t)more;
	}
	memo->used += !entry->len;
	entry->hash = hash;
	entry->meaning = meaning;
	entry->len = (uint16_t)text.len;
	memcpy(entry->inside, text.text, inside);
	if (more)
		memcpy(entry->more, text.text + inside, more);
}
