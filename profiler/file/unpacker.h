/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a graph's data block (docs/FORMAT.md), streamed out of the file:
 * finding the element, base64, deflate, numbers. What it means is graph.c's
 * business. The file may be hostile: memory is a few hundred KiB whatever it
 * holds, and what would unpack to far more than a graph can be is refused.
 *
 * After a mistake everything that is read is 0, so that it need be looked for once.
 */
#ifndef BOLOMETER_FILE_UNPACKER_H
#define BOLOMETER_FILE_UNPACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#define UNPACKER_CHUNK 65536

struct unpacker {
	int fd;
	int err;	   /* -errno of reading the file */
	const char *wrong; /* with the data, a static text; NULL while nothing is */

	char text[UNPACKER_CHUNK]; /* of the file */
	size_t text_at, text_len;
	uint64_t text_bytes; /* of base64, so far */
	uint32_t bits;	     /* of an unfinished group of four digits */
	unsigned int digits, padding;
	bool text_ended;

	bool deflated;
	bool inflating; /* stream is set up */
	bool stream_ended;
	z_stream stream;
	unsigned char raw[UNPACKER_CHUNK]; /* decoded, not yet inflated */

	unsigned char out[UNPACKER_CHUNK];
	size_t at, len;
	uint64_t out_bytes; /* unpacked so far */
};

/*
 * Of a file whose first bytes are in head already. Returns NULL without memory. The descriptor stays
 * the caller's.
 */
struct unpacker *unpacker_open(int fd, const char *head, size_t len);
void unpacker_close(struct unpacker *unpacker);

/* Goes to the data. Returns false where there are none, or with err or wrong set. */
bool unpacker_find(struct unpacker *unpacker, uint64_t *ret_version);

void unpacker_bytes(struct unpacker *unpacker, void *to, size_t len);

/* Sees that the data end here. */
void unpacker_end(struct unpacker *unpacker);

static inline bool unpacker_failed(const struct unpacker *unpacker)
{
	return unpacker->wrong || unpacker->err;
}

static inline void unpacker_refuse(struct unpacker *unpacker, const char *why)
{
	if (!unpacker_failed(unpacker))
		unpacker->wrong = why;
}

/* LEB128, in its shortest form. */
uint64_t unpacker_long_number(struct unpacker *unpacker);

static inline uint64_t unpacker_number(struct unpacker *unpacker)
{
	if (unpacker->at < unpacker->len && unpacker->out[unpacker->at] < 0x80)
		return unpacker->out[unpacker->at++];
	return unpacker_long_number(unpacker);
}

#endif
