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

static inline uint64_t hash_word(const unsigned char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/* Fewer than 8 bytes as one number, read by whole words that may overlap. */
static inline uint64_t hash_short(const unsigned char *bytes, size_t len)
{
	uint32_t first, last;

	if (len < 4)
		return len ? (uint64_t)bytes[0] << 16 | (uint64_t)bytes[len / 2] << 8 |
				       bytes[len - 1]
			   : 0;
	memcpy(&first, bytes, sizeof(first));
	memcpy(&last, bytes + len - sizeof(last), sizeof(last));
	return (uint64_t)first << 32 | last;
}

static inline uint32_t hash_bytes(const void *data, size_t len)
{
	const unsigned char *bytes = data;
	uint64_t hash = hash_seed ^ len;
	size_t at = 0;

	for (; at + 8 < len; at += 8)
		hash = hash_mix(hash ^ hash_word(bytes + at), 0x9e3779b97f4a7c15ULL);
	/* The last word overlaps the one before it: what is left is never copied by bytes. */
	hash = hash_mix(hash ^ (len < 8 ? hash_short(bytes, len) : hash_word(bytes + len - 8)),
			0xd6e8feb86659fd93ULL);
	return (uint32_t)(hash ^ (hash >> 32));
}

#endif
