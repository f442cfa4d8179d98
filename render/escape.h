/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing any bytes into XML and JSON so that the result is well formed and
 * shows no more than it says. Bytes that are not UTF-8, characters XML forbids
 * and characters nobody can see become U+FFFD.
 */
#ifndef BOLOMETER_RENDER_ESCAPE_H
#define BOLOMETER_RENDER_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

/* Text content or an attribute in double quotes; NULL writes nothing. */
void escape_xml(FILE *out, const char *text, size_t len);
void escape_xml_z(FILE *out, const char *text);

/* A JSON string with its quotes; NULL writes "". ASCII but for what the text itself holds. */
void escape_json(FILE *out, const char *text, size_t len);
void escape_json_z(FILE *out, const char *text);

/*
 * The characters of a name as they are shown, in at most `size` bytes of well-formed UTF-8.
 * Returns how many bytes were written; what does not fit is left out.
 */
size_t escape_visible(char *visible, size_t size, const char *text, size_t len);

#endif
