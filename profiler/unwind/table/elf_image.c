// SPDX-License-Identifier: GPL-2.0-or-later
/* The headers of an ELF file and what they say about addresses; see elf_image.h. */
#include "profiler/unwind/table/elf_image.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bpf/shared_unwind.h"

/* The kernel refuses programs with more (load_elf_phdrs() in fs/binfmt_elf.c). */
#define PROGRAM_HEADERS_MAX (65536 / sizeof(Elf64_Phdr))

int elf_image_pread(int fd, void *data, size_t len, uint64_t offset)
{
	char *at = data;

	while (len > 0) {
		ssize_t got;

		if (offset > INT64_MAX)
			return -EBADMSG;
		got = pread(fd, at, len, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : -EBADMSG;
		at += got;
		len -= (size_t)got;
		offset += (uint64_t)got;
	}
	return 0;
}

static bool is_mappable(const Elf64_Ehdr *header)
{
	return !memcmp(header->e_ident, ELFMAG, SELFMAG) &&
	       header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_ident[EI_DATA] == ELFDATA2LSB &&
	       (header->e_type == ET_EXEC || header->e_type == ET_DYN) &&
	       (header->e_machine == EM_X86_64 || header->e_machine == EM_AARCH64) &&
	       header->e_phentsize == sizeof(Elf64_Phdr) && header->e_phnum <= PROGRAM_HEADERS_MAX;
}

static int add_load(struct elf_image *image, const Elf64_Phdr *header)
{
	uint64_t end;

	if (image->nr_loads == ELF_LOADS_MAX || header->p_filesz > header->p_memsz ||
	    __builtin_add_overflow(header->p_vaddr, header->p_memsz, &end) ||
	    __builtin_add_overflow(header->p_offset, header->p_filesz, &end))
		return -ENOEXEC;
	image->loads[image->nr_loads++] = (struct elf_load){
		.vaddr = header->p_vaddr,
		.offset = header->p_offset,
		.file_size = header->p_filesz,
		.mem_size = header->p_memsz,
		.executable = header->p_flags & PF_X,
	};
	return 0;
}

static uint64_t lowest_address(const struct elf_image *image)
{
	uint64_t lowest = UINT64_MAX;

	for (size_t i = 0; i < image->nr_loads; i++)
		if (image->loads[i].vaddr < lowest)
			lowest = image->loads[i].vaddr;
	return lowest - lowest % UNWIND_BASE_ALIGN;
}

/* A file that ends within its headers is no ELF file. */
static int read_headers(int fd, void *data, size_t len, uint64_t offset)
{
	int err = elf_image_pread(fd, data, len, offset);

	return err == -EBADMSG ? -ENOEXEC : err;
}

static int read_segments(int fd, const Elf64_Ehdr *header, struct elf_image *image)
{
	for (size_t i = 0; i < header->e_phnum; i++) {
		Elf64_Phdr segment;
		uint64_t offset;
		int err;

		if (__builtin_add_overflow(header->e_phoff, i * sizeof(segment), &offset))
			return -ENOEXEC;
		err = read_headers(fd, &segment, sizeof(segment), offset);
		if (!err && segment.p_type == PT_LOAD)
			err = add_load(image, &segment);
		if (err)
			return err;
		if (segment.p_type == PT_GNU_EH_FRAME)
			image->eh_frame_hdr = segment.p_vaddr;
	}
	return 0;
}

int elf_image_read(int fd, struct elf_image *ret_image)
{
	struct elf_image image = {0};
	Elf64_Ehdr header;
	int err = read_headers(fd, &header, sizeof(header), 0);

	if (err)
		return err;
	if (!is_mappable(&header))
		return -ENOEXEC;
	err = read_segments(fd, &header, &image);
	if (err)
		return err;
	if (!image.nr_loads)
		return -ENOEXEC;
	image.machine = header.e_machine;
	image.entry = header.e_entry;
	image.base = lowest_address(&image);
	*ret_image = image;
	return 0;
}

/*
 * How well a segment explains a mapping at this offset. Segments that share a page of the file are
 * both mapped with it, so that the page alone does not tell which one is meant.
 */
static int match(const struct elf_load *load, uint64_t offset, uint64_t page)
{
	uint64_t first = load->offset - load->offset % page;

	if (!load->file_size || offset < first || offset >= load->offset + load->file_size)
		return 0;
	return 1 + (offset == first) + 2 * load->executable;
}

int elf_image_bias(const struct elf_image *image, uint64_t start, uint64_t offset,
		   uint64_t *ret_bias)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const struct elf_load *best = NULL;
	int best_match = 0;

	for (size_t i = 0; i < image->nr_loads; i++) {
		int this_match = match(&image->loads[i], offset, page);

		if (this_match > best_match) {
			best_match = this_match;
			best = &image->loads[i];
		}
	}
	if (!best)
		return -ENOENT;
	*ret_bias = start - (best->vaddr + (offset - best->offset));
	return 0;
}
