/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of lines through one buffer that moves along it. The buffer grows to
 * the longest line and no further: of a line that is too long its end is waited
 * for, and nothing of it kept. So memory does not depend on the file.
 */
#ifndef BOLOMETER_FILE_INPUT_H
#define BOLOMETER_FILE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "profiler/file/piece.h"

#define INPUT_READ_BYTES     ((size_t)64 * 1024)
#define INPUT_LINE_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define INPUT_TOO_LONG	     "longer than 16 MiB"

struct input {
	int fd;
	char *bytes; /* what was read and is not used yet */
	size_t len, cap;
	size_t at;	 /* where the next line begins; for input_lines() */
	size_t searched; /* there is no newline before this */
	bool skipping;	 /* within a line that is too long */
	bool ended;
};

/* Begins with what was read of fd already. Returns 0 or -ENOMEM; input_fini() either way. */
int input_init(struct input *input, int fd, const char *head, size_t head_len);
void input_fini(struct input *input);

/* Reads more behind what there is. Returns how many bytes, 0 at the end, -ENOMEM or -errno. */
ssize_t input_more(struct input *input);

/* Lets go of the first bytes. */
void input_drop(struct input *input, size_t len);

/* Lets go of a line that has become too long. Returns whether it became so just now. */
bool input_bound_line(struct input *input);

/*
 * The next lines, without their newlines: those that are there, at most `max`. They live until the
 * next call. Returns how many, 0 after the last one, -EFBIG for a line that is too long and was
 * passed over, -ENOMEM or -errno of reading.
 */
int input_lines(struct input *input, struct piece *lines, int max);

#endif
