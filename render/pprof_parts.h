/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a pprof profile that is written: each is a field of its outermost
 * message, and goes out as soon as it is made. While a chunk of them is packed, the
 * next is filled; where chunks end is the same whoever does what.
 */
#ifndef BOLOMETER_RENDER_PPROF_PARTS_H
#define BOLOMETER_RENDER_PPROF_PARTS_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "profiler/model/beside.h"
#include "profiler/model/pprof_format.h"
#include "render/gzip_out.h"

struct pprof_chunk {
	uint8_t *bytes;
	size_t len, cap;
};

struct pprof_out {
	struct gzip_out gzip;
	struct pprof_chunk chunks[2];
	struct pprof_chunk *filled; /* parts that are not written yet */
	struct pprof_chunk *packed; /* the other one, while it is packed; else NULL */
	struct beside beside;
	int err;
};

/* Returns 0 or -ENOMEM. pprof_out_fini() is called either way. */
int pprof_out_init(struct pprof_out *out, FILE *file);
void pprof_out_fini(struct pprof_out *out);

/* Errors are kept until pprof_out_end(). Numbers that are 0 need not be written, and are not. */
void pprof_out_message(struct pprof_out *out, enum pprof_field field,
		       const ProtobufCMessage *message);
void pprof_out_bytes(struct pprof_out *out, enum pprof_field field, const void *bytes, size_t len);

/* A text, as protobuf has them: what is no character becomes U+FFFD. */
void pprof_out_text(struct pprof_out *out, enum pprof_field field, const char *text, size_t len);
void pprof_out_number(struct pprof_out *out, enum pprof_field field, uint64_t number);

/* Writes what is left. Returns 0 or the first error. */
int pprof_out_end(struct pprof_out *out);

#endif
