/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the bytes of call-frame information: fixed widths, LEB128 (DWARF 5,
 * section 7.6) and encoded pointers (LSB Core 5.0, section 10.5). A read past
 * the end, or of a number that does not fit into 64 bits, marks the reader as
 * failed; from then on it reads zeros and is at its end, so that callers ask
 * once, when they are done.
 */
#ifndef BOLOMETER_UNWIND_CFI_READER_H
#define BOLOMETER_UNWIND_CFI_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "profiler/unwind/table/elf_image.h"

struct cfi_reader {
	const uint8_t *at, *end;
	bool failed;
};

/* How a pointer is written; the pointers here are never more than their bits say. */
enum cfi_pointer_encoding {
	CFI_PE_ABSPTR = 0x00,
	CFI_PE_ULEB128 = 0x01,
	CFI_PE_UDATA2 = 0x02,
	CFI_PE_UDATA4 = 0x03,
	CFI_PE_UDATA8 = 0x04,
	CFI_PE_SIGNED = 0x08,
	CFI_PE_SLEB128 = 0x09,
	CFI_PE_SDATA2 = 0x0a,
	CFI_PE_SDATA4 = 0x0b,
	CFI_PE_SDATA8 = 0x0c,
	CFI_PE_FORMAT = 0x0f,

	CFI_PE_PCREL = 0x10,
	CFI_PE_TEXTREL = 0x20,
	CFI_PE_DATAREL = 0x30,
	CFI_PE_ALIGNED = 0x50,
	CFI_PE_RELATIVE = 0x70,

	CFI_PE_INDIRECT = 0x80,
	CFI_PE_OMIT = 0xff,
};

static inline size_t cfi_left(const struct cfi_reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

static inline void cfi_fail(struct cfi_reader *reader)
{
	reader->failed = true;
	reader->at = reader->end;
}

/* The next `len` bytes, or NULL. */
static inline const uint8_t *cfi_take(struct cfi_reader *reader, uint64_t len)
{
	const uint8_t *bytes = reader->at;

	if (len > cfi_left(reader)) {
		cfi_fail(reader);
		return NULL;
	}
	reader->at += len;
	return bytes;
}

/* Little-endian, as are the machines whose files these are and the ones this runs on. */
#define CFI_READ_FIXED(name, type)                                     \
	static inline type name(struct cfi_reader *reader)             \
	{                                                              \
		const uint8_t *bytes = cfi_take(reader, sizeof(type)); \
		type value = 0;                                        \
                                                                       \
		if (bytes)                                             \
			memcpy(&value, bytes, sizeof(value));          \
		return value;                                          \
	}
CFI_READ_FIXED(cfi_u8, uint8_t)
CFI_READ_FIXED(cfi_u16, uint16_t)
CFI_READ_FIXED(cfi_u32, uint32_t)
CFI_READ_FIXED(cfi_u64, uint64_t)
#undef CFI_READ_FIXED

uint64_t cfi_long_uleb(struct cfi_reader *reader);
int64_t cfi_sleb(struct cfi_reader *reader);

/* Nearly all of them are one byte. */
static inline uint64_t cfi_uleb(struct cfi_reader *reader)
{
	if (reader->at < reader->end && *reader->at < 0x80)
		return *reader->at++;
	return cfi_long_uleb(reader);
}

/*
 * A pointer that lies within the section. Fails for encodings that need the memory of a process
 * (indirect), and for relative ones whose base is not known. `ret_null` (may be NULL) says whether
 * the number written was 0: a reference to what the linker has discarded, relative or not.
 */
uint64_t cfi_pointer(struct cfi_reader *reader, const struct cfi_section *section, uint8_t encoding,
		     bool *ret_null);

/* The number as written, without what it is relative to. */
uint64_t cfi_pointer_number(struct cfi_reader *reader, const struct cfi_section *section,
			    uint8_t encoding);

#endif
