/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Split units: what a skeleton unit in a program stands for is in a file of its
 * own, or in the program's package (DWARF 5, section 3.1.3, and -gsplit-dwarf
 * of DWARF 4).
 *
 * A package is looked for beside the program: PROGRAM.dwp. A .dwo file is where
 * the compiler put it, or, moved, beside the program. Both in each of the places
 * (places.h). It is believed only if it has the id that the skeleton gives.
 */
#ifndef BOLOMETER_SYMBOLIZER_DWARF_SPLIT_H
#define BOLOMETER_SYMBOLIZER_DWARF_SPLIT_H

#include "symbolizer/dwarf.h"
#include "symbolizer/dwarf_skeleton.h"

/* What is known of a file's split units. */
struct dwarf_splits {
	const struct dwarf_wish *wish;
	const struct elf_file *file;
	const struct dwarf_image *image;
	struct dwarf_package package, unit; /* the .dwo file at hand */
	bool searched, has_package, has_unit;
	size_t nr_missing;	 /* units whose rest was not found */
	char first_missing[256]; /* the file of the first of them */
};

/* Begins with the image of `file`, both of which stay open. */
void dwarf_splits_init(struct dwarf_splits *splits, const struct dwarf_wish *wish,
		       const struct elf_file *file, const struct dwarf_image *image);

/* Tells the wish's source what was missing. Returns 0 or -ENOMEM. */
int dwarf_splits_fini(struct dwarf_splits *splits);

/*
 * Finds what a skeleton unit stands for: its first entry, valid until dwarf_split_close(). Returns
 * 1, 0 when it was not found, -ENOMEM or DWARF_NO_MEMORY; *split is open only after 1. To be called
 * only in dwarf_memory_run(): where that was left, *split may be open, too.
 */
int dwarf_split_open(struct dwarf_splits *splits, Dwarf_CU *skeleton, Dwarf_Die *skeleton_die,
		     struct dwarf_split *split, Dwarf_Die *ret_die);

#endif
