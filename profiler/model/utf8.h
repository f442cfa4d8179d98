/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names are bytes from foreign files. This tells which of them are characters,
 * for the terminal and for the formats that may carry nothing else.
 */
#ifndef BOLOMETER_MODEL_UTF8_H
#define BOLOMETER_MODEL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands for a byte that is no character: U+FFFD. */
#define UTF8_REPLACEMENT 0xfffdU

/*
 * Decodes the character at text[0], len >= 1 bytes being there. Returns the number of bytes it
 * takes; for a byte that starts no well-formed character (RFC 3629: no overlong forms, surrogates
 * or values above U+10FFFF) returns 1 and sets *ret_char to UINT32_MAX.
 */
size_t utf8_decode(const char *text, size_t len, uint32_t *ret_char);

/* Writes the 1 to 4 bytes of a character to out; returns how many. */
size_t utf8_encode(uint32_t c, char out[4]);

/* C0 and C1 controls and DEL. */
static inline bool utf8_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/*
 * The bytes of the character at text (NUL-terminated) if a line of a terminal can show it as what it
 * is; 0 for what is no character, and for what utf8_is_deceptive() names.
 */
size_t utf8_printable(const char *text);

/*
 * True for characters a reader would not see or that reorder what stands around them (bidirectional
 * controls, zero width spaces and joiners), controls and the non-characters XML forbids: a label
 * that held one could pass for another name.
 */
bool utf8_is_deceptive(uint32_t c);

/* Columns a character takes in a monospaced font: 2 for East Asian wide and emoji, else 1. */
unsigned int utf8_cells(uint32_t c);

#endif
