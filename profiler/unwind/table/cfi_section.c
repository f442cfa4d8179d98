// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finding a file's call-frame information and copying it into memory: by
 * section header where there are any, else through PT_GNU_EH_FRAME (LSB Core
 * 5.0, section 10.6.2). libelf reads the section headers and decompresses;
 * ELF_C_READ keeps it from mapping the file, see elf_image.h.
 */
#include "profiler/unwind/table/elf_image.h"

#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/unwind/table/cfi_reader.h"

#define SECTION_BYTES_MAX  (256UL << 20)
#define TERMINATOR_BYTES   4
#define EH_FRAME_HDR_BYTES 20 /* version, three encodings, and the longest pointer, aligned */

/* The sections of a file that matter; NULL for those it does not have. */
struct sections {
	Elf_Scn *eh_frame, *debug_frame;
	uint64_t text, got; /* addresses */
};

/* Linkers write the terminator alone where the objects have none. */
static bool is_empty(const GElf_Shdr *header)
{
	return header->sh_size <= TERMINATOR_BYTES;
}

static void note_section(struct sections *sections, Elf_Scn *scn, const char *name,
			 const GElf_Shdr *header)
{
	if (!strcmp(name, ".text"))
		sections->text = header->sh_addr;
	else if (!strcmp(name, ".got"))
		sections->got = header->sh_addr;
	else if (!strcmp(name, ".eh_frame") && !sections->eh_frame && !is_empty(header))
		sections->eh_frame = scn;
	else if (!strcmp(name, ".debug_frame") && !sections->debug_frame && !is_empty(header))
		sections->debug_frame = scn;
}

static struct sections find_sections(Elf *elf)
{
	struct sections sections = {0};
	Elf_Scn *scn = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return sections;
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr header;
		const char *name =
			gelf_getshdr(scn, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;

		if (name)
			note_section(&sections, scn, name, &header);
	}
	return sections;
}

/* Reads `size` bytes of the file. */
static int read_bytes(int fd, uint64_t offset, uint64_t size, struct cfi_section *section)
{
	int err;

	if (size > SECTION_BYTES_MAX)
		return -EFBIG;
	section->data = malloc(size);
	if (!section->data)
		return -ENOMEM;
	section->size = size;
	err = elf_image_pread(fd, section->data, size, offset);
	if (err)
		cfi_section_fini(section);
	return err;
}

static int read_eh_frame(int fd, const struct sections *found, struct cfi_section *section)
{
	GElf_Shdr header;

	/* Files of debug information have the header, but not the bytes. */
	if (!gelf_getshdr(found->eh_frame, &header) || header.sh_type == SHT_NOBITS)
		return -EBADMSG;
	section->vaddr = header.sh_addr;
	section->text = found->text;
	section->data_rel = found->got;
	return read_bytes(fd, header.sh_offset, header.sh_size, section);
}

static int read_decompressed(Elf_Scn *scn, struct cfi_section *section)
{
	Elf_Data *data;
	GElf_Chdr header;

	if (!gelf_getchdr(scn, &header))
		return -EBADMSG;
	if (header.ch_size > SECTION_BYTES_MAX)
		return -EFBIG;
	if (elf_compress(scn, 0, 0) < 0)
		return -EBADMSG;
	data = elf_getdata(scn, NULL);
	if (!data || !data->d_buf || !data->d_size)
		return -EBADMSG;
	section->data = malloc(data->d_size);
	if (!section->data)
		return -ENOMEM;
	memcpy(section->data, data->d_buf, data->d_size);
	section->size = data->d_size;
	return 0;
}

static int read_debug_frame(int fd, const struct sections *found, struct cfi_section *section)
{
	GElf_Shdr header;

	if (!gelf_getshdr(found->debug_frame, &header) || header.sh_type == SHT_NOBITS)
		return -EBADMSG;
	section->is_debug_frame = true;
	if (header.sh_size > SECTION_BYTES_MAX)
		return -EFBIG;
	if (header.sh_flags & SHF_COMPRESSED)
		return read_decompressed(found->debug_frame, section);
	return read_bytes(fd, header.sh_offset, header.sh_size, section);
}

/* The bytes of the file from p_vaddr `vaddr` to the end of its segment. -EBADMSG: there are none. */
static int file_range(const struct elf_image *image, uint64_t vaddr, uint64_t *ret_offset,
		      uint64_t *ret_size)
{
	for (size_t i = 0; i < image->nr_loads; i++) {
		const struct elf_load *load = &image->loads[i];
		uint64_t within = vaddr - load->vaddr;

		if (vaddr < load->vaddr || within >= load->file_size)
			continue;
		*ret_offset = load->offset + within;
		*ret_size = load->file_size - within;
		return 0;
	}
	return -EBADMSG;
}

/*
 * Through .eh_frame_hdr, which says where .eh_frame starts. Nothing says where it ends: it is read
 * to the end of its segment, and its own terminator ends it.
 */
static int read_through_header(int fd, const struct elf_image *image, struct cfi_section *section)
{
	uint8_t bytes[EH_FRAME_HDR_BYTES];
	struct cfi_section header = {.data = bytes, .vaddr = image->eh_frame_hdr};
	struct cfi_reader reader;
	uint64_t offset, size;
	uint8_t encoding;
	int err = file_range(image, image->eh_frame_hdr, &offset, &size);

	if (err)
		return err;
	header.size = size < sizeof(bytes) ? size : sizeof(bytes);
	err = elf_image_pread(fd, bytes, header.size, offset);
	if (err)
		return err;
	header.data_rel = header.vaddr; /* what "datarel" means in this table */
	reader = (struct cfi_reader){.at = bytes, .end = bytes + header.size};
	if (cfi_u8(&reader) != 1)
		return -EBADMSG;
	encoding = cfi_u8(&reader);
	cfi_u16(&reader); /* how the search table is encoded */
	section->vaddr = cfi_pointer(&reader, &header, encoding, NULL);
	if (reader.failed || file_range(image, section->vaddr, &offset, &size))
		return -EBADMSG;
	return read_bytes(fd, offset, size < SECTION_BYTES_MAX ? size : SECTION_BYTES_MAX, section);
}

static int read_section(int fd, const struct elf_image *image, const struct sections *found,
			struct cfi_section *section)
{
	if (found->eh_frame)
		return read_eh_frame(fd, found, section);
	/* Before the header, which linkers write for an .eh_frame that is empty, too. */
	if (found->debug_frame)
		return read_debug_frame(fd, found, section);
	if (image->eh_frame_hdr)
		return read_through_header(fd, image, section);
	return -ENOENT;
}

int cfi_section_read(int fd, const struct elf_image *image, struct cfi_section *ret_section)
{
	struct cfi_section section = {.machine = image->machine};
	struct sections found;
	Elf *elf;
	int err;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return -EBADMSG;
	found = find_sections(elf);
	err = read_section(fd, image, &found, &section);
	elf_end(elf);
	if (!err)
		*ret_section = section;
	return err;
}

void cfi_section_fini(struct cfi_section *section)
{
	free(section->data);
	section->data = NULL;
	section->size = 0;
}
