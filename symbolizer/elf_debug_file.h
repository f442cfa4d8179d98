/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The separate file with what was stripped from a program or library.
 *
 * It is looked for in each of the places (places.h): below --symfs the file
 * itself, as it was before stripping; by build id (DEBUG/.build-id/xx/yyyy.debug);
 * by the name in .gnu_debuglink (beside the file, in .debug beside it, and in
 * the same folder below DEBUG); and last on the servers of debuginfod. What is
 * found is believed only if it belongs to the file: no other build id, for a
 * name also the CRC that the link states, the same machine and layout.
 */
#ifndef BOLOMETER_SYMBOLIZER_ELF_DEBUG_FILE_H
#define BOLOMETER_SYMBOLIZER_ELF_DEBUG_FILE_H

#include "symbolizer/elf_file.h"
#include "symbolizer/places.h"
#include "symbolizer/source.h"

struct elf_debug_wish {
	struct source *source; /* is told of files that are refused */
	const struct elf_file *file;
	const char *path; /* as the process knows it; on the host it may be relative */
	const struct places *places;
	bool symtab, dwarf; /* what is needed */
	bool servers;	    /* whether servers may be asked, too */
};

/*
 * Looks for the debug file that has what is needed, or else some of it. Returns 1 with *ret open, 0
 * when there is none, or -ENOMEM.
 */
int elf_debug_file_find(const struct elf_debug_wish *wish, struct elf_file *ret);

/* The symbols of one file name the code of another only if both lie at the same addresses. */
bool elf_debug_same_layout(const struct elf_file *a, const struct elf_file *b);

#endif
