// SPDX-License-Identifier: GPL-2.0-or-later
/* The parts of a package that one unit has; see dwarf_package.h. */
#include "symbolizer/dwarf_package.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "symbolizer/text.h"

/* Columns of an index are those of the table below, or some of a few more. */
#define MAX_COLUMNS 16

/* The GNU format calls itself version 2, and has other numbers for some of the sections. */
#define GNU_VERSION   2
#define DWARF_VERSION 5

static const struct {
	const char *name;	     /* behind ".debug_" */
	uint32_t number, gnu_number; /* DW_SECT_*; 0: not in units' parts */
} kinds[] = {
	[SPLIT_INFO] = {"info.dwo", 1, 1},	   [SPLIT_ABBREV] = {"abbrev.dwo", 3, 3},
	[SPLIT_LINE] = {"line.dwo", 4, 4},	   [SPLIT_STR_OFFSETS] = {"str_offsets.dwo", 6, 6},
	[SPLIT_RNGLISTS] = {"rnglists.dwo", 8, 0}, [SPLIT_STR] = {"str.dwo", 0, 0},
};

/* ---- files ----------------------------------------------------------------------------------- */

static void find_sections(struct dwarf_package *package)
{
	for (size_t i = 0; i < SPLIT_COUNT; i++)
		package->sections[i].at = dwarf_image_section(&package->image, kinds[i].name,
							      &package->sections[i].len);
	package->index.at = dwarf_image_section(&package->image, "cu_index", &package->index.len);
}

int dwarf_package_open(struct dwarf_package *package, int fd)
{
	enum symbol_reason reason;
	int err;

	*package = (struct dwarf_package){0};
	err = elf_file_open(&package->file, fd, &reason);
	/* It has sections only, which elsewhere is a sign of damage. */
	if (!err && (reason == SYMBOL_OK || reason == SYMBOL_BAD_ELF) &&
	    package->file.header.e_ident[EI_DATA] ==
		    (__BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB))
		err = dwarf_image_open(&package->image, &package->file, UINT64_MAX);
	elf_file_fini(&package->file);
	if (err <= 0)
		return err;
	dwarf_image_inflate(&package->image);
	find_sections(package);
	if (package->sections[SPLIT_INFO].at && package->sections[SPLIT_ABBREV].at)
		return 1;
	dwarf_package_close(package);
	return 0;
}

void dwarf_package_close(struct dwarf_package *package)
{
	dwarf_image_close(&package->image);
	*package = (struct dwarf_package){0};
}

/* ---- the index of a package ------------------------------------------------------------------ */

/* version, number of columns, of units and of slots, 4 bytes each; then slots, rows, and two tables. */
struct package_index {
	uint32_t version, nr_columns, nr_units, nr_slots;
	const unsigned char *ids, *rows, *columns, *offs, *lens;
};

static uint32_t u32_at(const unsigned char *table, size_t i)
{
	uint32_t number;

	memcpy(&number, table + i * sizeof(number), sizeof(number));
	return number;
}

static bool read_index(struct dwarf_bytes bytes, struct package_index *ret)
{
	struct package_index index;
	size_t room, row;
	uint16_t half;

	if (bytes.len < 16)
		return false;
	/* Version 5 is written in two bytes, and two more are zero. */
	memcpy(&half, bytes.at, sizeof(half));
	index.version = u32_at(bytes.at, 0) == GNU_VERSION ? GNU_VERSION : half;
	index.nr_columns = u32_at(bytes.at, 1);
	index.nr_units = u32_at(bytes.at, 2);
	index.nr_slots = u32_at(bytes.at, 3);
	if ((index.version != GNU_VERSION && index.version != DWARF_VERSION) || !index.nr_columns ||
	    index.nr_columns > MAX_COLUMNS || !index.nr_slots ||
	    index.nr_slots & (index.nr_slots - 1))
		return false;
	row = (size_t)index.nr_columns * 4;
	room = size_add(size_mul(index.nr_slots, 12),
			size_mul(row, 1 + 2 * (size_t)index.nr_units));
	if (room > bytes.len - 16)
		return false;
	index.ids = bytes.at + 16;
	index.rows = index.ids + (size_t)index.nr_slots * 8;
	index.columns = index.rows + (size_t)index.nr_slots * 4;
	index.offs = index.columns + row;
	index.lens = index.offs + row * index.nr_units;
	*ret = index;
	return true;
}

/* The row of a unit, counted from 1; 0: it has none. The hash table is described in the format. */
static uint32_t find_row(const struct package_index *index, uint64_t id)
{
	uint64_t mask = index->nr_slots - 1, at = id & mask, step = ((id >> 32) & mask) | 1;

	for (uint32_t i = 0; i < index->nr_slots; i++, at = (at + step) & mask) {
		uint32_t row = u32_at(index->rows, at);
		uint64_t is;

		memcpy(&is, index->ids + at * sizeof(is), sizeof(is));
		if (!row)
			return 0;
		if (is == id)
			return row <= index->nr_units ? row : 0;
	}
	return 0;
}

/* The part of a section that a row gives; false when it is not within the section. */
static bool find_part(const struct dwarf_package *package, const struct package_index *index,
		      uint32_t row, enum dwarf_split_section kind, struct dwarf_bytes *ret)
{
	uint32_t wanted =
		index->version == GNU_VERSION ? kinds[kind].gnu_number : kinds[kind].number;
	const struct dwarf_bytes *whole = &package->sections[kind];

	*ret = (struct dwarf_bytes){0};
	for (uint32_t i = 0; i < index->nr_columns && wanted; i++) {
		size_t cell = (size_t)(row - 1) * index->nr_columns + i;
		uint32_t off = u32_at(index->offs, cell), len = u32_at(index->lens, cell);

		if (u32_at(index->columns, i) != wanted)
			continue;
		if (off > whole->len || len > whole->len - off)
			return false;
		if (len)
			*ret = (struct dwarf_bytes){whole->at + off, len};
		return true;
	}
	return true;
}

/* ---- strings --------------------------------------------------------------------------------- */

/* The strings that a unit has, and where each is; `offs` is what .debug_str_offsets of it has. */
struct own_strings {
	unsigned char *offs;
	struct text text;
};

static int add_string(struct own_strings *own, struct dwarf_bytes all, uint32_t off, uint32_t *ret)
{
	size_t len = off < all.len ? strnlen((const char *)all.at + off, all.len - off) : 0;

	/* Without an end, or more than a unit can have, where some are the ends of others. */
	*ret = UINT32_MAX;
	if (off >= all.len || len == all.len - off || own->text.len + len > 4 * all.len ||
	    own->text.len + len >= UINT32_MAX)
		return 0;
	*ret = (uint32_t)own->text.len;
	return text_append(&own->text, (const char *)all.at + off, len + 1);
}

/*
 * A package has the strings of all units in one section, which may be the largest: a unit is given
 * only those that it has, in place of what its parts say.
 */
static int own_strings(const struct dwarf_package *package, bool is_gnu, struct dwarf_bytes *parts,
		       struct own_strings *own)
{
	const struct dwarf_bytes old = parts[SPLIT_STR_OFFSETS];
	size_t header = is_gnu ? 0 : 8, count = old.len > header ? (old.len - header) / 4 : 0;
	int err = 0;

	if (!count)
		return 0;
	own->offs = malloc(old.len);
	if (!own->offs)
		return -ENOMEM;
	memcpy(own->offs, old.at, old.len);
	for (size_t i = 0; i < count && !err; i++) {
		uint32_t at;

		err = add_string(own, package->sections[SPLIT_STR], u32_at(old.at + header, i),
				 &at);
		memcpy(own->offs + header + 4 * i, &at, sizeof(at));
	}
	parts[SPLIT_STR_OFFSETS].at = own->offs;
	parts[SPLIT_STR] = (struct dwarf_bytes){(unsigned char *)own->text.bytes, own->text.len};
	return err;
}

/* ---- units ----------------------------------------------------------------------------------- */

static int make(struct elf_maker *maker, const struct dwarf_bytes *parts)
{
	char name[64];
	int err = 0;

	for (size_t i = 0; i < SPLIT_COUNT && !err; i++) {
		snprintf(name, sizeof(name), ".debug_%s", kinds[i].name);
		if (parts[i].len)
			err = elf_maker_add(maker, name, parts[i].at, parts[i].len);
	}
	return err ? err : elf_maker_finish(maker);
}

int dwarf_package_unit(const struct dwarf_package *package, uint64_t id, struct elf_maker *maker)
{
	struct dwarf_bytes parts[SPLIT_COUNT] = {{0}};
	struct own_strings strings = {0};
	struct package_index index;
	uint32_t row;
	int err;

	if (!package->index.at) {
		err = make(maker, package->sections);
		return err ? err : 1;
	}
	row = read_index(package->index, &index) ? find_row(&index, id) : 0;
	if (!row)
		return 0;
	for (int kind = 0; kind < SPLIT_COUNT; kind++)
		if (!find_part(package, &index, row, (enum dwarf_split_section)kind, &parts[kind]))
			return 0;
	if (!parts[SPLIT_INFO].len || !parts[SPLIT_ABBREV].len)
		return 0;
	err = own_strings(package, index.version == GNU_VERSION, parts, &strings);
	if (!err)
		err = make(maker, parts);
	free(strings.offs);
	text_fini(&strings.text);
	return err ? err : 1;
}
