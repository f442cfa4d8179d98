// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading pprof profiles: the file as a whole, and its texts; see pprof.h. */
#include "profiler/file/pprof.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/file/file_bytes.h"
#include "profiler/file/pprof_reader.h"
#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"

#define PEEK_BYTES 256

/* ---- what it looks like ---- */

/*
 * Whether the message of a field, or the beginning of it, begins as all that write profiles begin it:
 * with one of its first fields, a number, whose tag is no character of text.
 */
static bool begins_as(uint32_t field, const uint8_t *bytes, size_t len)
{
	switch (field) {
	case PPROF_STRING:
		return !len; /* the first one is empty */
	case PPROF_SAMPLE:   /* ids are packed */
		return len && (bytes[0] == 0x0a || bytes[0] == 0x08 || bytes[0] == 0x12);
	case PPROF_SAMPLE_TYPE:
	case PPROF_MAPPING:
	case PPROF_LOCATION:
	case PPROF_FUNCTION:
	case PPROF_PERIOD_TYPE:
		return len && (bytes[0] == 0x08 || bytes[0] == 0x10 || bytes[0] == 0x18);
	default:
		return false;
	}
}

/* The first message decides: no text begins with the tags of one. Plain numbers may stand before it. */
bool pprof_looks_like(const char *head, size_t len)
{
	uint8_t peeked[PEEK_BYTES];
	const uint8_t *at = (const uint8_t *)head, *end;
	uint64_t tag, number;

	if (file_bytes_packed(head, len)) {
		len = file_bytes_peek(head, len, peeked, sizeof(peeked));
		at = peeked;
	}
	end = at + len;
	while (parts_packed_number(&at, end, &tag) && parts_packed_number(&at, end, &number)) {
		if ((tag & 7) == PPROF_WIRE_VARINT && tag >> 3 <= PPROF_DOC_URL && tag >> 3)
			continue;
		if (number > (uint64_t)(end - at))
			number = (uint64_t)(end - at);
		return (tag & 7) == PPROF_WIRE_BYTES && tag >> 3 <= PPROF_PERIOD_TYPE &&
		       begins_as((uint32_t)(tag >> 3), at, (size_t)number);
	}
	return false;
}

/* ---- ids ---- */

uint32_t pprof_ids_find(const struct pprof_ids *ids, uint64_t id)
{
	struct index_probe at;

	if (id - 1 < ids->count && ids->ids[id - 1] == id)
		return (uint32_t)(id - 1);
	at = index_probe(&ids->index, hash_u64s(id, 0));
	while (index_next(&ids->index, &at)) {
		if (ids->ids[at.id] == id)
			return at.id;
	}
	return PPROF_NONE;
}

int pprof_ids_add(struct pprof_reader *r, struct pprof_ids *ids, uint64_t id)
{
	int err = ARRAY_RESERVE(ids->ids, ids->cap, ids->count + 1);

	if (!id)
		parts_refuse(&r->parts, "it has the id 0, which stands for none");
	else if (pprof_ids_find(ids, id) != PPROF_NONE)
		parts_refuse(&r->parts, "it has the id of another");
	if (!err && id != ids->count + 1)
		err = index_insert(&ids->index, hash_u64s(id, 0), (uint32_t)ids->count);
	if (!err)
		ids->ids[ids->count++] = id;
	return err;
}

void pprof_ids_fini(struct pprof_ids *ids)
{
	free(ids->ids);
	index_fini(&ids->index);
}

/* ---- texts ---- */

struct strings_piece pprof_piece(struct pprof_reader *r, int64_t place)
{
	if (place >= 0 && (uint64_t)place < r->nr_strings)
		return r->strings[place];
	parts_refuse(&r->parts, "a text of it is not in the string table");
	return (struct strings_piece){"", 0};
}

int pprof_text(struct pprof_reader *r, int64_t place, uint32_t *ret_id)
{
	struct strings_piece piece = pprof_piece(r, place);
	int err = 0;

	*ret_id = STRING_NONE;
	if (!piece.len)
		return 0;
	if (r->string_ids[place] == PPROF_NONE)
		err = strings_intern(r->profile->strings, piece.text, piece.len,
				     &r->string_ids[place]);
	*ret_id = r->string_ids[place];
	return err;
}

static int read_strings(struct pprof_reader *r)
{
	struct part part;
	int err = 0;

	for (parts_begin(&r->parts); !err && parts_next(&r->parts, &part);) {
		if (part.field != PPROF_STRING)
			continue;
		if (part.wire != PPROF_WIRE_BYTES || (!r->nr_strings && part.len))
			parts_refuse(&r->parts,
				     "the string table does not begin with an empty text");
		err = ARRAY_RESERVE(r->strings, r->cap_strings, r->nr_strings + 1);
		if (!err)
			r->strings[r->nr_strings++] =
				(struct strings_piece){(const char *)part.bytes, part.len};
	}
	if (!r->nr_strings)
		parts_refuse(&r->parts, "it has no string table");
	if (!err)
		err = ARRAY_RESERVE(r->string_ids, r->cap_string_ids, r->nr_strings + 1);
	if (!err)
		memset(r->string_ids, 0xff, r->nr_strings * sizeof(*r->string_ids));
	return err;
}

/* ---- the file ---- */

static int read_parts(struct pprof_reader *r)
{
	int err = read_strings(r);

	if (!err && !r->parts.wrong)
		err = pprof_read_about(r);
	if (!err && !r->parts.wrong)
		err = pprof_read_code(r);
	if (!err && !r->parts.wrong)
		err = pprof_read_samples(r);
	if (r->parts.out_of_memory)
		err = -ENOMEM;
	return err;
}

static void reader_fini(struct pprof_reader *r)
{
	parts_close(&r->parts);
	free(r->strings);
	free(r->string_ids);
	pprof_ids_fini(&r->mapping_ids);
	pprof_ids_fini(&r->function_ids);
	pprof_ids_fini(&r->location_ids);
	index_fini(&r->mapping_index);
	free(r->mappings);
	free(r->functions);
	free(r->locations);
}

static int read_bytes(const struct file_bytes *file, struct profile *profile,
		      struct file_complaints *complaints, const char **ret_wrong,
		      size_t *ret_wrong_at)
{
	struct pprof_reader r = {.profile = profile, .complaints = complaints};
	int err;

	parts_open(&r.parts, file->bytes, file->len);
	err = read_parts(&r);
	*ret_wrong = r.parts.wrong;
	*ret_wrong_at = r.parts.part_at;
	reader_fini(&r);
	return err;
}

int pprof_read(int fd, const char *head, size_t len, struct profile *profile,
	       struct file_complaints *complaints)
{
	return file_bytes_parse(fd, head, len, profile, complaints, read_bytes);
}
