/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream that packs what is written to it with gzip (RFC 1952), as fast as zlib can. */
#ifndef BOLOMETER_RENDER_GZIP_OUT_H
#define BOLOMETER_RENDER_GZIP_OUT_H

#include <stddef.h>
#include <stdio.h>
#include <zlib.h>

#define GZIP_OUT_CHUNK 65536

struct gzip_out {
	FILE *out;
	z_stream stream;
	unsigned char packed[GZIP_OUT_CHUNK];
	int err; /* the first; nothing is written after it */
};

/* Returns 0 or -ENOMEM. gzip_out_fini() is called either way. */
int gzip_out_init(struct gzip_out *gzip, FILE *out);
void gzip_out_fini(struct gzip_out *gzip);

void gzip_out_write(struct gzip_out *gzip, const void *bytes, size_t len);

/* Writes what is left. Returns 0 or the first error. */
int gzip_out_end(struct gzip_out *gzip);

#endif
