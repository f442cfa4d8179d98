// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing an entry of call-frame information for libunwind; see remote_entry.h. */
#include "profiler/unwind/remote/remote_entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/unwind/remote/remote_arch.h"
#include "profiler/unwind/remote/remote_check.h"

#define PROGRAM_BYTES_MAX (256u << 10) /* of the largest functions there are: some 10 KB */
#define FIXED_BYTES	  128	       /* more than all that is not instructions */
#define CIE_VERSION	  1
#define PE_ABSPTR	  0 /* DW_EH_PE_absptr: 8 bytes */

/* A place of the search table: what it holds is relative to REMOTE_ENTRY_ADDR. */
struct search_place {
	int32_t start; /* the least there is: whatever is looked for comes after it */
	int32_t fde;
};

void remote_entry_fini(struct remote_entry *entry)
{
	free(entry->bytes);
	*entry = (struct remote_entry){0};
}

/* There is room for what follows: see remote_entry_write(). */
static void put(struct remote_entry *entry, const void *data, size_t size)
{
	memcpy(entry->bytes + entry->size, data, size);
	entry->size += size;
}

static void put_u8(struct remote_entry *entry, uint8_t value)
{
	put(entry, &value, sizeof(value));
}

static void put_u32(struct remote_entry *entry, uint32_t value)
{
	put(entry, &value, sizeof(value));
}

static void put_u64(struct remote_entry *entry, uint64_t value)
{
	put(entry, &value, sizeof(value));
}

/* A LEB128 number; arithmetic shifts keep the sign of a signed one. */
static void put_leb(struct remote_entry *entry, int64_t value, bool is_signed)
{
	for (;;) {
		uint8_t byte = value & 0x7f;

		value = is_signed ? value >> 7 : (int64_t)((uint64_t)value >> 7);
		if (is_signed ? value == ((byte & 0x40) ? -1 : 0) : !value) {
			put_u8(entry, byte);
			return;
		}
		put_u8(entry, byte | 0x80);
	}
}

/* The instructions; false when they are not to be run. */
static bool put_program(struct remote_entry *entry, const struct remote_file *file,
			struct remote_program program, bool *has_cfa)
{
	uint8_t *copy = entry->bytes + entry->size;

	put(entry, file->section.data + program.at, program.size);
	return remote_check_program(copy, program.size, has_cfa);
}

/* An entry starts with its length, which is known when it ends. */
static void set_length(struct remote_entry *entry, size_t at)
{
	uint32_t len = (uint32_t)(entry->size - at - sizeof(len));

	memcpy(entry->bytes + at, &len, sizeof(len));
}

static bool put_cie(struct remote_entry *entry, const struct remote_file *file,
		    const struct remote_cie *cie, bool *has_cfa)
{
	const char *augmentation = cie->is_signal_frame ? "zRS" : "zR";
	size_t at = entry->size;
	bool good;

	put_u32(entry, 0);
	put_u32(entry, 0); /* a CIE */
	put_u8(entry, CIE_VERSION);
	put(entry, augmentation, strlen(augmentation) + 1);
	put_leb(entry, (int64_t)cie->code_align, false);
	put_leb(entry, cie->data_align, true);
	put_u8(entry, remote_arch.return_register);
	put_leb(entry, 1, false); /* of augmentation */
	put_u8(entry, PE_ABSPTR);
	good = put_program(entry, file, cie->program, has_cfa);
	set_length(entry, at);
	return good;
}

static bool put_fde(struct remote_entry *entry, const struct remote_file *file,
		    const struct remote_fde *fde, uint64_t start, size_t cie_at, bool *has_cfa)
{
	size_t at = entry->size;
	bool good;

	put_u32(entry, 0);
	put_u32(entry, (uint32_t)(entry->size - cie_at)); /* from here back to it */
	put_u64(entry, start);
	put_u64(entry, fde->size);
	put_leb(entry, 0, false); /* of augmentation */
	good = put_program(entry, file, fde->program, has_cfa);
	set_length(entry, at);
	return good;
}

int remote_entry_write(struct remote_entry *entry, const struct remote_file *file,
		       const struct remote_fde *fde, uint64_t start)
{
	const struct remote_cie *cie = &file->cies[fde->cie];
	struct search_place place = {.start = INT32_MIN};
	size_t cie_at = sizeof(place);
	bool has_cfa = false;

	entry->size = 0;
	if (!cie->is_usable || fde->program.size > PROGRAM_BYTES_MAX ||
	    cie->program.size > PROGRAM_BYTES_MAX)
		return -EINVAL;
	if (ARRAY_RESERVE(entry->bytes, entry->cap,
			  (size_t)FIXED_BYTES + cie->program.size + fde->program.size))
		return -ENOMEM;
	put(entry, &place, sizeof(place));
	if (!put_cie(entry, file, cie, &has_cfa))
		return -EINVAL;
	place.fde = (int32_t)entry->size;
	memcpy(entry->bytes, &place, sizeof(place));
	if (!put_fde(entry, file, fde, start, cie_at, &has_cfa) || !has_cfa)
		return -EINVAL;
	memset(entry->bytes + entry->size, 0, 2 * sizeof(uint64_t)); /* whole words, and one more */
	entry->size += 2 * sizeof(uint64_t);
	return 0;
}
