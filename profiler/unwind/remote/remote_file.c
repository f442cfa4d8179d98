// SPDX-License-Identifier: GPL-2.0-or-later
/* Call-frame information of mapped files, kept within bounds; see remote_file.h. */
#include "profiler/unwind/remote/remote_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/model/search.h"
#include "profiler/unwind/table/cfi.h"
#include "profiler/unwind/table/vdso.h"
#include "profiler/unwind/remote/remote_arch.h"

/* ---- one file ---- */

static void file_free(struct remote_file *file)
{
	if (!file)
		return;
	cfi_section_fini(&file->section);
	free(file->cies);
	free(file->fdes);
	free(file);
}

/* Forgets what was read of it but its headers. */
static void drop_entries(struct remote_file *file)
{
	cfi_section_fini(&file->section);
	free(file->cies);
	free(file->fdes);
	*file = (struct remote_file){.image = file->image, .bytes_max = file->bytes_max};
}

static size_t file_bytes(const struct remote_file *file)
{
	return sizeof(*file) + file->section.size + file->cap_cies * sizeof(*file->cies) +
	       file->cap_fdes * sizeof(*file->fdes);
}

static struct remote_program place(const struct remote_file *file, const uint8_t *at,
				   const uint8_t *end)
{
	return (struct remote_program){
		.at = (uint32_t)(at - file->section.data),
		.size = (uint32_t)(end - at),
	};
}

/* The CIE's place among the file's: its number, which entries may name again and again, less 1. */
static int add_cie(struct remote_file *file, const struct cfi_cie *cie)
{
	int err = ARRAY_RESERVE(file->cies, file->cap_cies, cie->number);

	if (err || cie->number <= file->nr_cies)
		return err;
	memset(file->cies + file->nr_cies, 0, (cie->number - file->nr_cies) * sizeof(*file->cies));
	file->nr_cies = cie->number;
	file->cies[cie->number - 1] = (struct remote_cie){
		.code_align = cie->code_align,
		.data_align = cie->data_align,
		.program = place(file, cie->instructions, cie->instructions_end),
		.is_signal_frame = cie->is_signal_frame,
		.is_usable = cie->return_register == remote_arch.return_register,
	};
	return 0;
}

static int add_fde(void *data, const struct cfi_fde *fde)
{
	struct remote_file *file = data;
	int err = add_cie(file, fde->cie);

	if (!err)
		err = ARRAY_RESERVE(file->fdes, file->cap_fdes, file->nr_fdes + 1);
	if (!err && file_bytes(file) > file->bytes_max)
		err = -EFBIG;
	if (err || fde->end <= fde->start || fde->end - fde->start > UINT32_MAX)
		return err;
	file->fdes[file->nr_fdes++] = (struct remote_fde){
		.start = fde->start,
		.size = (uint32_t)(fde->end - fde->start),
		.cie = (uint32_t)(fde->cie->number - 1),
		.program = place(file, fde->instructions, fde->instructions_end),
	};
	return 0;
}

/* By address; where several begin, in the section's order, so that the answer is always the same. */
static int compare_fdes(const void *left, const void *right)
{
	const struct remote_fde *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->program.at < b->program.at ? -1 : a->program.at > b->program.at;
}

/* Leaves the file without entries when it has none that can be used. Returns 0 or -ENOMEM. */
static int read_entries(struct remote_file *file, int fd)
{
	struct cfi_damage damage = {0};
	int err = fd < 0 ? -ENOENT : elf_image_read(fd, &file->image);

	if (!err && file->image.machine != ELF_MACHINE_HERE)
		err = -ENOEXEC;
	if (!err)
		err = cfi_section_read(fd, &file->image, &file->section);
	if (!err && file_bytes(file) > file->bytes_max)
		err = -EFBIG;
	if (!err)
		err = cfi_each_fde(&file->section, &damage, add_fde, file);
	if (!err && file->nr_fdes)
		qsort(file->fdes, file->nr_fdes, sizeof(*file->fdes), compare_fdes);
	if (err)
		drop_entries(file);
	return err == -ENOMEM ? err : 0;
}

static int file_read(int fd, size_t bytes_max, struct remote_file **ret_file)
{
	struct remote_file *file = calloc(1, sizeof(*file));
	int err;

	if (!file)
		return -ENOMEM;
	file->bytes_max = bytes_max;
	err = read_entries(file, fd);
	if (err) {
		file_free(file);
		return err;
	}
	file->bytes = file_bytes(file);
	*ret_file = file;
	return 0;
}

/* How many of the entries begin at an address or before it. */
static size_t entries_until(const struct remote_file *file, uint64_t vaddr)
{
	return SEARCH_BEFORE(i, file->nr_fdes, file->fdes[i].start <= vaddr);
}

const struct remote_fde *remote_file_find(const struct remote_file *file, uint64_t vaddr)
{
	size_t until = entries_until(file, vaddr);
	const struct remote_fde *fde = until ? &file->fdes[until - 1] : NULL;

	return fde && vaddr - fde->start < fde->size ? fde : NULL;
}

bool remote_file_is_entry(const struct remote_file *file, uint64_t vaddr)
{
	uint64_t entry = file->image.entry;

	return file->nr_fdes && entry && vaddr - entry < ELF_ENTRY_CODE_BYTES &&
	       !remote_file_find(file, entry);
}

/* ---- the vdso ---- */

static int vdso_read(size_t bytes_max, struct remote_file **ret_file)
{
	int fd = vdso_open();
	int err = file_read(fd, bytes_max, ret_file);

	if (fd >= 0)
		close(fd);
	return err;
}

/* ---- all files ---- */

void remote_files_init(struct remote_files *files, const struct tracker *tracker)
{
	*files = (struct remote_files){.tracker = tracker, .bytes_max = REMOTE_FILES_BYTES_MAX};
}

void remote_files_fini(struct remote_files *files)
{
	for (size_t i = 0; i < files->nr_files; i++)
		file_free(files->files[i]);
	free(files->files);
	free(files->slots);
	*files = (struct remote_files){0};
}

static uint32_t *slot_of(struct remote_files *files, size_t slot)
{
	if (slot >= files->nr_slots) {
		if (ARRAY_RESERVE(files->slots, files->cap_slots, slot + 1))
			return NULL;
		memset(files->slots + files->nr_slots, 0,
		       (slot + 1 - files->nr_slots) * sizeof(*files->slots));
		files->nr_slots = slot + 1;
	}
	return &files->slots[slot];
}

/* Gives up the file longest unused; the last one takes its place. */
static void drop_oldest(struct remote_files *files)
{
	size_t oldest = 0, last = files->nr_files - 1;

	for (size_t i = 1; i <= last; i++) {
		if (files->files[i]->used < files->files[oldest]->used)
			oldest = i;
	}
	for (size_t i = 0; i < files->nr_slots; i++) {
		if (files->slots[i] == oldest + 1)
			files->slots[i] = 0;
		else if (files->slots[i] == last + 1)
			files->slots[i] = (uint32_t)oldest + 1;
	}
	files->bytes -= files->files[oldest]->bytes;
	file_free(files->files[oldest]);
	files->files[oldest] = files->files[last];
	files->nr_files = last;
}

/* Reads a file and puts it behind all others, in place of those that must go for it. */
static int load(struct remote_files *files, const struct code_map *code)
{
	size_t bytes_max = files->bytes_max / 2; /* so that two always fit */
	struct remote_file *file;
	int err = ARRAY_RESERVE(files->files, files->cap_files, files->nr_files + 1);

	if (err)
		return err;
	if (code->type == CODE_VDSO)
		err = vdso_read(bytes_max, &file);
	else
		err = file_read(files->tracker->binaries.binaries[code->binary].fd, bytes_max,
				&file);
	if (err)
		return err;
	while (files->nr_files && (files->nr_files >= REMOTE_FILES_MAX ||
				   files->bytes + file->bytes > files->bytes_max))
		drop_oldest(files);
	file->id = ++files->last_id;
	files->files[files->nr_files++] = file;
	files->bytes += file->bytes;
	files->read_bytes += file->bytes;
	return 0;
}

void remote_files_release(struct remote_files *files, const bool *used, size_t count)
{
	for (size_t i = 0; i < count && i + 1 < files->nr_slots; i++) {
		uint32_t *slot = &files->slots[i + 1];

		/* Nobody asks for it any more: it is the next one to make way. */
		if (!used[i] && *slot)
			files->files[*slot - 1]->used = 0;
		if (!used[i])
			*slot = 0;
	}
}

int remote_files_get(struct remote_files *files, const struct code_map *code,
		     const struct remote_file **ret_file)
{
	bool is_file = code->type == CODE_FILE && code->binary < files->tracker->binaries.count;
	struct remote_file *file;
	uint32_t *slot;
	int err;

	if (!is_file && code->type != CODE_VDSO) {
		*ret_file = NULL;
		return 0;
	}
	slot = slot_of(files, is_file ? (size_t)code->binary + 1 : 0);
	if (!slot)
		return -ENOMEM;
	if (!*slot) {
		err = load(files, code);
		if (err)
			return err;
		*slot = (uint32_t)files->nr_files;
	}
	file = files->files[*slot - 1];
	file->used = ++files->calls;
	*ret_file = file;
	return 0;
}
