// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file of kept answers whose checksum is right. Whatever else is in it: it is refused, or every
 * answer in it is whole, and written again it says the same.
 */
#include "fuzz.h"

#include "symbolizer/answer_pack.h"

/* The key that the input says it is about, which is behind the numbers of the header. */
#define KEY_OFF 40

static const char module[] = "module";

static void check_symbol(const struct symbol *symbol)
{
	check(symbol->count >= 1, "a frame");
	for (size_t f = 0; f < symbol->count; f++)
		check(!symbol->frames[f].function == (symbol->frames[f].reason != SYMBOL_OK),
		      "a name or a reason");
}

/* All the ranges of a pack as answers, which the caller frees. */
static struct answer *unpack(const struct answer_pack *pack, struct frame_store *store)
{
	struct answer *answers = calloc(pack->nr_ranges + 1, sizeof(*answers));

	check(answers, "memory");
	for (uint32_t i = 0; i < pack->nr_ranges; i++) {
		const struct packed_range *range = &pack->ranges[i];

		answers[i].first = range->first;
		answers[i].last = range->first + range->len_less_1;
		check(answer_pack_find(pack, answers[i].first) == range &&
			      answer_pack_find(pack, answers[i].last) == range,
		      "found at both ends");
		check(!answer_pack_symbol(pack, range->list, store, module, &answers[i].symbol),
		      "frames");
		check_symbol(&answers[i].symbol);
	}
	return answers;
}

static void check_pack(const struct answer_pack *pack, const struct source_key *key)
{
	struct frame_store store;
	struct answer_pack again;
	struct answer *before, *after;
	struct text bytes = {0};
	int err;

	check(!frame_store_init(&store, DEMANGLE_SHORT), "a store");
	before = unpack(pack, &store);
	err = answer_pack_write(key, before, pack->nr_ranges, module, &store, &bytes);
	check(!err || err == -EFBIG, "written");
	if (!err) {
		check(answer_pack_open(&again, key, bytes.bytes, bytes.len), "read again");
		check(again.nr_ranges == pack->nr_ranges, "all of it");
		after = unpack(&again, &store);
		for (uint32_t i = 0; i < pack->nr_ranges; i++)
			check(before[i].symbol.frames == after[i].symbol.frames, "the same");
		free(after);
	}
	free(before);
	text_fini(&bytes);
	frame_store_fini(&store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source_key key;
	struct answer_pack pack;
	uint8_t *bytes;

	if (size < KEY_OFF + sizeof(key))
		return 0;
	bytes = malloc(size);
	check(bytes, "memory");
	memcpy(bytes, data, size);
	memcpy(&key, bytes + KEY_OFF, sizeof(key));
	answer_pack_seal(bytes, size);
	if (answer_pack_open(&pack, &key, bytes, size))
		check_pack(&pack, &key);
	free(bytes);
	return 0;
}
