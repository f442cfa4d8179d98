/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file that debug information of several files was moved to (dwz, and the
 * section .gnu_debugaltlink, which gives its name and build id).
 */
#ifndef BOLOMETER_SYMBOLIZER_DWARF_SHARED_H
#define BOLOMETER_SYMBOLIZER_DWARF_SHARED_H

#include "symbolizer/dwarf.h"
#include "symbolizer/dwarf_image.h"

/* All zero, with file.fd -1: none. */
struct dwarf_shared {
	struct elf_file file;
	struct dwarf_image image;
	Dwarf *dwarf;
};

/*
 * Makes libdw find what `dwarf`, which was begun from `file`, shares with others: by build id below
 * the debug roots of all places, then by name, then on servers. Where there is no such file, names
 * in it are not found; *ret_fleeting is set then, and when they may be a container's. Returns 0 or
 * -ENOMEM; dwarf_shared_close() is due after dwarf_end(dwarf).
 */
int dwarf_shared_open(struct dwarf_shared *shared, Dwarf *dwarf, const struct elf_file *file,
		      const struct dwarf_wish *wish, bool *ret_fleeting);
void dwarf_shared_close(struct dwarf_shared *shared);

#endif
