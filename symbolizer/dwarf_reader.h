/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading numbers and strings of a debug section: fixed widths in the file's byte order, LEB128
 * (DWARF 5, section 7.6). A read past the end marks the reader as failed; from then on it reads
 * zeros and is at its end, so that callers ask once, when they are done.
 */
#ifndef BOLOMETER_SYMBOLIZER_DWARF_READER_H
#define BOLOMETER_SYMBOLIZER_DWARF_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct dwarf_reader {
	const unsigned char *at, *end;
	bool big_endian;
	bool failed;
};

static inline size_t dwarf_reader_left(const struct dwarf_reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

/* The next `len` bytes, or NULL. */
static inline const unsigned char *dwarf_reader_take(struct dwarf_reader *reader, uint64_t len)
{
	const unsigned char *taken = reader->at;

	if (len > dwarf_reader_left(reader)) {
		reader->failed = true;
		reader->at = reader->end;
		return NULL;
	}
	if (len) /* of no bytes at all the place is NULL */
		reader->at += len;
	return taken;
}

/* A number of `len` bytes, 8 at most. */
static inline uint64_t dwarf_read_fixed(struct dwarf_reader *reader, size_t len)
{
	const unsigned char *from = dwarf_reader_take(reader, len);
	uint64_t number = 0;

	for (size_t i = 0; from && i < len; i++)
		number = number << 8 | from[reader->big_endian ? i : len - 1 - i];
	return number;
}

static inline uint8_t dwarf_read_u8(struct dwarf_reader *reader)
{
	const unsigned char *from = dwarf_reader_take(reader, 1);

	return from ? *from : 0;
}

/* The groups of a LEB128 number; bits beyond the 64th are dropped. `ret_last` is the last of them. */
static inline uint64_t dwarf_read_groups(struct dwarf_reader *reader, unsigned int *ret_bits,
					 uint8_t *ret_last)
{
	uint64_t number = 0, byte;
	unsigned int shift = 0;

	do {
		byte = dwarf_read_u8(reader);
		number |= shift < 64 ? (byte & 0x7f) << shift : 0;
		shift += 7;
	} while (byte & 0x80);
	*ret_bits = shift;
	*ret_last = (uint8_t)byte;
	return number;
}

static inline uint64_t dwarf_read_uleb(struct dwarf_reader *reader)
{
	unsigned int bits;
	uint8_t last;

	return dwarf_read_groups(reader, &bits, &last);
}

static inline int64_t dwarf_read_sleb(struct dwarf_reader *reader)
{
	unsigned int bits;
	uint8_t last;
	uint64_t number = dwarf_read_groups(reader, &bits, &last);

	if (bits < 64 && last & 0x40)
		number |= UINT64_MAX << bits;
	return (int64_t)number;
}

/* A string with its NUL, or NULL. */
static inline const char *dwarf_read_string(struct dwarf_reader *reader)
{
	size_t len = strnlen((const char *)reader->at, dwarf_reader_left(reader));

	return (const char *)dwarf_reader_take(reader, len + 1);
}

/* The length a unit or table begins with, and how its offsets are written (section 7.4). */
static inline uint64_t dwarf_read_unit_len(struct dwarf_reader *reader, size_t *ret_offset_len)
{
	uint64_t len = dwarf_read_fixed(reader, 4);

	*ret_offset_len = len == UINT32_MAX ? 8 : 4;
	return len == UINT32_MAX ? dwarf_read_fixed(reader, 8) : len;
}

#endif
