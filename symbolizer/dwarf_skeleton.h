/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joining a split unit to its skeleton.
 *
 * Only libdw can do that, and it does so when it opens the .dwo file that a
 * skeleton names. So it is given a skeleton that was made for it, with what the
 * real one says, but the name of a .dwo file in memory of our own. Nobody else
 * can cut that short while libdw has it mapped, and libdw opens no file that
 * somebody else put there.
 */
#ifndef BOLOMETER_SYMBOLIZER_DWARF_SKELETON_H
#define BOLOMETER_SYMBOLIZER_DWARF_SKELETON_H

#include <elfutils/libdw.h>

#include "symbolizer/dwarf_package.h"

/* What a skeleton says, of its unit and of those parts of sections that are meant for the rest. */
struct dwarf_skeleton {
	uint64_t id;
	Dwarf_Half version;
	uint8_t addr_size;
	const char *name, *folder; /* of the .dwo file; the folder may be NULL */
	Dwarf_Addr low;
	struct dwarf_bytes addrs, ranges;
};

/* A split unit that is open. All zero: none. */
struct dwarf_split {
	bool open;
	int fd; /* of the unit, as libdw opens it */
	struct elf_maker unit, skeleton;
	Elf *elf;
	Dwarf *dwarf;
};

/*
 * Reads a unit of an image, whose first entry is `die`, as a skeleton; false when it is none. What is
 * in *ret belongs to the image and its Dwarf.
 */
bool dwarf_skeleton_read(const struct dwarf_image *image, Dwarf_CU *cu, Dwarf_Die *die,
			 struct dwarf_skeleton *ret);

/*
 * Takes the unit of the skeleton's id out of a package or .dwo file: 1 with its first entry, valid
 * until dwarf_split_close(); 0 when it is not there; -ENOMEM or DWARF_NO_MEMORY. Open only after 1, or
 * when dwarf_memory_run(), in which alone it is to be called, was left.
 */
int dwarf_split_join(const struct dwarf_skeleton *skeleton, const struct dwarf_package *package,
		     struct dwarf_split *split, Dwarf_Die *ret_die);
void dwarf_split_close(struct dwarf_split *split);

#endif
