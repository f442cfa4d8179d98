// SPDX-License-Identifier: GPL-2.0-or-later
/* The shared table, see cache.h. Everything that says "locked" runs with cache->lock held. */
#include "cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"
#include "digest.h"
#include "frame.h"

#define BUCKETS 512

struct cache_entry {
	uint64_t key;
	uint64_t checksum; /* of the value */
	struct cache_entry *chain;
	struct cache_entry *newer, *older;
	unsigned char value[CACHE_VALUE_BYTES];
};

int cache_init(struct cache *cache, bool convoy)
{
	int err = -ENOMEM;

	memset(cache, 0, sizeof(*cache));
	cache->convoy = convoy;
	cache->entries = calloc(CACHE_ENTRIES, sizeof(*cache->entries));
	cache->buckets = calloc(BUCKETS, sizeof(struct cache_entry *));
	if (cache->entries && cache->buckets)
		err = -pthread_mutex_init(&cache->lock, NULL);
	if (err) {
		free(cache->buckets);
		free(cache->entries);
	}
	return err;
}

void cache_fini(struct cache *cache)
{
	pthread_mutex_destroy(&cache->lock);
	free(cache->buckets);
	free(cache->entries);
}

static struct cache_entry **bucket_of(struct cache *cache, uint64_t key)
{
	return &cache->buckets[fnv1a(&key, sizeof(key)) % BUCKETS];
}

static void unlink_locked(struct cache *cache, struct cache_entry *entry)
{
	if (entry->newer)
		entry->newer->older = entry->older;
	else
		cache->newest = entry->older;
	if (entry->older)
		entry->older->newer = entry->newer;
	else
		cache->oldest = entry->newer;
}

static void make_newest_locked(struct cache *cache, struct cache_entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->newest;
	if (cache->newest)
		cache->newest->newer = entry;
	else
		cache->oldest = entry;
	cache->newest = entry;
}

static struct cache_entry *evict_oldest_locked(struct cache *cache)
{
	struct cache_entry *entry = cache->oldest;
	struct cache_entry **link = bucket_of(cache, entry->key);

	while (*link != entry)
		link = &(*link)->chain;
	*link = entry->chain;
	unlink_locked(cache, entry);
	return entry;
}

static FRAME void fill_entry(struct cache_entry *entry)
{
	corpus_scramble(entry->value, sizeof(entry->value), entry->key);
	entry->checksum = fnv1a(entry->value, sizeof(entry->value));
}

static FRAME struct cache_entry *load_entry_locked(struct cache *cache, uint64_t key)
{
	struct cache_entry **bucket = bucket_of(cache, key);
	struct cache_entry *entry;

	entry = cache->used < CACHE_ENTRIES ? &cache->entries[cache->used++]
					    : evict_oldest_locked(cache);
	entry->key = key;
	fill_entry(entry);
	entry->chain = *bucket;
	*bucket = entry;
	make_newest_locked(cache, entry);
	cache->misses++;
	return entry;
}

static FRAME struct cache_entry *find_entry_locked(struct cache *cache, uint64_t key)
{
	struct cache_entry *entry = *bucket_of(cache, key);

	while (entry && entry->key != key)
		entry = entry->chain;
	if (!entry)
		return NULL;
	unlink_locked(cache, entry);
	make_newest_locked(cache, entry);
	cache->hits++;
	return entry;
}

/* Values lie in memory for long; one that rotted there is loaded again. */
static FRAME void check_entry(struct cache_entry *entry)
{
	if (fnv1a(entry->value, sizeof(entry->value)) != entry->checksum)
		fill_entry(entry);
}

static FRAME void check_bucket_locked(struct cache *cache, uint64_t key)
{
	for (struct cache_entry *entry = *bucket_of(cache, key); entry; entry = entry->chain)
		check_entry(entry);
}

static FRAME void write_record(const unsigned char value[CACHE_VALUE_BYTES],
			       char record[CACHE_RECORD_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	LEAF_FRAME();
	for (size_t i = 0; i < CACHE_VALUE_BYTES; i++) {
		*record++ = digits[value[i] >> 4];
		*record++ = digits[value[i] & 15];
	}
	*record = '\n';
}

static struct cache_entry *get_entry_locked(struct cache *cache, uint64_t key)
{
	struct cache_entry *entry = find_entry_locked(cache, key);

	return entry ? entry : load_entry_locked(cache, key);
}

/* As it should be: the lock for one key at a time, the text made outside. */
static FRAME void read_one(struct cache *cache, uint64_t key, char record[CACHE_RECORD_BYTES])
{
	unsigned char value[CACHE_VALUE_BYTES];
	struct cache_entry *entry;

	pthread_mutex_lock(&cache->lock);
	entry = get_entry_locked(cache, key);
	check_entry(entry);
	memcpy(value, entry->value, sizeof(value));
	pthread_mutex_unlock(&cache->lock);
	write_record(value, record);
}

/* As it often is: one lock around everything, and a check of things nobody asked for. */
static FRAME void read_in_convoy(struct cache *cache, uint64_t first_key, size_t count,
				 char *records)
{
	pthread_mutex_lock(&cache->lock);
	for (size_t i = 0; i < count; i++) {
		uint64_t key = (first_key + i) % CACHE_KEYS;
		struct cache_entry *entry = get_entry_locked(cache, key);

		check_bucket_locked(cache, key);
		write_record(entry->value, records + i * CACHE_RECORD_BYTES);
	}
	pthread_mutex_unlock(&cache->lock);
}

FRAME void cache_read(struct cache *cache, uint64_t first_key, size_t count, char *records)
{
	if (cache->convoy) {
		read_in_convoy(cache, first_key, count, records);
		return;
	}
	for (size_t i = 0; i < count; i++)
		read_one(cache, (first_key + i) % CACHE_KEYS, records + i * CACHE_RECORD_BYTES);
}

void cache_counts(struct cache *cache, uint64_t *ret_hits, uint64_t *ret_misses)
{
	pthread_mutex_lock(&cache->lock);
	*ret_hits = cache->hits;
	*ret_misses = cache->misses;
	pthread_mutex_unlock(&cache->lock);
}
