/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a pprof profile, one after another: the fields of its outermost
 * message as they are on the wire (protobuf, "Encoding"). The messages among
 * them are unpacked one by one, into memory that is used again for the next; so
 * what a hostile file can make of few bytes is bounded.
 *
 *	for (parts_begin(&parts); parts_next(&parts, &part);)
 *		... part.field, part.number, or part.bytes and part.len ...
 *	if (parts.wrong)
 */
#ifndef BOLOMETER_FILE_PPROF_PARTS_H
#define BOLOMETER_FILE_PPROF_PARTS_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct parts {
	const uint8_t *bytes;
	size_t len;
	size_t at;	   /* of what is read next */
	size_t part_at;	   /* of the part that was read last: where what is wrong is */
	const char *wrong; /* a static text; NULL while nothing is */

	/* Memory of the message that was unpacked last. */
	uint8_t *room;
	size_t used, cap_room;
	bool full; /* it is larger than any can be */
	ProtobufCAllocator allocator;
	bool out_of_memory;
};

struct part {
	uint32_t field;
	uint32_t wire; /* enum pprof_wire */
	uint64_t number;
	const uint8_t *bytes;
	size_t len;
};

/* `bytes` stay the caller's. */
void parts_open(struct parts *parts, const uint8_t *bytes, size_t len);
void parts_close(struct parts *parts);

/* From the beginning. */
void parts_begin(struct parts *parts);

/* False at the end, and where something is wrong. */
bool parts_next(struct parts *parts, struct part *ret_part);

/* Marks the whole as wrong at the current part, if it is not yet. */
void parts_refuse(struct parts *parts, const char *why);

/*
 * The message that a part is; valid until the next is unpacked. NULL when it is none, which is wrong
 * then, or without memory.
 */
const void *parts_unpack(struct parts *parts, const struct part *part,
			 const ProtobufCMessageDescriptor *type);

/* The next of the numbers that are packed in bytes; false at their end, or when one is cut off. */
bool parts_packed_number(const uint8_t **at, const uint8_t *end, uint64_t *ret_number);

#endif
