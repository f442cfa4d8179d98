// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Go's table of functions; see go_functions.h.
 *
 * A header of words says where the parts are: `nfunc` pairs of where a function
 * starts and where its record is, with the end of the last one behind them; and
 * the names, which the records point into. Every offset is checked against the
 * section's end when it is used.
 */
#include "symbolizer/go_functions.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"

#define MAX_TABLE_BYTES (256U << 20)

/* Relocations that are looked at in a section; the largest programs have about a million. */
#define MAX_RELOCATIONS (1U << 22)

#define HEADER_BYTES 8 /* before the words: magic, two zeros, the least instruction, the pointer */

/* Where the header's words say things; the table of 1.2 has only the first, and no parts. */
struct layout {
	uint32_t magic;
	int text_start; /* addresses are written from here on, in 4 bytes; -1: they are pointers */
	int names, functions;
};

static const struct layout layouts[] = {
	{0xfffffffb, -1, -1, -1}, /* 1.2 */
	{0xfffffffa, -1, 2, 6},	  /* 1.16 */
	{0xfffffff0, 2, 3, 7},	  /* 1.18 */
	{0xfffffff1, 2, 3, 7},	  /* 1.20 */
};

struct table {
	const struct elf_file *file;
	const struct layout *layout;
	unsigned char *bytes; /* of the section, from the table on */
	uint64_t len;
	uint64_t addr;
	size_t pointer_len;
	/* from the header */
	uint64_t count, functions, records, names;
	size_t width; /* of what the pairs are of */
	uint64_t text_start;
};

/* A number of `len` bytes at an offset; false when the table ends before. */
static bool number(const struct table *table, uint64_t off, size_t len, uint64_t *ret)
{
	bool big = table->file->header.e_ident[EI_DATA] == ELFDATA2MSB;

	if (off > table->len || table->len - off < len)
		return false;
	*ret = 0;
	for (size_t i = 0; i < len; i++)
		*ret = *ret << 8 | table->bytes[off + (big ? i : len - 1 - i)];
	return true;
}

static bool word(const struct table *table, int index, uint64_t *ret)
{
	return number(table, HEADER_BYTES + (uint64_t)index * table->pointer_len,
		      table->pointer_len, ret);
}

/* ---- where code begins ----------------------------------------------------------------------- */

/* What the relocation of a place in a position-independent program puts there. */
static bool relocated(const struct elf_file *file, uint64_t place, uint64_t *ret)
{
	Elf_Scn *section = NULL;
	struct elf_rows rows;
	GElf_Shdr header;
	GElf_Rela rela;

	while ((section = elf_file_section(file, section, NULL, SHT_RELA, &header))) {
		elf_rows_init(&rows, file, ELF_T_RELA, header.sh_offset, header.sh_size);
		for (size_t i = 0; i < MAX_RELOCATIONS && elf_rows_next_rela(&rows, &rela); i++) {
			if (rela.r_offset != place || GELF_R_SYM(rela.r_info))
				continue;
			*ret = (uint64_t)rela.r_addend;
			return true;
		}
	}
	return false;
}

/* The linker leaves it to the relocation, and since Go 1.26 does not write it at all. */
static bool find_text_start(struct table *table)
{
	int index = table->layout->text_start;
	GElf_Shdr header;

	if (!word(table, index, &table->text_start))
		return false;
	if (!table->text_start &&
	    !relocated(table->file,
		       table->addr + HEADER_BYTES + (uint64_t)index * table->pointer_len,
		       &table->text_start) &&
	    elf_file_section(table->file, NULL, ".text", SHT_PROGBITS, &header))
		table->text_start = header.sh_addr;
	return table->text_start;
}

/* ---- the header ------------------------------------------------------------------------------ */

static const struct layout *layout_of(uint64_t magic)
{
	for (size_t i = 0; i < ARRAY_LEN(layouts); i++)
		if (layouts[i].magic == magic)
			return &layouts[i];
	return NULL;
}

static bool read_header(struct table *table)
{
	const struct layout *layout;
	uint64_t magic;

	if (!number(table, 0, 4, &magic) || table->len < HEADER_BYTES)
		return false;
	table->layout = layout = layout_of(magic);
	table->pointer_len = table->bytes[7];
	if (!layout || table->bytes[4] || table->bytes[5] ||
	    (table->pointer_len != 4 && table->pointer_len != 8) || !word(table, 0, &table->count))
		return false;
	table->width = layout->text_start < 0 ? table->pointer_len : 4;
	table->functions = HEADER_BYTES + table->pointer_len;
	if (layout->functions < 0)
		return true;
	if (!word(table, layout->names, &table->names) ||
	    !word(table, layout->functions, &table->functions) || table->names >= table->len)
		return false;
	table->records = table->functions;
	return layout->text_start < 0 || find_text_start(table);
}

/* ---- functions ------------------------------------------------------------------------------- */

/* The start of function i, or of what follows the last; false when the table ends before. */
static bool start_of(const struct table *table, uint64_t i, uint64_t *ret)
{
	if (!number(table, table->functions + i * 2 * table->width, table->width, ret))
		return false;
	*ret += table->text_start;
	return true;
}

/* Where the name of function i is, from the beginning of the names. */
static bool name_of(const struct table *table, uint64_t i, uint64_t *ret)
{
	uint64_t record;

	return number(table, table->functions + (i * 2 + 1) * table->width, table->width,
		      &record) &&
	       record < table->len && table->records < table->len &&
	       number(table, table->records + record + table->width, 4, ret) &&
	       *ret < table->len - table->names && table->bytes[table->names + *ret];
}

static int add(const struct table *table, uint64_t start, uint64_t end, uint64_t name,
	       struct text_index *index)
{
	const struct elf_text *text = elf_file_text_at(table->file, start);
	uint64_t size;

	if (!text || end <= start)
		return 0;
	size = (end < text->end ? end : text->end) - start;
	return text_index_add(
		index,
		&(struct text_symbol){
			.addr = start,
			.name = (uint32_t)name,
			.size = size < TEXT_SYMBOL_MAX_SIZE ? (uint32_t)size : TEXT_SYMBOL_MAX_SIZE,
			.table = NAME_IN_GO,
		});
}

static int add_all(const struct table *table, struct text_index *index)
{
	uint64_t start, end, name;
	int err = 0;

	/* The pairs cannot be more than fit, whatever the header says; so nor can the offsets wrap. */
	if (table->functions >= table->len || !start_of(table, 0, &start))
		return 0;
	for (uint64_t i = 0; i < table->count && !err && start_of(table, i + 1, &end);
	     i++, start = end)
		if (name_of(table, i, &name))
			err = add(table, start, end, name, index);
	return err;
}

/* ---- the section ----------------------------------------------------------------------------- */

static bool usable(const struct elf_file *file, const GElf_Shdr *header)
{
	return !(header->sh_flags & SHF_COMPRESSED) && header->sh_size &&
	       header->sh_size <= MAX_TABLE_BYTES && header->sh_offset < file->len;
}

/*
 * The section that is the table, or, where the C linker has made a position-independent program,
 * the one with the table somewhere in it.
 */
static bool find_section(const struct elf_file *file, GElf_Shdr *ret, bool *ret_within)
{
	static const char *const names[] = {".gopclntab", ".data.rel.ro.gopclntab", ".data.rel.ro"};
	GElf_Shdr mark;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!elf_file_section(file, NULL, names[i], SHT_PROGBITS, ret))
			continue;
		*ret_within = i == ARRAY_LEN(names) - 1;
		return usable(file, ret) &&
		       (!*ret_within ||
			elf_file_section(file, NULL, ".go.buildinfo", SHT_NULL, &mark));
	}
	return false;
}

/* Makes the table begin at its magic number. */
static void seek(struct table *table)
{
	uint64_t magic;

	while (number(table, 0, 4, &magic) && table->len >= HEADER_BYTES) {
		if (layout_of(magic) && !table->bytes[4] && !table->bytes[5] &&
		    table->bytes[6] <= 4 && (table->bytes[7] == 4 || table->bytes[7] == 8))
			return;
		table->bytes += HEADER_BYTES;
		table->addr += HEADER_BYTES;
		table->len -= HEADER_BYTES;
	}
	table->len = 0;
}

/* Reads the section, or what there is of it. Returns 0 or -ENOMEM. */
static int read_section(const struct elf_file *file, const GElf_Shdr *header, struct table *ret)
{
	uint64_t len = file->len - header->sh_offset;

	if (header->sh_size < len)
		len = header->sh_size;
	ret->bytes = malloc(len);
	if (!ret->bytes)
		return -ENOMEM;
	ret->addr = header->sh_addr;
	ret->len = elf_file_read(file, header->sh_offset, ret->bytes, len);
	return 0;
}

int go_functions_add(struct text_index *index, const struct elf_file *file,
		     struct elf_names *ret_names, struct go_inlines *ret_inlines)
{
	struct table table = {.file = file};
	size_t had = index->count;
	unsigned char *section;
	GElf_Shdr header;
	bool within;
	int err;

	if (!find_section(file, &header, &within))
		return 0;
	err = read_section(file, &header, &table);
	if (err)
		return err;
	section = table.bytes;
	if (within)
		seek(&table);
	if (read_header(&table))
		err = add_all(&table, index);
	if (!err && index->count > had) {
		uint64_t off = header.sh_offset + (table.addr - header.sh_addr);

		*ret_names = (struct elf_names){
			.file = file,
			.off = off + table.names,
			.len = table.len - table.names,
		};
		go_inlines_find(file, off, table.addr, table.len, table.text_start, ret_inlines);
	}
	free(section);
	return err;
}
