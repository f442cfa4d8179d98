/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ELF file, open on disk or lying in memory, as the symbolizer needs it.
 *
 * The file may be hostile, and may be truncated or rewritten while it is read:
 * nothing is mapped, every read is bounded by the size the file had when it was
 * opened, and a section that is not all there is read as far as it is.
 *
 * libelf is used for the headers only while `elf` is open. Tables are read in
 * pieces (struct elf_rows), so that a symbol table of many megabytes never lies
 * in memory.
 */
#ifndef BOLOMETER_SYMBOLIZER_ELF_FILE_H
#define BOLOMETER_SYMBOLIZER_ELF_FILE_H

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolizer/symbolizer.h"

/* Build ids are 20 bytes with the linkers' defaults; longer than this is not taken as one. */
#define ELF_BUILD_ID_MAX 64

/* A PT_LOAD header: what file bytes lie at what address. */
struct elf_segment {
	uint64_t off, len;
	uint64_t vaddr;
	bool executable;
};

/* A section with instructions. */
struct elf_text {
	uint64_t addr, end;
};

struct elf_file {
	int fd;			    /* owned; -1 for an image */
	const unsigned char *image; /* owned; NULL for a file */
	uint64_t len;
	Elf *elf; /* NULL after elf_file_release() */
	GElf_Ehdr header;
	struct elf_segment *segments; /* in the file's order */
	size_t nr_segments, cap_segments;
	struct elf_text *texts; /* sorted by address */
	size_t nr_texts, cap_texts;
	bool is_pie; /* DF_1_PIE: a program, although ET_DYN */
	uint8_t build_id[ELF_BUILD_ID_MAX];
	size_t build_id_len;
};

/*
 * Opens and reads the headers. Takes over fd, or the malloc()ed image, also on failure. A file that
 * cannot be used leaves *ret_reason other than SYMBOL_OK. Returns 0 or -ENOMEM. In every case
 * elf_file_fini() is due.
 */
int elf_file_open(struct elf_file *file, int fd, enum symbol_reason *ret_reason);
int elf_file_open_image(struct elf_file *file, void *image, size_t len,
			enum symbol_reason *ret_reason);

/* Closes libelf's handle; segments, texts and elf_file_read() stay usable. */
void elf_file_release(struct elf_file *file);
void elf_file_fini(struct elf_file *file);

/* What tells a file from others: its inode, and when it was last changed in any way. */
struct file_stamp {
	uint64_t len, inode;
	uint64_t changed_s, changed_ns;
};

/* The stamp of an open file; false for an image. */
bool elf_file_stamp(const struct elf_file *file, struct file_stamp *ret);

/* Reads up to len bytes at off: fewer at the end of the file or where reading fails. */
size_t elf_file_read(const struct elf_file *file, uint64_t off, void *ret, size_t len);

/* The segment with the file offset (executable ones first) or address; NULL if there is none. */
const struct elf_segment *elf_file_segment_at_offset(const struct elf_file *file, uint64_t off);
const struct elf_segment *elf_file_segment_at_addr(const struct elf_file *file, uint64_t addr);

/* The section with instructions that contains addr, or NULL. */
const struct elf_text *elf_file_text_at(const struct elf_file *file, uint64_t addr);

/*
 * The first section after `after` (NULL: from the start) with the name (NULL: any) and the type
 * (SHT_NULL: any). Returns NULL if there is none.
 */
Elf_Scn *elf_file_section(const struct elf_file *file, Elf_Scn *after, const char *name,
			  uint32_t type, GElf_Shdr *ret);

/* Reading a table of fixed-size entries, in pieces. */
struct elf_rows {
	const struct elf_file *file;
	Elf_Type type;
	uint64_t off, left; /* bytes */
	size_t row_len;
	size_t have, used; /* rows in the buffer */
	union {
		unsigned char raw[16 * 1024];
		uint64_t aligned;
	};
};

/* Entries of libelf's `type` (ELF_T_SYM, ELF_T_RELA, ELF_T_REL, ELF_T_DYN) in a range of bytes. */
void elf_rows_init(struct elf_rows *rows, const struct elf_file *file, Elf_Type type, uint64_t off,
		   uint64_t len);

/* The next entry, widened to 64 bits; false at the end. */
bool elf_rows_next_symbol(struct elf_rows *rows, GElf_Sym *ret);
bool elf_rows_next_rela(struct elf_rows *rows, GElf_Rela *ret);
bool elf_rows_next_dyn(struct elf_rows *rows, GElf_Dyn *ret);

#endif
