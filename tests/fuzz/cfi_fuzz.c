// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Call-frame information of every kind. The first byte of the input says what
 * the rest is: a section of either kind for either machine, or an ELF file.
 * Whatever it is, the table that comes out has to be one.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/unwind/table/table.h"
#include "tests/unit/unwind_check.h"

enum {
	INPUT_ARM64 = 1,
	INPUT_DEBUG_FRAME = 2,
	INPUT_FILE = 4,
	INPUT_BASES = 8, /* text and data are known */
	INPUT_HIGH = 16, /* far from 0 */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The section has to be memory of its own, so that a read past its end is seen. */
static int build_section(uint8_t how, const uint8_t *data, size_t size, struct unwind_table *table)
{
	uint64_t base = how & INPUT_HIGH ? 0xffffffff80000000 : 0;
	struct elf_image image = {
		.machine = how & INPUT_ARM64 ? EM_AARCH64 : EM_X86_64,
		.base = base,
		.entry = base + 0x1000,
	};
	struct cfi_section section = {
		.data = malloc(size ? size : 1),
		.size = size,
		.vaddr = base + 0x10000,
		.text = how & INPUT_BASES ? base + 0x1000 : 0,
		.data_rel = how & INPUT_BASES ? base + 0x20000 : 0,
		.machine = image.machine,
		.is_debug_frame = how & INPUT_DEBUG_FRAME,
	};
	int err;

	if (!section.data)
		abort();
	memcpy(section.data, data, size);
	err = unwind_table_build_section(&image, &section, table);
	cfi_section_fini(&section);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unwind_table table;
	const char *wrong;
	int err;

	if (!size)
		return 0;
	if (data[0] & INPUT_FILE)
		err = table_of_bytes(data + 1, size - 1, &table);
	else
		err = build_section(data[0], data + 1, size - 1, &table);
	if (err)
		return 0;
	wrong = table_check(&table);
	if (wrong) {
		fprintf(stderr, "%s is wrong\n", wrong);
		abort();
	}
	unwind_table_fini(&table);
	return 0;
}
