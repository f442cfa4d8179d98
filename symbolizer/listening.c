// SPDX-License-Identifier: GPL-2.0-or-later
/* Believing a reader, as far as it makes sense; see listening.h. */
#include "symbolizer/listening.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbolizer/answer_cache.h"
#include "symbolizer/reader_talk.h"

/* Of all packs: real ones take 100 to 500 bytes an address. */
#define PACKS_BYTES(wanted) ((64ULL << 20) + 4096ULL * (wanted))

/*
 * The key says which file of the cache is read and replaced: it has to be about this file, and there
 * is none for one that the reader was given itself.
 */
static bool key_is_right(const struct listening *listening, const struct source_key *key)
{
	struct file_stamp stamp;
	struct elf_file file = {.fd = listening->needs.fds[0]};

	return key->build_id_len <= sizeof(key->build_id) && elf_file_stamp(&file, &stamp) &&
	       !memcmp(&stamp, &key->file, sizeof(stamp));
}

/* Whether the cache has it; then it is answered. */
static int answer_known(struct listening *listening, size_t number)
{
	struct source *source = listening->source;
	struct answer answer;
	int found = source->cache ? answer_cache_find(source->cache, source,
						      listening->question->addrs[number], &answer)
				  : 0;

	if (found > 0)
		listening->question->symbols[number] = answer.symbol;
	return found;
}

/* Asks for what nobody knows yet. */
static int send_wanted(struct listening *listening)
{
	size_t count = listening->question->count;

	for (size_t i = 0; i < count; i++) {
		int found = answer_known(listening, i);

		if (found < 0)
			return found;
		if (!found)
			listening->wanted[listening->nr_wanted++] = (uint32_t)i;
	}
	listening->asked = true;
	return channel_send(listening->confined.fd, READER_WANTED, listening->wanted,
			    listening->nr_wanted * sizeof(*listening->wanted), -1);
}

static int take_loaded(struct listening *listening)
{
	struct source *source = listening->source;
	struct reader_loaded loaded;
	int err;

	if (listening->loaded || listening->message.len != sizeof(loaded))
		return LISTENING_NONSENSE;
	memcpy(&loaded, listening->message.bytes, sizeof(loaded));
	listening->loaded = true;
	listening->reader_err = loaded.err;
	listening->done = loaded.err != 0;
	if (listening->needs.fds[0] < 0)
		loaded.has_key = false;
	if (loaded.reason >= SYMBOL_REASON_COUNT ||
	    (loaded.has_key && !key_is_right(listening, &loaded.key)))
		return LISTENING_NONSENSE;
	if (loaded.err)
		return 0;
	source->reason = (enum symbol_reason)loaded.reason;
	source_set_key(source, loaded.has_key ? &loaded.key : NULL);
	err = source_open_cache(source, listening->question->cache_folder);
	return err ? err : send_wanted(listening);
}

/* The frames of the pack's lists, made when the first address has them. */
static int take_symbols(struct listening *listening, const struct reader_part *part,
			const struct answer_pack *pack, struct symbol *symbols)
{
	struct source *source = listening->source;

	for (uint32_t i = 0; i < part->count; i++) {
		uint32_t number = listening->wanted[part->first + i];
		const struct packed_range *range = answer_pack_find(
			pack, source->ops->resolve ? i : listening->question->addrs[number]);
		int err = 0;

		if (!range)
			return LISTENING_NONSENSE;
		if (!symbols[range->list].count)
			err = answer_pack_symbol(pack, range->list, source->store, source->module,
						 &symbols[range->list]);
		if (err)
			return err;
		listening->question->symbols[number] = symbols[range->list];
	}
	return 0;
}

/* What is new, for the cache. */
static int keep_answers(struct listening *listening, const struct answer_pack *pack,
			const struct symbol *symbols)
{
	struct source *source = listening->source;
	int err = 0;

	for (uint32_t i = 0; source->cache && i < pack->nr_ranges && !err; i++) {
		const struct packed_range *range = &pack->ranges[i];
		struct answer answer = {range->first, range->first + range->len_less_1,
					symbols[range->list]};

		if (answer.symbol.count) /* an address was asked for that is there */
			err = answer_cache_add(source->cache, &answer);
	}
	return err;
}

static int take_answers(struct listening *listening)
{
	static const struct source_key no_key;
	struct reader_part part;
	struct answer_pack pack;
	struct symbol *symbols;
	int err;

	if (!listening->loaded || listening->message.len < sizeof(part))
		return LISTENING_NONSENSE;
	memcpy(&part, listening->message.bytes, sizeof(part));
	listening->packs_bytes += listening->message.len;
	if (listening->packs_bytes > PACKS_BYTES(listening->nr_wanted))
		return LISTENING_NONSENSE;
	if (part.first != listening->next || !part.count ||
	    part.count > listening->nr_wanted - listening->next ||
	    !answer_pack_open(&pack, &no_key, listening->message.bytes + sizeof(part),
			      listening->message.len - sizeof(part)))
		return LISTENING_NONSENSE;
	symbols = calloc((size_t)pack.nr_lists + 1, sizeof(*symbols));
	err = symbols ? take_symbols(listening, &part, &pack, symbols) : -ENOMEM;
	if (!err)
		err = keep_answers(listening, &pack, symbols);
	if (!err)
		listening->next += part.count;
	free(symbols);
	return err;
}

static int take_done(struct listening *listening)
{
	struct reader_done done;

	if (!listening->loaded || listening->message.len != sizeof(done))
		return LISTENING_NONSENSE;
	memcpy(&done, listening->message.bytes, sizeof(done));
	if (done.reason >= SYMBOL_REASON_COUNT ||
	    (!done.err && done.reason == SYMBOL_OK && listening->next != listening->nr_wanted))
		return LISTENING_NONSENSE;
	listening->source->reason = (enum symbol_reason)done.reason;
	listening->source->fleeting |= done.fleeting != 0;
	listening->reader_err = done.err;
	listening->done = true;
	return 0;
}

int listening_take(struct listening *listening)
{
	switch (listening->message.type) {
	case READER_LOADED:
		return take_loaded(listening);
	case READER_ANSWERS:
		return take_answers(listening);
	case READER_DONE:
		return take_done(listening);
	default:
		return doorkeeper_serve(listening);
	}
}

/* ---- without names --------------------------------------------------------------------------- */

/* Addresses that nobody answered. */
int listening_leave_unnamed(struct listening *listening, enum symbol_reason reason)
{
	struct answer answer;
	int err = source_unnamed(listening->source, reason, 0, UINT64_MAX, &answer);

	for (size_t i = listening->next; i < listening->nr_wanted && !err; i++)
		listening->question->symbols[listening->wanted[i]] = answer.symbol;
	return err;
}

/* All that are asked for, where none was wanted yet. */
static void want_all(struct listening *listening)
{
	listening->nr_wanted = listening->question->count;
	for (size_t i = 0; i < listening->nr_wanted; i++)
		listening->wanted[i] = (uint32_t)i;
}

int listening_give_up(struct listening *listening, const char *why)
{
	struct source *source = listening->source;
	int err =
		source_tell(source, "%s: names are missing: the process that read it was ended: %s",
			    listening->needs.name, why);

	source->fleeting = true;
	if (!listening->asked)
		want_all(listening);
	return err ? err : listening_leave_unnamed(listening, SYMBOL_READER_ENDED);
}
