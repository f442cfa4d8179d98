// SPDX-License-Identifier: GPL-2.0-or-later
/* LEB128 numbers and encoded pointers; see cfi_reader.h. */
#include "profiler/unwind/table/cfi_reader.h"

/* Padding beyond what 64 bits take is legal and never written; it would let a byte cost nothing. */
#define LEB128_BITS_MAX 70

uint64_t cfi_long_uleb(struct cfi_reader *reader)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < LEB128_BITS_MAX; shift += 7) {
		uint8_t byte = cfi_u8(reader);

		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	cfi_fail(reader);
	return 0;
}

int64_t cfi_sleb(struct cfi_reader *reader)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < LEB128_BITS_MAX; shift += 7) {
		uint8_t byte = cfi_u8(reader);

		if (shift == 63 && byte != 0 && byte != 0x7f)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte >= 0x80)
			continue;
		if (byte & 0x40 && shift < 57)
			value |= UINT64_MAX << (shift + 7);
		return (int64_t)value;
	}
	cfi_fail(reader);
	return 0;
}

/* The address of the byte that is read next. */
static uint64_t address_of_next(const struct cfi_reader *reader, const struct cfi_section *section)
{
	return section->vaddr + (uint64_t)(reader->at - section->data);
}

static void skip_to_alignment(struct cfi_reader *reader, const struct cfi_section *section)
{
	cfi_take(reader, -address_of_next(reader, section) & 7);
}

uint64_t cfi_pointer_number(struct cfi_reader *reader, const struct cfi_section *section,
			    uint8_t encoding)
{
	if ((encoding & CFI_PE_RELATIVE) == CFI_PE_ALIGNED)
		skip_to_alignment(reader, section);
	switch (encoding & CFI_PE_FORMAT) {
	case CFI_PE_ABSPTR:
	case CFI_PE_SIGNED:
	case CFI_PE_UDATA8:
	case CFI_PE_SDATA8:
		return cfi_u64(reader);
	case CFI_PE_UDATA4:
		return cfi_u32(reader);
	case CFI_PE_SDATA4:
		return (uint64_t)(int32_t)cfi_u32(reader);
	case CFI_PE_UDATA2:
		return cfi_u16(reader);
	case CFI_PE_SDATA2:
		return (uint64_t)(int16_t)cfi_u16(reader);
	case CFI_PE_ULEB128:
		return cfi_uleb(reader);
	case CFI_PE_SLEB128:
		return (uint64_t)cfi_sleb(reader);
	}
	cfi_fail(reader);
	return 0;
}

/* 0 for none that is known; an absolute pointer's is 0, too, and is right. */
static uint64_t pointer_base(const struct cfi_section *section, uint8_t encoding, uint64_t here)
{
	switch (encoding & CFI_PE_RELATIVE) {
	case CFI_PE_PCREL:
		return here;
	case CFI_PE_TEXTREL:
		return section->text;
	case CFI_PE_DATAREL:
		return section->data_rel;
	}
	return 0;
}

static bool is_absolute(uint8_t encoding)
{
	uint8_t relative = encoding & CFI_PE_RELATIVE;

	return !relative || relative == CFI_PE_ALIGNED;
}

uint64_t cfi_pointer(struct cfi_reader *reader, const struct cfi_section *section, uint8_t encoding,
		     bool *ret_null)
{
	uint64_t base = pointer_base(section, encoding, address_of_next(reader, section));
	uint64_t number;

	if (encoding & CFI_PE_INDIRECT || (!base && !is_absolute(encoding)))
		cfi_fail(reader);
	number = cfi_pointer_number(reader, section, encoding);
	if (ret_null)
		*ret_null = !number;
	return base + number;
}
