// SPDX-License-Identifier: GPL-2.0-or-later
/* What a reader does: loads the source, looks addresses up, and sends what it found; see reader.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "symbolizer/answer_cache.h"
#include "symbolizer/door.h"
#include "symbolizer/reader.h"
#include "symbolizer/reader_talk.h"

/* So many addresses' answers go together, if they are not too large. */
#define PART_MAX 8192

struct reading {
	struct source *source;
	int channel;
	uint64_t *addrs; /* the wanted ones */
	uint32_t *moments;
	size_t count;
	struct symbol *symbols; /* of those, where the source answers for all together */
	struct answer answers[PART_MAX];
	struct text bytes;
};

static int send_loaded(struct reading *reading, int err)
{
	struct source *source = reading->source;
	struct reader_loaded loaded = {.err = err, .reason = source->reason};

	if (!err && source->ops->identify)
		loaded.has_key = source->ops->identify(source, &loaded.key);
	return channel_send(reading->channel, READER_LOADED, &loaded, sizeof(loaded), -1);
}

/* Waits to be told which addresses are wanted. */
static int receive_wanted(struct reading *reading, const struct reader_question *question)
{
	struct message message = MESSAGE_NONE;
	int err = channel_receive(reading->channel, SIZE_MAX, &message);
	const uint32_t *numbers = (const uint32_t *)message.bytes;
	size_t count = message.len / sizeof(*numbers);

	reading->addrs = malloc(size_mul(count + 1, sizeof(*reading->addrs)));
	reading->moments = malloc(size_mul(count + 1, sizeof(*reading->moments)));
	if (!err && (!reading->addrs || !reading->moments))
		err = -ENOMEM;
	for (size_t i = 0; i < count && !err; i++) {
		reading->addrs[i] = question->addrs[numbers[i]];
		reading->moments[i] = question->moments ? question->moments[numbers[i]] : UINT32_MAX;
	}
	reading->count = err ? 0 : count;
	message_fini(&message);
	return err;
}

static int resolve_together(struct reading *reading, const struct reader_question *question)
{
	reading->symbols = malloc(size_mul(reading->count, sizeof(*reading->symbols)));
	return reading->symbols
		       ? reading->source->ops->resolve(reading->source, reading->addrs,
						       question->moments ? reading->moments : NULL,
						       reading->count, reading->symbols)
		       : -ENOMEM;
}

/* Answers for some of the addresses; of sources that answer together, by place among these. */
static int answer_part(struct reading *reading, size_t first, size_t count, size_t *ret_count)
{
	struct answer *answers = reading->answers;
	size_t nr = 0;
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		uint64_t addr = reading->addrs[first + i];

		if (reading->symbols)
			answers[nr++] = (struct answer){i, i, reading->symbols[first + i]};
		else if (!nr || addr < answers[nr - 1].first || addr > answers[nr - 1].last)
			err = reading->source->ops->lookup(reading->source, addr, &answers[nr++]);
	}
	*ret_count = reading->symbols ? nr : answers_arrange(answers, nr);
	return err;
}

/* An address whose frames take more than a whole pack has none. */
static int answer_too_large(struct reading *reading, size_t place)
{
	uint64_t at = reading->symbols ? 0 : reading->addrs[place];

	return source_unnamed(reading->source, SYMBOL_NO_SYMBOL_HERE, at, at, reading->answers);
}

static int pack_part(struct reading *reading, size_t nr_answers)
{
	static const struct source_key no_key;
	struct source *source = reading->source;

	return answer_pack_write(&no_key, reading->answers, nr_answers, source->module,
				 source->store, &reading->bytes);
}

/* Sends answers for some of *count addresses, which becomes how many these were. */
static int send_part(struct reading *reading, size_t first, size_t *count)
{
	struct reader_part part;
	size_t nr_answers;
	int err = answer_part(reading, first, *count, &nr_answers);

	if (!err)
		err = pack_part(reading, nr_answers);
	for (; err == -EFBIG && *count > 1; *count /= 2) {
		err = answer_part(reading, first, *count / 2, &nr_answers);
		if (!err)
			err = pack_part(reading, nr_answers);
	}
	if (err == -EFBIG) {
		err = answer_too_large(reading, first);
		if (!err)
			err = pack_part(reading, 1);
	}
	part = (struct reader_part){(uint32_t)first, (uint32_t)*count};
	return err ? err
		   : channel_send_parts(reading->channel, READER_ANSWERS, &part, sizeof(part),
					reading->bytes.bytes, reading->bytes.len, -1);
}

static int send_answers(struct reading *reading)
{
	int err = 0;

	for (size_t i = 0, count; i < reading->count && !err; i += count) {
		count = reading->count - i < PART_MAX ? reading->count - i : PART_MAX;
		err = send_part(reading, i, &count);
	}
	return err;
}

static int answer_all(struct reading *reading, const struct reader_question *question)
{
	struct source *source = reading->source;
	int err;

	if (!reading->count || source->reason != SYMBOL_OK)
		return 0;
	err = source->ops->resolve ? resolve_together(reading, question)
				   : source_prepare(source, reading->addrs, reading->count);
	return err || source->reason != SYMBOL_OK ? err : send_answers(reading);
}

/* Nothing is freed: the process ends, and with it all that it had. */
void reader_process(int channel, void *data)
{
	const struct reader_question *question = data;
	struct source *source = question->source;
	struct reading *reading = calloc(1, sizeof(*reading));
	struct door door = {.channel = channel, .reply = MESSAGE_NONE};
	struct reader_done done;
	int err;

	if (!reading)
		return;
	reading->source = source;
	reading->channel = channel;
	source->door = &door;
	err = source->ops->load(source);
	if (send_loaded(reading, err) || err)
		return;
	err = receive_wanted(reading, question);
	if (!err)
		err = answer_all(reading, question);
	done = (struct reader_done){err, source->reason, source->fleeting};
	channel_send(channel, READER_DONE, &done, sizeof(done), -1);
}
