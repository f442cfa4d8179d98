// SPDX-License-Identifier: GPL-2.0-or-later
/* Which entries of a symbol table are functions, and reading their names; see elf_symbols.h. */
#include "symbolizer/elf_symbols.h"

/* The largest programs have two million symbols; a table longer than this is an attack. */
#define MAX_SYMBOLS (8U << 20)

/* Names are cut here. */
#define MAX_NAME_LEN (64 * 1024)

#define NAME_PIECE 256

int elf_names_read(const struct elf_names *names, uint32_t off, struct text *ret)
{
	uint64_t left = off < names->len ? names->len - off : 0;
	uint64_t at = names->off + off;
	char piece[NAME_PIECE];
	size_t len, got;
	int err;

	text_clear(ret);
	do {
		got = left < sizeof(piece) ? (size_t)left : sizeof(piece);
		got = got ? elf_file_read(names->file, at, piece, got) : 0;
		len = strnlen(piece, got);
		err = text_append(ret, piece, len);
		at += got;
		left -= got;
	} while (!err && got && len == got && ret->len < MAX_NAME_LEN);
	return err;
}

/*
 * ARM, AArch64 and RISC-V mark where code and data begin with local symbols such as "$x" and
 * "$d.7" (AAELF64, "Mapping symbols"). There can be thousands, and almost all share two names.
 */
struct mapping_names {
	bool expected;
	uint32_t name; /* asked for last */
	bool mapping;  /* what the answer was */
};

static bool is_mapping(struct mapping_names *memo, const struct elf_names *names,
		       const GElf_Sym *symbol)
{
	char first;

	if (!memo->expected || GELF_ST_TYPE(symbol->st_info) != STT_NOTYPE ||
	    GELF_ST_BIND(symbol->st_info) != STB_LOCAL)
		return false;
	if (memo->name != symbol->st_name) {
		memo->name = symbol->st_name;
		memo->mapping =
			elf_file_read(names->file, names->off + symbol->st_name, &first, 1) &&
			first == '$';
	}
	return memo->mapping;
}

static bool is_function(const GElf_Sym *symbol)
{
	unsigned int type = GELF_ST_TYPE(symbol->st_info);

	return symbol->st_name && symbol->st_shndx != SHN_UNDEF && symbol->st_shndx != SHN_ABS &&
	       symbol->st_shndx != SHN_COMMON &&
	       (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE);
}

static enum symbol_rank rank_of(const GElf_Sym *symbol)
{
	switch (GELF_ST_BIND(symbol->st_info)) {
	case STB_LOCAL:
		return RANK_LOCAL;
	case STB_WEAK:
		return RANK_WEAK;
	default:
		return RANK_GLOBAL;
	}
}

/* Adds one function, cut to the section it lies in; one that lies in none is no function. */
static int add(struct text_index *index, const struct elf_file *file, const GElf_Sym *symbol,
	       enum elf_name_table table)
{
	/* Bit 0 of a function's address says Thumb (AAELF32, "Symbol values"). */
	bool thumb = file->header.e_machine == EM_ARM && GELF_ST_TYPE(symbol->st_info) == STT_FUNC;
	uint64_t addr = thumb ? symbol->st_value & ~1ULL : symbol->st_value;
	const struct elf_text *text = elf_file_text_at(file, addr);
	uint64_t size;

	if (!text)
		return 0;
	size = text->end - addr;
	if (symbol->st_size && symbol->st_size < size)
		size = symbol->st_size;
	if (size > TEXT_SYMBOL_MAX_SIZE)
		size = TEXT_SYMBOL_MAX_SIZE;
	return text_index_add(index, &(struct text_symbol){
					     .addr = addr,
					     .name = symbol->st_name,
					     .size = (uint32_t)size,
					     .unsized_reach = !symbol->st_size,
					     .rank = rank_of(symbol),
					     .table = table,
				     });
}

/* The string table a symbol table links to. Linkers never compress it. */
static bool find_names(const struct elf_file *file, const GElf_Shdr *symbols, struct elf_names *ret)
{
	Elf_Scn *section = elf_getscn(file->elf, symbols->sh_link);
	GElf_Shdr header;

	if (!section || !gelf_getshdr(section, &header) || header.sh_type != SHT_STRTAB ||
	    header.sh_flags & SHF_COMPRESSED)
		return false;
	*ret = (struct elf_names){.file = file, .off = header.sh_offset, .len = header.sh_size};
	return true;
}

int elf_symbols_add(struct text_index *index, const struct elf_file *file, uint32_t type,
		    enum elf_name_table table, struct elf_names *ret_names)
{
	struct mapping_names memo = {0};
	GElf_Shdr header;
	struct elf_names names;
	struct elf_rows rows;
	GElf_Sym symbol;
	int err = 0;

	if (!elf_file_section(file, NULL, NULL, type, &header) ||
	    !find_names(file, &header, &names))
		return 0;
	memo.expected = file->header.e_machine == EM_AARCH64 || file->header.e_machine == EM_ARM ||
			file->header.e_machine == EM_RISCV;
	elf_rows_init(&rows, file, ELF_T_SYM, header.sh_offset, header.sh_size);
	for (size_t i = 0; i < MAX_SYMBOLS && !err && elf_rows_next_symbol(&rows, &symbol); i++)
		if (is_function(&symbol) && symbol.st_name < names.len &&
		    !is_mapping(&memo, &names, &symbol))
			err = add(index, file, &symbol, table);
	if (!err)
		*ret_names = names;
	return err;
}
