// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Function bounds from .eh_frame; see elf_bounds.h.
 *
 * libdw takes the section apart into its entries; of each only two numbers are
 * read here: where the code starts, written as its CIE says, and how long it is.
 * profiler/unwind/table reads the same section for its rules, which is another
 * matter, and lies on the other side of the profile.
 */
#include "symbolizer/elf_bounds.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The largest programs have 60 MB of it. */
#define MAX_SECTION_BYTES (256U << 20)
#define MAX_ENTRIES	  (8U << 20)

void elf_bounds_find(const struct elf_file *file, struct elf_bounds *ret)
{
	GElf_Shdr header;

	/* Of the files of debug information it is not there; x86-64 has a type of its own for it. */
	if (!elf_file_section(file, NULL, ".eh_frame", SHT_NULL, &header) ||
	    header.sh_type == SHT_NOBITS || header.sh_flags & SHF_COMPRESSED ||
	    header.sh_size > MAX_SECTION_BYTES)
		return;
	*ret = (struct elf_bounds){header.sh_offset, header.sh_size, header.sh_addr};
}

/* The section in memory, and the CIE that was read last: those of one object file share it. */
struct section {
	const struct elf_file *file;
	uint64_t addr;
	Elf_Data data;
	uint64_t cie_off; /* plus 1; 0: none was read */
	uint8_t encoding; /* of the pointers of its entries, DW_EH_PE_* */
};

/* The bytes of a pointer of the encoding; 0 for those that no compiler uses here. */
static size_t pointer_len(const struct section *section, uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case DW_EH_PE_absptr:
		return section->file->header.e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
	case DW_EH_PE_udata2:
	case DW_EH_PE_sdata2:
		return 2;
	case DW_EH_PE_udata4:
	case DW_EH_PE_sdata4:
		return 4;
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		return 8;
	default:
		return 0;
	}
}

/* How the entries of a CIE write pointers: what goes with the 'R' of its augmentation. */
static uint8_t encoding_of(const struct section *section, const Dwarf_CIE *cie)
{
	const uint8_t *at = cie->augmentation_data;
	size_t left = at ? cie->augmentation_data_size : 0;

	if (cie->augmentation[0] != 'z')
		return cie->augmentation[0] ? DW_EH_PE_omit : DW_EH_PE_absptr;
	for (const char *letter = cie->augmentation + 1; *letter; letter++) {
		size_t skip = *letter == 'P' && left ? 1 + pointer_len(section, *at) : 1;

		if (*letter == 'S' || *letter == 'B')
			continue;
		if (!strchr("RPL", *letter) || left < skip ||
		    (*letter == 'P' && (skip == 1 || *at == DW_EH_PE_aligned)))
			return DW_EH_PE_omit;
		if (*letter == 'R')
			return *at;
		at += skip;
		left -= skip;
	}
	return DW_EH_PE_absptr;
}

/* Makes section->encoding that of the CIE at the offset. */
static void read_cie(struct section *section, uint64_t off)
{
	Dwarf_CFI_Entry entry;
	Dwarf_Off next;

	if (section->cie_off == off + 1)
		return;
	section->cie_off = off + 1;
	section->encoding = DW_EH_PE_omit;
	if (off < section->data.d_size &&
	    !dwarf_next_cfi(section->file->header.e_ident, &section->data, true, off, &next,
			    &entry) &&
	    dwarf_cfi_cie_p(&entry))
		section->encoding = encoding_of(section, &entry.cie);
}

/* A number of `len` bytes in the file's byte order, which is widened by its sign if it has one. */
static uint64_t number(const struct section *section, const uint8_t *at, size_t len, bool is_signed)
{
	bool big = section->file->header.e_ident[EI_DATA] == ELFDATA2MSB;
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | at[big ? i : len - 1 - i];
	if (is_signed && len < 8 && value >> (8 * len - 1))
		value |= UINT64_MAX << 8 * len;
	return value;
}

/* Start and length of what an entry describes. */
static bool read_range(const struct section *section, const Dwarf_FDE *fde, uint64_t *ret_start,
		       uint64_t *ret_len)
{
	size_t len = pointer_len(section, section->encoding);
	const uint8_t *at = fde->start;
	uint64_t start, place = section->addr + (uint64_t)(at - (uint8_t *)section->data.d_buf);

	if (section->encoding == DW_EH_PE_omit || section->encoding & DW_EH_PE_indirect || !len ||
	    fde->end < at || (size_t)(fde->end - at) < 2 * len)
		return false;
	start = number(section, at, len, section->encoding & DW_EH_PE_signed);
	/* What the linker has left out stays behind with a start of 0. */
	if (!start)
		return false;
	switch (section->encoding & 0x70) {
	case DW_EH_PE_absptr:
		break;
	case DW_EH_PE_pcrel:
		start += place;
		break;
	default:
		return false;
	}
	*ret_start = start;
	*ret_len = number(section, at + len, len, false);
	return true;
}

static int add_range(const struct section *section, struct text_index *index, uint64_t start,
		     uint64_t len)
{
	const struct elf_text *text = elf_file_text_at(section->file, start);

	if (!text || !len)
		return 0;
	if (len > text->end - start)
		len = text->end - start;
	return text_index_add(
		index,
		&(struct text_symbol){
			.addr = start,
			.size = len < TEXT_SYMBOL_MAX_SIZE ? (uint32_t)len : TEXT_SYMBOL_MAX_SIZE,
		});
}

static int read_entries(struct section *section, struct text_index *index)
{
	Dwarf_Off off = 0, next = 0;
	int err = 0;

	for (size_t i = 0; i < MAX_ENTRIES && !err; i++, off = next) {
		Dwarf_CFI_Entry entry;
		uint64_t start, len;
		int result = dwarf_next_cfi(section->file->header.e_ident, &section->data, true,
					    off, &next, &entry);

		/* The end, or an entry that cannot even be left behind. */
		if (result > 0 || next <= off || next == (Dwarf_Off)-1)
			break;
		if (result < 0 || dwarf_cfi_cie_p(&entry))
			continue;
		read_cie(section, entry.fde.CIE_pointer);
		if (read_range(section, &entry.fde, &start, &len))
			err = add_range(section, index, start, len);
	}
	return err;
}

int elf_bounds_read(const struct elf_file *file, const struct elf_bounds *bounds,
		    struct text_index *index)
{
	struct section section = {.file = file, .addr = bounds->addr};
	uint64_t len = bounds->off < file->len ? file->len - bounds->off : 0;
	int err;

	if (len > bounds->len)
		len = bounds->len;
	if (!len)
		return 0;
	section.data = (Elf_Data){.d_type = ELF_T_BYTE, .d_version = EV_CURRENT};
	section.data.d_buf = malloc(len);
	if (!section.data.d_buf)
		return -ENOMEM;
	section.data.d_size = elf_file_read(file, bounds->off, section.data.d_buf, len);
	err = read_entries(&section, index);
	free(section.data.d_buf);
	return err ? err : text_index_finish(index);
}
