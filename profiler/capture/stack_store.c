// SPDX-License-Identifier: GPL-2.0-or-later
/* Things by their ids, in an arena; see stack_store.h. */
#include "profiler/capture/stack_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/hash.h"

void stack_store_init(struct stack_store *store)
{
	*store = (struct stack_store){0};
	arena_init(&store->arena);
}

void stack_store_fini(struct stack_store *store)
{
	arena_fini(&store->arena);
	free(store->stored);
	index_fini(&store->index);
	*store = (struct stack_store){0};
}

static uint32_t id_hash(uint64_t id)
{
	return hash_u64s(id, 0);
}

static const void *find(const struct stack_store *store, uint64_t id)
{
	struct index_probe at = index_probe(&store->index, id_hash(id));

	while (index_next(&store->index, &at)) {
		if (store->stored[at.id].id == id)
			return store->stored[at.id].what;
	}
	return NULL;
}

static int add(struct stack_store *store, uint64_t id, const void *what, size_t size)
{
	void *copy;
	int err;

	if (find(store, id))
		return 0;
	copy = arena_alloc(&store->arena, size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, what, size);
	err = ARRAY_RESERVE(store->stored, store->cap, store->count + 1);
	if (!err)
		err = index_insert(&store->index, id_hash(id), (uint32_t)store->count);
	if (!err)
		store->stored[store->count++] = (struct stored){id, copy};
	return err;
}

int stack_store_add(struct stack_store *store, uint64_t id, const uint64_t *words)
{
	return add(store, id, words, (STACK_HEADER_FRAMES(words[0]) + 1) * sizeof(*words));
}

int stack_store_add_waker(struct stack_store *store, uint64_t id, const struct waker_record *waker)
{
	return add(store, id, waker, sizeof(*waker));
}

const uint64_t *stack_store_find(const struct stack_store *store, uint64_t id)
{
	return find(store, id);
}

const struct waker_record *stack_store_waker(const struct stack_store *store, uint64_t id)
{
	return find(store, id);
}
