/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rest of split units: one of them in a .dwo file, or those of a program
 * together in a package (.dwp; DWARF 5, section 7.3.5, and the GNU format for
 * DWARF 4 before it, https://gcc.gnu.org/wiki/DebugFissionDWP).
 *
 * libdw of elfutils 0.188 knows no packages, and opens .dwo files by itself,
 * from where the compiler left them. So both are read here, and libdw is given
 * what one unit has, as a .dwo file of its own.
 */
#ifndef BOLOMETER_SYMBOLIZER_DWARF_PACKAGE_H
#define BOLOMETER_SYMBOLIZER_DWARF_PACKAGE_H

#include "symbolizer/dwarf_image.h"
#include "symbolizer/elf_maker.h"

enum dwarf_split_section {
	SPLIT_INFO,
	SPLIT_ABBREV,
	SPLIT_LINE,
	SPLIT_STR_OFFSETS,
	SPLIT_RNGLISTS,
	SPLIT_STR,
	SPLIT_COUNT
};

/* Bytes of somebody else's. */
struct dwarf_bytes {
	const unsigned char *at;
	size_t len;
};

struct dwarf_package {
	struct elf_file file;
	struct dwarf_image image;
	struct dwarf_bytes sections[SPLIT_COUNT];
	struct dwarf_bytes index; /* empty for a .dwo file */
};

/*
 * Opens a .dwo or .dwp file and takes over the descriptor. Returns 1, 0 when it is neither, or
 * -ENOMEM. dwarf_package_close() is due only after 1.
 */
int dwarf_package_open(struct dwarf_package *package, int fd);
void dwarf_package_close(struct dwarf_package *package);

/*
 * Makes a .dwo file of the unit with an id. Returns 1; 0 when a package does not have it, while of a
 * .dwo file libdw will see; or -ENOMEM. In every case elf_maker_fini() is due.
 */
int dwarf_package_unit(const struct dwarf_package *package, uint64_t id, struct elf_maker *maker);

#endif
