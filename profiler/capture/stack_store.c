// SPDX-License-Identifier: GPL-2.0-or-later
/* Things by their ids, in an arena; see stack_store.h. */
#include "profiler/capture/stack_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/hash.h"

#define UNUSED_VISITS 2

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
		known->visits = 0;
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
			(struct stored){id, copy, (uint32_t)size, 0, store->interval};
	return err;
}

/* ---- forgetting ---- */

bool stack_store_is_due(const struct stack_store *store)
{
	return store->arena.bytes > (store->sweep_at ? store->sweep_at : STORE_SWEEP_MIN);
}

void stack_store_visit(struct stack_store *store)
{
	for (size_t i = 0; i < store->count; i++)
		store->stored[i].visits++;
}

void stack_store_mark(struct stack_store *store, uint64_t id)
{
	struct stored *stored = find_stored(store, id);

	if (stored)
		stored->visits = 0;
}

/* Copies what stays into `kept`, which is empty. Returns 0 or -ENOMEM. */
static int keep(const struct stack_store *store, struct stack_store *kept)
{
	int err = 0;

	for (size_t i = 0; i < store->count && !err; i++) {
		const struct stored *stored = &store->stored[i];

		if (stored->visits >= UNUSED_VISITS)
			continue;
		err = add(kept, stored->id, stored->what, stored->size);
		if (!err)
			kept->stored[kept->count - 1] = (struct stored){
				stored->id, kept->stored[kept->count - 1].what, stored->size,
				stored->visits, stored->used};
	}
	return err;
}

/* What may come until it is looked at again: as much as that is worth its cost. */
static size_t next_sweep(size_t bytes)
{
	return size_add(bytes, bytes / 4 > STORE_SWEEP_MIN ? bytes / 4 : STORE_SWEEP_MIN);
}

int stack_store_sweep(struct stack_store *store)
{
	struct stack_store kept;
	size_t unused = 0;
	int err;

	for (size_t i = 0; i < store->count; i++)
		unused += store->stored[i].visits >= UNUSED_VISITS;
	store->sweep_at = next_sweep(store->arena.bytes);
	if (!unused)
		return 0;
	stack_store_init(&kept);
	err = keep(store, &kept);
	if (err) {
		stack_store_fini(&kept);
		return err;
	}
	kept.interval = store->interval;
	kept.sweep_at = next_sweep(kept.arena.bytes);
	stack_store_fini(store);
	*store = kept;
	return 0;
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
