/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream of numbers and bytes, deflated and written as base64 text. Holds a
 * few hundred KiB whatever the amount.
 */
#ifndef BOLOMETER_RENDER_PACKER_H
#define BOLOMETER_RENDER_PACKER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <zlib.h>

#define PACKER_CHUNK 32768
#define VARINT_MAX   10 /* bytes of the longest number */

/* How much work deflating may be. */
enum packer_effort {
	PACKER_PLAIN, /* none: base64 only */
	PACKER_SMALL, /* the smallest result */
	PACKER_FAST,  /* a quarter of the time for a fifth to half as much again in size */
};

struct packer {
	FILE *out;
	enum packer_effort effort;
	int error; /* the first one; everything after it is ignored */
	z_stream stream;
	size_t filled;
	unsigned char buffer[PACKER_CHUNK];   /* not yet deflated */
	unsigned char deflated[PACKER_CHUNK]; /* not yet written */
};

/* Returns NULL without memory. */
struct packer *packer_open(FILE *out, enum packer_effort effort);

/* Writes what is left, frees the packer. Returns 0, -ENOMEM or -EIO, also for earlier calls. */
int packer_close(struct packer *packer);

/* Says that only columns of numbers follow: in them looking for repeats is most of the work. */
void packer_numbers_follow(struct packer *packer);

void packer_bytes(struct packer *packer, const void *bytes, size_t len);

/* Deflates what has been put into the buffer. */
void packer_flush(struct packer *packer);

/* Seven bits a byte, least significant first, the top bit set in all but the last (LEB128). */
static inline void packer_number(struct packer *packer, uint64_t number)
{
	if (packer->filled + VARINT_MAX > PACKER_CHUNK)
		packer_flush(packer);
	while (number >= 0x80) {
		packer->buffer[packer->filled++] = (unsigned char)(number | 0x80);
		number >>= 7;
	}
	packer->buffer[packer->filled++] = (unsigned char)number;
}

/* A signed number as 2n, or -2n - 1 when negative, so that small ones stay short. */
static inline void packer_signed(struct packer *packer, int64_t number)
{
	packer_number(packer, (uint64_t)number << 1 ^ (uint64_t)(number >> 63));
}

#endif
