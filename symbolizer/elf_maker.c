// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing a small ELF file; see elf_maker.h. */
#include "symbolizer/elf_maker.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

#define NATIVE_ORDER (__BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB)

void elf_maker_fini(struct elf_maker *maker)
{
	free(maker->bytes);
	*maker = (struct elf_maker){0};
}

/* Appends bytes at a multiple of 8 and says where; NULL bytes are zeros. */
static int append(struct elf_maker *maker, const void *bytes, size_t len, size_t *ret_off)
{
	size_t off = size_add(maker->len, 7) & ~(size_t)7, end = size_add(off, len);

	if (ARRAY_RESERVE(maker->bytes, maker->cap, end))
		return -ENOMEM;
	memset(maker->bytes + maker->len, 0, off - maker->len);
	if (bytes)
		memcpy(maker->bytes + off, bytes, len);
	else
		memset(maker->bytes + off, 0, len);
	maker->len = end;
	*ret_off = off;
	return 0;
}

/* The first section header is empty, the first name too, and the ELF header stands first. */
static int begin(struct elf_maker *maker)
{
	size_t off;

	maker->nr_sections = maker->names_len = 1;
	return append(maker, NULL, sizeof(Elf64_Ehdr), &off);
}

static size_t add_name(struct elf_maker *maker, const char *name)
{
	size_t at = maker->names_len, len = strlen(name) + 1;

	assert(len <= sizeof(maker->names) - at);
	memcpy(maker->names + at, name, len);
	maker->names_len += len;
	return at;
}

static int add(struct elf_maker *maker, size_t name, uint32_t type, const void *bytes, size_t len)
{
	size_t off;

	assert(maker->nr_sections < ARRAY_LEN(maker->sections));
	if (append(maker, bytes, len, &off))
		return -ENOMEM;
	maker->sections[maker->nr_sections++] = (Elf64_Shdr){
		.sh_name = (Elf64_Word)name,
		.sh_type = type,
		.sh_offset = off,
		.sh_size = len,
		.sh_addralign = 1,
	};
	return 0;
}

int elf_maker_add(struct elf_maker *maker, const char *name, const void *bytes, size_t len)
{
	int err = maker->nr_sections ? 0 : begin(maker);

	return err ? err : add(maker, add_name(maker, name), SHT_PROGBITS, bytes, len);
}

int elf_maker_finish(struct elf_maker *maker)
{
	Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, NATIVE_ORDER,
			    EV_CURRENT},
		.e_type = ET_REL,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr),
	};
	size_t off, name;
	int err;

	assert(maker->nr_sections);
	name = add_name(maker, ".shstrtab");
	err = add(maker, name, SHT_STRTAB, maker->names, maker->names_len);
	if (!err)
		err = append(maker, maker->sections,
			     maker->nr_sections * sizeof(maker->sections[0]), &off);
	if (err)
		return err;
	header.e_shoff = off;
	header.e_shnum = (Elf64_Half)maker->nr_sections;
	header.e_shstrndx = (Elf64_Half)(maker->nr_sections - 1);
	memcpy(maker->bytes, &header, sizeof(header));
	return 0;
}
