/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections of call-frame information made by hand, and tables written as text. */
#ifndef BOLOMETER_TESTS_UNWIND_FIXTURE_H
#define BOLOMETER_TESTS_UNWIND_FIXTURE_H

#include "tests/unit/unit.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>

#include "profiler/unwind/table/cfi_reader.h"
#include "profiler/unwind/table/table.h"
#include "tests/unit/unwind_check.h"

#define SECTION_ADDR 0x9000 /* of hand-made sections */
#define PCREL	     (CFI_PE_PCREL | CFI_PE_SDATA4)

/* Bytes for a parameter "data, len". */
#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

struct bytes {
	uint8_t data[1 << 16];
	size_t len;
};

__attribute__((unused)) static void put(struct bytes *bytes, const void *data, size_t len)
{
	assert_true(len <= sizeof(bytes->data) - bytes->len);
	memcpy(bytes->data + bytes->len, data, len);
	bytes->len += len;
}

__attribute__((unused)) static void put_number(struct bytes *bytes, uint64_t number, size_t len)
{
	put(bytes, &number, len);
}

__attribute__((unused)) static void put_uleb(struct bytes *bytes, uint64_t number)
{
	do {
		put_number(bytes, (number & 0x7f) | (number > 0x7f ? 0x80 : 0), 1);
		number >>= 7;
	} while (number);
}

/* ---- entries --------------------------------------------------------------------------------- */

/* Begins an entry with its length still open; `id` is 4 bytes. Returns its offset. */
__attribute__((unused)) static size_t entry_begin(struct bytes *bytes, uint32_t id)
{
	size_t at = bytes->len;

	put_number(bytes, 0, 4);
	put_number(bytes, id, 4);
	return at;
}

/* Fills up with nops, as compilers do, and writes the length. */
__attribute__((unused)) static void entry_end(struct bytes *bytes, size_t at)
{
	uint32_t len;

	while ((bytes->len - at) % 4)
		put_number(bytes, 0, 1);
	len = (uint32_t)(bytes->len - at - 4);
	memcpy(bytes->data + at, &len, sizeof(len));
}

/* The CIE of a compiler for x86-64: CFA = RSP + 8, return address at CFA - 8. */
#define X86_START BYTES(0x0c, 7, 8, 0x80 | 16, 1)
/* And for arm64: CFA = SP. */
#define ARM64_START BYTES(0x0c, 31, 0)

/* A CIE of .eh_frame with version 1 and augmentation "zR" or "zRS". Returns its offset. */
__attribute__((unused)) static size_t put_cie(struct bytes *bytes, const char *augmentation,
					      uint8_t encoding, uint8_t code_align,
					      uint8_t return_register, const uint8_t *start,
					      size_t start_len)
{
	size_t at = entry_begin(bytes, 0);

	put_number(bytes, 1, 1);
	put(bytes, augmentation, strlen(augmentation) + 1);
	put_number(bytes, code_align, 1);
	put_number(bytes, 0x78, 1); /* data alignment -8 */
	put_number(bytes, return_register, 1);
	put_number(bytes, 1, 1);
	put_number(bytes, encoding, 1);
	put(bytes, start, start_len);
	entry_end(bytes, at);
	return at;
}

__attribute__((unused)) static size_t put_x86_cie(struct bytes *bytes)
{
	return put_cie(bytes, "zR", PCREL, 1, 16, X86_START);
}

/* An FDE of a CIE with PCREL. Returns its offset. */
__attribute__((unused)) static size_t put_fde(struct bytes *bytes, size_t cie, uint64_t start,
					      uint32_t len, const uint8_t *instructions,
					      size_t instructions_len)
{
	size_t at = entry_begin(bytes, (uint32_t)(bytes->len + 4 - cie));

	put_number(bytes, start - (SECTION_ADDR + bytes->len), 4);
	put_number(bytes, len, 4);
	put_number(bytes, 0, 1); /* no augmentation data */
	put(bytes, instructions, instructions_len);
	entry_end(bytes, at);
	return at;
}

__attribute__((unused)) static struct cfi_section section_of(struct bytes *bytes, uint16_t machine)
{
	return (struct cfi_section){
		.data = bytes->data, .size = bytes->len, .vaddr = SECTION_ADDR, .machine = machine};
}

/* ---- tables ---------------------------------------------------------------------------------- */

__attribute__((unused)) static void cfa_text(const struct unwind_row *row, char *text, size_t size)
{
	int cfa = row->cfa, saved = row->saved;

	switch (UNWIND_RULE_CFA(row->rule)) {
	case UNWIND_CFA_NONE:
		snprintf(text, size, "none");
		break;
	case UNWIND_CFA_SP:
		snprintf(text, size, "sp%+d", cfa);
		break;
	case UNWIND_CFA_FP:
		snprintf(text, size, "fp%+d", cfa);
		break;
	case UNWIND_CFA_PLT:
		snprintf(text, size, "plt(sp%+d, %d)", cfa, saved);
		break;
	case UNWIND_CFA_SP_DEREF:
		snprintf(text, size, "*(sp%+d)+8", cfa);
		break;
	case UNWIND_CFA_FP_DEREF:
		snprintf(text, size, "*(fp%+d)", cfa);
		break;
	case UNWIND_CFA_REG:
		snprintf(text, size, "r%d%+d", UNWIND_REG_NUMBER(cfa), UNWIND_REG_WORDS(cfa));
		break;
	case UNWIND_CFA_LINK:
		snprintf(text, size, "link(sp%+d, r%d)", cfa, saved);
		break;
	case UNWIND_CFA_SIGNAL:
		snprintf(text, size, "signal(sp%+d)", cfa);
		break;
	case UNWIND_CFA_END:
		snprintf(text, size, "end");
		break;
	default:
		snprintf(text, size, "other");
	}
}

static const char *const fp_texts[] = {
	[UNWIND_FP_AT_CFA] = " fp@cfa",
	[UNWIND_FP_AT_FP] = " fp@fp",
	[UNWIND_LR_AT_CFA] = " lr@cfa",
	[UNWIND_FP_AT_SP] = " fp@sp",
};

/* "1000 sp+1; 1001 sp+2 fp@cfa-2; 1010 none", until the next call. */
__attribute__((unused)) static const char *table_text(const struct unwind_table *table)
{
	static char text[8192];
	size_t len = 0;

	for (uint32_t i = 0; i < table->nr_rows && len < sizeof(text) - 100; i++) {
		const struct unwind_row *row = &table_rows(table)[i];
		int fp = UNWIND_RULE_FP(row->rule);
		char cfa[64];

		cfa_text(row, cfa, sizeof(cfa));
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%x %s", i ? "; " : "",
					row->addr, cfa);
		if (fp)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%+d",
						fp_texts[fp], row->saved);
	}
	return text;
}

/* Builds from a section by hand and checks what always holds. */
__attribute__((unused)) static int build(struct bytes *bytes, uint16_t machine,
					 struct unwind_table *ret_table)
{
	struct elf_image image = {.machine = machine};
	struct cfi_section section = section_of(bytes, machine);
	int err = unwind_table_build_section(&image, &section, ret_table);

	if (!err && table_check(ret_table))
		fail_msg("%s is wrong: %s", table_check(ret_table), table_text(ret_table));
	return err;
}

/* Asserts the rows that a section gives, and how many of its entries are damaged. */
__attribute__((unused)) static void assert_rows(struct bytes *bytes, uint16_t machine,
						const char *rows, uint64_t damaged)
{
	struct unwind_table table;

	assert_int_equal(build(bytes, machine, &table), 0);
	assert_string_equal(table_text(&table), rows);
	assert_int_equal(table.damaged, damaged);
	unwind_table_fini(&table);
}

#endif
