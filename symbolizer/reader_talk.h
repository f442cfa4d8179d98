/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said between a reader and who made it: types of messages (channel.h), and their bytes. */
#ifndef BOLOMETER_SYMBOLIZER_READER_TALK_H
#define BOLOMETER_SYMBOLIZER_READER_TALK_H

#include <limits.h>
#include <stdint.h>

#include "symbolizer/answer_pack.h"
#include "symbolizer/source.h"

enum reader_message {
	/* From the reader, through its door; the first two are answered with READER_FILE. */
	READER_OPEN,   /* struct reader_path */
	READER_FETCH,  /* struct reader_id */
	READER_REFUSE, /* struct reader_id */
	READER_TELL,   /* a line */
	/* From the reader, in this order: one, any number, one. */
	READER_LOADED,	/* struct reader_loaded; answered with READER_WANTED */
	READER_ANSWERS, /* struct reader_part, and a pack about no key */
	READER_DONE,	/* struct reader_done */
	/* To the reader. */
	READER_FILE,   /* struct reader_file, with a descriptor where there is one */
	READER_WANTED, /* uint32_t for each: numbers of the addresses that nobody knows yet */
};

struct reader_path {
	uint32_t place;
	char path[PATH_MAX]; /* as far as it was sent */
};

struct reader_id {
	uint32_t len;
	uint8_t id[ELF_BUILD_ID_MAX];
};

struct reader_file {
	int32_t err; /* 0, or -errno */
	char from[256];
};

struct reader_loaded {
	int32_t err; /* of load() */
	uint32_t reason;
	uint32_t has_key, zero;
	struct source_key key;
};

/* Of the wanted ones. */
struct reader_part {
	uint32_t first, count;
};

struct reader_done {
	int32_t err;
	uint32_t reason, fleeting;
};

/* The longest message either side takes. */
#define READER_MESSAGE_MAX (sizeof(struct reader_part) + ANSWER_PACK_MAX_BYTES)

#endif
