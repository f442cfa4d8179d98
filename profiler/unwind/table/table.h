/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An object's call-frame information as the kernel walker wants it: the rows
 * and page index of bpf/shared_unwind.h, in one run of units that holds no
 * addresses of memory and can be copied anywhere.
 */
#ifndef BOLOMETER_UNWIND_TABLE_H
#define BOLOMETER_UNWIND_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/shared_unwind.h"
#include "profiler/unwind/table/elf_image.h"

struct unwind_table {
	uint64_t *units; /* owned */
	size_t nr_units;
	uint32_t nr_rows;
	uint64_t base;	   /* address that rows count from, as in struct elf_image */
	uint32_t nr_other; /* rows of kind UNWIND_CFA_OTHER */
	uint64_t damaged;  /* entries that could not be read */
};

/*
 * From an ELF file. Returns 0; -ENOENT: there is no call-frame information; -ENOEXEC: not a file
 * that elf_image_read() takes; -EBADMSG, -EFBIG: it cannot be used; -ENOMEM; or -errno of reading.
 * The file's position is not used. Thread-safe.
 */
int unwind_table_build(int fd, struct unwind_table *ret_table);

/* Likewise from a section that was read already. `image` says what it belongs to. */
int unwind_table_build_section(const struct elf_image *image, const struct cfi_section *section,
			       struct unwind_table *ret_table);

void unwind_table_fini(struct unwind_table *table);

/* The row that holds at `addr` (counted from base), NULL outside of the table. */
const struct unwind_row *unwind_table_find(const struct unwind_table *table, uint64_t addr);

#endif
