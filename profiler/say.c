// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines on standard error; see say.h. */
#include "profiler/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "profiler/model/utf8.h"

#define LINE_MAX_BYTES 2048

bool say_quiet, say_lacked_memory;

/* One write a line, so that lines of several processes do not mix. */
static void say_line(const char *prefix, const char *format, va_list args)
{
	char text[LINE_MAX_BYTES], clean[LINE_MAX_BYTES];

	vsnprintf(text, sizeof(text), format, args);
	say_lacked_memory |= strstr(text, strerror(ENOMEM)) || strstr(text, "out of memory");
	fprintf(stderr, "%s%s\n", prefix, say_clean(text, clean, sizeof(clean)));
}

void say_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_line("bolometer: ", format, args);
	va_end(args);
}

void say_note(const char *format, ...)
{
	va_list args;

	if (say_quiet)
		return;
	va_start(args, format);
	say_line("bolometer: note: ", format, args);
	va_end(args);
}

void say_more(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_line("", format, args);
	va_end(args);
}

void say(const char *format, ...)
{
	va_list args;

	if (say_quiet)
		return;
	va_start(args, format);
	say_line("", format, args);
	va_end(args);
}

const char *say_clean(const char *text, char *buffer, size_t size)
{
	size_t used = 0;

	while (*text && used + 1 < size) {
		size_t len = utf8_printable(text);

		if (!len) {
			buffer[used++] = '?';
			text++;
			continue;
		}
		if (used + len >= size)
			break;
		while (len--)
			buffer[used++] = *text++;
	}
	buffer[used] = '\0';
	return buffer;
}
