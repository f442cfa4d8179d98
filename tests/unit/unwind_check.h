/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold of every table, whatever it was built from. */
#ifndef BOLOMETER_TESTS_UNWIND_CHECK_H
#define BOLOMETER_TESTS_UNWIND_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profiler/unwind/table/table.h"

static inline const struct unwind_row *table_rows(const struct unwind_table *table)
{
	return (const struct unwind_row *)(table->units + table->nr_units - table->nr_rows);
}

static inline const struct unwind_table_header *table_header(const struct unwind_table *table)
{
	return (const struct unwind_table_header *)table->units;
}

static inline const uint32_t *table_index(const struct unwind_table *table)
{
	return (const uint32_t *)(table->units + UNWIND_HEADER_UNITS);
}

/* From an ELF file of these bytes. Returns as unwind_table_build(); -1 where none can be made. */
static inline int table_of_bytes(const void *bytes, size_t size, struct unwind_table *ret_table)
{
	int fd = memfd_create("bytes", MFD_CLOEXEC);
	int err = -1;

	if (fd >= 0 && write(fd, bytes, size) == (ssize_t)size)
		err = unwind_table_build(fd, ret_table);
	if (fd >= 0)
		close(fd);
	return err;
}

static inline const char *table_check_rows(const struct unwind_table *table)
{
	const struct unwind_row *rows = table_rows(table);
	uint32_t last = table->nr_rows - 1, other = 0;

	for (uint32_t i = 0; i <= last; i++) {
		if (UNWIND_RULE_CFA(rows[i].rule) >= UNWIND_CFA_COUNT ||
		    UNWIND_RULE_FP(rows[i].rule) >= UNWIND_FP_COUNT)
			return "a row's kind";
		if (i && rows[i].addr <= rows[i - 1].addr)
			return "the order of rows";
		if (i && rows[i].cfa == rows[i - 1].cfa && rows[i].saved == rows[i - 1].saved &&
		    rows[i].rule == rows[i - 1].rule)
			return "two rows that say the same";
		other += UNWIND_RULE_CFA(rows[i].rule) == UNWIND_CFA_OTHER;
	}
	if (UNWIND_RULE_CFA(rows[last].rule) != UNWIND_CFA_NONE)
		return "the last row";
	return other == table->nr_other ? NULL : "the number of other rows";
}

static inline const char *table_check_index(const struct unwind_table *table)
{
	const struct unwind_table_header *header = table_header(table);
	const struct unwind_row *rows = table_rows(table);
	const uint32_t *index = table_index(table);
	uint64_t end = header->start + ((uint64_t)header->nr_pages << header->page_shift);
	uint32_t row = 0;

	if (header->start != rows[0].addr || end < rows[header->nr_rows - 1].addr)
		return "the pages' range";
	if (header->nr_pages + 1 > header->nr_rows / 2 + 17)
		return "the size of the index";
	for (uint32_t page = 0; page < header->nr_pages; page++) {
		uint64_t addr = header->start + ((uint64_t)page << header->page_shift);

		while (row + 1 < header->nr_rows && rows[row + 1].addr <= addr)
			row++;
		if (index[page] != row)
			return "an entry of the index";
	}
	return index[header->nr_pages] == header->nr_rows - 1 ? NULL : "the index's last entry";
}

/* Searching, at and around every row. */
static inline const char *table_check_find(const struct unwind_table *table)
{
	const struct unwind_table_header *header = table_header(table);
	const struct unwind_row *rows = table_rows(table);
	uint64_t end = header->start + ((uint64_t)header->nr_pages << header->page_shift);

	for (uint32_t i = 0; i < header->nr_rows; i++) {
		uint64_t addr = rows[i].addr;

		if (addr < end && unwind_table_find(table, addr) != &rows[i])
			return "a row found at its address";
		if (i && unwind_table_find(table, addr - 1) != &rows[i - 1])
			return "a row found before the next";
	}
	if (unwind_table_find(table, (uint64_t)header->start - 1) ||
	    unwind_table_find(table, end) || unwind_table_find(table, UINT64_MAX))
		return "a row found outside";
	return NULL;
}

/* What is wrong, or NULL. */
static inline const char *table_check(const struct unwind_table *table)
{
	const struct unwind_table_header *header = table_header(table);
	const char *wrong;

	if (!table->nr_rows || header->nr_rows != table->nr_rows ||
	    table->nr_units != UNWIND_HEADER_UNITS + UNWIND_INDEX_UNITS((size_t)header->nr_pages) +
				       header->nr_rows)
		return "the table's size";
	wrong = table_check_rows(table);
	if (!wrong)
		wrong = table_check_index(table);
	return wrong ? wrong : table_check_find(table);
}

#endif
