// SPDX-License-Identifier: GPL-2.0-or-later
/* Making readers, a few at a time, and ending them; see reader.h. */
#include "symbolizer/reader.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/beside.h"
#include "symbolizer/listening.h"
#include "symbolizer/reader_talk.h"

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
	err = listening_give_up(listening, strerror(-err));
	free_listening(listening);
	return err;
}

/* Takes one message. Returns 0 or -errno; afterwards the reader may be done. */
static int hear(struct listening *listening)
{
	int err = channel_receive(listening->confined.fd, READER_MESSAGE_MAX, &listening->message);

	return err ? err : listening_take(listening);
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
		err = listening_give_up(listening, why);
	else if (listening->source->reason != SYMBOL_OK)
		err = listening_leave_unnamed(listening, listening->source->reason);
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
