// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the header of a line number program; see dwarf_line_table.h. */
#include "symbolizer/dwarf_line_table.h"

#include <dwarf.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "symbolizer/text.h"

/* Of files, and of folders. The largest units have some ten thousand. */
#define MAX_ENTRIES (1U << 20)

/* Longer names of folders and files are not. */
#define MAX_NAME_LEN (64 * 1024)

/* Columns of an entry; there are five. */
#define MAX_COLUMNS 32

void dwarf_line_table_fini(struct dwarf_line_table *table)
{
	free(table->files);
	free(table->folders);
	*table = (struct dwarf_line_table){0};
}

int dwarf_line_table_add(struct dwarf_line_table *table, const char *name, uint64_t folder)
{
	int err = 0;

	if (table->nr_files == MAX_ENTRIES)
		return 0;
	err = ARRAY_RESERVE(table->files, table->cap_files, table->nr_files + 1);
	if (!err)
		table->files[table->nr_files++] = (struct dwarf_line_file){name, folder, NULL};
	return err;
}

static int add_folder(struct dwarf_line_table *table, const char *name)
{
	int err = 0;

	if (table->nr_folders == MAX_ENTRIES)
		return 0;
	err = ARRAY_RESERVE(table->folders, table->cap_folders, table->nr_folders + 1);
	if (!err)
		table->folders[table->nr_folders++] = name;
	return err;
}

/* ---- versions 2 to 4 ------------------------------------------------------------------------- */

/* Names until an empty one. Folder 0 is the unit's, file 0 is none. */
static int read_old_lists(struct dwarf_line_table *table, struct dwarf_reader *reader,
			  const char *folder)
{
	int err = add_folder(table, folder);
	const char *name;

	while (!err && (name = dwarf_read_string(reader)) && *name)
		err = add_folder(table, name);
	if (!err)
		err = dwarf_line_table_add(table, NULL, 0);
	while (!err && (name = dwarf_read_string(reader)) && *name) {
		uint64_t number = dwarf_read_uleb(reader);

		dwarf_read_uleb(reader); /* time */
		dwarf_read_uleb(reader); /* length */
		err = dwarf_line_table_add(table, name, number);
	}
	return err;
}

/* ---- version 5 ------------------------------------------------------------------------------- */

struct column {
	uint64_t type, form;
};

/* A string of another section, which ends with the last one in it. */
static const char *string_at(const struct dwarf_section *section, uint64_t off)
{
	return off < section->len && !section->bytes[section->len - 1]
		       ? (const char *)section->bytes + off
		       : NULL;
}

/* One column of an entry, of any form that there may be (section 6.2.4.1). */
static void read_column(const struct dwarf_image *image, struct dwarf_reader *reader,
			size_t offset_len, uint64_t form, uint64_t *ret_number,
			const char **ret_string)
{
	switch (form) {
	case DW_FORM_string:
		*ret_string = dwarf_read_string(reader);
		break;
	case DW_FORM_line_strp:
		*ret_string = string_at(&image->line_str, dwarf_read_fixed(reader, offset_len));
		break;
	case DW_FORM_strp:
		*ret_string = string_at(&image->str, dwarf_read_fixed(reader, offset_len));
		break;
	case DW_FORM_strp_sup:
	case DW_FORM_sec_offset:
		dwarf_read_fixed(reader, offset_len);
		break;
	case DW_FORM_udata:
	case DW_FORM_strx:
		*ret_number = dwarf_read_uleb(reader);
		break;
	case DW_FORM_data1:
	case DW_FORM_strx1:
		*ret_number = dwarf_read_fixed(reader, 1);
		break;
	case DW_FORM_data2:
	case DW_FORM_strx2:
		*ret_number = dwarf_read_fixed(reader, 2);
		break;
	case DW_FORM_strx3:
		dwarf_reader_take(reader, 3);
		break;
	case DW_FORM_data4:
	case DW_FORM_strx4:
		*ret_number = dwarf_read_fixed(reader, 4);
		break;
	case DW_FORM_data8:
		*ret_number = dwarf_read_fixed(reader, 8);
		break;
	case DW_FORM_data16:
		dwarf_reader_take(reader, 16);
		break;
	case DW_FORM_block:
		dwarf_reader_take(reader, dwarf_read_uleb(reader));
		break;
	default: /* how long it is is not known */
		dwarf_reader_take(reader, UINT64_MAX);
	}
}

/* Folders, or files: the columns that each has, how many there are, and they themselves. */
static int read_new_list(struct dwarf_line_table *table, const struct dwarf_image *image,
			 struct dwarf_reader *reader, size_t offset_len, bool files)
{
	struct column columns[MAX_COLUMNS];
	size_t nr_columns = dwarf_read_u8(reader);
	uint64_t count;
	int err = 0;

	if (nr_columns > MAX_COLUMNS)
		dwarf_reader_take(reader, UINT64_MAX);
	for (size_t i = 0; i < nr_columns && !reader->failed; i++) {
		columns[i].type = dwarf_read_uleb(reader);
		columns[i].form = dwarf_read_uleb(reader);
	}
	count = dwarf_read_uleb(reader);
	for (uint64_t i = 0; i < count && nr_columns && !err && !reader->failed; i++) {
		const char *name = NULL;
		uint64_t folder = 0;

		for (size_t c = 0; c < nr_columns && !reader->failed; c++) {
			uint64_t number = 0;
			const char *string = NULL;

			read_column(image, reader, offset_len, columns[c].form, &number, &string);
			if (columns[c].type == DW_LNCT_path)
				name = string;
			else if (columns[c].type == DW_LNCT_directory_index)
				folder = number;
		}
		if (!reader->failed)
			err = files ? dwarf_line_table_add(table, name, folder)
				    : add_folder(table, name);
	}
	return err;
}

/* ---- the header ------------------------------------------------------------------------------ */

static void read_meanings(struct dwarf_line_table *table, struct dwarf_reader *reader)
{
	table->instruction_len = dwarf_read_u8(reader);
	table->operations = table->version >= 4 ? dwarf_read_u8(reader) : 1;
	dwarf_read_u8(reader); /* default_is_stmt */
	table->line_base = (int8_t)dwarf_read_u8(reader);
	table->line_range = dwarf_read_u8(reader);
	table->opcode_base = dwarf_read_u8(reader);
	table->operand_counts = dwarf_reader_take(
		reader, table->opcode_base ? table->opcode_base - 1U : UINT64_MAX);
	if (!table->line_range || !table->operations)
		reader->failed = true;
}

int dwarf_line_table_read(struct dwarf_line_table *table, struct dwarf_image *image, uint64_t off,
			  const char *folder)
{
	struct dwarf_reader reader = dwarf_image_line_program(image, off), header;
	size_t offset_len;
	uint64_t len;
	int err = 0;

	table->read = true;
	dwarf_read_unit_len(&reader, &offset_len);
	table->version = (uint16_t)dwarf_read_fixed(&reader, 2);
	if (table->version >= 5)
		dwarf_reader_take(&reader, 2); /* lengths of an address and of a segment selector */
	len = dwarf_read_fixed(&reader, offset_len);
	header = reader;
	dwarf_reader_take(&reader, len);
	header.end = reader.at;
	table->program = reader;
	read_meanings(table, &header);
	if (reader.failed || header.failed || table->version < 2 || table->version > 5) {
		table->version = 0;
		return 0;
	}
	if (table->version < 5)
		return read_old_lists(table, &header, folder);
	err = read_new_list(table, image, &header, offset_len, false);
	return err ? err : read_new_list(table, image, &header, offset_len, true);
}

static bool is_short(const char *name)
{
	return strnlen(name, MAX_NAME_LEN) < MAX_NAME_LEN;
}

static int join(const char *folder, const char *name, struct frame_store *store, const char **ret)
{
	struct text text = {0};
	int err = 0;

	if ((folder && !is_short(folder)) || !is_short(name))
		return 0;
	if (folder)
		err = text_append_z(&text, folder);
	if (!err && folder)
		err = text_append_z(&text, "/");
	if (!err)
		err = text_append_z(&text, name);
	if (!err)
		err = frame_store_text(store, text.bytes, text.len, ret);
	text_fini(&text);
	return err;
}

int dwarf_line_table_path(struct dwarf_line_table *table, uint64_t number,
			  struct frame_store *store, const char **ret)
{
	struct dwarf_line_file *file = number < table->nr_files ? &table->files[number] : NULL;
	const char *folder;
	int err = 0;

	*ret = NULL;
	if (!file || !file->name || file->folder >= table->nr_folders)
		return 0;
	folder = *file->name == '/' ? NULL : table->folders[file->folder];
	if (!file->path)
		err = join(folder, file->name, store, &file->path);
	*ret = file->path;
	return err;
}
