// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading and writing packs; see answer_pack.h. */
#include "symbolizer/answer_pack.h"

#include <string.h>

#include "profiler/model/frame_kind.h"
#include "profiler/model/hash.h"
#include "symbolizer/dwarf.h"

/* To be counted up with every change of what a pack means, or of what the sources would say. */
#define VERSION 3

static const char magic[8] = "bolosym";

struct packed_header {
	char magic[8];
	uint64_t checksum; /* of all that follows */
	uint32_t version;
	uint32_t nr_ranges, nr_lists, nr_frames, texts_len;
	uint32_t zero;
	struct source_key key;
};
_Static_assert(sizeof(struct packed_header) == 40 + sizeof(struct source_key), "no padding");
_Static_assert(sizeof(struct packed_header) % 8 == 0 && sizeof(struct packed_range) == 24 &&
		       sizeof(struct packed_frame) == 48,
	       "aligned one behind the other");

/* Where what the checksum is of begins. */
#define CHECKED_FROM offsetof(struct packed_header, version)

/* Only against accidents: whoever may write the file may write any checksum. */
static uint64_t checksum_of(const unsigned char *bytes, size_t len)
{
	uint64_t sum = len, word;

	for (; len >= sizeof(word); bytes += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		sum = hash_mix(sum ^ word ^ 0x9e3779b97f4a7c15ULL, 0xd6e8feb86659fd93ULL);
	}
	return hash_mix(sum ^ hash_short(bytes, len), 0x9e3779b97f4a7c15ULL);
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool is_text(const struct answer_pack *pack, uint32_t text)
{
	return text == PACKED_NO_TEXT || text < pack->texts_len;
}

static bool frame_is_right(const struct answer_pack *pack, const struct packed_frame *frame)
{
	return is_text(pack, frame->function) && is_text(pack, frame->shorter) &&
	       (is_text(pack, frame->linked) || frame->linked == PACKED_SEVERAL) &&
	       is_text(pack, frame->file) && is_text(pack, frame->module) && frame->kind < FRAME_KIND_COUNT &&
	       frame->reason < SYMBOL_REASON_COUNT &&
	       (frame->function == PACKED_NO_TEXT) == (frame->reason != SYMBOL_OK) &&
	       (frame->function == PACKED_NO_TEXT) == (frame->kind == FRAME_UNNAMED);
}

static bool list_is_right(const struct answer_pack *pack, const struct packed_list *list)
{
	return list->count && list->count <= DWARF_MAX_INLINED + 1 &&
	       list->first <= pack->nr_frames && list->count <= pack->nr_frames - list->first;
}

static bool range_is_right(const struct answer_pack *pack, uint32_t i)
{
	const struct packed_range *range = &pack->ranges[i];

	return range->list < pack->nr_lists && range->len_less_1 <= UINT64_MAX - range->first &&
	       (!i || range[-1].first + range[-1].len_less_1 < range->first);
}

static bool is_right(const struct answer_pack *pack)
{
	for (uint32_t i = 0; i < pack->nr_ranges; i++)
		if (!range_is_right(pack, i))
			return false;
	for (uint32_t i = 0; i < pack->nr_lists; i++)
		if (!list_is_right(pack, &pack->lists[i]))
			return false;
	for (uint32_t i = 0; i < pack->nr_frames; i++)
		if (!frame_is_right(pack, &pack->frames[i]))
			return false;
	return !pack->texts_len || !pack->texts[pack->texts_len - 1];
}

/* The sum of what the header promises; with 32 bits a number it cannot wrap. */
static uint64_t promised_len(const struct packed_header *header)
{
	return sizeof(*header) + (uint64_t)header->nr_ranges * sizeof(struct packed_range) +
	       (uint64_t)header->nr_lists * sizeof(struct packed_list) +
	       (uint64_t)header->nr_frames * sizeof(struct packed_frame) + header->texts_len;
}

bool answer_pack_open(struct answer_pack *pack, const struct source_key *key, const void *bytes,
		      size_t len)
{
	const struct packed_header *header = bytes;
	const unsigned char *at = bytes;

	if (len < sizeof(*header) || len > ANSWER_PACK_MAX_BYTES ||
	    memcmp(header->magic, magic, sizeof(magic)) || header->version != VERSION ||
	    memcmp(&header->key, key, sizeof(*key)) || promised_len(header) != len ||
	    checksum_of(at + CHECKED_FROM, len - CHECKED_FROM) != header->checksum)
		return false;
	pack->nr_ranges = header->nr_ranges;
	pack->nr_lists = header->nr_lists;
	pack->nr_frames = header->nr_frames;
	pack->texts_len = header->texts_len;
	pack->ranges = (const void *)(at + sizeof(*header));
	pack->frames = (const void *)(pack->ranges + pack->nr_ranges);
	pack->lists = (const void *)(pack->frames + pack->nr_frames);
	pack->texts = (const void *)(pack->lists + pack->nr_lists);
	return is_right(pack);
}

const struct packed_range *answer_pack_find(const struct answer_pack *pack, uint64_t addr)
{
	uint32_t low = 0, high = pack->nr_ranges;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (pack->ranges[middle].first <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low && addr - pack->ranges[low - 1].first <= pack->ranges[low - 1].len_less_1
		       ? &pack->ranges[low - 1]
		       : NULL;
}

/* The text in the store, NULL for none. */
static int keep(const struct answer_pack *pack, uint32_t text, struct frame_store *store,
		const char **ret)
{
	*ret = NULL;
	return text == PACKED_NO_TEXT ? 0
				      : frame_store_text(store, pack->texts + text,
							 strlen(pack->texts + text), ret);
}

/* What else is known of the name of a frame. */
static int keep_other_names(const struct answer_pack *pack, const struct packed_frame *packed,
			    struct frame_store *store, const char *function)
{
	const char *other;
	int err = keep(pack, packed->shorter, store, &other);

	if (!err && other)
		err = frame_store_set_shorter(store, function, other);
	if (!err && packed->linked == PACKED_SEVERAL)
		return frame_store_set_linked(store, function, NULL);
	if (!err)
		err = keep(pack, packed->linked, store, &other);
	return err || !other ? err : frame_store_set_linked(store, function, other);
}

static int unpack(const struct answer_pack *pack, const struct packed_frame *packed,
		  struct frame_store *store, const char *module, struct symbol_frame *ret)
{
	int err;

	*ret = (struct symbol_frame){
		.module = module,
		.line = packed->line,
		.start = packed->start,
		.unnamed_addr = packed->unnamed_addr,
		.kind = (uint8_t)packed->kind,
		.reason = (uint8_t)packed->reason,
	};
	err = keep(pack, packed->file, store, &ret->file);
	if (!err)
		err = keep(pack, packed->function, store, &ret->function);
	if (!err && packed->module != PACKED_NO_TEXT)
		err = keep(pack, packed->module, store, &ret->module);
	return err || !ret->function ? err
				     : keep_other_names(pack, packed, store, ret->function);
}

int answer_pack_symbol(const struct answer_pack *pack, uint32_t list, struct frame_store *store,
		       const char *module, struct symbol *ret)
{
	struct symbol_frame frames[DWARF_MAX_INLINED + 1];
	const struct packed_list *packed = &pack->lists[list];
	int err = 0;

	for (uint32_t i = 0; i < packed->count && !err; i++)
		err = unpack(pack, &pack->frames[packed->first + i], store, module, &frames[i]);
	return err ? err : frame_store_add(store, frames, packed->count, ret);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The store has everything once, so that pointers say what is the same. */
struct pack_place {
	const void *pointer;
	uint32_t at;
};

struct pack_places {
	struct index index;
	struct pack_place *places;
	size_t count, cap;
};

struct packing {
	struct frame_store *store;
	const char *module;
	struct text ranges, frames, lists, texts;
	struct pack_places list_places, text_places;
};

static void packing_fini(struct packing *packing)
{
	text_fini(&packing->ranges);
	text_fini(&packing->frames);
	text_fini(&packing->lists);
	text_fini(&packing->texts);
	index_fini(&packing->list_places.index);
	index_fini(&packing->text_places.index);
	free(packing->list_places.places);
	free(packing->text_places.places);
}

static bool pack_places_find(const struct pack_places *places, const void *pointer, uint32_t *ret)
{
	struct index_probe at = index_probe(&places->index, hash_u64s((uintptr_t)pointer, 0));

	while (index_next(&places->index, &at)) {
		if (places->places[at.id].pointer == pointer) {
			*ret = places->places[at.id].at;
			return true;
		}
	}
	return false;
}

static int pack_places_add(struct pack_places *places, const void *pointer, size_t at)
{
	int err = ARRAY_RESERVE(places->places, places->cap, places->count + 1);

	if (!err && at >= ANSWER_PACK_MAX_BYTES)
		err = -EFBIG;
	if (!err)
		err = index_insert(&places->index, hash_u64s((uintptr_t)pointer, 0),
				   (uint32_t)places->count);
	if (!err)
		places->places[places->count++] = (struct pack_place){pointer, (uint32_t)at};
	return err;
}

static int pack_text(struct packing *packing, const char *text, uint32_t *ret)
{
	int err;

	*ret = PACKED_NO_TEXT;
	if (!text || pack_places_find(&packing->text_places, text, ret))
		return 0;
	*ret = (uint32_t)packing->texts.len;
	err = pack_places_add(&packing->text_places, text, packing->texts.len);
	return err ? err : text_append(&packing->texts, text, strlen(text) + 1);
}

static int pack_frame(struct packing *packing, const struct symbol_frame *frame)
{
	struct packed_frame packed = {
		.line = frame->line,
		.start = frame->start,
		.unnamed_addr = frame->unnamed_addr,
		.kind = frame->kind,
		.reason = frame->reason,
	};
	const char *shorter = NULL, *linked = NULL;
	bool several = false;
	int err = pack_text(packing, frame->function, &packed.function);

	if (frame->function) {
		shorter = frame_store_shorter(packing->store, frame->function);
		linked = frame_store_linked_of(packing->store, frame->function, &several);
	}
	if (!err)
		err = pack_text(packing, shorter, &packed.shorter);
	if (!err)
		err = pack_text(packing, linked, &packed.linked);
	if (several)
		packed.linked = PACKED_SEVERAL;
	if (!err)
		err = pack_text(packing, frame->file, &packed.file);
	if (!err)
		err = pack_text(packing, frame->module == packing->module ? NULL : frame->module,
				&packed.module);
	return err ? err : text_append(&packing->frames, (char *)&packed, sizeof(packed));
}

static int pack_list(struct packing *packing, const struct symbol *symbol, uint32_t *ret)
{
	struct packed_list packed = {
		.first = (uint32_t)(packing->frames.len / sizeof(struct packed_frame)),
		.count = (uint32_t)symbol->count,
	};
	size_t number = packing->lists.len / sizeof(packed);
	int err;

	if (pack_places_find(&packing->list_places, symbol->frames, ret))
		return 0;
	err = pack_places_add(&packing->list_places, symbol->frames, number);
	for (size_t i = 0; i < symbol->count && !err; i++)
		err = pack_frame(packing, &symbol->frames[i]);
	*ret = (uint32_t)number;
	return err ? err : text_append(&packing->lists, (char *)&packed, sizeof(packed));
}

static int pack_answer(struct packing *packing, const struct answer *answer)
{
	struct packed_range packed = {
		.first = answer->first,
		.len_less_1 = answer->last - answer->first,
	};
	int err = pack_list(packing, &answer->symbol, &packed.list);

	return err ? err : text_append(&packing->ranges, (char *)&packed, sizeof(packed));
}

void answer_pack_seal(void *bytes, size_t len)
{
	struct packed_header *header = bytes;

	if (len >= sizeof(*header))
		header->checksum =
			checksum_of((unsigned char *)bytes + CHECKED_FROM, len - CHECKED_FROM);
}

/* Puts the parts behind a header. */
static int join(const struct packing *packing, const struct source_key *key, struct text *ret)
{
	const struct text *parts[] = {&packing->ranges, &packing->frames, &packing->lists,
				      &packing->texts};
	struct packed_header header = {
		.version = VERSION,
		.nr_ranges = (uint32_t)(packing->ranges.len / sizeof(struct packed_range)),
		.nr_lists = (uint32_t)(packing->lists.len / sizeof(struct packed_list)),
		.nr_frames = (uint32_t)(packing->frames.len / sizeof(struct packed_frame)),
		.texts_len = (uint32_t)packing->texts.len,
		.key = *key,
	};
	int err;

	memcpy(header.magic, magic, sizeof(magic));
	text_clear(ret);
	err = text_append(ret, (char *)&header, sizeof(header));
	for (size_t i = 0; i < ARRAY_LEN(parts) && !err; i++)
		if (parts[i]->len)
			err = text_append(ret, parts[i]->bytes, parts[i]->len);
	if (!err && ret->len > ANSWER_PACK_MAX_BYTES)
		err = -EFBIG;
	if (!err)
		answer_pack_seal(ret->bytes, ret->len);
	return err;
}

int answer_pack_write(const struct source_key *key, const struct answer *answers, size_t count,
		      const char *module, struct frame_store *store, struct text *ret)
{
	struct packing packing = {.store = store, .module = module};
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		err = pack_answer(&packing, &answers[i]);
		if (!err && packing.ranges.len + packing.frames.len + packing.texts.len >
				    ANSWER_PACK_MAX_BYTES)
			err = -EFBIG;
	}
	if (!err)
		err = join(&packing, key, ret);
	packing_fini(&packing);
	return err;
}
