// SPDX-License-Identifier: GPL-2.0-or-later
/* Packing as it is written; see gzip_out.h. */
#include "render/gzip_out.h"

#include <errno.h>
#include <limits.h>

#define WINDOW_GZIP (16 + MAX_WBITS) /* what zlib wants to hear for gzip's own header */

int gzip_out_init(struct gzip_out *gzip, FILE *out)
{
	gzip->out = out;
	gzip->stream = (z_stream){0};
	gzip->err = 0;
	/* The header has no time in it: the same profile gives the same bytes. */
	if (deflateInit2(&gzip->stream, Z_BEST_SPEED, Z_DEFLATED, WINDOW_GZIP, 9,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		gzip->err = -ENOMEM;
	return gzip->err;
}

void gzip_out_fini(struct gzip_out *gzip)
{
	deflateEnd(&gzip->stream);
}

/* Packs what the stream was given. */
static void pack(struct gzip_out *gzip, int flush)
{
	do {
		size_t len;

		gzip->stream.next_out = gzip->packed;
		gzip->stream.avail_out = GZIP_OUT_CHUNK;
		deflate(&gzip->stream, flush);
		len = GZIP_OUT_CHUNK - gzip->stream.avail_out;
		if (fwrite(gzip->packed, 1, len, gzip->out) != len)
			gzip->err = -EIO;
	} while (!gzip->stream.avail_out && !gzip->err);
}

void gzip_out_write(struct gzip_out *gzip, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	while (len && !gzip->err) {
		unsigned int part = len < UINT_MAX ? (unsigned int)len : UINT_MAX;

		gzip->stream.next_in = (unsigned char *)at;
		gzip->stream.avail_in = part;
		pack(gzip, Z_NO_FLUSH);
		at += part;
		len -= part;
	}
}

int gzip_out_end(struct gzip_out *gzip)
{
	if (!gzip->err)
		pack(gzip, Z_FINISH);
	return gzip->err;
}
