/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading pieces of a file that is mostly passed over, through a buffer. */
#ifndef BOLOMETER_SYMBOLIZER_JIT_DUMP_FILE_H
#define BOLOMETER_SYMBOLIZER_JIT_DUMP_FILE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define DUMP_FILE_BUFFER 4096

/* All zero but fd is one that has read nothing. */
struct dump_file {
	int fd;
	uint64_t off; /* of the buffer */
	size_t have;
	char buffer[DUMP_FILE_BUFFER];
};

/* Fills the buffer from `off` on; what is in it then may be less than the file has. */
static inline void dump_file_fill(struct dump_file *file, uint64_t off)
{
	ssize_t n;

	file->off = off;
	file->have = 0;
	do {
		n = off > INT64_MAX
			    ? 0
			    : pread(file->fd, file->buffer + file->have,
				    sizeof(file->buffer) - file->have, (off_t)(off + file->have));
		if (n > 0)
			file->have += (size_t)n;
	} while ((n > 0 && file->have < sizeof(file->buffer)) || (n < 0 && errno == EINTR));
}

/* Copies [off, off + len), len at most the size of the buffer; false when the file ends before. */
static inline bool dump_file_read(struct dump_file *file, uint64_t off, void *to, size_t len)
{
	if (off < file->off || off - file->off > file->have || file->have - (off - file->off) < len)
		dump_file_fill(file, off);
	if (off - file->off > file->have || file->have - (off - file->off) < len)
		return false;
	memcpy(to, file->buffer + (off - file->off), len);
	return true;
}

/* Whether the file reaches up to `end`, which is not 0. */
static inline bool dump_file_has(struct dump_file *file, uint64_t end)
{
	char last;

	if (end > file->off && end - file->off <= file->have)
		return true;
	return end - 1 <= INT64_MAX && pread(file->fd, &last, 1, (off_t)(end - 1)) == 1;
}

#endif
