// SPDX-License-Identifier: GPL-2.0-or-later
/* Debug sections, copied to where libdw finds them; see dwarf_image.h. */
#include "symbolizer/dwarf_image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "profiler/model/alloc.h"
#include "symbolizer/dwarf_memory.h"

/* Of a file's debug sections, before and after decompression. The largest browsers have a third. */
#define MAX_DEBUG_BYTES (4ULL << 30)

/* Address space only. */
#define MAX_FILE_BYTES (1ULL << 36)

#define PAGE_BYTES 4096

/* Of a large page. */
#define LARGE_BYTES (2ULL << 20)

/* Of split units they end in ".dwo"; the index is that of a package of them. */
static const char *const wanted[] = {
	"abbrev",   "addr",   "cu_index", "info",	 "line",
	"line_str", "ranges", "rnglists", "str_offsets", "str",
};

/* What follows ".debug_", or ".zdebug_" as GNU tools once named what they had compressed. */
static const char *debug_name(const char *name)
{
	if (!strncmp(name, ".debug_", 7))
		return name + 7;
	return !strncmp(name, ".zdebug_", 8) ? name + 8 : NULL;
}

static bool is_debug(const char *name, const char *which)
{
	size_t len = strlen(which);

	name = debug_name(name);
	return name && !strncmp(name, which, len) && (!name[len] || !strcmp(name + len, ".dwo"));
}

static bool is_wanted(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (is_debug(name, wanted[i]))
			return true;
	return !strcmp(name, ".gnu_debugaltlink");
}

bool dwarf_image_worth(const struct elf_file *file)
{
	GElf_Shdr header;

	return elf_file_section(file, NULL, ".debug_info", SHT_PROGBITS, &header) ||
	       elf_file_section(file, NULL, ".zdebug_info", SHT_PROGBITS, &header);
}

static bool is_zero(const unsigned char *bytes, size_t len)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, len - 1);
}

/* Whether the file has room on its disk for all its bytes. */
static bool is_dense(const struct elf_file *file)
{
	struct stat st;

	return !fstat(file->fd, &st) && (uint64_t)st.st_blocks * 512 >= (uint64_t)st.st_size;
}

/* A fault for each small page of a large part would take longer than reading what is put there. */
static void use_large_pages(struct dwarf_image *image, uint64_t off, uint64_t len)
{
	uint64_t skip = -off & (PAGE_BYTES - 1);

	if (len >= LARGE_BYTES)
		madvise(image->bytes + off + skip, len - skip, MADV_HUGEPAGE);
}

/* Reads a part of the file to its place in the image. Holes of a sparse file take no memory. */
static bool fill(struct dwarf_image *image, const struct elf_file *file, uint64_t off, uint64_t len)
{
	unsigned char piece[32 * 1024];

	if (off > image->len || len > image->len - off)
		return false;
	if (image->dense) {
		use_large_pages(image, off, len);
		return elf_file_read(file, off, image->bytes + off, len) == len;
	}
	while (len) {
		size_t want = len < sizeof(piece) ? (size_t)len : sizeof(piece);

		if (elf_file_read(file, off, piece, want) != want)
			return false;
		if (!is_zero(piece, want))
			memcpy(image->bytes + off, piece, want);
		off += want;
		len -= want;
	}
	return true;
}

/* How much room a section takes once it is decompressed. */
static uint64_t inflated_len(const struct dwarf_image *image, Elf_Scn *section,
			     const GElf_Shdr *header, const char *name)
{
	const unsigned char *bytes = image->bytes + header->sh_offset;
	uint64_t len = 0;
	GElf_Chdr chdr;

	if (header->sh_flags & SHF_COMPRESSED)
		return gelf_getchdr(section, &chdr) ? chdr.ch_size : 0;
	if (name[1] != 'z')
		return 0;
	/* "ZLIB" and the size, big endian. */
	for (size_t i = 4; i < 12 && header->sh_size >= 12; i++)
		len = len << 8 | bytes[i];
	return len;
}

/* ---- what is read later ---------------------------------------------------------------------- */

/* As much is read at once. */
#define BLOCK_BYTES 1024

/* The header of a unit and its first entry have a tenth, if their names are in other sections. */
#define HEAD_BYTES 512

/* Whether the section is put off. */
static bool put_off(struct dwarf_image *image, const GElf_Shdr *header, const char *name)
{
	struct dwarf_later *later = !strcmp(name, ".debug_info")   ? &image->later_info
				    : !strcmp(name, ".debug_line") ? &image->later_line
								   : NULL;

	if (!later || later->have || header->sh_flags & SHF_COMPRESSED ||
	    header->sh_size <= image->later_above || header->sh_offset > image->len ||
	    header->sh_size > image->len - header->sh_offset)
		return false;
	later->have = calloc(header->sh_size / BLOCK_BYTES + 1, 1);
	if (!later->have)
		return false;
	later->off = header->sh_offset;
	later->len = header->sh_size;
	return true;
}

/* Reads blocks `first` to `end` - 1 of the section, none of which is there yet. */
static bool fill_blocks(struct dwarf_image *image, struct dwarf_later *later, uint64_t first,
			uint64_t end)
{
	uint64_t off = first * BLOCK_BYTES, behind = end * BLOCK_BYTES;

	if (behind > later->len)
		behind = later->len;
	if (!fill(image, image->file, later->off + off, behind - off))
		return false;
	memset(later->have + first, true, end - first);
	return true;
}

/* Reads what is not there yet of a part of the section, as far as there is one. */
static bool need(struct dwarf_image *image, struct dwarf_later *later, uint64_t off, uint64_t len)
{
	uint64_t at = off / BLOCK_BYTES, end;

	if (!later->have)
		return true;
	if (off >= later->len)
		return false;
	end = ((len < later->len - off ? off + len : later->len) + BLOCK_BYTES - 1) / BLOCK_BYTES;
	while (at < end) {
		uint64_t first = at;

		while (at < end && !later->have[at])
			at++;
		if (at > first && !fill_blocks(image, later, first, at))
			return false;
		at += at == first;
	}
	return true;
}

/* How many bytes the unit, or the line number program, at an offset has, its length included. */
static uint64_t unit_bytes(struct dwarf_image *image, struct dwarf_later *later,
			   const struct dwarf_section *section, uint64_t off)
{
	struct dwarf_reader reader = {
		.at = section->bytes,
		.end = section->bytes + section->len,
		.big_endian = image->bytes[EI_DATA] == ELFDATA2MSB,
	};
	size_t offset_len;
	uint64_t len;

	if (off >= section->len || !need(image, later, off, HEAD_BYTES))
		return 0;
	dwarf_reader_take(&reader, off);
	len = dwarf_read_unit_len(&reader, &offset_len);
	dwarf_reader_take(&reader, len);
	return reader.failed ? 0 : (uint64_t)(reader.at - section->bytes) - off;
}

bool dwarf_image_need_unit(struct dwarf_image *image, Dwarf_Die *die)
{
	uint64_t off, len;

	if (!image->later_info.have)
		return true;
	off = dwarf_dieoffset(die) - dwarf_cuoffset(die);
	len = unit_bytes(image, &image->later_info, &image->info, off);
	return len && need(image, &image->later_info, off, len);
}

/*
 * Of an entry that is not all there the end is taken to be where there is nothing, or behind: its
 * children begin where it ends.
 */
bool dwarf_image_need_head(struct dwarf_image *image, Dwarf_Die *unit)
{
	uint64_t start = dwarf_dieoffset(unit) - dwarf_cuoffset(unit);
	Dwarf_Die child;

	if (!image->later_info.have ||
	    (!dwarf_child(unit, &child) && dwarf_dieoffset(&child) - start <= HEAD_BYTES))
		return true;
	return dwarf_image_need_unit(image, unit);
}

/* libdw goes from one unit to the next by their headers. */
static void need_heads(struct dwarf_image *image)
{
	uint64_t off = 0, len;

	while (image->later_info.have &&
	       (len = unit_bytes(image, &image->later_info, &image->info, off)))
		off += len;
}

/* ---- sections -------------------------------------------------------------------------------- */

static bool fill_section(struct dwarf_image *image, const struct elf_file *file, Elf_Scn *section,
			 const char *name, uint64_t *budget)
{
	GElf_Shdr header;
	uint64_t len;

	if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS)
		return true;
	if (header.sh_size > *budget)
		return false;
	if (!put_off(image, &header, name) && !fill(image, file, header.sh_offset, header.sh_size))
		return false;
	*budget -= header.sh_size;
	len = inflated_len(image, section, &header, name);
	if (len > *budget)
		return false;
	*budget -= len;
	return true;
}

/* All or nothing: what is left out would be zeros, and taken for the truth. */
static bool fill_sections(struct dwarf_image *image, const struct elf_file *file)
{
	uint64_t budget = MAX_DEBUG_BYTES;
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(image->elf, &names) ||
	    !fill_section(image, file, elf_getscn(image->elf, names), ".", &budget))
		return false;
	while ((section = elf_nextscn(image->elf, section))) {
		const char *name = NULL;
		GElf_Shdr header;

		if (gelf_getshdr(section, &header))
			name = elf_strptr(image->elf, names, header.sh_name);
		if (name && is_wanted(name) && !fill_section(image, file, section, name, &budget))
			return false;
	}
	image->debug_bytes = MAX_DEBUG_BYTES - budget;
	return true;
}

static bool fill_headers(struct dwarf_image *image, const struct elf_file *file)
{
	const GElf_Ehdr *header = &file->header;

	/* A count of 0 stands for more than 65,279 sections (gABI); no linked file has as many. */
	return header->e_shoff && header->e_shnum && fill(image, file, 0, header->e_ehsize) &&
	       fill(image, file, header->e_shoff, (uint64_t)header->e_shnum * header->e_shentsize);
}

int dwarf_image_open(struct dwarf_image *image, const struct elf_file *file, uint64_t later_above)
{
	*image = (struct dwarf_image){.file = file, .later_above = later_above};
	if (!file->len || file->len > MAX_FILE_BYTES)
		return 0;
	image->len = (size_t)file->len;
	image->bytes = mmap(NULL, image->len, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (image->bytes == MAP_FAILED)
		return -ENOMEM;
	image->dense = is_dense(file);
	elf_version(EV_CURRENT);
	if (fill_headers(image, file))
		image->elf = elf_memory((char *)image->bytes, image->len);
	if (image->elf && fill_sections(image, file))
		return 1;
	dwarf_image_close(image);
	return 0;
}

void dwarf_image_close(struct dwarf_image *image)
{
	elf_end(image->elf);
	free(image->later_info.have);
	free(image->later_line.have);
	if (image->bytes)
		munmap(image->bytes, image->len);
	*image = (struct dwarf_image){0};
}

Dwarf *dwarf_image_begin(struct dwarf_image *image)
{
	Dwarf *dwarf = dwarf_memory_left() ? dwarf_begin_elf(image->elf, DWARF_C_READ, NULL) : NULL;

	if (!dwarf)
		return NULL;
	image->info.bytes = dwarf_image_section(image, "info", &image->info.len);
	image->line.bytes = dwarf_image_section(image, "line", &image->line.len);
	image->line_str.bytes = dwarf_image_section(image, "line_str", &image->line_str.len);
	image->str.bytes = dwarf_image_section(image, "str", &image->str.len);
	need_heads(image);
	return dwarf;
}

void dwarf_image_inflate(struct dwarf_image *image)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(image->elf, &names))
		return;
	while ((section = elf_nextscn(image->elf, section))) {
		const char *name = NULL;
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) && header.sh_type != SHT_NOBITS)
			name = elf_strptr(image->elf, names, header.sh_name);
		/* What cannot be decompressed stays as it is, and will make no sense. */
		if (!name || !is_wanted(name))
			continue;
		if (header.sh_flags & SHF_COMPRESSED)
			elf_compress(section, 0, 0);
		else if (name[1] == 'z')
			elf_compress_gnu(section, 0, 0);
	}
}

const void *dwarf_image_section(const struct dwarf_image *image, const char *which, size_t *ret_len)
{
	Elf_Scn *section = NULL;
	size_t names;

	*ret_len = 0;
	if (elf_getshdrstrndx(image->elf, &names))
		return NULL;
	while ((section = elf_nextscn(image->elf, section))) {
		const char *name = NULL;
		GElf_Shdr header;
		Elf_Data *data;

		if (gelf_getshdr(section, &header) && header.sh_type != SHT_NOBITS)
			name = elf_strptr(image->elf, names, header.sh_name);
		name = name ? debug_name(name) : NULL;
		if (!name || strcmp(name, which) != 0)
			continue;
		data = elf_rawdata(section, NULL);
		*ret_len = data && data->d_buf ? data->d_size : 0;
		return *ret_len ? data->d_buf : NULL;
	}
	return NULL;
}

struct dwarf_reader dwarf_image_line_program(struct dwarf_image *image, uint64_t off)
{
	uint64_t len = unit_bytes(image, &image->later_line, &image->line, off);
	struct dwarf_reader reader = {.big_endian = image->bytes[EI_DATA] == ELFDATA2MSB};

	if (!len || !need(image, &image->later_line, off, len))
		return reader;
	reader.at = image->line.bytes + off;
	reader.end = reader.at + len;
	return reader;
}
