// SPDX-License-Identifier: GPL-2.0-or-later
/* Draining stacks and counts; see tables.h. */
#include "profiler/capture/tables.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"

int tables_init(struct tables *tables)
{
	size_t entries = tables->entries;

	tables->stack_keys = malloc(size_mul(entries, sizeof(*tables->stack_keys)));
	tables->chunks = malloc(size_mul(entries, sizeof(*tables->chunks)));
	tables->count_keys = malloc(size_mul(entries, sizeof(*tables->count_keys)));
	tables->count_values = malloc(size_mul(entries, sizeof(*tables->count_values)));
	entries = size_add(tables->waker_entries, 1);
	tables->waker_ids = malloc(size_mul(entries, sizeof(*tables->waker_ids)));
	tables->waker_records = malloc(size_mul(entries, sizeof(*tables->waker_records)));
	stack_store_init(&tables->stacks);
	stack_store_init(&tables->wakers);
	if (tables->stack_keys && tables->chunks && tables->count_keys && tables->count_values &&
	    tables->waker_ids && tables->waker_records)
		return 0;
	tables_fini(tables);
	return -ENOMEM;
}

void tables_fini(struct tables *tables)
{
	free(tables->stack_keys);
	free(tables->chunks);
	free(tables->count_keys);
	free(tables->count_values);
	free(tables->waker_ids);
	free(tables->waker_records);
	free(tables->late);
	stack_store_fini(&tables->stacks);
	stack_store_fini(&tables->wakers);
	index_fini(&tables->chunk_index);
	*tables = (struct tables){0};
}

bool tables_want_drain(const struct tables *tables)
{
	uint32_t active = *tables->active & 1;

	return tables->stack_use[active] > tables->entries / 2 ||
	       tables->count_use[active] > tables->entries / 2 ||
	       tables->nr_late > tables->entries / 2;
}

uint64_t tables_in_use(const struct tables *tables)
{
	return tables->count_use[*tables->active & 1];
}

/*
 * Takes every element out of a hash table. One call takes many; the kernel wants room for a whole
 * bucket at a time, and the buffers hold the whole table. Returns how many, or -errno.
 */
static ssize_t take_all(int fd, void *keys, size_t key_size, void *values, size_t value_size,
			uint32_t entries)
{
	uint32_t taken = 0, position = 0;
	bool first = true;

	for (;;) {
		uint32_t count = entries - taken;
		int err = bpf_map_lookup_and_delete_batch(
			fd, first ? NULL : &position, &position, (char *)keys + taken * key_size,
			(char *)values + taken * value_size, &count, NULL);

		err = err ? -errno : 0;
		if (err && err != -ENOENT)
			return err;
		taken += count;
		first = false;
		if (err == -ENOENT || taken == entries)
			return taken;
	}
}

int tables_wait(const struct tables *tables)
{
	uint32_t zero = 0;

	return bpf_map_update_elem(tables->grace_fd, &zero, &tables->grace_inner_fd, BPF_ANY)
		       ? -errno
		       : 0;
}

int tables_turn(struct tables *tables, uint32_t *ret_left)
{
	*ret_left = *tables->active & 1;
	*tables->active ^= 1;
	return tables_wait(tables);
}

void tables_turn_interval(struct tables *tables, uint32_t *ret_left)
{
	uint32_t word = *tables->active;

	*ret_left = word & 1;
	__atomic_store_n(tables->active, ((word >> 1) + 1) << 1 | !*ret_left, __ATOMIC_SEQ_CST);
}

static uint32_t chunk_hash(const struct stack_key *key)
{
	return hash_u64s(key->id, key->chunk);
}

static const struct stack_chunk *find_chunk(const struct tables *tables, uint64_t id,
					    uint32_t chunk)
{
	struct stack_key key = {.id = id, .chunk = chunk};
	struct index_probe at = index_probe(&tables->chunk_index, chunk_hash(&key));

	while (index_next(&tables->chunk_index, &at)) {
		if (tables->stack_keys[at.id].id == id && tables->stack_keys[at.id].chunk == chunk)
			return &tables->chunks[at.id];
	}
	return NULL;
}

/* Puts a stack's chunks together. Returns words, or NULL when one is missing. */
static const uint64_t *find_stack(const struct tables *tables, uint64_t id,
				  uint64_t words[STACK_WORDS_MAX])
{
	const struct stack_chunk *chunk = find_chunk(tables, id, 0);
	uint32_t frames = chunk ? STACK_HEADER_FRAMES(chunk->words[0]) : 0;

	if (!chunk || frames > STACK_FRAMES_MAX)
		return NULL;
	memcpy(words, chunk->words, sizeof(chunk->words));
	for (uint32_t i = 1; i * STACK_CHUNK_WORDS <= frames; i++) {
		chunk = find_chunk(tables, id, i);
		if (!chunk)
			return NULL;
		memcpy(words + i * STACK_CHUNK_WORDS, chunk->words, sizeof(chunk->words));
	}
	return words;
}

const uint64_t *tables_stack(const struct tables *tables, uint64_t id,
			     uint64_t words[STACK_WORDS_MAX])
{
	const uint64_t *found = id == STACK_ID_NONE ? NULL : find_stack(tables, id, words);

	return found || id == STACK_ID_NONE ? found : stack_store_find(&tables->stacks, id);
}

/* Keeps every stack whose first chunk is among the `count` that were read. */
static int keep_stacks(struct tables *tables, size_t count)
{
	uint64_t words[STACK_WORDS_MAX];
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		uint64_t id = tables->stack_keys[i].id;

		if (tables->stack_keys[i].chunk == 0 && find_stack(tables, id, words))
			err = stack_store_add(&tables->stacks, id, words);
	}
	return err;
}

static int read_stacks(struct tables *tables, uint32_t left)
{
	ssize_t count = take_all(tables->stacks_fd[left], tables->stack_keys,
				 sizeof(*tables->stack_keys), tables->chunks,
				 sizeof(*tables->chunks), tables->entries);
	int err = count < 0 ? (int)count : 0;

	index_fini(&tables->chunk_index);
	for (ssize_t i = 0; i < count && !err; i++)
		err = index_insert(&tables->chunk_index, chunk_hash(&tables->stack_keys[i]),
				   (uint32_t)i);
	if (!err && tables->keep && !tables->full)
		err = keep_stacks(tables, (size_t)count);
	return err;
}

static int read_wakers(struct tables *tables, uint32_t left)
{
	ssize_t count;
	int err = 0;

	if (!tables->waker_entries)
		return 0;
	count = take_all(tables->wakers_fd[left], tables->waker_ids, sizeof(*tables->waker_ids),
			 tables->waker_records, sizeof(*tables->waker_records),
			 tables->waker_entries);
	for (ssize_t i = 0; i < count && !err && !tables->full; i++)
		err = stack_store_add_waker(&tables->wakers, tables->waker_ids[i],
					    &tables->waker_records[i]);
	return count < 0 ? (int)count : err;
}

static bool is_known(const struct tables *tables, uint64_t id)
{
	return id == STACK_ID_NONE || find_chunk(tables, id, 0) ||
	       stack_store_find(&tables->stacks, id);
}

/* Whether all stacks are there that a count leads to. */
static bool is_whole(const struct tables *tables, const struct count_key *key)
{
	if (!is_known(tables, key->user_stack) || !is_known(tables, key->kernel_stack))
		return false;
	for (size_t i = 0; i < WAKERS_MAX && key->wakers[i] != STACK_ID_NONE; i++) {
		const struct waker_record *waker =
			stack_store_waker(&tables->wakers, key->wakers[i]);

		if (waker && !is_known(tables, waker->user_stack))
			return false;
	}
	return true;
}

static int keep_back(struct tables *tables, const struct count_key *key,
		     const struct count_value *value)
{
	int err = ARRAY_RESERVE(tables->late, tables->cap_late, tables->nr_late + 1);

	if (!err)
		tables->late[tables->nr_late++] = (struct late_row){*key, *value};
	return err;
}

/* Where rows go. */
struct receiver {
	int (*row)(void *data, const struct table_row *row);
	void *data;
};

static int hand_on(const struct tables *tables, const struct receiver *to,
		   const struct count_key *key, const struct count_value *value)
{
	uint64_t user[STACK_WORDS_MAX], kernel[STACK_WORDS_MAX];
	struct table_row found = {.key = key, .value = value};

	found.user = tables_stack(tables, key->user_stack, user);
	found.kernel = tables_stack(tables, key->kernel_stack, kernel);
	found.stack_missing = (key->user_stack != STACK_ID_NONE && !found.user) ||
			      (key->kernel_stack != STACK_ID_NONE && !found.kernel);
	return to->row(to->data, &found);
}

static int hand_on_late(struct tables *tables, const struct receiver *to)
{
	int err = 0;

	for (size_t i = 0; i < tables->nr_late && !err; i++)
		err = hand_on(tables, to, &tables->late[i].key, &tables->late[i].value);
	tables->nr_late = 0;
	return err;
}

int tables_read(struct tables *tables, uint32_t left, bool complete,
		int (*row)(void *data, const struct table_row *row), void *data)
{
	const struct receiver to = {row, data};
	int err = read_stacks(tables, left);
	ssize_t count;

	if (!err)
		err = read_wakers(tables, left);
	if (!err && complete)
		err = hand_on_late(tables, &to);
	if (err)
		return err;
	count = take_all(tables->counts_fd[left], tables->count_keys, sizeof(*tables->count_keys),
			 tables->count_values, sizeof(*tables->count_values), tables->entries);
	for (ssize_t i = 0; i < count && !err; i++) {
		const struct count_key *key = &tables->count_keys[i];
		const struct count_value *value = &tables->count_values[i];

		if (!complete && tables->keep && !is_whole(tables, key))
			err = keep_back(tables, key, value);
		else
			err = hand_on(tables, &to, key, value);
	}
	tables->stack_use[left] = 0;
	tables->count_use[left] = 0;
	return count < 0 ? (int)count : err;
}
