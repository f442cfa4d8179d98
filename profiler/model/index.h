/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An index from a key to the number of the element that has it. The elements
 * themselves stay in the owner's array: the owner hashes the key, walks the
 * candidates, compares, and inserts at the place where the walk ended:
 *
 *	struct index_probe at = index_probe(&index, hash);
 *	while (index_next(&index, &at))
 *		if (elements[at.id] has the key)
 *			return at.id;
 *	index_insert(&index, hash, new_id);
 */
#ifndef BOLOMETER_MODEL_INDEX_H
#define BOLOMETER_MODEL_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_slot {
	uint32_t hash;
	uint32_t id_plus_1; /* 0: free */
};

/* All zero is an empty index. */
struct index {
	struct index_slot *slots;
	size_t mask; /* slots - 1, a power of two less one; 0 while there are none */
	size_t used;
};

struct index_probe {
	size_t slot;
	uint32_t hash;
	uint32_t id;
};

void index_fini(struct index *index);

/* Adds `id` under `hash`; does not look for an equal one. Returns 0 or -ENOMEM. */
int index_insert(struct index *index, uint32_t hash, uint32_t id);

/* Makes room for `count` elements in all without growing on the way. Returns 0 or -ENOMEM. */
int index_reserve(struct index *index, size_t count);

static inline struct index_probe index_probe(const struct index *index, uint32_t hash)
{
	return (struct index_probe){.slot = hash & index->mask, .hash = hash};
}

/* Steps to the next element with the same hash: true with at->id set, false when there is none. */
static inline bool index_next(const struct index *index, struct index_probe *at)
{
	if (!index->slots)
		return false;
	for (;;) {
		const struct index_slot *slot = &index->slots[at->slot];

		if (!slot->id_plus_1)
			return false;
		at->slot = (at->slot + 1) & index->mask;
		if (slot->hash == at->hash) {
			at->id = slot->id_plus_1 - 1;
			return true;
		}
	}
}

#endif
