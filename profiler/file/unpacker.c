// SPDX-License-Identifier: GPL-2.0-or-later
/* Base64 (RFC 4648) and deflate (RFC 1951), unpacked as they are read; see unpacker.h. */
#include "profiler/file/unpacker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/model/alloc.h"

#define ELEMENT "<metadata"

/* What stands before the data in a graph is bounded by its writer, at far less than this. */
#define BEFORE_MAX_BYTES (16 << 20)
#define TAG_MAX_BYTES	 512

/*
 * Deflate can make a thousand bytes of one. Large graphs have a ratio of about 10; small ones, of
 * deep recursions, may have any. Beyond the first it must not be more than the second.
 */
#define FREE_BYTES (64ULL << 20)
#define RATIO_MAX  64

#define TOO_SHORT  "they end too early"
#define TOO_LARGE  "they would unpack to far more than a graph can be"
#define NOT_BASE64 "they are not base64"

struct unpacker *unpacker_open(int fd, const char *head, size_t len)
{
	struct unpacker *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->fd = fd;
	memcpy(u->text, head, len);
	u->text_len = len;
	return u;
}

void unpacker_close(struct unpacker *u)
{
	if (u && u->inflating)
		inflateEnd(&u->stream);
	free(u);
}

/* More of the file behind what is there, which moves to the front. False at its end. */
static bool read_text(struct unpacker *u)
{
	ssize_t got;

	memmove(u->text, u->text + u->text_at, u->text_len - u->text_at);
	u->text_len -= u->text_at;
	u->text_at = 0;
	do
		got = read(u->fd, u->text + u->text_len, UNPACKER_CHUNK - u->text_len);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		u->err = -errno;
	if (got <= 0)
		return false;
	u->text_len += (size_t)got;
	return true;
}

/* ---- the element ---- */

/* The value of an attribute NAME="VALUE" in a tag; NULL where there is none. */
static const char *attribute(const char *tag, size_t len, const char *name, size_t *ret_len)
{
	const char *end = tag + len, *at = tag;
	size_t name_len = strlen(name);

	while ((at = memmem(at, (size_t)(end - at), name, name_len))) {
		const char *value = at + name_len, *close;

		if (at > tag && memchr(" \t\r\n", at[-1], 4) && end - value > 2 &&
		    value[0] == '=' && (value[1] == '"' || value[1] == '\'')) {
			close = memchr(value + 2, value[1], (size_t)(end - value - 2));
			*ret_len = close ? (size_t)(close - value - 2) : 0;
			return close ? value + 2 : NULL;
		}
		at = value;
	}
	return NULL;
}

static bool attribute_is(const char *tag, size_t len, const char *name, const char *wanted)
{
	size_t value_len;
	const char *value = attribute(tag, len, name, &value_len);

	return value && value_len == strlen(wanted) && !memcmp(value, wanted, value_len);
}

/* The version; 0 for none that is a number. */
static uint64_t version_of(const char *tag, size_t len)
{
	size_t value_len;
	const char *value = attribute(tag, len, "data-version", &value_len);
	uint64_t version = 0;

	if (!value || !value_len || value_len > 9)
		return 0;
	for (size_t i = 0; i < value_len; i++) {
		if (value[i] < '0' || value[i] > '9')
			return 0;
		version = version * 10 + (uint64_t)(value[i] - '0');
	}
	return version;
}

/* The whole tag at the front of the text into *ret_len, without its '>'; 0 when it is none. */
static size_t tag_len(struct unpacker *u)
{
	const char *close;

	do {
		size_t have = u->text_len - u->text_at;

		close = memchr(u->text + u->text_at, '>',
			       have < TAG_MAX_BYTES ? have : TAG_MAX_BYTES);
		if (close)
			return (size_t)(close - u->text) - u->text_at;
		if (have >= TAG_MAX_BYTES)
			return 0;
	} while (read_text(u));
	return 0;
}

/* What the element at the front of the text says, if it is the one. */
static bool use_element(struct unpacker *u, uint64_t *ret_version)
{
	size_t len = tag_len(u);
	const char *tag = u->text + u->text_at;

	if (!len || !attribute_is(tag, len, "id", "bolometer"))
		return false;
	*ret_version = version_of(tag, len);
	u->deflated = attribute_is(tag, len, "data-encoding", "deflate-raw");
	if (!*ret_version)
		unpacker_refuse(u, "their version is missing");
	if (!u->deflated && !attribute_is(tag, len, "data-encoding", "plain"))
		unpacker_refuse(u, "their encoding is not known");
	u->text_at += len + 1;
	return true;
}

bool unpacker_find(struct unpacker *u, uint64_t *ret_version)
{
	size_t element_len = strlen(ELEMENT);
	uint64_t passed = 0;

	do {
		const char *from = u->text + u->text_at, *found;

		while ((found = memmem(from, u->text_len - u->text_at, ELEMENT, element_len))) {
			passed += (size_t)(found - from);
			u->text_at = (size_t)(found - u->text);
			if (use_element(u, ret_version))
				return !unpacker_failed(u);
			u->text_at += element_len;
			from = u->text + u->text_at;
		}
		/* The text may end within the word. */
		if (u->text_len - u->text_at >= element_len) {
			passed += u->text_len - u->text_at - (element_len - 1);
			u->text_at = u->text_len - (element_len - 1);
		}
	} while (passed < BEFORE_MAX_BYTES && read_text(u));
	return false;
}

/* ---- base64 ---- */

enum { BLANK = 64, PADDING, OTHER };

static unsigned char digit_values[256];

__attribute__((constructor)) static void digit_values_init(void)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	memset(digit_values, OTHER, sizeof(digit_values));
	for (unsigned char i = 0; i < 64; i++)
		digit_values[(unsigned char)digits[i]] = i;
	digit_values[' '] = digit_values['\t'] = digit_values['\r'] = digit_values['\n'] = BLANK;
	digit_values['='] = PADDING;
}

/* The groups of digits must be whole, and what padding leaves over of one empty. */
static void end_text(struct unpacker *u)
{
	u->text_ended = true;
	if ((u->digits + u->padding) % 4 || u->padding > 2 ||
	    (u->padding && u->bits & ((1U << (2 * u->padding)) - 1)))
		unpacker_refuse(u, NOT_BASE64);
}

/* Decodes one character of the text; returns how many bytes (0 or 1) it put at *to. */
static size_t decode(struct unpacker *u, unsigned char c, unsigned char *to)
{
	unsigned char value = digit_values[c];

	if (value < BLANK && !u->padding) {
		u->bits = (u->bits << 6 | value) & 0xffffff;
		u->digits = (u->digits + 1) % 4;
		if (u->digits == 1)
			return 0;
		/* The second digit completes the first byte, and so on. */
		*to = (unsigned char)(u->bits >> (u->digits ? 2 * (3 - u->digits) + 2 : 0));
		return 1;
	}
	if (value == PADDING && u->digits + u->padding >= 2 && u->padding < 2)
		u->padding++;
	else if (c == '<')
		end_text(u);
	else if (value != BLANK)
		unpacker_refuse(u, NOT_BASE64);
	return 0;
}

/* Decodes into `to` until it is full or the text has ended. Returns how many bytes. */
static size_t decode_text(struct unpacker *u, unsigned char *to, size_t room)
{
	size_t len = 0;

	while (len < room && !u->text_ended && !unpacker_failed(u)) {
		size_t from = u->text_at;

		if (from == u->text_len && !read_text(u)) {
			unpacker_refuse(u, "the file ends within them");
			break;
		}
		from = u->text_at;
		while (u->text_at < u->text_len && len < room && !u->text_ended && !u->wrong)
			len += decode(u, (unsigned char)u->text[u->text_at++], to + len);
		u->text_bytes += u->text_at - from;
	}
	return len;
}

/* ---- deflate ---- */

/* Returns how many bytes went into out. */
static size_t inflate_some(struct unpacker *u)
{
	int state = Z_OK;

	if (!u->inflating) {
		if (inflateInit2(&u->stream, -15) != Z_OK) {
			u->err = -ENOMEM;
			return 0;
		}
		u->inflating = true;
	}
	u->stream.next_out = u->out;
	u->stream.avail_out = UNPACKER_CHUNK;
	while (u->stream.avail_out == UNPACKER_CHUNK && state == Z_OK) {
		if (!u->stream.avail_in) {
			u->stream.next_in = u->raw;
			u->stream.avail_in = (unsigned int)decode_text(u, u->raw, UNPACKER_CHUNK);
			if (!u->stream.avail_in) {
				unpacker_refuse(u, TOO_SHORT);
				break;
			}
		}
		state = inflate(&u->stream, Z_NO_FLUSH);
	}
	if (state == Z_MEM_ERROR)
		u->err = -ENOMEM;
	else if (state != Z_OK && state != Z_STREAM_END)
		unpacker_refuse(u, "they cannot be inflated");
	u->stream_ended = state == Z_STREAM_END;
	return UNPACKER_CHUNK - u->stream.avail_out;
}

/* More unpacked bytes; false when there are none. */
static bool unpack(struct unpacker *u)
{
	u->at = u->len = 0;
	if (unpacker_failed(u) || u->stream_ended)
		return false;
	u->len = u->deflated ? inflate_some(u) : decode_text(u, u->out, UNPACKER_CHUNK);
	u->out_bytes += u->len;
	if (u->out_bytes > FREE_BYTES && u->out_bytes / RATIO_MAX > u->text_bytes)
		unpacker_refuse(u, TOO_LARGE);
	if (unpacker_failed(u))
		u->len = 0;
	return u->len;
}

void unpacker_bytes(struct unpacker *u, void *to, size_t len)
{
	unsigned char *bytes = to;

	while (len) {
		size_t part = u->len - u->at < len ? u->len - u->at : len;

		memcpy(bytes, u->out + u->at, part);
		u->at += part;
		bytes += part;
		len -= part;
		if (len && !unpack(u)) {
			unpacker_refuse(u, TOO_SHORT);
			memset(bytes, 0, len);
			return;
		}
	}
}

uint64_t unpacker_long_number(struct unpacker *u)
{
	uint64_t number = 0;
	unsigned char byte = 0x80;

	for (unsigned int shift = 0; byte & 0x80; shift += 7) {
		if (u->at == u->len && !unpack(u)) {
			unpacker_refuse(u, TOO_SHORT);
			return 0;
		}
		byte = u->out[u->at++];
		if ((shift == 63 && byte > 1) || (shift && !byte)) {
			unpacker_refuse(u, shift == 63 ? "a number is longer than 64 bits"
						       : "a number is longer than it need be");
			return 0;
		}
		number |= (uint64_t)(byte & 0x7f) << shift;
	}
	return number;
}

void unpacker_end(struct unpacker *u)
{
	unsigned char more;

	if (unpacker_failed(u))
		return;
	if (u->at < u->len || unpack(u) || (u->deflated && u->stream.avail_in))
		unpacker_refuse(u, "something follows their end");
	if (u->deflated && !u->stream_ended)
		unpacker_refuse(u, TOO_SHORT);
	if (!u->text_ended && decode_text(u, &more, 1))
		unpacker_refuse(u, "something follows their end");
}
