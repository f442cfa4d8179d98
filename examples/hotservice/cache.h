/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table all workers share: a bounded cache of records, least recently used out
 * first, behind a single mutex. One lock for everything is the usual beginning of
 * such tables and the usual end of their scaling; that is what it is here to show.
 */
#ifndef HOTSERVICE_CACHE_H
#define HOTSERVICE_CACHE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CACHE_KEYS	   6144 /* keys there are: more than fit, so that some lookups miss */
#define CACHE_ENTRIES	   4096
#define CACHE_VALUE_BYTES  4096
#define CACHE_RECORD_BYTES (2 * CACHE_VALUE_BYTES + 1) /* a value in hexadecimal, and a newline */

struct cache {
	pthread_mutex_t lock;
	struct cache_entry *entries;
	struct cache_entry **buckets;
	struct cache_entry *newest, *oldest; /* ends of the list by time of use */
	size_t used;
	uint64_t hits, misses;
	bool convoy; /* hold the lock for all of a request and do more under it */
};

/* Returns 0 or -errno. */
int cache_init(struct cache *cache, bool convoy);
void cache_fini(struct cache *cache);

/* Writes the records of `count` keys (any numbers, taken modulo CACHE_KEYS), first_key and up. */
void cache_read(struct cache *cache, uint64_t first_key, size_t count, char *records);

void cache_counts(struct cache *cache, uint64_t *ret_hits, uint64_t *ret_misses);

#endif
