// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing our vdso to a file; see vdso.h. */
#include "profiler/unwind/table/vdso.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profiler/model/alloc.h"

/* How far an image in our memory reaches: to the end of its segments and headers. */
static size_t image_size(const unsigned char *image)
{
	const Elf64_Ehdr *header = (const void *)image;
	const Elf64_Phdr *segments = (const void *)(image + header->e_phoff);
	size_t size = size_add(header->e_shoff, size_mul(header->e_shnum, header->e_shentsize));

	for (size_t i = 0; i < header->e_phnum; i++) {
		size_t end = size_add(segments[i].p_offset, segments[i].p_filesz);

		if (segments[i].p_type == PT_LOAD && end > size)
			size = end;
	}
	return size;
}

/* Whether there is an ELF header, with its program headers in the first page. */
static bool has_headers(const unsigned char *image)
{
	const Elf64_Ehdr *header = (const void *)image;

	return !memcmp(header->e_ident, ELFMAG, SELFMAG) && header->e_phoff < 2048 &&
	       header->e_phnum < 2048 / sizeof(Elf64_Phdr);
}

int vdso_open(void)
{
	const unsigned char *image = (const void *)(uintptr_t)getauxval(AT_SYSINFO_EHDR);
	ssize_t written;
	size_t size;
	int fd, err;

	if (!image)
		return -ENOENT;
	size = has_headers(image) ? image_size(image) : SIZE_MAX;
	if (size > VDSO_BYTES_MAX)
		return -ENOEXEC;
	fd = memfd_create("vdso", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	written = write(fd, image, size);
	if (written == (ssize_t)size)
		return fd;
	err = written < 0 ? -errno : -EIO;
	close(fd);
	return err;
}
