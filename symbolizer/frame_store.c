// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Distinct names and distinct lists of frames; see frame_store.h.
 *
 * Names are interned before and after demangling, so that equal names are one
 * pointer and frames compare field by field without looking at text.
 */
#include "symbolizer/frame_store.h"

#include <stdlib.h>
#include <string.h>

#include "profiler/model/hash.h"
#include "symbolizer/demangle.h"

int frame_store_init(struct frame_store *store, bool no_demangle)
{
	*store = (struct frame_store){.no_demangle = no_demangle};
	arena_init(&store->arena);
	store->strings = strings_new();
	return store->strings ? 0 : -ENOMEM;
}

void frame_store_fini(struct frame_store *store)
{
	strings_free(store->strings);
	free(store->demangled);
	text_fini(&store->scratch);
	free(store->symbols);
	index_fini(&store->index);
	arena_fini(&store->arena);
}

int frame_store_text(struct frame_store *store, const char *text, size_t len, const char **ret)
{
	uint32_t id;
	int err = strings_intern(store->strings, text, len, &id);

	if (!err)
		*ret = strings_text(store->strings, id);
	return err;
}

/* Makes store->demangled reach `id`; new places say "not demangled yet". */
static int reach(struct frame_store *store, uint32_t id)
{
	size_t had = store->cap_demangled;
	int err = ARRAY_RESERVE(store->demangled, store->cap_demangled, (size_t)id + 1);

	if (!err)
		memset(store->demangled + had, 0,
		       (store->cap_demangled - had) * sizeof(*store->demangled));
	return err;
}

/* The id of the name to show for the raw name `raw`. */
static int shown(struct frame_store *store, uint32_t raw, uint32_t *ret)
{
	const char *text = strings_text(store->strings, raw);
	int err;

	*ret = raw;
	if (store->no_demangle || !demangle_wants(text))
		return 0;
	err = reach(store, raw);
	if (err)
		return err;
	if (!store->demangled[raw]) {
		err = demangle(text, &store->scratch);
		if (err < 0)
			return err;
		store->demangled[raw] = raw;
		if (err > 0)
			err = strings_intern(store->strings, store->scratch.bytes,
					     store->scratch.len, &store->demangled[raw]);
		if (err)
			return err;
	}
	*ret = store->demangled[raw];
	return 0;
}

int frame_store_name(struct frame_store *store, const char *raw, size_t len, const char *suffix,
		     const char **ret)
{
	uint32_t id;
	int err = strings_intern(store->strings, raw, len, &id);

	if (!err)
		err = shown(store, id, &id);
	if (err)
		return err;
	if (!*suffix) {
		*ret = strings_text(store->strings, id);
		return 0;
	}
	text_clear(&store->scratch);
	err = text_append_z(&store->scratch, strings_text(store->strings, id));
	if (!err)
		err = text_append_z(&store->scratch, suffix);
	if (!err)
		err = frame_store_text(store, store->scratch.bytes, store->scratch.len, ret);
	return err;
}

static bool frame_equal(const struct symbol_frame *a, const struct symbol_frame *b)
{
	return a->function == b->function && a->module == b->module && a->file == b->file &&
	       a->line == b->line && a->start == b->start &&
	       a->unnamed_addr == b->unnamed_addr && a->kind == b->kind && a->reason == b->reason;
}

static bool frames_equal(const struct symbol *have, const struct symbol_frame *frames, size_t count)
{
	if (have->count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!frame_equal(&have->frames[i], &frames[i]))
			return false;
	return true;
}

static uint32_t frames_hash(const struct symbol_frame *frames, size_t count)
{
	uint32_t hash = (uint32_t)count;

	for (size_t i = 0; i < count; i++) {
		const struct symbol_frame *frame = &frames[i];

		hash = hash_u64s((uintptr_t)frame->function ^ hash,
				frame->start ^ frame->unnamed_addr);
		hash = hash_u64s((uintptr_t)frame->module ^ hash,
				 (uint64_t)frame->line << 16 | frame->kind << 8 | frame->reason);
	}
	return hash;
}

int frame_store_add(struct frame_store *store, const struct symbol_frame *frames, size_t count,
		    struct symbol *ret)
{
	uint32_t hash = frames_hash(frames, count);
	struct index_probe at = index_probe(&store->index, hash);
	struct symbol_frame *copy;
	int err;

	while (index_next(&store->index, &at)) {
		if (frames_equal(&store->symbols[at.id], frames, count)) {
			*ret = store->symbols[at.id];
			return 0;
		}
	}
	err = ARRAY_RESERVE(store->symbols, store->cap_symbols, store->nr_symbols + 1);
	if (err)
		return err;
	copy = arena_alloc(&store->arena, size_mul(count, sizeof(*copy)));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, frames, count * sizeof(*copy));
	err = index_insert(&store->index, hash, (uint32_t)store->nr_symbols);
	if (err)
		return err;
	store->symbols[store->nr_symbols] = (struct symbol){copy, count};
	*ret = store->symbols[store->nr_symbols++];
	return 0;
}
