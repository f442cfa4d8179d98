/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small ELF file made in memory, of sections with names and nothing else: what libdw reads. */
#ifndef BOLOMETER_SYMBOLIZER_ELF_MAKER_H
#define BOLOMETER_SYMBOLIZER_ELF_MAKER_H

#include <gelf.h>
#include <stddef.h>

#define ELF_MAKER_SECTIONS 10

/* All zero: nothing yet. */
struct elf_maker {
	unsigned char *bytes; /* once it is finished the file, of len bytes */
	size_t len, cap;
	Elf64_Shdr sections[ELF_MAKER_SECTIONS + 2];
	size_t nr_sections;
	char names[512];
	size_t names_len;
};

void elf_maker_fini(struct elf_maker *maker);

/* Adds a section. Returns 0 or -ENOMEM. */
int elf_maker_add(struct elf_maker *maker, const char *name, const void *bytes, size_t len);

/* After the last section: writes the headers, in this machine's byte order. Returns 0 or -ENOMEM. */
int elf_maker_finish(struct elf_maker *maker);

#endif
