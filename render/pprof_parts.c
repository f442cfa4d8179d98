// SPDX-License-Identifier: GPL-2.0-or-later
/* Tags, lengths and what follows them; see pprof_parts.h. */
#include "render/pprof_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/utf8.h"

#define FLUSH_BYTES 65536
#define VARINT_MAX  10

int pprof_out_init(struct pprof_out *out, FILE *file)
{
	out->bytes = NULL;
	out->len = out->cap = 0;
	out->err = gzip_out_init(&out->gzip, file);
	return out->err;
}

void pprof_out_fini(struct pprof_out *out)
{
	gzip_out_fini(&out->gzip);
	free(out->bytes);
}

static void flush(struct pprof_out *out)
{
	gzip_out_write(&out->gzip, out->bytes, out->len);
	out->len = 0;
}

static void put_varint(struct pprof_out *out, uint64_t number)
{
	for (; number >= 0x80; number >>= 7)
		out->bytes[out->len++] = (uint8_t)(number | 0x80);
	out->bytes[out->len++] = (uint8_t)number;
}

/* A tag and a number, and room for as many bytes. */
static void put_head(struct pprof_out *out, enum pprof_field field, enum pprof_wire wire,
		     uint64_t number, size_t room)
{
	if (out->len >= FLUSH_BYTES)
		flush(out);
	if (!out->err)
		out->err = ARRAY_RESERVE(out->bytes, out->cap,
					 size_add(out->len + 2 * VARINT_MAX, room));
	if (out->err)
		return;
	put_varint(out, (uint64_t)field << 3 | wire);
	put_varint(out, number);
}

void pprof_out_message(struct pprof_out *out, enum pprof_field field,
		       const ProtobufCMessage *message)
{
	size_t len = protobuf_c_message_get_packed_size(message);

	put_head(out, field, PPROF_WIRE_BYTES, len, len);
	if (out->err)
		return;
	out->len += protobuf_c_message_pack(message, out->bytes + out->len);
}

void pprof_out_bytes(struct pprof_out *out, enum pprof_field field, const void *bytes, size_t len)
{
	put_head(out, field, PPROF_WIRE_BYTES, len, len);
	if (out->err)
		return;
	memcpy(out->bytes + out->len, bytes, len);
	out->len += len;
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
	return gzip_out_end(&out->gzip);
}
