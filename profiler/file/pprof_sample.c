// SPDX-License-Identifier: GPL-2.0-or-later
/* See pprof_sample.h, and "Encoding" of protobuf: numbers may be packed or not, in any order. */
#include "profiler/file/pprof_sample.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "profiler/model/pprof_format.h"

/* An empty label takes two bytes, and 32 in memory, or with room to grow 48. */
#define SAMPLE_BYTES_MAX ((size_t)8 << 20)

#define NO_MESSAGE "a part of it is no message of protobuf"

enum sample_field { SAMPLE_LOCATION_ID = 1, SAMPLE_VALUE = 2, SAMPLE_LABEL = 3 };
enum label_field { LABEL_KEY = 1, LABEL_STR = 2, LABEL_NUM = 3, LABEL_NUM_UNIT = 4 };

/* What is left of a message. */
struct wire {
	const uint8_t *at, *end;
};

static inline bool take_number(struct wire *wire, uint64_t *ret_number)
{
	if (wire->at < wire->end && *wire->at < 0x80) {
		*ret_number = *wire->at++;
		return true;
	}
	return parts_packed_number(&wire->at, wire->end, ret_number);
}

static bool take_bytes(struct wire *wire, struct wire *ret_bytes)
{
	uint64_t len;

	if (!take_number(wire, &len) || len > (uint64_t)(wire->end - wire->at))
		return false;
	*ret_bytes = (struct wire){wire->at, wire->at + len};
	wire->at += len;
	return true;
}

/* The content of a field that is not known. */
static bool skip(struct wire *wire, uint32_t type)
{
	struct wire bytes;
	uint64_t number;
	size_t len = type == PPROF_WIRE_64 ? 8 : 4;

	switch (type) {
	case PPROF_WIRE_VARINT:
		return take_number(wire, &number);
	case PPROF_WIRE_BYTES:
		return take_bytes(wire, &bytes);
	case PPROF_WIRE_64:
	case PPROF_WIRE_32:
		if (len > (size_t)(wire->end - wire->at))
			return false;
		wire->at += len;
		return true;
	default:
		return false;
	}
}

/* Appends numbers that are packed, or one that is not. -EINVAL for what is neither. */
static int take_numbers(struct wire *wire, uint32_t type, uint64_t **numbers, size_t *count,
			size_t *cap)
{
	struct wire packed;
	size_t used = *count;

	if (type == PPROF_WIRE_VARINT) {
		if (ARRAY_RESERVE(*numbers, *cap, used + 1))
			return -ENOMEM;
		*count = used + 1;
		return take_number(wire, &(*numbers)[used]) ? 0 : -EINVAL;
	}
	if (type != PPROF_WIRE_BYTES || !take_bytes(wire, &packed))
		return -EINVAL;
	/* None takes less than a byte. */
	if (ARRAY_RESERVE(*numbers, *cap, used + (size_t)(packed.end - packed.at)))
		return -ENOMEM;
	while (packed.at < packed.end) {
		if (!take_number(&packed, &(*numbers)[used++]))
			return -EINVAL;
	}
	*count = used;
	return 0;
}

static bool unpack_label(struct wire wire, struct pprof_label *label)
{
	*label = (struct pprof_label){0};
	while (wire.at < wire.end) {
		uint64_t tag, number;

		if (!take_number(&wire, &tag) || !(tag >> 3))
			return false;
		if (tag >> 3 > LABEL_NUM_UNIT) {
			if (!skip(&wire, tag & 7))
				return false;
			continue;
		}
		if ((tag & 7) != PPROF_WIRE_VARINT || !take_number(&wire, &number))
			return false;
		switch ((enum label_field)(tag >> 3)) {
		case LABEL_KEY:
			label->key = (int64_t)number;
			break;
		case LABEL_STR:
			label->str = (int64_t)number;
			break;
		case LABEL_NUM:
			label->num = (int64_t)number;
			break;
		case LABEL_NUM_UNIT:
			label->num_unit = (int64_t)number;
			break;
		}
	}
	return true;
}

static int take_label(struct wire *wire, uint32_t type, struct pprof_sample *sample)
{
	struct wire bytes;

	if (type != PPROF_WIRE_BYTES || !take_bytes(wire, &bytes))
		return -EINVAL;
	if (ARRAY_RESERVE(sample->labels, sample->cap_labels, sample->nr_labels + 1))
		return -ENOMEM;
	return unpack_label(bytes, &sample->labels[sample->nr_labels++]) ? 0 : -EINVAL;
}

static int unpack(struct wire wire, struct pprof_sample *sample)
{
	int err = 0;

	while (wire.at < wire.end && !err) {
		uint64_t tag;

		if (!take_number(&wire, &tag) || !(tag >> 3))
			return -EINVAL;
		switch (tag >> 3) {
		case SAMPLE_LOCATION_ID:
			err = take_numbers(&wire, tag & 7, &sample->locations,
					   &sample->nr_locations, &sample->cap_locations);
			break;
		case SAMPLE_VALUE:
			err = take_numbers(&wire, tag & 7, (uint64_t **)&sample->values,
					   &sample->nr_values, &sample->cap_values);
			break;
		case SAMPLE_LABEL:
			err = take_label(&wire, tag & 7, sample);
			break;
		default:
			err = skip(&wire, tag & 7) ? 0 : -EINVAL;
		}
	}
	return err;
}

int pprof_sample_unpack(struct parts *parts, const struct part *part, struct pprof_sample *sample)
{
	int err;

	sample->nr_locations = sample->nr_values = sample->nr_labels = 0;
	if (part->wire != PPROF_WIRE_BYTES) {
		parts_refuse(parts, "a part of it has a type that it cannot have");
		return 0;
	}
	if (part->len > SAMPLE_BYTES_MAX) {
		parts_refuse(parts, "a part of it would take more than 256 MiB of memory");
		return 0;
	}
	err = unpack((struct wire){part->bytes, part->bytes + part->len}, sample);
	if (err == -EINVAL)
		parts_refuse(parts, NO_MESSAGE);
	return err == -ENOMEM ? err : 0;
}

void pprof_sample_fini(struct pprof_sample *sample)
{
	free(sample->locations);
	free(sample->values);
	free(sample->labels);
	*sample = (struct pprof_sample){0};
}
