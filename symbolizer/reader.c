// SPDX-License-Identifier: GPL-2.0-or-later
/* Listening to a reader, and answering it; see reader.h. */
#include "symbolizer/reader.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/model/beside.h"
#include "profiler/model/channel.h"
#include "profiler/model/confine.h"
#include "symbolizer/answer_cache.h"
#include "symbolizer/debug_server.h"
#include "symbolizer/reader_talk.h"

/* Programs with split debug information have a file for each unit; and of what is fetched there are two. */
#define OPENS_MAX   (1U << 18)
#define FETCHES_MAX 4

/* Of all packs: real ones take 100 to 500 bytes an address. */
#define PACKS_BYTES(wanted) ((64ULL << 20) + 4096ULL * (wanted))

/* What it says made no sense; not an error of the system. */
#define NONSENSE (-EPROTO)

struct listening {
	struct source *source;
	const struct reader_question *question;
	struct source_needs needs;
	struct confined confined;
	struct message message;
	uint32_t *wanted; /* numbers of addresses */
	size_t nr_wanted, next;
	unsigned int opens, fetches;
	uint64_t packs_bytes;
	bool loaded, asked, done;
	int reader_err; /* what it ended with */
};

/* ---- what goes through the door -------------------------------------------------------------- */

static bool is_elf(int fd)
{
	char magic[SELFMAG];

	return pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
	       !memcmp(magic, ELFMAG, sizeof(magic));
}

/* Hands a descriptor out, or says why there is none. Nothing but an ELF file leaves. */
static int hand_out(struct listening *listening, int fd, const char *from)
{
	struct reader_file file = {.err = fd < 0 ? fd : 0};
	int err;

	if (fd >= 0 && !is_elf(fd)) {
		close(fd);
		file.err = fd = -EPERM;
	}
	snprintf(file.from, sizeof(file.from), "%s", from);
	err = channel_send(listening->confined.fd, READER_FILE, &file, sizeof(file), fd);
	if (fd >= 0)
		close(fd);
	return err;
}

static int open_for(struct listening *listening)
{
	const struct message *message = &listening->message;
	const char *path = message->bytes + sizeof(uint32_t);
	uint32_t place;
	int fd = -EPERM;

	if (message->len <= sizeof(place) || message->len > sizeof(place) + PATH_MAX ||
	    ++listening->opens > OPENS_MAX)
		return NONSENSE;
	memcpy(&place, message->bytes, sizeof(place));
	if (place >= PLACE_COUNT)
		return NONSENSE;
	if (listening->needs.files)
		fd = places_open(&listening->needs.places, (enum place)place, path);
	if (fd >= 0 && !is_elf(fd) &&
	    source_tell(listening->source, "debug file %s of %s is not used: %s", path,
			listening->needs.name, symbol_reason_text(SYMBOL_NOT_ELF))) {
		close(fd);
		return -ENOMEM;
	}
	return hand_out(listening, fd, "");
}

static bool read_id(const struct message *message, struct reader_id *ret)
{
	if (message->len != sizeof(*ret))
		return false;
	memcpy(ret, message->bytes, sizeof(*ret));
	return ret->len <= sizeof(ret->id);
}

static int fetch_for(struct listening *listening)
{
	struct reader_id which;
	char from[256] = "";
	int fd = -ENOENT;

	if (!read_id(&listening->message, &which) || ++listening->fetches > FETCHES_MAX)
		return NONSENSE;
	if (listening->needs.files)
		fd = debug_server_find(listening->source, which.id, which.len,
				       listening->needs.name, from, sizeof(from));
	return hand_out(listening, fd, from);
}

static int refuse_for(struct listening *listening)
{
	struct reader_id which;

	if (!read_id(&listening->message, &which) || !listening->fetches)
		return NONSENSE;
	debug_server_refuse(listening->source, which.id, which.len);
	return 0;
}

/* ---- what it found --------------------------------------------------------------------------- */

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
		return NONSENSE;
	memcpy(&loaded, listening->message.bytes, sizeof(loaded));
	listening->loaded = true;
	listening->reader_err = loaded.err;
	listening->done = loaded.err != 0;
	if (listening->needs.fds[0] < 0)
		loaded.has_key = false;
	if (loaded.reason >= SYMBOL_REASON_COUNT ||
	    (loaded.has_key && !key_is_right(listening, &loaded.key)))
		return NONSENSE;
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
			return NONSENSE;
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
		return NONSENSE;
	memcpy(&part, listening->message.bytes, sizeof(part));
	listening->packs_bytes += listening->message.len;
	if (listening->packs_bytes > PACKS_BYTES(listening->nr_wanted))
		return NONSENSE;
	if (part.first != listening->next || !part.count ||
	    part.count > listening->nr_wanted - listening->next ||
	    !answer_pack_open(&pack, &no_key, listening->message.bytes + sizeof(part),
			      listening->message.len - sizeof(part)))
		return NONSENSE;
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
		return NONSENSE;
	memcpy(&done, listening->message.bytes, sizeof(done));
	if (done.reason >= SYMBOL_REASON_COUNT ||
	    (!done.err && done.reason == SYMBOL_OK && listening->next != listening->nr_wanted))
		return NONSENSE;
	listening->source->reason = (enum symbol_reason)done.reason;
	listening->source->fleeting |= done.fleeting != 0;
	listening->reader_err = done.err;
	listening->done = true;
	return 0;
}

static int take(struct listening *listening)
{
	switch (listening->message.type) {
	case READER_OPEN:
		return open_for(listening);
	case READER_FETCH:
		return fetch_for(listening);
	case READER_REFUSE:
		return refuse_for(listening);
	case READER_TELL:
		return source_tell(listening->source, "%s", listening->message.bytes);
	case READER_LOADED:
		return take_loaded(listening);
	case READER_ANSWERS:
		return take_answers(listening);
	case READER_DONE:
		return take_done(listening);
	default:
		return NONSENSE;
	}
}

/* ---- from begin to end ----------------------------------------------------------------------- */

/* Addresses that nobody answered. */
static int leave_unnamed(struct listening *listening, enum symbol_reason reason)
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

static int give_up(struct listening *listening, const char *why)
{
	struct source *source = listening->source;
	int err = source_tell(source, "%s: names are missing: the process that read it was ended: %s",
			      listening->needs.name, why);

	source->fleeting = true;
	if (!listening->asked)
		want_all(listening);
	return err ? err : leave_unnamed(listening, SYMBOL_READER_ENDED);
}

static void free_listening(struct listening *listening)
{
	message_fini(&listening->message);
	free(listening->wanted);
	free(listening);
}

/*
 * A reader for a question, in *ret; NULL where none could be made, which costs only the names. Returns 0
 * or -ENOMEM.
 */
static int begin(const struct reader_question *question, struct listening **ret)
{
	struct listening *listening = calloc(1, sizeof(*listening));
	int err;

	*ret = NULL;
	if (!listening)
		return -ENOMEM;
	*listening = (struct listening){
		.source = question->source,
		.question = question,
		.message = MESSAGE_NONE,
	};
	listening->wanted = malloc(size_mul(question->count + 1, sizeof(*listening->wanted)));
	if (!listening->wanted || question->count > UINT32_MAX / sizeof(*listening->wanted)) {
		free_listening(listening);
		return -ENOMEM;
	}
	question->source->ops->needs(question->source, &listening->needs);
	err = confine_begin(&listening->confined, reader_process, (void *)question,
			    listening->needs.fds, ARRAY_LEN(listening->needs.fds));
	if (!err) {
		*ret = listening;
		return 0;
	}
	err = give_up(listening, strerror(-err));
	free_listening(listening);
	return err;
}

/* Takes one message. Returns 0 or -errno; afterwards the reader may be done. */
static int hear(struct listening *listening)
{
	int err = channel_receive(listening->confined.fd, READER_MESSAGE_MAX, &listening->message);

	return err ? err : take(listening);
}

/* Ends a reader that is done, or of which listening came to `err`. Returns 0 or -ENOMEM. */
static int finish(struct listening *listening, int err)
{
	char why[128] = "it ended too early";
	/* One that is gone says why by how it ended. */
	bool right = confine_end(&listening->confined, err, why, sizeof(why));
	bool no_memory = err == -ENOMEM;

	if (!err && right && listening->reader_err == -ENOMEM)
		snprintf(why, sizeof(why), "it ran out of memory");
	if (no_memory)
		err = -ENOMEM;
	else if (err || !right || listening->reader_err)
		err = give_up(listening, why);
	else if (listening->source->reason != SYMBOL_OK)
		err = leave_unnamed(listening, listening->source->reason);
	free_listening(listening);
	return err;
}

/* ---- several --------------------------------------------------------------------------------- */

#define READERS_MAX 2

struct readers {
	const struct reader_question *questions; /* of those that were not begun yet */
	size_t count;
	struct listening *active[READERS_MAX];
	size_t nr_active, most;
};

/* Makes readers for as many questions as can be asked at a time. Returns 0 or -ENOMEM. */
static int begin_more(struct readers *readers)
{
	int err = 0;

	while (!err && readers->count && readers->nr_active < readers->most) {
		struct listening **place = &readers->active[readers->nr_active];

		err = begin(readers->questions++, place);
		readers->count--;
		readers->nr_active += *place != NULL;
	}
	return err;
}

static int drop(struct readers *readers, size_t i, int err)
{
	struct listening *listening = readers->active[i];

	readers->active[i] = readers->active[--readers->nr_active];
	return finish(listening, err);
}

/* Waits until one of them says something, and takes that. Returns 0 or -ENOMEM. */
static int hear_one(struct readers *readers)
{
	struct pollfd fds[READERS_MAX];
	int ready, err = 0;

	for (size_t i = 0; i < readers->nr_active; i++)
		fds[i] = (struct pollfd){.fd = readers->active[i]->confined.fd, .events = POLLIN};
	ready = poll(fds, readers->nr_active, CONFINE_SILENCE_S * 1000);
	if (ready < 0)
		return errno == EINTR ? 0 : -ENOMEM;
	for (size_t i = readers->nr_active; i-- > 0 && !err;) {
		int heard = !ready ? -ETIME : fds[i].revents ? hear(readers->active[i]) : 0;

		if (heard || readers->active[i]->done)
			err = drop(readers, i, heard);
	}
	return err;
}

int readers_resolve(const struct reader_question *questions, size_t count)
{
	struct readers readers = {
		.questions = questions,
		.count = count,
		.most = beside_is_possible() ? READERS_MAX : 1,
	};
	int err = begin_more(&readers);

	while (readers.nr_active && !err) {
		err = hear_one(&readers);
		if (!err)
			err = begin_more(&readers);
	}
	while (readers.nr_active)
		drop(&readers, 0, -ENOMEM);
	return err;
}
