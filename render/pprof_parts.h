/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a pprof profile that is written: each is a field of its outermost
 * message, and goes out as soon as it is made.
 */
#ifndef BOLOMETER_RENDER_PPROF_PARTS_H
#define BOLOMETER_RENDER_PPROF_PARTS_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "profiler/model/pprof_format.h"
#include "render/gzip_out.h"

struct pprof_out {
	struct gzip_out gzip;
	uint8_t *bytes; /* parts that are not written yet */
	size_t len, cap;
	int err;
};

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
