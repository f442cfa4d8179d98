/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream of numbers and bytes, deflated and written as base64 text. Holds
 * little more than a MiB whatever the amount. While a chunk is deflated and written
 * beside, the next is filled; where chunks end is the same whoever does what.
 */
#ifndef BOLOMETER_RENDER_PACKER_H
#define BOLOMETER_RENDER_PACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <zlib.h>

#include "profiler/model/beside.h"

#define PACKER_CHUNK (512 * 1024)
#define PACKER_DEFLATED 32768
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
	size_t filled;
	unsigned char *buffer; /* not yet deflated: one of `chunks`, the other is on its way */
	struct beside beside;
	bool is_passing; /* a chunk is on its way: what follows is not ours to touch */
	z_stream stream;
	unsigned char chunks[2][PACKER_CHUNK];
	unsigned char deflated[PACKER_DEFLATED]; /* not yet written */
};

/* Returns NULL without memory. */
struct packer *packer_open(FILE *out, enum packer_effort effort);

/* Writes what is left, frees the packer. Returns 0, -ENOMEM or -EIO, also for earlier calls. */
int packer_close(struct packer *packer);

/* Says that only columns of numbers follow: in them looking for repeats is most of the work. */
void packer_numbers_follow(struct packer *packer);

void packer_bytes(struct packer *packer, const void *bytes, size_t len);

/* What has been put into the buffer is deflated, now or later. */
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
	packer_number(packer, (uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0));
}

#endif
