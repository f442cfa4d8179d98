/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What texts mean that were met lately: lines of stacks occur again and again,
 * and what they mean need not be found out anew. A text takes the place of
 * another, so that there are never more than so many, whatever the file; what is
 * found is found by its whole text.
 */
#ifndef BOLOMETER_FILE_MEMO_H
#define BOLOMETER_FILE_MEMO_H

#include <stddef.h>
#include <stdint.h>

#include "profiler/file/piece.h"

struct memo {
	struct memo_entry *entries;
	size_t mask; /* entries - 1 */
	size_t used, max;
	uint32_t last_more; /* see memo.c */
};

#define MEMO_NONE UINT32_MAX

/* For 2^bits texts at most; it begins small. Returns 0 or -ENOMEM. */
int memo_init(struct memo *memo, unsigned int bits);
void memo_fini(struct memo *memo);

/* Where a text belongs: for the two functions below. Fetches it from memory. */
uint32_t memo_hash(const struct memo *memo, struct piece text);

/* What was put for this text, or MEMO_NONE. */
uint32_t memo_get(const struct memo *memo, struct piece text, uint32_t hash);

/* Keeps it, unless the text is very long or there is no memory. */
void memo_put(struct memo *memo, struct piece text, uint32_t hash, uint32_t meaning);

#endif
