/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which entry of a log of code covers an address: of several the one written
 * last, also where it covers only a part of an earlier one.
 */
#ifndef BOLOMETER_SYMBOLIZER_JIT_INDEX_H
#define BOLOMETER_SYMBOLIZER_JIT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* While filling an entry; once finished a piece of one, and no two overlap. */
struct jit_range {
	uint64_t start;
	uint32_t size;
	uint32_t line; /* offset of the entry's line: later lines have larger ones */
};

/* All zero is an empty index. */
struct jit_index {
	struct jit_range *ranges;
	size_t count, cap;
};

void jit_index_fini(struct jit_index *index);

/*
 * Adds an entry, in the order of the log. size is 1 or more (cut to 4 GiB), start + size does not
 * overflow. Returns 0 or -ENOMEM.
 */
int jit_index_add(struct jit_index *index, uint64_t start, uint64_t size, uint32_t line);

/* Ends filling. Returns 0 or -ENOMEM. */
int jit_index_finish(struct jit_index *index);

/* The line of the entry that covers addr, and the addresses around it with the same one. */
bool jit_index_find(const struct jit_index *index, uint64_t addr, uint64_t *ret_first,
		    uint64_t *ret_last, uint32_t *ret_line);

#endif
