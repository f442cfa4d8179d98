// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Building and searching a table; see table.h. Entries are decoded in the
 * section's order (cfi_rows.h), their rows put in the order of addresses
 * (table_rows.h), and laid out with a page index for the kernel walker.
 */
#include "profiler/unwind/table/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/unwind/table/cfi.h"
#include "profiler/unwind/table/cfi_row_fields.h"
#include "profiler/unwind/table/cfi_rows.h"
#include "profiler/unwind/table/sigreturn.h"
#include "profiler/unwind/table/table_rows.h"

/* What is gathered while the section is read. */
struct gathered {
	const struct elf_image *image;
	struct cfi_rows rows;
	struct row_range *ranges;
	size_t nr_ranges, cap_ranges;
	struct cfi_damage damage;
};

/* ---- gathering ------------------------------------------------------------------------------- */

static int add_range(struct gathered *gathered, uint64_t start, uint64_t end, size_t first_row)
{
	if (ARRAY_RESERVE(gathered->ranges, gathered->cap_ranges, gathered->nr_ranges + 1))
		return -ENOMEM;
	gathered->ranges[gathered->nr_ranges++] = (struct row_range){
		.start = (uint32_t)(start - gathered->image->base),
		.end = (uint32_t)(end - gathered->image->base),
		.row = (uint32_t)first_row,
		.nr_rows = (uint32_t)(gathered->rows.count - first_row),
	};
	return 0;
}

static int add_entry(void *data, const struct cfi_fde *fde)
{
	struct gathered *gathered = data;
	size_t first_row = gathered->rows.count;
	bool damaged;
	int err;

	if (fde->start < gathered->image->base || fde->end - gathered->image->base > UINT32_MAX) {
		gathered->damage.entries++;
		return 0;
	}
	err = cfi_rows_add(&gathered->rows, fde, &damaged);
	if (err)
		return err;
	gathered->damage.entries += damaged;
	return add_range(gathered, fde->start, fde->end, first_row);
}

static bool is_covered(const struct gathered *gathered, uint32_t addr)
{
	for (size_t i = 0; i < gathered->nr_ranges; i++)
		if (addr >= gathered->ranges[i].start && addr < gathered->ranges[i].end)
			return true;
	return false;
}

/*
 * Adds what is known of [addr - before, addr + after) without being told, unless it is. Weird
 * addresses have nothing to be known.
 */
static int add_known(struct gathered *gathered, uint64_t addr, uint32_t before, uint32_t after,
		     struct unwind_row row)
{
	struct cfi_rows *rows = &gathered->rows;
	uint64_t offset = addr - gathered->image->base;
	size_t first_row = rows->count;

	if (!addr || offset < before || offset > UINT32_MAX - after ||
	    is_covered(gathered, (uint32_t)offset))
		return 0;
	if (ARRAY_RESERVE(rows->rows, rows->cap, rows->count + 1))
		return -ENOMEM;
	row.addr = (uint32_t)offset - before;
	rows->rows[rows->count++] = row;
	return add_range(gathered, addr - before, addr + after, first_row);
}

/* The entry point is where a stack ends, whether or not somebody has written that down. */
static int add_entry_point(struct gathered *gathered)
{
	return add_known(gathered, gathered->image->entry, 0, ELF_ENTRY_CODE_BYTES,
			 row_of_kind(UNWIND_CFA_END));
}

static int add_sigreturn(struct gathered *gathered)
{
	return add_known(gathered, gathered->image->sigreturn, SIGRETURN_BEFORE_BYTES,
			 SIGRETURN_BYTES, sigreturn_row());
}

/* ---- laying out ------------------------------------------------------------------------------ */

/* How many pages there are between the first and the last row, which is the end of all code. */
static uint32_t count_pages(const struct unwind_row *rows, size_t count, uint32_t shift)
{
	uint64_t len = rows[count - 1].addr - rows[0].addr;

	return (uint32_t)((len + (1ULL << shift) - 1) >> shift);
}

/*
 * Pages are made larger where the code is large and its rows are few, so that the index, of 4 bytes
 * a page, takes no more than a quarter of what the rows take, of 8 bytes each, and a few bytes.
 */
static uint32_t pages_max(size_t nr_rows)
{
	return (uint32_t)(nr_rows / 2 + 16);
}

static uint32_t choose_page_shift(const struct unwind_row *rows, size_t count)
{
	uint32_t shift = UNWIND_PAGE_SHIFT;

	while (count_pages(rows, count, shift) > pages_max(count))
		shift++;
	return shift;
}

static void fill_index(const struct unwind_table_header *header, const struct unwind_row *rows,
		       uint32_t *index)
{
	uint32_t row = 0;

	for (uint32_t page = 0; page < header->nr_pages; page++) {
		uint64_t addr = header->start + ((uint64_t)page << header->page_shift);

		while (row + 1 < header->nr_rows && rows[row + 1].addr <= addr)
			row++;
		index[page] = row;
	}
	index[header->nr_pages] = header->nr_rows - 1;
}

static uint32_t count_other(const struct unwind_row *rows, size_t count)
{
	uint32_t other = 0;

	for (size_t i = 0; i < count; i++)
		other += UNWIND_RULE_CFA(rows[i].rule) == UNWIND_CFA_OTHER;
	return other;
}

/* Header and index, and rows, which stand somewhere behind the index's longest, right behind it. */
static void put_together(uint64_t *units, const struct unwind_row *rows, size_t count,
			 struct unwind_table *table)
{
	struct unwind_table_header header = {.start = rows[0].addr, .nr_rows = (uint32_t)count};
	size_t rows_at;

	header.page_shift = choose_page_shift(rows, count);
	header.nr_pages = count_pages(rows, count, header.page_shift);
	rows_at = UNWIND_HEADER_UNITS + UNWIND_INDEX_UNITS((size_t)header.nr_pages);
	memcpy(units, &header, sizeof(header));
	units[rows_at - 1] = 0; /* half of it may be no entry of the index */
	fill_index(&header, rows, (uint32_t *)(units + UNWIND_HEADER_UNITS));
	memmove(units + rows_at, rows, count * sizeof(*rows));
	table->nr_rows = header.nr_rows;
	table->nr_units = rows_at + count;
}

/*
 * Where rows stand in a table depends on how many they are: they are joined behind the longest
 * index that they can have, and moved to the end of the one that they do have.
 */
static int lay_out(const struct gathered *gathered, struct unwind_table *table)
{
	size_t rows_max = gathered->rows.count + gathered->nr_ranges, count;
	size_t rows_at = UNWIND_HEADER_UNITS + UNWIND_INDEX_UNITS((size_t)pages_max(rows_max));
	uint64_t *units = malloc(size_mul(rows_at + rows_max, UNWIND_UNIT_BYTES)), *shrunk;
	struct unwind_row *rows;

	if (!units)
		return -ENOMEM;
	rows = (struct unwind_row *)(units + rows_at);
	count = row_ranges_join(gathered->ranges, gathered->nr_ranges, gathered->rows.rows, rows);
	if (count > CFI_ROWS_MAX) {
		free(units);
		return -EFBIG;
	}
	table->nr_other = count_other(rows, count);
	put_together(units, rows, count, table);
	shrunk = realloc(units, table->nr_units * UNWIND_UNIT_BYTES);
	if (shrunk)
		units = shrunk;
	table->units = units;
	return 0;
}

/* ---- building -------------------------------------------------------------------------------- */

/* An entry point alone makes no table: code that says nothing else keeps frame pointers. */
static int finish(struct gathered *gathered, struct unwind_table *table)
{
	int err = add_sigreturn(gathered);

	if (err)
		return err;
	if (!gathered->nr_ranges)
		return gathered->damage.entries ? -EBADMSG : -ENOENT;
	err = add_entry_point(gathered);
	if (!err)
		err = row_ranges_sort(gathered->ranges, gathered->nr_ranges);
	return err ? err : lay_out(gathered, table);
}

int unwind_table_build_section(const struct elf_image *image, const struct cfi_section *section,
			       struct unwind_table *ret_table)
{
	struct unwind_table table = {.base = image->base};
	struct gathered gathered = {.image = image};
	int err;

	cfi_rows_init(&gathered.rows, section, image->base);
	err = cfi_each_fde(section, &gathered.damage, add_entry, &gathered);
	if (!err)
		err = finish(&gathered, &table);
	cfi_rows_fini(&gathered.rows);
	free(gathered.ranges);
	if (err)
		return err;
	table.damaged = gathered.damage.entries;
	*ret_table = table;
	return 0;
}

int unwind_table_build(int fd, struct unwind_table *ret_table)
{
	struct cfi_section section;
	struct elf_image image;
	int err = elf_image_read(fd, &image);

	if (!err)
		err = sigreturn_find(fd, &image);
	if (err)
		return err;
	err = cfi_section_read(fd, &image, &section);
	if (err == -ENOENT && image.sigreturn) { /* there is something to be said all the same */
		section = (struct cfi_section){.machine = image.machine};
		err = 0;
	}
	if (err)
		return err;
	err = unwind_table_build_section(&image, &section, ret_table);
	cfi_section_fini(&section);
	return err;
}

void unwind_table_fini(struct unwind_table *table)
{
	free(table->units);
	*table = (struct unwind_table){0};
}

/* ---- searching ------------------------------------------------------------------------------- */

/* The last of rows [low, high] that is not above the address; the first of them is not. */
static const struct unwind_row *search(const struct unwind_row *rows, uint32_t low, uint32_t high,
				       uint64_t addr)
{
	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (rows[middle].addr <= addr)
			low = middle;
		else
			high = middle - 1;
	}
	return &rows[low];
}

const struct unwind_row *unwind_table_find(const struct unwind_table *table, uint64_t addr)
{
	const struct unwind_table_header *header = (const void *)table->units;
	const uint32_t *index;
	uint64_t page;

	if (!header || addr < header->start)
		return NULL;
	page = (addr - header->start) >> header->page_shift;
	if (page >= header->nr_pages)
		return NULL;
	index = (const uint32_t *)(table->units + UNWIND_HEADER_UNITS);
	return search((const void *)(table->units + table->nr_units - table->nr_rows), index[page],
		      index[page + 1], addr);
}
