/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What unwinding needs of an ELF file (gABI chapters 4 and 5): its load
 * segments, and its call-frame information as bytes. Files are hostile: all is
 * read with pread() into memory of our own, so that a file that shrinks cannot
 * fault, and every size is bounded.
 */
#ifndef BOLOMETER_UNWIND_ELF_IMAGE_H
#define BOLOMETER_UNWIND_ELF_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What this program runs on, and so the processes it looks at. */
#if defined(__aarch64__)
#define ELF_MACHINE_HERE EM_AARCH64
#else
#define ELF_MACHINE_HERE EM_X86_64
#endif

/* One PT_LOAD, as the file says. */
struct elf_load {
	uint64_t vaddr, offset, file_size, mem_size;
	bool executable;
};

#define ELF_LOADS_MAX 64

/*
 * The headers of a 64-bit, little-endian file that can be mapped as code, for either machine that
 * has rows: whether it is the one this runs on is the caller's question. No memory of its own.
 */
struct elf_image {
	struct elf_load loads[ELF_LOADS_MAX];
	size_t nr_loads;
	uint64_t base; /* lowest p_vaddr, rounded down to UNWIND_BASE_ALIGN; rows count from it */
	uint64_t entry;	       /* e_entry, 0 for none */
	uint64_t eh_frame_hdr; /* p_vaddr of PT_GNU_EH_FRAME, 0 for none */
	uint64_t sigreturn;    /* p_vaddr of sigreturn.h's code, 0 for none or not looked for */
	uint16_t machine;      /* EM_X86_64 or EM_AARCH64 */
};

/*
 * How far the code at the entry point reaches where no entry of call-frame information tells. It
 * sets up the first frame and never returns; the one of ld.so has about 60 bytes.
 */
#define ELF_ENTRY_CODE_BYTES 64

/* Reads the ELF and program headers only. Returns 0, -ENOEXEC (not such a file), or -errno. */
int elf_image_read(int fd, struct elf_image *ret_image);

/* Reads all of `len` bytes at an offset: 0, -EBADMSG when the file ends before, or -errno. */
int elf_image_pread(int fd, void *data, size_t len, uint64_t offset);

/*
 * Where the process sees p_vaddr 0 of the file, when its bytes from `offset` on are mapped at
 * `start`: runtime address = bias + p_vaddr. -ENOENT when no load segment holds that offset.
 */
int elf_image_bias(const struct elf_image *image, uint64_t start, uint64_t offset,
		   uint64_t *ret_bias);

/* One section of call-frame information. */
struct cfi_section {
	uint8_t *data; /* owned */
	size_t size;
	uint64_t vaddr;		 /* of data[0], for pc-relative encodings */
	uint64_t text, data_rel; /* bases of textrel and datarel encodings; 0 when unknown */
	uint16_t machine;
	bool is_debug_frame; /* .debug_frame, else .eh_frame */
};

/*
 * The file's .eh_frame: by its section header, else through PT_GNU_EH_FRAME; where it has none,
 * .debug_frame, decompressed. Returns 0, -ENOENT when it has neither, -EBADMSG when it has but the
 * bytes cannot be had, -EFBIG, -ENOMEM, or -errno.
 */
int cfi_section_read(int fd, const struct elf_image *image, struct cfi_section *ret_section);
void cfi_section_fini(struct cfi_section *section);

#endif
