/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions from the symbol tables of ELF files (gABI, "Symbol Table"), and
 * their names.
 *
 * The index keeps only where a name is; names are read from the file when an
 * address needs one. A profile touches a few hundred of a file's functions, and
 * string tables are the largest part of what is needed to name them.
 */
#ifndef BOLOMETER_SYMBOLIZER_ELF_SYMBOLS_H
#define BOLOMETER_SYMBOLIZER_ELF_SYMBOLS_H

#include "symbolizer/elf_file.h"
#include "symbolizer/text.h"
#include "symbolizer/text_index.h"

/* What text_symbol.table says about a function of an ELF file, and text_symbol.name then is: */
enum elf_name_table {
	NAME_IN_STRTAB,	  /* offset in the string table of .symtab */
	NAME_IN_DYNSTR,	  /* offset in the string table of .dynsym */
	NAME_IN_GO,	  /* offset in the names of Go's table of functions */
	NAME_OF_PLT,	  /* the same: the function that this PLT stub jumps to */
	NAME_OF_RESOLVER, /* the stub jumps where the function that far above texts[0] says */
};

/* A string table in an open file. All zero: none. */
struct elf_names {
	const struct elf_file *file;
	uint64_t off, len;
};

/*
 * Adds the functions of the file's first table of the type (SHT_SYMTAB, SHT_DYNSYM) to the index.
 * *ret_names is set when there is such a table. Returns 0 or -ENOMEM.
 */
int elf_symbols_add(struct text_index *index, const struct elf_file *file, uint32_t type,
		    enum elf_name_table table, struct elf_names *ret_names);

/* Replaces *ret with the name at an offset: empty when there is none. Returns 0 or -ENOMEM. */
int elf_names_read(const struct elf_names *names, uint32_t off, struct text *ret);

#endif
