/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which symbols cover an address: the compact index of one file's functions.
 *
 * Filled once, in any order, then searched in logarithmic time whatever the
 * symbols look like. A symbol covers exactly the addresses its size says. One
 * without a size (assembly) reaches to the next symbol or the end of its
 * section, and counts only where no symbol with a size does. Of symbols that
 * cover an address the one that starts last wins, then the shortest: the
 * innermost, where they are nested. Nothing reaches into a hole.
 *
 * The index knows no names, only where they are: `name` and `table` mean
 * something to the owner.
 */
#ifndef BOLOMETER_SYMBOLIZER_TEXT_INDEX_H
#define BOLOMETER_SYMBOLIZER_TEXT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Larger symbols are cut to this. The largest functions seen in the wild have a few megabytes. */
#define TEXT_SYMBOL_MAX_SIZE ((1U << 26) - 1)

/* How widely a symbol is known, best first; among aliases a wider known one is the better name. */
enum symbol_rank { RANK_GLOBAL, RANK_WEAK, RANK_LOCAL };

struct text_symbol {
	uint64_t addr;
	uint32_t name;
	uint32_t size : 26;
	uint32_t unsized_reach : 1; /* the size is not the symbol's own: how far it may reach */
	uint32_t rank : 2;	    /* enum symbol_rank */
	uint32_t table : 3;	    /* which table of names */
};
_Static_assert(sizeof(struct text_symbol) == 16, "one cache line holds four");

/* From `addr` on, up to the next of these or the symbol's end, an earlier symbol goes on. */
struct text_tail {
	uint64_t addr;
	uint32_t symbol;
};

/* All zero is an empty index. */
struct text_index {
	struct text_symbol *symbols; /* sorted by address, once finished */
	size_t count, cap;
	struct text_tail *tails; /* few: one where a symbol that lies within another ends */
	size_t nr_tails, cap_tails;
};

/* The symbols that cover an address: aliases, equal in address and size. */
struct text_hit {
	const struct text_symbol *aliases;
	size_t count;
	uint64_t first, last; /* the addresses around with the same answer, inclusive */
};

void text_index_fini(struct text_index *index);

/* Adds a symbol of size 1 or more. Returns 0 or -ENOMEM. */
int text_index_add(struct text_index *index, const struct text_symbol *symbol);

/* Ends filling, drops symbols that can never win, gives spare memory back. 0 or -ENOMEM. */
int text_index_finish(struct text_index *index);

/* Whether any symbol covers `addr`, and which; only after text_index_finish(). */
bool text_index_find(const struct text_index *index, uint64_t addr, struct text_hit *ret);

/* The addresses around one that no symbol covers that none covers either, inclusive. */
void text_index_hole(const struct text_index *index, uint64_t addr, uint64_t *ret_first,
		     uint64_t *ret_last);

#endif
