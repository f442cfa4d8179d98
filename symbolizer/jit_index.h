/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which entry of a log of code covers an address, at a time: a log says what
 * was put where, one entry after the other, and memory is used again. Of the
 * entries that were in the log by then, the one written last is right; where
 * none of those covers the address, the first that was written later is, as
 * runtimes may be late to write what they run.
 */
#ifndef BOLOMETER_SYMBOLIZER_JIT_INDEX_H
#define BOLOMETER_SYMBOLIZER_JIT_INDEX_H

#include <stddef.h>
#include <stdint.h>

/* One entry; its number is its place in the log. */
struct jit_range {
	uint64_t start;
	uint32_t size;
	uint32_t ref; /* the owner's, such as where the entry is in the file */
};

/* All zero is an empty index. */
struct jit_index {
	struct jit_range *ranges;
	size_t count, cap;
};

#define JIT_ENTRY_NONE UINT32_MAX

struct jit_query {
	uint64_t addr;
	uint32_t known; /* so many entries were in the log at the time asked for */
	uint32_t entry; /* the answer, or JIT_ENTRY_NONE */
};

void jit_index_fini(struct jit_index *index);

/*
 * Adds an entry, in the order of the log. size is 1 or more (cut to 4 GiB), start + size does not
 * overflow. Returns 0 or -ENOMEM.
 */
int jit_index_add(struct jit_index *index, uint64_t start, uint64_t size, uint32_t ref);

/*
 * Answers all queries, in whatever order they are. The time it takes grows with entries and queries
 * together, however much entries overlap. Returns 0 or -ENOMEM.
 */
int jit_index_answer(const struct jit_index *index, struct jit_query *queries, size_t count);

#endif
