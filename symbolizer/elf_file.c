// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF headers: what is where in a file, and whose it is; see elf_file.h.
 *
 * The rows of tables are read in elf_rows.c.
 */
#include "symbolizer/elf_file.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/model/alloc.h"

/* Real files have about ten headers; more than this is an attack on our time. */
#define MAX_PROGRAM_HEADERS 4096
#define MAX_DYNAMIC	    65536

bool elf_file_stamp(const struct elf_file *file, struct file_stamp *ret)
{
	struct stat st;

	if (file->fd < 0 || fstat(file->fd, &st))
		return false;
	*ret = (struct file_stamp){
		.len = (uint64_t)st.st_size,
		.inode = st.st_ino,
		.changed_s = (uint64_t)st.st_ctim.tv_sec,
		.changed_ns = (uint64_t)st.st_ctim.tv_nsec,
	};
	return true;
}

size_t elf_file_read(const struct elf_file *file, uint64_t off, void *ret, size_t len)
{
	size_t done = 0;

	if (off >= file->len)
		return 0;
	if (len > file->len - off)
		len = file->len - off;
	if (file->image) {
		memcpy(ret, file->image + off, len);
		return len;
	}
	while (done < len) {
		ssize_t n = pread(file->fd, (char *)ret + done, len - done, (off_t)(off + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static int add_segment(struct elf_file *file, const GElf_Phdr *header)
{
	int err = ARRAY_RESERVE(file->segments, file->cap_segments, file->nr_segments + 1);

	if (!err)
		file->segments[file->nr_segments++] = (struct elf_segment){
			.off = header->p_offset,
			.len = header->p_filesz,
			.vaddr = header->p_vaddr,
			.executable = header->p_flags & PF_X,
		};
	return err;
}

static void read_dynamic(struct elf_file *file, const GElf_Phdr *header)
{
	struct elf_rows rows;
	GElf_Dyn dyn;

	elf_rows_init(&rows, file, ELF_T_DYN, header->p_offset, header->p_filesz);
	for (size_t i = 0; i < MAX_DYNAMIC && elf_rows_next_dyn(&rows, &dyn); i++) {
		if (dyn.d_tag == DT_NULL)
			break;
		if (dyn.d_tag == DT_FLAGS_1 && dyn.d_un.d_val & DF_1_PIE)
			file->is_pie = true;
	}
}

static int read_program_headers(struct elf_file *file)
{
	bool dynamic_seen = false;
	size_t count;
	int err = 0;

	if (elf_getphdrnum(file->elf, &count))
		return 0;
	if (count > MAX_PROGRAM_HEADERS)
		count = MAX_PROGRAM_HEADERS;
	for (size_t i = 0; i < count && !err; i++) {
		GElf_Phdr header;

		if (!gelf_getphdr(file->elf, (int)i, &header))
			break;
		if (header.p_type == PT_LOAD)
			err = add_segment(file, &header);
		else if (header.p_type == PT_DYNAMIC && !dynamic_seen)
			read_dynamic(file, &header);
		dynamic_seen |= header.p_type == PT_DYNAMIC;
	}
	return err;
}

static int by_address(const void *a_, const void *b_)
{
	const struct elf_text *a = a_, *b = b_;

	return (a->addr > b->addr) - (a->addr < b->addr);
}

static int read_sections(struct elf_file *file)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	int err;

	while ((section = elf_file_section(file, section, NULL, SHT_NULL, &header))) {
		uint64_t end;

		if (!(header.sh_flags & SHF_ALLOC) || !(header.sh_flags & SHF_EXECINSTR) ||
		    __builtin_add_overflow(header.sh_addr, header.sh_size, &end))
			continue;
		err = ARRAY_RESERVE(file->texts, file->cap_texts, file->nr_texts + 1);
		if (err)
			return err;
		file->texts[file->nr_texts++] = (struct elf_text){header.sh_addr, end};
	}
	if (file->nr_texts)
		qsort(file->texts, file->nr_texts, sizeof(*file->texts), by_address);
	return 0;
}

static void read_build_id(struct elf_file *file)
{
	const void *id;
	ssize_t len = dwelf_elf_gnu_build_id(file->elf, &id);

	if (len <= 0 || (size_t)len > sizeof(file->build_id))
		return;
	memcpy(file->build_id, id, (size_t)len);
	file->build_id_len = (size_t)len;
}

static int read_headers(struct elf_file *file, enum symbol_reason *ret_reason)
{
	int err;

	if (!file->elf || elf_kind(file->elf) != ELF_K_ELF ||
	    !gelf_getehdr(file->elf, &file->header)) {
		*ret_reason = SYMBOL_NOT_ELF;
		return 0;
	}
	err = read_program_headers(file);
	if (!err)
		err = read_sections(file);
	if (err)
		return err;
	read_build_id(file);
	*ret_reason = SYMBOL_OK;
	/* Section headers stand last: where they are announced but missing, the end is. */
	if (!file->nr_segments || (file->header.e_shoff && !elf_nextscn(file->elf, NULL)))
		*ret_reason = SYMBOL_BAD_ELF;
	return 0;
}

int elf_file_open(struct elf_file *file, int fd, enum symbol_reason *ret_reason)
{
	struct stat st;

	*file = (struct elf_file){.fd = fd};
	*ret_reason = SYMBOL_FILE_UNREADABLE;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return 0;
	file->len = (uint64_t)st.st_size;
	elf_version(EV_CURRENT);
	/* ELF_C_READ and not ..._MMAP: a file truncated while mapped would be a SIGBUS. */
	file->elf = elf_begin(fd, ELF_C_READ, NULL);
	return read_headers(file, ret_reason);
}

int elf_file_open_image(struct elf_file *file, void *image, size_t len,
			enum symbol_reason *ret_reason)
{
	*file = (struct elf_file){.fd = -1, .image = image, .len = len};
	elf_version(EV_CURRENT);
	file->elf = elf_memory(image, len);
	return read_headers(file, ret_reason);
}

void elf_file_release(struct elf_file *file)
{
	elf_end(file->elf);
	file->elf = NULL;
}

void elf_file_fini(struct elf_file *file)
{
	elf_file_release(file);
	free(file->segments);
	free(file->texts);
	free((void *)file->image);
	if (file->fd >= 0)
		close(file->fd);
	*file = (struct elf_file){.fd = -1};
}

const struct elf_segment *elf_file_segment_at_offset(const struct elf_file *file, uint64_t off)
{
	const struct elf_segment *found = NULL;

	for (size_t i = 0; i < file->nr_segments; i++) {
		const struct elf_segment *segment = &file->segments[i];

		if (off < segment->off || off - segment->off >= segment->len)
			continue;
		if (segment->executable)
			return segment;
		if (!found)
			found = segment;
	}
	return found;
}

const struct elf_segment *elf_file_segment_at_addr(const struct elf_file *file, uint64_t addr)
{
	for (size_t i = 0; i < file->nr_segments; i++) {
		const struct elf_segment *segment = &file->segments[i];

		if (addr >= segment->vaddr && addr - segment->vaddr < segment->len)
			return segment;
	}
	return NULL;
}

const struct elf_text *elf_file_text_at(const struct elf_file *file, uint64_t addr)
{
	size_t low = 0, high = file->nr_texts;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (file->texts[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low && addr < file->texts[low - 1].end ? &file->texts[low - 1] : NULL;
}

Elf_Scn *elf_file_section(const struct elf_file *file, Elf_Scn *after, const char *name,
			  uint32_t type, GElf_Shdr *ret)
{
	Elf_Scn *section = after;
	size_t names = SHN_UNDEF;

	if (name && elf_getshdrstrndx(file->elf, &names))
		return NULL;
	while ((section = elf_nextscn(file->elf, section))) {
		const char *is;

		if (!gelf_getshdr(section, ret) || (type != SHT_NULL && ret->sh_type != type))
			continue;
		is = name ? elf_strptr(file->elf, names, ret->sh_name) : NULL;
		if (!name || (is && !strcmp(is, name)))
			return section;
	}
	return NULL;
}

int symbol_build_id(int fd, uint8_t *ret_id, size_t cap)
{
	struct stat st;
	const void *id;
	ssize_t len;
	Elf *elf;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	len = elf ? dwelf_elf_gnu_build_id(elf, &id) : 0;
	if (len <= 0)
		len = 0;
	else if ((size_t)len > cap)
		len = -ENOSPC;
	else
		memcpy(ret_id, id, (size_t)len);
	elf_end(elf);
	return (int)len;
}
