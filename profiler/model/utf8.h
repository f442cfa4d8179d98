/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names are bytes of foreign origin; this tells which of them can be shown (Unicode 15, 3.9). */
#ifndef BOLOMETER_MODEL_UTF8_H
#define BOLOMETER_MODEL_UTF8_H

#include <stddef.h>

/*
 * The length, 1 to 4, of the well-formed UTF-8 sequence at text (NUL-terminated), if it is a
 * character that can be shown; 0 if it is malformed or a control character (C0, DEL, C1).
 */
size_t utf8_printable(const char *text);

#endif
