/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two digests of the service: FNV-1a (64 bits) for tables and checksums,
 * SHA-256 (FIPS 180-4) for documents. Written plainly, because the service is there
 * to have its time looked at; do not use them to keep secrets.
 */
#ifndef HOTSERVICE_DIGEST_H
#define HOTSERVICE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES	   32
#define SHA256_BLOCK_BYTES 64

struct sha256 {
	uint32_t state[8];
	uint64_t len; /* bytes taken so far; len % SHA256_BLOCK_BYTES of them wait in block */
	unsigned char block[SHA256_BLOCK_BYTES];
};

uint64_t fnv1a(const void *data, size_t len);

void sha256_init(struct sha256 *sha);
void sha256_update(struct sha256 *sha, const void *data, size_t len);
void sha256_final(struct sha256 *sha, unsigned char ret_digest[SHA256_BYTES]);

#endif
