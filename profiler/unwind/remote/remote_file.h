/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call-frame information of the files that processes have mapped, as unwinding
 * in user space wants it: the entry that describes an address, found in memory
 * of our own. Read once for each file however many processes map it, and given
 * up again, the one longest unused first, when many files have much of it. A
 * file that would take more than half of what all may take has no entries: so
 * the one in use never makes way for the next.
 */
#ifndef BOLOMETER_UNWIND_REMOTE_FILE_H
#define BOLOMETER_UNWIND_REMOTE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/proc/tracker.h"
#include "profiler/unwind/table/elf_image.h"

/* Instructions, as a place in the section's bytes. */
struct remote_program {
	uint32_t at, size;
};

struct remote_cie {
	uint64_t code_align;
	int64_t data_align;
	struct remote_program program;
	bool is_signal_frame;
	bool is_usable; /* describes the return address where this machine has it */
};

/* What describes [start, start + size) of the code; p_vaddr. */
struct remote_fde {
	uint64_t start;
	uint32_t size;
	uint32_t cie; /* its place among the file's */
	struct remote_program program;
};

struct remote_file {
	uint64_t id; /* from 1 on, never used again */
	struct elf_image image;
	struct cfi_section section;
	struct remote_cie *cies;
	struct remote_fde *fdes; /* ascending */
	size_t nr_cies, cap_cies;
	size_t nr_fdes, cap_fdes;
	size_t bytes, bytes_max; /* of memory, all together */
	uint64_t used;		 /* when it was asked for last, in calls */
};

struct remote_files {
	const struct tracker *tracker;
	struct remote_file **files; /* in no order */
	size_t nr_files, cap_files;
	uint32_t *slots; /* of a binary: 1 + its place among the files, 0 for none */
	size_t nr_slots, cap_slots;
	size_t bytes, bytes_max; /* of memory; room for a file without entries is always */
	uint64_t last_id, calls;
	uint64_t
		read_bytes; /* of all files that were ever read, again after being given up included */
};

/* Browsers take 20 MB, and as much again for the places of their entries. */
#define REMOTE_FILES_BYTES_MAX (128u << 20)
#define REMOTE_FILES_MAX       512

void remote_files_init(struct remote_files *files, const struct tracker *tracker);
void remote_files_fini(struct remote_files *files);

/* As remote_release(). */
void remote_files_release(struct remote_files *files, const bool *used, size_t count);

/*
 * The file behind a mapping, alive until the next call; NULL where there is none. One that cannot
 * be read, is too large, or says nothing about its frames, is a file without entries. Returns 0 or
 * -ENOMEM.
 */
int remote_files_get(struct remote_files *files, const struct code_map *code,
		     const struct remote_file **ret_file);

/* The entry that describes an address; NULL for none. */
const struct remote_fde *remote_file_find(const struct remote_file *file, uint64_t vaddr);

/*
 * Whether an address that no entry describes belongs to the file's entry point, which has no
 * caller: ld.so has no call-frame information for it. As in the kernel walker's tables.
 */
bool remote_file_is_entry(const struct remote_file *file, uint64_t vaddr);

#endif
