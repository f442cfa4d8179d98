/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The debug sections of an ELF file in memory, as libdw reads them.
 *
 * Mapping the file would be a SIGBUS when somebody truncates it, and libdw reads
 * every debug section of a file that is not mapped, most of which are of no use
 * here. So there is an image of the file in memory of our own, in which only the
 * headers and the sections that are needed have been filled in; the rest are
 * zeros that take no memory. Of a large file that is asked for a few addresses
 * most of .debug_info and .debug_line is not needed either: of these then only the
 * beginnings of units are filled in at first, and the rest when it is needed.
 */
#ifndef BOLOMETER_SYMBOLIZER_DWARF_IMAGE_H
#define BOLOMETER_SYMBOLIZER_DWARF_IMAGE_H

#include <elfutils/libdw.h>

#include "symbolizer/dwarf_reader.h"
#include "symbolizer/elf_file.h"

/* A section, decompressed. All zero: there is none. */
struct dwarf_section {
	const unsigned char *bytes;
	size_t len;
};

/* A section whose bytes are read as they are needed. All zero: none is. */
struct dwarf_later {
	uint64_t off, len;
	unsigned char *have; /* whether it is there, block by block */
};

/* All zero: none. */
struct dwarf_image {
	unsigned char *bytes;
	size_t len;
	bool dense; /* the file has no holes */
	Elf *elf;
	uint64_t debug_bytes; /* of the sections, before and after decompression */
	const struct elf_file *file;
	uint64_t later_above;
	struct dwarf_later later_info, later_line;
	/* After dwarf_image_begin(): */
	struct dwarf_section info, line, line_str, str;
};

/* Whether the file says that it has DWARF; only while its `elf` is open. */
bool dwarf_image_worth(const struct elf_file *file);

/*
 * Reads the file's debug sections; its `elf` need not be open. Where .debug_info or .debug_line is
 * larger than `later_above` and not compressed, it is read as it is needed, and the file has to
 * outlive the image. Returns 1, 0 when there is nothing that libdw could use (or it would be too
 * large), or -ENOMEM. dwarf_image_close() is due only after 1.
 */
int dwarf_image_open(struct dwarf_image *image, const struct elf_file *file, uint64_t later_above);
void dwarf_image_close(struct dwarf_image *image);

/* The image to be searched, or NULL. End it with dwarf_end(), before the image. */
Dwarf *dwarf_image_begin(struct dwarf_image *image);

/* Decompresses sections for those who read them without libdw: dwarf_image_begin() does it, too. */
void dwarf_image_inflate(struct dwarf_image *image);

/*
 * A debug section, decompressed: ".debug_NAME", or NULL with *ret_len 0. Only after
 * dwarf_image_begin() or dwarf_image_inflate().
 */
const void *dwarf_image_section(const struct dwarf_image *image, const char *name, size_t *ret_len);

/*
 * Make sure that what libdw reads is there: a unit's header and first entry, or all of the unit that
 * an entry is in. Of others than these nothing but the header may be looked at. False where it is
 * not to be had.
 */
bool dwarf_image_need_head(struct dwarf_image *image, Dwarf_Die *unit);
bool dwarf_image_need_unit(struct dwarf_image *image, Dwarf_Die *die);

/*
 * The line number program at an offset of .debug_line, from its length on; no bytes where there is
 * none. Only after dwarf_image_begin().
 */
struct dwarf_reader dwarf_image_line_program(struct dwarf_image *image, uint64_t off);

#endif
