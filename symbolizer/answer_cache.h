/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of one source: the answers of earlier runs, from a file of the cache folder, and
 * those of this one, to be put there.
 *
 * Answers go for ranges of addresses, so that a later capture of the same program finds most of its
 * own there, although it has sampled other addresses of the same functions. Only what was sampled is kept.
 */
#ifndef BOLOMETER_SYMBOLIZER_ANSWER_CACHE_H
#define BOLOMETER_SYMBOLIZER_ANSWER_CACHE_H

#include "symbolizer/answer_pack.h"

/* All zero: nothing is known, and nothing will be kept. */
struct answer_cache {
	bool keeps;
	struct source_key key;
	char name[2 * ELF_BUILD_ID_MAX + 32]; /* of the file */
	struct text bytes;		      /* the file's */
	struct answer_pack pack;
	struct symbol *symbols; /* by list of the pack; count 0: not yet in the store */
	struct answer *answers; /* of this run, in the order in which they were found */
	size_t count, cap;
};

/* Begins to keep answers under the key, with those that are in the folder. Returns 0 or -ENOMEM. */
int answer_cache_open(struct answer_cache *cache, int folder, const struct source_key *key);
void answer_cache_fini(struct answer_cache *cache);

/* Whether the address was known before this run. */
bool answer_cache_has(const struct answer_cache *cache, uint64_t addr);

/* Its answer. Returns 1, 0 when it was not known, or -ENOMEM. */
int answer_cache_find(struct answer_cache *cache, const struct source *source, uint64_t addr,
		      struct answer *ret);

/* Notes an answer that was not known. Returns 0 or -ENOMEM. */
int answer_cache_add(struct answer_cache *cache, const struct answer *answer);

/* Puts answers in order and apart: where two of them meet, they are the same. Returns how many are left. */
size_t answers_arrange(struct answer *answers, size_t count);

/* Writes what is known to the folder, if something was added. Returns whether it was written. */
bool answer_cache_save(struct answer_cache *cache, int folder, const struct source *source);

#endif
