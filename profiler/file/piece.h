/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pieces of text that someone else holds, for the readers of lines. */
#ifndef BOLOMETER_FILE_PIECE_H
#define BOLOMETER_FILE_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct piece {
	const char *text;
	size_t len;
};

static inline bool piece_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static inline bool piece_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool piece_hex_digit(char c)
{
	return piece_digit(c) || (c >= 'a' && c <= 'f');
}

static inline struct piece piece_from(struct piece piece, size_t at)
{
	return (struct piece){piece.text + at, piece.len - at};
}

static inline struct piece piece_upto(struct piece piece, size_t end)
{
	return (struct piece){piece.text, end};
}

static inline struct piece piece_trim_end(struct piece piece)
{
	while (piece.len && piece_blank(piece.text[piece.len - 1]))
		piece.len--;
	return piece;
}

static inline struct piece piece_trim(struct piece piece)
{
	while (piece.len && piece_blank(piece.text[0]))
		piece = piece_from(piece, 1);
	return piece_trim_end(piece);
}

static inline bool piece_is(struct piece piece, const char *text)
{
	return piece.len == strlen(text) && !memcmp(piece.text, text, piece.len);
}

static inline bool piece_equal(struct piece a, struct piece b)
{
	return a.len == b.len && !memcmp(a.text, b.text, a.len);
}

static inline bool piece_starts(struct piece piece, const char *text)
{
	size_t len = strlen(text);

	return piece.len >= len && !memcmp(piece.text, text, len);
}

static inline bool piece_ends(struct piece piece, const char *text)
{
	size_t len = strlen(text);

	return piece.len >= len && !memcmp(piece.text + piece.len - len, text, len);
}

/* Where the text is in the piece; its length where it is not. */
static inline size_t piece_find(struct piece piece, const char *text)
{
	const char *at = piece.len ? memmem(piece.text, piece.len, text, strlen(text)) : NULL;

	return at ? (size_t)(at - piece.text) : piece.len;
}

/* The last word, up to the blank before it. */
static inline struct piece piece_last_word(struct piece piece)
{
	size_t at = piece.len;

	while (at && !piece_blank(piece.text[at - 1]))
		at--;
	return piece_from(piece, at);
}

/* The first word, up to the blank behind it. */
static inline struct piece piece_first_word(struct piece piece)
{
	size_t end = 0;

	while (end < piece.len && !piece_blank(piece.text[end]))
		end++;
	return piece_upto(piece, end);
}

/* Digits alone, as a number. False where it is none, or too large. */
bool piece_number(struct piece piece, uint64_t *ret);

#endif
