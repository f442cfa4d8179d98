/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of a file of any size, through one buffer, and the numbers in them.
 *
 * Reads from the start with pread(), so it works on files of /proc and does not
 * depend on where the descriptor stands.
 */
#ifndef BOLOMETER_SYMBOLIZER_LINE_READER_H
#define BOLOMETER_SYMBOLIZER_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer lines are cut to this. */
#define LINE_MAX_LEN (64 * 1024)

struct line_reader {
	int fd;
	uint64_t file_off; /* of the end of what is in the buffer */
	uint64_t max_off;  /* no byte at or after this offset is read */
	size_t have, used;
	bool skipping; /* in the rest of a line that was cut */
	char buffer[LINE_MAX_LEN];
};

/* The caller keeps fd. */
void line_reader_init(struct line_reader *reader, int fd, uint64_t max_off);

/*
 * The next line without its newline, and where it starts in the file; it may be changed and lives
 * until the next call. Returns its text, or NULL at the end or when reading fails.
 */
char *line_reader_next(struct line_reader *reader, size_t *ret_len, uint64_t *ret_off);

/*
 * Reads hexadecimal digits at *at, up to end, and moves *at past them. False when there are none,
 * or more than 64 bits.
 */
static inline bool line_hex(char **at, const char *end, uint64_t *ret)
{
	uint64_t value = 0;
	char *p = *at;

	for (; p < end; p++) {
		unsigned int digit = (unsigned char)*p - '0';

		if (digit > 9) {
			digit = ((unsigned char)*p | 0x20) - 'a';
			if (digit > 5)
				break;
			digit += 10;
		}
		if (value >> 60)
			return false;
		value = value << 4 | digit;
	}
	if (p == *at)
		return false;
	*at = p;
	*ret = value;
	return true;
}

#endif
