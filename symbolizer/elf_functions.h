/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions of an ELF file, from all tables that name some: .symtab (its own, or of what was
 * stripped from it) or else Go's, .dynsym, and the stubs of the PLT.
 *
 * Only where they are is kept; a name is read from its file when an address needs it.
 */
#ifndef BOLOMETER_SYMBOLIZER_ELF_FUNCTIONS_H
#define BOLOMETER_SYMBOLIZER_ELF_FUNCTIONS_H

#include "symbolizer/elf_file.h"
#include "symbolizer/elf_symbols.h"
#include "symbolizer/go_inlines.h"
#include "symbolizer/text.h"
#include "symbolizer/text_index.h"

/* All zero: none. */
struct elf_functions {
	struct text_index index;
	struct elf_names symtab, dynsym, go;
	struct go_inlines go_inlines; /* what Go says of calls; .file NULL: nothing */
	uint64_t text_start;	      /* of the file's first section with instructions */
	struct text name, other_name;
};

/* The function at an address. */
struct elf_function {
	const char *name;     /* as its table spells it; until the next one is looked for */
	size_t name_len;      /* 0: no table has a name for the address, and nothing else is set */
	const char *suffix;   /* to be written behind it: "@plt" or "" */
	uint64_t addr;	      /* where it starts */
	uint64_t first, last; /* addresses around with the same answer, inclusive */
};

/*
 * Reads the tables of `file`, whose `elf` is open, and the .symtab of `symtab`, which is the same, a
 * debug file of it, or NULL. Both have to outlive the functions. Returns 0 or -ENOMEM.
 */
int elf_functions_read(struct elf_functions *functions, const struct elf_file *file,
		       const struct elf_file *symtab);
void elf_functions_fini(struct elf_functions *functions);

/* Of several names of a function it is the best one (symbol_name.h). Returns 0 or -ENOMEM. */
int elf_functions_find(struct elf_functions *functions, uint64_t addr, struct elf_function *ret);

#endif
