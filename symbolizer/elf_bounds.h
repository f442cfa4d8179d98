/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where functions begin and end that have no symbol.
 *
 * Compilers write an entry of call-frame information for each function, and
 * stripping leaves them, as exceptions need them: .eh_frame (LSB Core 5.0,
 * chapter 10.6). What they cover is a function as the linker placed it; the
 * cold part of a split function has an entry, and so bounds, of its own.
 */
#ifndef BOLOMETER_SYMBOLIZER_ELF_BOUNDS_H
#define BOLOMETER_SYMBOLIZER_ELF_BOUNDS_H

#include "symbolizer/elf_file.h"
#include "symbolizer/text_index.h"

/* Where a file's .eh_frame is. All zero: nowhere. */
struct elf_bounds {
	uint64_t off, len, addr;
};

/* Looks for it, while libelf's handle is open. */
void elf_bounds_find(const struct elf_file *file, struct elf_bounds *ret);

/*
 * Fills an empty index, and finishes it, with the bounds that the section states; entries that make
 * no sense are left out. The symbols mean nothing but their addresses. Returns 0 or -ENOMEM.
 */
int elf_bounds_read(const struct elf_file *file, const struct elf_bounds *bounds,
		    struct text_index *index);

#endif
