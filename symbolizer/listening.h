/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One reader, as who made it sees it: what it says is taken or refused, and what it asks for is given
 * or not. Shared by reader.c, listening.c and doorkeeper.c.
 */
#ifndef BOLOMETER_SYMBOLIZER_LISTENING_H
#define BOLOMETER_SYMBOLIZER_LISTENING_H

#include "profiler/workers/channel.h"
#include "profiler/workers/confine.h"
#include "symbolizer/reader.h"

/* What it said made no sense; not an error of the system. */
#define LISTENING_NONSENSE (-EPROTO)

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

/* Takes listening->message. Returns 0, LISTENING_NONSENSE, -ENOMEM, or what sending an answer came to. */
int listening_take(struct listening *listening);

/* Likewise of one that asks for something, or tells it. */
int doorkeeper_serve(struct listening *listening);

/* Leaves the addresses that were not answered without a name. Returns 0 or -ENOMEM. */
int listening_leave_unnamed(struct listening *listening, enum symbol_reason reason);

/* Likewise as the reader has ended, and says why. */
int listening_give_up(struct listening *listening, const char *why);

#endif
