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

static struct stored *find_stored(const struct stack_store *store, uint64_t id)
{
	struct index_probe at = index_probe(&store->index, id_hash(id));

	while (index_next(&store->index, &at)) {
		if (store->stored[at.id].id == id)
			return &store->stored[at.id];
	}
	return NULL;
}

static const void *find(const struct stack_store *store, uint64_t id)
{
	const struct stored *stored = find_stored(store, id);

	return stored ? stored->what : NULL;
}

static int add(struct stack_store *store, uint64_t id, const void *what, size_t size)
{
	struct stored *known = find_stored(store, id);
	void *copy;
	int err;

	if (known) {
		known->used = store->interval;
		return 0;
	}
	copy = arena_alloc(&store->arena, size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, what, size);
	err = ARRAY_RESERVE(store->stored, store->cap, store->count + 1);
	if (!err)
		err = index_insert(&store->index, id_hash(id), (uint32_t)store->count);
	if (!err)
		store->stored[store->count++] =
			(struct stored){id, copy, (uint32_t)size, store->interval};
	return err;
}

void stack_store_keep(struct stack_store *store, uint64_t id)
{
	struct stored *known = find_stored(store, id);

	if (known)
		known->used = store->interval;
}

void stack_store_end_interval(struct stack_store *store)
{
	struct stack_store kept;
	int err = 0;

	stack_store_init(&kept);
	for (size_t i = 0; i < store->count && !err; i++) {
		const struct stored *stored = &store->stored[i];

		if (stored->used == store->interval)
			err = add(&kept, stored->id, stored->what, stored->size);
	}
	for (size_t i = 0; i < kept.count; i++)
		kept.stored[i].used = store->interval;
	kept.interval = store->interval + 1;
	if (err) {
		store->interval++;
		stack_store_fini(&kept);
		return;
	}
	stack_store_fini(store);
	*store = kept;
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
