// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The entries of .eh_frame and .debug_frame: CIEs (common information) and the
 * FDEs (frame descriptions) that name them; see cfi.h. The instructions they
 * hold are cfi_rows.h's.
 */
#include "profiler/unwind/table/cfi.h"

#include <errno.h>

#include "profiler/unwind/table/cfi_reader.h"

/* A linker merges equal CIEs: large programs have fewer than ten. A power of two. */
#define CIES_KEPT 32

/*
 * Any number of FDEs may name a CIE that is not kept, which is then read again for each of them.
 * These bounds, far above what is ever written, keep that from taking forever.
 */
#define AUGMENTATION_MAX	  8
#define CIE_INSTRUCTION_BYTES_MAX 256

struct walk {
	const struct cfi_section *section;
	uint64_t nr_read; /* CIEs */
	struct cfi_cie kept[CIES_KEPT];
};

/* An entry's frame, which both kinds share. */
struct entry {
	size_t at, next;
	uint64_t id; /* CIE: 0 or all ones; FDE: where its CIE is */
	const uint8_t *id_at;
	bool is_long; /* DWARF's 64-bit form */
	struct cfi_reader body;
};

enum { ENTRY_READ, ENTRY_LAST, ENTRY_BROKEN };

/*
 * Reads what every entry starts with. In .eh_frame the id has 4 bytes whatever the length's form
 * (LSB Core 5.0, 10.6.1).
 */
static int read_entry(const struct cfi_section *section, size_t at, struct entry *ret_entry)
{
	struct cfi_reader reader;
	struct entry entry = {.at = at};
	uint64_t len;

	if (at >= section->size) /* there may be no data at all */
		return ENTRY_LAST;
	reader = (struct cfi_reader){section->data + at, section->data + section->size, false};
	if (cfi_left(&reader) < 4)
		return ENTRY_LAST;
	len = cfi_u32(&reader);
	if (!len)
		return ENTRY_LAST;
	if (len == UINT32_MAX) {
		len = cfi_u64(&reader);
		entry.is_long = true;
	}
	if (reader.failed || len > cfi_left(&reader))
		return ENTRY_BROKEN;
	reader.end = reader.at + len;
	entry.next = (size_t)(reader.end - section->data);
	entry.id_at = reader.at;
	entry.id = entry.is_long && section->is_debug_frame ? cfi_u64(&reader) : cfi_u32(&reader);
	if (reader.failed)
		entry.id = 1; /* no CIE; reading on fails */
	entry.body = reader;
	*ret_entry = entry;
	return ENTRY_READ;
}

static bool is_cie(const struct cfi_section *section, const struct entry *entry)
{
	if (!section->is_debug_frame)
		return !entry->id;
	return entry->id == (entry->is_long ? UINT64_MAX : UINT32_MAX);
}

/* The letters after 'z' (LSB Core 5.0, 10.6.1.1.1) and their data. */
static void read_augmentation(struct cfi_reader *reader, const struct cfi_section *section,
			      const char *letters, struct cfi_cie *cie)
{
	for (; *letters; letters++) {
		switch (*letters) {
		case 'R':
			cie->pointer_encoding = cfi_u8(reader);
			break;
		case 'P':
			cfi_pointer_number(reader, section, cfi_u8(reader));
			break;
		case 'L':
			cfi_u8(reader);
			break;
		case 'S':
			cie->is_signal_frame = true;
			break;
		case 'B':
			cie->signs_return_address = true;
			break;
		case 'G': /* arm64: the frame's memory is tagged */
			break;
		default: /* what it changes is unknown */
			cfi_fail(reader);
			return;
		}
	}
}

/* The string's end, or NULL when it is too long. */
static const char *take_text(struct cfi_reader *reader)
{
	const char *text = (const char *)reader->at;

	for (size_t i = 0; i <= AUGMENTATION_MAX; i++)
		if (!cfi_u8(reader))
			return reader->failed ? NULL : text;
	return NULL;
}

/* From the version on. False when it cannot be used. */
static bool parse_cie(const struct cfi_section *section, struct cfi_reader *reader,
		      struct cfi_cie *cie)
{
	uint8_t version = cfi_u8(reader);
	const char *letters = take_text(reader);

	if (!letters || (version != 1 && version != 3 && version != 4))
		return false;
	if (letters[0] == 'e' && letters[1] == 'h') { /* of old compilers: a pointer follows */
		cfi_u64(reader);
		letters += 2;
	}
	if (version == 4 && (cfi_u8(reader) != 8 || cfi_u8(reader) != 0))
		return false; /* not with 8-byte addresses, or segmented */
	cie->code_align = cfi_uleb(reader);
	cie->data_align = cfi_sleb(reader);
	cie->return_register = version == 1 ? cfi_u8(reader) : cfi_uleb(reader);
	if (letters[0] == 'z') {
		uint64_t len = cfi_uleb(reader);
		const uint8_t *data = cfi_take(reader, len);
		struct cfi_reader inner = {.at = data, .end = data ? data + len : data};

		cie->has_augmentation = true;
		read_augmentation(&inner, section, letters + 1, cie);
		if (inner.failed)
			return false;
	} else if (letters[0]) {
		return false;
	}
	cie->instructions = reader->at;
	cie->instructions_end = reader->end;
	return !reader->failed && cfi_left(reader) <= CIE_INSTRUCTION_BYTES_MAX;
}

/* The CIE at an offset, as long as no other takes its place; NULL when it is none that is good. */
static const struct cfi_cie *find_cie(struct walk *walk, uint64_t at)
{
	struct cfi_cie *kept = &walk->kept[(at ^ at >> 5 ^ at >> 10) % CIES_KEPT];
	struct cfi_cie cie = {.at = at, .pointer_encoding = CFI_PE_ABSPTR};
	struct entry entry;

	if (kept->number && kept->at == at)
		return kept;
	if (at >= walk->section->size || read_entry(walk->section, at, &entry) != ENTRY_READ ||
	    !is_cie(walk->section, &entry) || !parse_cie(walk->section, &entry.body, &cie))
		return NULL;
	cie.number = ++walk->nr_read;
	*kept = cie;
	return kept;
}

static uint64_t cie_offset(const struct cfi_section *section, const struct entry *entry)
{
	if (section->is_debug_frame)
		return entry->id;
	/* Backwards from the field itself; what wraps around is beyond the section. */
	return (uint64_t)(entry->id_at - section->data) - entry->id;
}

enum { FDE_READ, FDE_DISCARDED, FDE_BROKEN };

static int parse_fde(struct walk *walk, const struct entry *entry, struct cfi_fde *ret_fde)
{
	const struct cfi_section *section = walk->section;
	const struct cfi_cie *cie = find_cie(walk, cie_offset(section, entry));
	struct cfi_reader reader = entry->body;
	struct cfi_fde fde = {.at = entry->at, .cie = cie};
	bool is_null;

	if (!cie)
		return FDE_BROKEN;
	fde.start = cfi_pointer(&reader, section, cie->pointer_encoding, &is_null);
	fde.end = cfi_pointer_number(&reader, section, cie->pointer_encoding & CFI_PE_FORMAT);
	if (!reader.failed && (!fde.end || is_null || !fde.start))
		return FDE_DISCARDED;
	if (cie->has_augmentation)
		cfi_take(&reader, cfi_uleb(&reader));
	if (reader.failed || __builtin_add_overflow(fde.start, fde.end, &fde.end))
		return FDE_BROKEN;
	fde.instructions = reader.at;
	fde.instructions_end = reader.end;
	*ret_fde = fde;
	return FDE_READ;
}

int cfi_each_fde(const struct cfi_section *section, struct cfi_damage *damage,
		 int (*each)(void *data, const struct cfi_fde *fde), void *data)
{
	struct walk walk = {.section = section};
	struct entry entry;
	struct cfi_fde fde;
	int err = 0, found;

	for (size_t at = 0; !err; at = entry.next) {
		found = read_entry(section, at, &entry);
		if (found != ENTRY_READ) {
			/* Where the next entry would be is not known. */
			damage->entries += found == ENTRY_BROKEN;
			break;
		}
		if (is_cie(section, &entry))
			continue;
		found = parse_fde(&walk, &entry, &fde);
		damage->entries += found == FDE_BROKEN;
		if (found == FDE_READ)
			err = each(data, &fde);
	}
	return err;
}
