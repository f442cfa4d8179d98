/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The header of a line number program: its files, and what its instructions mean (DWARF 5, section
 * 6.2.4; versions 2 to 5).
 *
 * libdw would run the whole program to say what one file is called, and keep ten times as much as
 * it has.
 */
#ifndef BOLOMETER_SYMBOLIZER_DWARF_LINE_TABLE_H
#define BOLOMETER_SYMBOLIZER_DWARF_LINE_TABLE_H

#include "symbolizer/dwarf_reader.h"
#include "symbolizer/dwarf_image.h"
#include "symbolizer/frame_store.h"

struct dwarf_line_file {
	const char *name; /* in the image; NULL: not known */
	uint64_t folder;  /* its number */
	const char *path; /* the store's, once it was asked for */
};

/* All zero: none was read. */
struct dwarf_line_table {
	bool read;
	uint16_t version; /* 0: there is none */
	uint8_t instruction_len;
	uint8_t operations; /* of an instruction */
	int8_t line_base;
	uint8_t line_range;
	uint8_t opcode_base;
	const unsigned char *operand_counts; /* of the standard opcodes, from 1 on */
	struct dwarf_reader program;
	/* As numbers in the program and in the unit's entries have them. */
	struct dwarf_line_file *files;
	size_t nr_files, cap_files;
	const char **folders;
	size_t nr_folders, cap_folders;
};

/*
 * Reads the header of the program at an offset of .debug_line; `folder` is the unit's own, or NULL.
 * Damage ends the lists of files and folders early, or leaves version 0. Returns 0 or -ENOMEM;
 * dwarf_line_table_fini() is due. The table is good as long as the image.
 */
int dwarf_line_table_read(struct dwarf_line_table *table, struct dwarf_image *image, uint64_t off,
			  const char *folder);
void dwarf_line_table_fini(struct dwarf_line_table *table);

/* A file as the program itself defines one; `folder` is a number. Returns 0 or -ENOMEM. */
int dwarf_line_table_add(struct dwarf_line_table *table, const char *name, uint64_t folder);

/*
 * The path of a file, as far as the table says it: it may be relative to the unit's folder. NULL
 * where there is no such file. Returns 0 or -ENOMEM.
 */
int dwarf_line_table_path(struct dwarf_line_table *table, uint64_t file, struct frame_store *store,
			  const char **ret);

#endif
