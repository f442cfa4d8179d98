/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that one program or library is read from: itself, what was stripped from it, and the
 * mini debug information in it; and which of them has the symbols, and which the DWARF.
 */
#ifndef BOLOMETER_SYMBOLIZER_ELF_FILES_H
#define BOLOMETER_SYMBOLIZER_ELF_FILES_H

#include "symbolizer/elf_file.h"
#include "symbolizer/places.h"
#include "symbolizer/source.h"

struct elf_files {
	struct elf_file file, debug, mini;
	bool has_symtab;	      /* the file itself */
	const struct elf_file *dwarf; /* one of the above; NULL: none has DWARF that is wanted */
};

struct elf_files_wish {
	struct source *source; /* is told of files that are refused */
	const char *path;      /* as the process knows it */
	const struct places *places;
	bool dwarf;   /* whether it is wanted */
	bool servers; /* whether they may be asked */
};

/* None is open. */
void elf_files_init(struct elf_files *files);
void elf_files_fini(struct elf_files *files);

/*
 * Opens the separate debug file where symbols or DWARF are to be had only there; files->file is
 * open. Returns 0 or -ENOMEM.
 */
int elf_files_find_debug(struct elf_files *files, const struct elf_files_wish *wish);

/*
 * The file whose .symtab is to be read, or NULL: it itself, its debug file, or the mini debug
 * information, which is decompressed now. Returns 0 or -ENOMEM.
 */
int elf_files_find_symtab(struct elf_files *files, struct source *source, const char *path,
			  const struct elf_file **ret);

/* What the answers depend on, but for the options; false: they are not to be kept. */
bool elf_files_identify(const struct elf_files *files, struct source_key *ret);

/* Closes libelf's handles. */
void elf_files_release(struct elf_files *files);

#endif
