// SPDX-License-Identifier: GPL-2.0-or-later
/* Tags, lengths and what follows them; see pprof_parts.h. */
#include "render/pprof_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/utf8.h"

#define CHUNK_BYTES ((size_t)256 << 10)
#define VARINT_MAX  10

int pprof_out_init(struct pprof_out *out, FILE *file)
{
	out->chunks[0] = out->chunks[1] = (struct pprof_chunk){0};
	out->filled = &out->chunks[0];
	out->packed = NULL;
	out->err = gzip_out_init(&out->gzip, file);
	return out->err;
}

/* Until the chunk that is packed is. */
static void wait(struct pprof_out *out)
{
	if (out->packed)
		beside_end(&out->beside);
	out->packed = NULL;
}

void pprof_out_fini(struct pprof_out *out)
{
	wait(out);
	gzip_out_fini(&out->gzip);
	free(out->chunks[0].bytes);
	free(out->chunks[1].bytes);
}

static int pack(void *data)
{
	struct pprof_out *out = data;

	gzip_out_write(&out->gzip, out->packed->bytes, out->packed->len);
	return 0;
}

static void flush(struct pprof_out *out)
{
	wait(out);
	out->packed = out->filled;
	out->filled = &out->chunks[out->filled == &out->chunks[0]];
	out->filled->len = 0;
	beside_begin(&out->beside, pack, out);
}

static void put_varint(struct pprof_chunk *chunk, uint64_t number)
{
	for (; number >= 0x80; number >>= 7)
		chunk->bytes[chunk->len++] = (uint8_t)(number | 0x80);
	chunk->bytes[chunk->len++] = (uint8_t)number;
}

/* A tag and a number, and room for as many bytes behind them. NULL when something is wrong. */
static uint8_t *put_head(struct pprof_out *out, enum pprof_field field, enum pprof_wire wire,
			 uint64_t number, size_t room)
{
	struct pprof_chunk *chunk;

	if (out->filled->len >= CHUNK_BYTES)
		flush(out);
	chunk = out->filled;
	if (!out->err)
		out->err = ARRAY_RESERVE(chunk->bytes, chunk->cap,
					 size_add(chunk->len + 2 * VARINT_MAX, room));
	if (out->err)
		return NULL;
	put_varint(chunk, (uint64_t)field << 3 | wire);
	put_varint(chunk, number);
	chunk->len += room;
	return chunk->bytes + chunk->len - room;
}

void pprof_out_message(struct pprof_out *out, enum pprof_field field,
		       const ProtobufCMessage *message)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	uint8_t *to = put_head(out, field, PPROF_WIRE_BYTES, len, len);

	if (to)
		protobuf_c_message_pack(message, to);
}

void pprof_out_bytes(struct pprof_out *out, enum pprof_field field, const void *bytes, size_t len)
{
	uint8_t *to = put_head(out, field, PPROF_WIRE_BYTES, len, len);

	if (to)
		memcpy(to, bytes, len);
}

static bool is_utf8(const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t c = (unsigned char)text[at];

		at += c < 0x80 ? 1 : utf8_decode(text + at, len - at, &c);
		if (c == UINT32_MAX)
			return false;
	}
	return true;
}

void pprof_out_text(struct pprof_out *out, enum pprof_field field, const char *text, size_t len)
{
	char *clean;
	size_t clean_len = 0;

	if (is_utf8(text, len)) {
		pprof_out_bytes(out, field, text, len);
		return;
	}
	clean = malloc(size_mul(len, 3));
	if (!clean) {
		out->err = -ENOMEM;
		return;
	}
	for (size_t at = 0; at < len;) {
		uint32_t c;

		at += utf8_decode(text + at, len - at, &c);
		clean_len += utf8_encode(c == UINT32_MAX ? UTF8_REPLACEMENT : c, clean + clean_len);
	}
	pprof_out_bytes(out, field, clean, clean_len);
	free(clean);
}

void pprof_out_number(struct pprof_out *out, enum pprof_field field, uint64_t number)
{
	if (number)
		put_head(out, field, PPROF_WIRE_VARINT, number, 0);
}

int pprof_out_end(struct pprof_out *out)
{
	if (out->err)
		return out->err;
	flush(out);
	wait(out);
	return gzip_out_end(&out->gzip);
}
