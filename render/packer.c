// SPDX-License-Identifier: GPL-2.0-or-later
/* Deflate (zlib) and base64 (RFC 4648), streamed; see packer.h. */
#include "render/packer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_SMALL 6
#define LEVEL_FAST  1

/* zlib's way to ask for raw deflate, without header and sum: an XML parser saw the text whole. */
#define RAW_WINDOW (-15)

/* Base64 keeps whole triples: this many bytes are encoded at a time. */
#define BASE64_BATCH ((size_t)3072)

struct packer *packer_open(FILE *out, enum packer_effort effort)
{
	int level = effort == PACKER_FAST ? LEVEL_FAST : LEVEL_SMALL;
	struct packer *packer = malloc(sizeof(*packer));

	if (!packer)
		return NULL;
	packer->out = out;
	packer->effort = effort;
	packer->error = 0;
	packer->filled = 0;
	packer->buffer = packer->chunks[0];
	packer->is_passing = false;
	packer->stream = (z_stream){.next_out = packer->deflated, .avail_out = PACKER_DEFLATED};
	if (effort != PACKER_PLAIN && deflateInit2(&packer->stream, level, Z_DEFLATED, RAW_WINDOW,
						   MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(packer);
		return NULL;
	}
	return packer;
}

static size_t encode_base64(const unsigned char *bytes, size_t len, char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *p = text;
	size_t i = 0;

	for (; i + 3 <= len; i += 3) {
		uint32_t triple =
			(uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];

		*p++ = digits[triple >> 18];
		*p++ = digits[triple >> 12 & 63];
		*p++ = digits[triple >> 6 & 63];
		*p++ = digits[triple & 63];
	}
	if (i < len) {
		uint32_t triple =
			(uint32_t)bytes[i] << 16 | (i + 1 < len ? (uint32_t)bytes[i + 1] << 8 : 0);

		*p++ = digits[triple >> 18];
		*p++ = digits[triple >> 12 & 63];
		*p++ = i + 1 < len ? digits[triple >> 6 & 63] : '=';
		*p++ = '=';
	}
	return (size_t)(p - text);
}

/* Encodes `deflated` as far as it makes whole triples, or all of it at the end. */
static void write_text(struct packer *packer, bool last)
{
	size_t have = (size_t)(packer->stream.next_out - packer->deflated);
	size_t use = last ? have : have - have % 3;
	char text[BASE64_BATCH / 3 * 4];

	for (size_t at = 0; at < use; at += BASE64_BATCH) {
		size_t batch = use - at < BASE64_BATCH ? use - at : BASE64_BATCH;
		size_t len = encode_base64(packer->deflated + at, batch, text);

		if (fwrite(text, 1, len, packer->out) != len && !packer->error)
			packer->error = -EIO;
	}
	memmove(packer->deflated, packer->deflated + use, have - use);
	packer->stream.next_out = packer->deflated + (have - use);
	packer->stream.avail_out = (unsigned int)(PACKER_DEFLATED - (have - use));
}

/* Copies what fits of the input, in place of deflate(). */
static void copy(z_stream *stream)
{
	unsigned int len =
		stream->avail_in < stream->avail_out ? stream->avail_in : stream->avail_out;

	memcpy(stream->next_out, stream->next_in, len);
	stream->next_out += len;
	stream->avail_out -= len;
	stream->next_in += len;
	stream->avail_in -= len;
}

/* Moves the input to `deflated`, and with Z_FINISH all that deflate() still holds. */
static void advance(struct packer *packer, int flush)
{
	z_stream *stream = &packer->stream;
	int state = Z_STREAM_END;

	do {
		if (stream->avail_out == 0)
			write_text(packer, false);
		if (packer->effort == PACKER_PLAIN)
			copy(stream);
		else
			state = deflate(stream, flush);
	} while (stream->avail_in > 0 || (flush == Z_FINISH && state != Z_STREAM_END));
}

static int pass(void *data)
{
	advance(data, Z_NO_FLUSH);
	return 0;
}

/* Waits for the chunk that is on its way. */
static void settle(struct packer *packer)
{
	if (packer->is_passing)
		beside_end(&packer->beside);
	packer->is_passing = false;
}

/* The buffer becomes the input, and the other chunk the buffer. */
static void take_buffer(struct packer *packer)
{
	settle(packer);
	packer->stream.next_in = packer->buffer;
	packer->stream.avail_in = (unsigned int)packer->filled;
	packer->filled = 0;
	packer->buffer = packer->chunks[packer->buffer == packer->chunks[0]];
}

void packer_flush(struct packer *packer)
{
	take_buffer(packer);
	packer->is_passing = true;
	beside_begin(&packer->beside, pass, packer);
}

void packer_numbers_follow(struct packer *packer)
{
	if (packer->effort != PACKER_FAST)
		return;
	take_buffer(packer);
	advance(packer, Z_NO_FLUSH);
	while (deflateParams(&packer->stream, LEVEL_FAST, Z_RLE) == Z_BUF_ERROR)
		write_text(packer, false);
}

void packer_bytes(struct packer *packer, const void *bytes, size_t len)
{
	const unsigned char *from = bytes;

	while (len > 0) {
		size_t room = PACKER_CHUNK - packer->filled;
		size_t part = len < room ? len : room;

		memcpy(packer->buffer + packer->filled, from, part);
		packer->filled += part;
		from += part;
		len -= part;
		if (packer->filled == PACKER_CHUNK)
			packer_flush(packer);
	}
}

int packer_close(struct packer *packer)
{
	int error;

	take_buffer(packer);
	advance(packer, Z_FINISH);
	write_text(packer, true);
	error = packer->error;
	if (packer->effort != PACKER_PLAIN)
		deflateEnd(&packer->stream);
	free(packer);
	return error;
}
