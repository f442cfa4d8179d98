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
#include "symbolizer/short_name.h"

int frame_store_init(struct frame_store *store, enum demangle_style style)
{
	*store = (struct frame_store){.style = style};
	arena_init(&store->arena);
	store->strings = strings_new();
	return store->strings ? 0 : -ENOMEM;
}

void frame_store_fini(struct frame_store *store)
{
	strings_free(store->strings);
	free(store->demangled);
	free(store->shorter);
	free(store->longer);
	free(store->linked);
	text_fini(&store->scratch);
	text_fini(&store->short_scratch);
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

/* Makes a table by string ids reach `id`; new places are 0. */
static int reach(uint32_t **table, size_t *cap, uint32_t id)
{
	size_t had = *cap;
	int err = ARRAY_RESERVE(*table, *cap, (size_t)id + 1);

	if (!err)
		memset(*table + had, 0, (*cap - had) * sizeof(**table));
	return err;
}

#define NAME_OF_SEVERAL UINT32_MAX

static bool reaches(const uint32_t *table, size_t cap, uint32_t id)
{
	return id < cap && table[id];
}

/* Notes which raw name a name was made of. */
static int note_linked(struct frame_store *store, uint32_t name, uint32_t raw)
{
	int err = name == raw ? 0 : reach(&store->linked, &store->cap_linked, name);

	if (err || name == raw)
		return err;
	if (!store->linked[name])
		store->linked[name] = raw;
	else if (store->linked[name] != raw)
		store->linked[name] = NAME_OF_SEVERAL;
	return 0;
}

const char *frame_store_linked_of(struct frame_store *store, const char *name, bool *ret_several)
{
	uint32_t id;

	*ret_several = false;
	if (strings_intern_z(store->strings, name, &id) ||
	    !reaches(store->linked, store->cap_linked, id))
		return NULL;
	*ret_several = store->linked[id] == NAME_OF_SEVERAL;
	return *ret_several ? NULL : strings_text(store->strings, store->linked[id]);
}

const char *frame_store_linked(struct frame_store *store, const char *name)
{
	bool several;

	return frame_store_linked_of(store, name, &several);
}

int frame_store_set_linked(struct frame_store *store, const char *name, const char *linked)
{
	uint32_t id, raw = NAME_OF_SEVERAL;
	int err = strings_intern_z(store->strings, name, &id);

	if (!err && linked)
		err = strings_intern_z(store->strings, linked, &raw);
	return err ? err : note_linked(store, id, raw);
}

/* ---- short names ----------------------------------------------------------------------------- */
/* Notes that the name `apart` may be shown as `shorter`, unless another one may be, too. */
static int note_short(struct frame_store *store, uint32_t apart, uint32_t shorter)
{
	int err = reach(&store->shorter, &store->cap_shorter, apart);

	if (!err)
		err = reach(&store->longer, &store->cap_longer, shorter);
	if (err)
		return err;
	store->shorter[apart] = shorter;
	if (!store->longer[shorter])
		store->longer[shorter] = apart;
	else if (store->longer[shorter] != apart)
		store->longer[shorter] = NAME_OF_SEVERAL;
	return 0;
}

const char *frame_store_shown(struct frame_store *store, const char *name)
{
	uint32_t id, shorter;

	if (store->style != DEMANGLE_SHORT)
		return name;
	if (strings_intern_z(store->strings, name, &id))
		return NULL;
	if (!reaches(store->shorter, store->cap_shorter, id))
		return name;
	shorter = store->shorter[id];
	return store->longer[shorter] == id ? strings_text(store->strings, shorter) : name;
}

const char *frame_store_shorter(struct frame_store *store, const char *name)
{
	uint32_t id;

	if (store->style != DEMANGLE_SHORT || strings_intern_z(store->strings, name, &id) ||
	    !reaches(store->shorter, store->cap_shorter, id))
		return NULL;
	return strings_text(store->strings, store->shorter[id]);
}

int frame_store_set_shorter(struct frame_store *store, const char *name, const char *shorter)
{
	uint32_t apart, id;
	int err = strings_intern_z(store->strings, name, &apart);

	if (!err)
		err = strings_intern_z(store->strings, shorter, &id);
	return err ? err : note_short(store, apart, id);
}

/* Both short forms of a raw name into the scratches; names that are not mangled are their own. */
static int shorten(struct frame_store *store, const char *raw)
{
	int done = demangle_wants(raw) ? demangle_short(raw, &store->scratch, &store->short_scratch)
				       : 0;
	int err;

	if (done)
		return done < 0 ? done : 0;
	text_clear(&store->scratch);
	text_clear(&store->short_scratch);
	err = text_append_z(&store->scratch, raw);
	return err ? err : text_append_z(&store->short_scratch, raw);
}

static int short_frame_name(struct frame_store *store, const char *raw, size_t len,
			    const char *suffix, const char **ret)
{
	uint32_t id, shorter, raw_id;
	int err = frame_store_text(store, raw, short_name_fold(raw, len), &raw);

	if (!err)
		err = shorten(store, raw);
	if (!err)
		err = text_append_z(&store->scratch, suffix);
	if (!err)
		err = text_append_z(&store->short_scratch, suffix);
	if (!err)
		err = strings_intern(store->strings, store->scratch.bytes, store->scratch.len, &id);
	if (!err && !*suffix)
		err = strings_intern_z(store->strings, raw, &raw_id);
	if (!err && !*suffix)
		err = note_linked(store, id, raw_id);
	if (!err)
		err = strings_intern(store->strings, store->short_scratch.bytes,
				     store->short_scratch.len, &shorter);
	if (!err)
		err = note_short(store, id, shorter);
	if (!err)
		*ret = strings_text(store->strings, id);
	return err;
}

/* ---- whole names ----------------------------------------------------------------------------- */

/* The id of the name to show for the raw name `raw`. */
static int whole(struct frame_store *store, uint32_t raw, uint32_t *ret)
{
	const char *text = strings_text(store->strings, raw);
	int err;

	*ret = raw;
	if (store->style == DEMANGLE_NONE || !demangle_wants(text))
		return 0;
	err = reach(&store->demangled, &store->cap_demangled, raw);
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
		if (!err)
			err = note_linked(store, store->demangled[raw], raw);
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
	int err;

	if (store->style == DEMANGLE_SHORT)
		return short_frame_name(store, raw, len, suffix, ret);
	err = strings_intern(store->strings, raw, len, &id);
	if (!err)
		err = whole(store, id, &id);
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

/* ---- frames ---------------------------------------------------------------------------------- */

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
