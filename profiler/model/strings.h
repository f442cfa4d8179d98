/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interned strings: equal text has one id, so that the rest of the program
 * compares and stores 32-bit ids. Text is any bytes but is always followed by a
 * NUL; cleaning it for a format is the writer's business.
 */
#ifndef BOLOMETER_MODEL_STRINGS_H
#define BOLOMETER_MODEL_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strings;

/* Id 0 is the empty string in every table. */
#define STRING_NONE 0U

struct strings *strings_new(void);
void strings_free(struct strings *strings);

/* The id of len bytes at text, added if new. Returns 0 or -ENOMEM. */
int strings_intern(struct strings *strings, const char *text, size_t len, uint32_t *ret_id);

/* Text that someone else holds. */
struct strings_piece {
	const char *text;
	size_t len;
};

/*
 * The ids of many texts, into ids[]. The same as one after the other and faster, as the memory that
 * they are compared with is fetched for several at once. Returns 0 or -ENOMEM.
 */
int strings_intern_all(struct strings *strings, const struct strings_piece *pieces, size_t count,
		       uint32_t *ids);

/* When full, nothing new is added: what is not there yet gets -ENOSPC. */
void strings_set_full(struct strings *strings, bool full);

/* As strings_intern() for NUL-terminated text; NULL counts as empty. */
int strings_intern_z(struct strings *strings, const char *text, uint32_t *ret_id);

/* The text of an id that strings_intern() returned; it lives, unmoved, as long as the table. */
const char *strings_text(const struct strings *strings, uint32_t id);
size_t strings_len(const struct strings *strings, uint32_t id);

/* By bytes, as strcmp() orders text; also where NULs are among them. */
int strings_compare(const struct strings *strings, uint32_t a, uint32_t b);

/* Number of distinct strings; ids are 0 to count - 1. */
uint32_t strings_count(const struct strings *strings);

#endif
