// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of a file; see line_reader.h. */
#include "symbolizer/line_reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void line_reader_init(struct line_reader *reader, int fd, uint64_t max_off)
{
	reader->fd = fd;
	reader->file_off = 0;
	reader->max_off = max_off;
	reader->have = reader->used = 0;
	reader->skipping = false;
}

/* Moves what is left to the front of the buffer and reads behind it; false at the end. */
static bool refill(struct line_reader *reader)
{
	size_t room;
	ssize_t n;

	memmove(reader->buffer, reader->buffer + reader->used, reader->have - reader->used);
	reader->have -= reader->used;
	reader->used = 0;
	room = sizeof(reader->buffer) - reader->have;
	if (room > reader->max_off - reader->file_off)
		room = (size_t)(reader->max_off - reader->file_off);
	do
		n = pread(reader->fd, reader->buffer + reader->have, room, (off_t)reader->file_off);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	reader->have += (size_t)n;
	reader->file_off += (size_t)n;
	return true;
}

/* The next piece that ends with a newline, the buffer or the file: a line, or a part of one. */
static char *next_piece(struct line_reader *reader, size_t *ret_len, uint64_t *ret_off,
			bool *ret_ended)
{
	size_t looked = 0;
	char *start, *newline;
	size_t len;

	for (;;) {
		start = reader->buffer + reader->used;
		len = reader->have - reader->used;
		newline = len > looked ? memchr(start + looked, '\n', len - looked) : NULL;
		looked = len;
		if (newline || len == sizeof(reader->buffer) || !refill(reader))
			break;
	}
	start = reader->buffer + reader->used;
	*ret_len = newline ? (size_t)(newline - start) : len;
	*ret_off = reader->file_off - (reader->have - reader->used);
	*ret_ended = newline;
	reader->used += *ret_len + (newline ? 1 : 0);
	return newline || len ? start : NULL;
}

char *line_reader_next(struct line_reader *reader, size_t *ret_len, uint64_t *ret_off)
{
	bool was_skipping, ended;
	char *line;

	do {
		was_skipping = reader->skipping;
		line = next_piece(reader, ret_len, ret_off, &ended);
		reader->skipping = line && !ended;
	} while (line && was_skipping);
	return line;
}
