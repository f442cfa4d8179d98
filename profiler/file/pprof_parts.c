// SPDX-License-Identifier: GPL-2.0-or-later
/* Fields on the wire, and messages in memory that is used again; see pprof_parts.h. */
#include "profiler/file/pprof_parts.h"

#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "profiler/model/pprof_format.h"

#define ROOM_BEGIN_BYTES (64 << 10)

/*
 * What one message may take when it is unpacked: a sample of a million frames and as many labels.
 * Of two bytes protobuf-c can make nearly a hundred.
 */
#define ROOM_MAX_BYTES (256 << 20)

#define TOO_SHORT "the file ends within a part of it"

/* ---- memory: a stack that is emptied at once, and may only move while it is empty ---- */

static void *room_alloc(void *data, size_t size)
{
	struct parts *parts = data;
	size_t need = size_add(size, 15) & ~(size_t)15;
	uint8_t *at = parts->room + parts->used;

	if (need > parts->cap_room - parts->used) {
		parts->full = true;
		return NULL;
	}
	parts->used += need;
	return at;
}

static void room_free(void *data, void *at)
{
}

/* Twice the room, empty. */
static bool room_grow(struct parts *parts)
{
	size_t cap = parts->cap_room ? 2 * parts->cap_room : ROOM_BEGIN_BYTES;

	if (cap > ROOM_MAX_BYTES) {
		parts_refuse(parts, "a part of it would take more than 256 MiB of memory");
		return false;
	}
	free(parts->room);
	parts->room = malloc(cap);
	parts->cap_room = parts->room ? cap : 0;
	parts->out_of_memory = !parts->room;
	return parts->room;
}

const void *parts_unpack(struct parts *parts, const struct part *part,
			 const ProtobufCMessageDescriptor *type)
{
	const void *message = NULL;

	if (part->wire != PPROF_WIRE_BYTES) {
		parts_refuse(parts, "a part of it has a type that it cannot have");
		return NULL;
	}
	do {
		if (parts->full && !room_grow(parts))
			return NULL;
		parts->used = 0;
		parts->full = false;
		message =
			protobuf_c_message_unpack(type, &parts->allocator, part->len, part->bytes);
	} while (!message && parts->full);
	if (!message)
		parts_refuse(parts, "a part of it is no message of protobuf");
	return message;
}

/* ---- the wire ---- */

void parts_open(struct parts *parts, const uint8_t *bytes, size_t len)
{
	*parts = (struct parts){
		.bytes = bytes,
		.len = len,
		.full = true, /* there is none yet */
		.allocator = {.alloc = room_alloc, .free = room_free, .allocator_data = parts},
	};
}

void parts_close(struct parts *parts)
{
	free(parts->room);
	*parts = (struct parts){0};
}

void parts_begin(struct parts *parts)
{
	parts->at = parts->part_at = 0;
}

void parts_refuse(struct parts *parts, const char *why)
{
	if (!parts->wrong)
		parts->wrong = why;
}

bool parts_packed_number(const uint8_t **at, const uint8_t *end, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (unsigned int shift = 0; *at < end && shift < 64; shift += 7) {
		uint8_t byte = *(*at)++;

		number |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret_number = number;
			return true;
		}
	}
	return false;
}

/* What stands behind a tag. */
static bool read_content(struct parts *parts, struct part *part)
{
	const uint8_t *at = parts->bytes + parts->at, *end = parts->bytes + parts->len;
	size_t skipped = 0;

	switch ((enum pprof_wire)part->wire) {
	case PPROF_WIRE_VARINT:
		if (!parts_packed_number(&at, end, &part->number))
			return false;
		break;
	case PPROF_WIRE_64:
		skipped = 8;
		break;
	case PPROF_WIRE_32:
		skipped = 4;
		break;
	case PPROF_WIRE_BYTES:
		if (!parts_packed_number(&at, end, &part->number) ||
		    part->number > (uint64_t)(end - at))
			return false;
		part->bytes = at;
		part->len = (size_t)part->number;
		skipped = part->len;
		break;
	default:
		parts_refuse(parts, "a part of it has a type that there is none of");
		return false;
	}
	if (skipped > (size_t)(end - at))
		return false;
	parts->at = (size_t)(at - parts->bytes) + skipped;
	return true;
}

bool parts_next(struct parts *parts, struct part *part)
{
	const uint8_t *at = parts->bytes + parts->at, *end = parts->bytes + parts->len;
	uint64_t tag;

	if (at == end || parts->wrong)
		return false;
	parts->part_at = parts->at;
	*part = (struct part){0};
	if (!parts_packed_number(&at, end, &tag)) {
		parts_refuse(parts, TOO_SHORT);
		return false;
	}
	part->field = tag >> 3 <= UINT32_MAX ? (uint32_t)(tag >> 3) : 0;
	part->wire = (uint32_t)(tag & 7);
	parts->at = (size_t)(at - parts->bytes);
	if (!part->field)
		parts_refuse(parts, "a part of it has a number that there is none of");
	else if (!read_content(parts, part))
		parts_refuse(parts, TOO_SHORT);
	return !parts->wrong;
}
