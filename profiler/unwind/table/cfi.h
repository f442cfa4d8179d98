/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading call-frame information: the entries of .eh_frame (LSB Core 5.0,
 * chapter 10.6) and .debug_frame (DWARF 5, section 6.4), and what their
 * instructions say about each address. What is made of it is table.h's.
 */
#ifndef BOLOMETER_UNWIND_CFI_H
#define BOLOMETER_UNWIND_CFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/unwind/table/elf_image.h"

/* Common to the entries that name it. */
struct cfi_cie {
	size_t at;	 /* offset in the section */
	uint64_t number; /* from 1 on, never used again: what is known of one is kept by it */
	uint64_t code_align;
	int64_t data_align;
	uint64_t return_register;
	uint8_t pointer_encoding;  /* DW_EH_PE_* of the entries' addresses */
	bool has_augmentation;	   /* 'z': entries carry the length of their augmentation data */
	bool is_signal_frame;	   /* 'S' */
	bool signs_return_address; /* 'B': with the B key, see pauth ABI */
	const uint8_t *instructions, *instructions_end;
};

/* What describes one run of code. */
struct cfi_fde {
	uint64_t start, end; /* p_vaddr */
	size_t at;	     /* offset in the section, of its length field */
	const struct cfi_cie *cie;
	const uint8_t *instructions, *instructions_end;
};

/* What was wrong, in numbers; the rest is read all the same, where it can be found. */
struct cfi_damage {
	uint64_t entries; /* that could not be read, or whose instructions made no sense */
};

/*
 * Calls `each` for every entry that can be read, in the section's order; the entry lives until it
 * returns. Stops at the first error of `each` and returns it, else 0.
 */
int cfi_each_fde(const struct cfi_section *section, struct cfi_damage *damage,
		 int (*each)(void *data, const struct cfi_fde *fde), void *data);

#endif
