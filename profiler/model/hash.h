/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hashing for tables in memory: multiply, fold the 128-bit product. Fast and
 * well mixed; the seed is chosen anew in every run, so that names made to
 * collide do not. Never stored, never compared between runs.
 */
#ifndef BOLOMETER_MODEL_HASH_H
#define BOLOMETER_MODEL_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Set once per process before the first use; see index.c. */
extern uint64_t hash_seed;

static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint32_t hash_u64s(uint64_t a, uint64_t b)
{
	return (uint32_t)hash_mix(a ^ hash_seed ^ 0x9e3779b97f4a7c15ULL, b ^ 0xd6e8feb86659fd93ULL);
}

static inline uint32_t hash_bytes(const void *data, size_t len)
{
	const unsigned char *bytes = data;
	uint64_t hash = hash_seed ^ len;
	uint64_t word = 0;

	for (; len >= 8; bytes += 8, len -= 8) {
		memcpy(&word, bytes, 8);
		hash = hash_mix(hash ^ word, 0x9e3779b97f4a7c15ULL);
	}
	if (len) {
		word = 0;
		memcpy(&word, bytes, len);
		hash = hash_mix(hash ^ word, 0xd6e8feb86659fd93ULL);
	}
	return (uint32_t)(hash ^ (hash >> 32));
}

#endif
