// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables of fixed-size entries, read in pieces of 16 KiB; see elf_file.h.
 *
 * libelf turns a piece into the machine's byte order; here it is widened from
 * 32-bit files to the 64-bit types, so that nobody else knows about classes.
 */
#include <string.h>

#include "symbolizer/elf_file.h"

void elf_rows_init(struct elf_rows *rows, const struct elf_file *file, Elf_Type type, uint64_t off,
		   uint64_t len)
{
	rows->file = file;
	rows->type = type;
	rows->off = off;
	rows->left = len;
	rows->row_len = gelf_fsize(file->elf, type, 1, EV_CURRENT);
	rows->have = rows->used = 0;
}

static void read_piece(struct elf_rows *rows)
{
	size_t len = sizeof(rows->raw) / rows->row_len * rows->row_len;
	Elf_Data data = {
		.d_buf = rows->raw,
		.d_type = rows->type,
		.d_version = EV_CURRENT,
	};

	if (len > rows->left)
		len = (size_t)rows->left;
	len = elf_file_read(rows->file, rows->off, rows->raw, len);
	rows->have = len / rows->row_len;
	rows->used = 0;
	data.d_size = rows->have * rows->row_len;
	rows->off += data.d_size;
	rows->left -= data.d_size;
	if (rows->have &&
	    !gelf_xlatetom(rows->file->elf, &data, &data, rows->file->header.e_ident[EI_DATA]))
		rows->have = 0;
}

static const void *next(struct elf_rows *rows)
{
	if (rows->used == rows->have)
		read_piece(rows);
	if (rows->used == rows->have)
		return NULL;
	return rows->raw + rows->used++ * rows->row_len;
}

static bool is_64_bit(const struct elf_rows *rows)
{
	return rows->file->header.e_ident[EI_CLASS] == ELFCLASS64;
}

bool elf_rows_next_symbol(struct elf_rows *rows, GElf_Sym *ret)
{
	const void *row = next(rows);
	Elf32_Sym narrow;

	if (!row)
		return false;
	if (is_64_bit(rows)) {
		memcpy(ret, row, sizeof(*ret));
		return true;
	}
	memcpy(&narrow, row, sizeof(narrow));
	*ret = (GElf_Sym){
		.st_name = narrow.st_name,
		.st_info = narrow.st_info,
		.st_other = narrow.st_other,
		.st_shndx = narrow.st_shndx,
		.st_value = narrow.st_value,
		.st_size = narrow.st_size,
	};
	return true;
}

bool elf_rows_next_rela(struct elf_rows *rows, GElf_Rela *ret)
{
	const void *row = next(rows);
	Elf32_Rela narrow;

	if (!row)
		return false;
	if (is_64_bit(rows)) {
		memcpy(ret, row, sizeof(*ret));
		return true;
	}
	memcpy(&narrow, row, sizeof(narrow));
	*ret = (GElf_Rela){
		.r_offset = narrow.r_offset,
		.r_info = GELF_R_INFO((uint64_t)ELF32_R_SYM(narrow.r_info),
				      ELF32_R_TYPE(narrow.r_info)),
		.r_addend = narrow.r_addend,
	};
	return true;
}

bool elf_rows_next_dyn(struct elf_rows *rows, GElf_Dyn *ret)
{
	const void *row = next(rows);
	Elf32_Dyn narrow;

	if (!row)
		return false;
	if (is_64_bit(rows)) {
		memcpy(ret, row, sizeof(*ret));
		return true;
	}
	memcpy(&narrow, row, sizeof(narrow));
	*ret = (GElf_Dyn){.d_tag = narrow.d_tag, .d_un.d_val = narrow.d_un.d_val};
	return true;
}
