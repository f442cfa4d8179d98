// SPDX-License-Identifier: GPL-2.0-or-later
/* XML and JSON text from any bytes; see escape.h. */
#include "render/escape.h"

#include <stdint.h>
#include <string.h>

#include "profiler/model/utf8.h"

static uint32_t visible_char(uint32_t c)
{
	return c == UINT32_MAX || utf8_is_deceptive(c) ? UTF8_REPLACEMENT : c;
}

static void write_char(FILE *out, uint32_t c)
{
	char bytes[4];
	size_t len = utf8_encode(c, bytes);

	fwrite(bytes, 1, len, out);
}

static void write_xml_char(FILE *out, uint32_t c)
{
	switch (c) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>': /* for the sake of "]]>" */
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	default:
		write_char(out, c);
	}
}

void escape_xml(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t c;

		i += utf8_decode(text + i, len - i, &c);
		write_xml_char(out, visible_char(c));
	}
}

void escape_xml_z(FILE *out, const char *text)
{
	if (text)
		escape_xml(out, text, strlen(text));
}

/* A note may have lines: JSON can say so, and keeps every control character escaped. */
void escape_json(FILE *out, const char *text, size_t len)
{
	fputc('"', out);
	for (size_t i = 0; i < len;) {
		uint32_t c;

		i += utf8_decode(text + i, len - i, &c);
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", (char)c);
		else if (c != UINT32_MAX && utf8_is_control(c))
			fprintf(out, "\\u%04x", (unsigned int)c);
		else
			write_char(out, c == UINT32_MAX ? UTF8_REPLACEMENT : c);
	}
	fputc('"', out);
}

void escape_json_z(FILE *out, const char *text)
{
	escape_json(out, text, text ? strlen(text) : 0);
}

size_t escape_visible(char *visible, size_t size, const char *text, size_t len)
{
	size_t written = 0;

	for (size_t i = 0; i < len && size - written >= 4;) {
		uint32_t c;

		i += utf8_decode(text + i, len - i, &c);
		written += utf8_encode(visible_char(c), visible + written);
	}
	return written;
}
