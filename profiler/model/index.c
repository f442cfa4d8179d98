// SPDX-License-Identifier: GPL-2.0-or-later
/* Open addressing with linear probing, at most two thirds full; see index.h. */
#include "profiler/model/index.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"

#define INDEX_MIN_SLOTS 64

/* How many elements so many slots are for. */
static size_t index_room(size_t slots)
{
	return slots / 3 * 2;
}

uint64_t hash_seed;

/* Before main, so that no table can be filled under another seed. */
__attribute__((constructor)) static void hash_seed_init(void)
{
	if (getrandom(&hash_seed, sizeof(hash_seed), GRND_NONBLOCK) != sizeof(hash_seed))
		hash_seed = (uintptr_t)&hash_seed; /* the address is random enough */
}

void index_fini(struct index *index)
{
	free(index->slots);
	*index = (struct index){0};
}

static void index_place(struct index_slot *slots, size_t mask, struct index_slot element)
{
	size_t at = element.hash & mask;

	while (slots[at].id_plus_1)
		at = (at + 1) & mask;
	slots[at] = element;
}

int index_reserve(struct index *index, size_t count)
{
	size_t old_count = index->slots ? index->mask + 1 : 0;
	size_t new_count = old_count ? old_count : INDEX_MIN_SLOTS;
	struct index_slot *slots;

	while (index_room(new_count) < count)
		new_count = size_mul(new_count, 2);
	if (new_count == old_count)
		return 0;
	slots = calloc(new_count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < old_count; i++) {
		if (index->slots[i].id_plus_1)
			index_place(slots, new_count - 1, index->slots[i]);
	}
	free(index->slots);
	index->slots = slots;
	index->mask = new_count - 1;
	return 0;
}

int index_insert(struct index *index, uint32_t hash, uint32_t id)
{
	int err = 0;

	if (!index->slots || index->used >= index_room(index->mask + 1))
		err = index_reserve(index, index->used + 1);
	if (err)
		return err;
	index_place(index->slots, index->mask, (struct index_slot){hash, id + 1});
	index->used++;
	return 0;
}
