/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream into memory that says when there was none: glibc's open_memstream() drops what finds no
 * room, takes what comes after it, and closes without an error.
 */
#ifndef BOLOMETER_MODEL_MEMORY_STREAM_H
#define BOLOMETER_MODEL_MEMORY_STREAM_H

#include <stddef.h>
#include <stdio.h>

struct memory_stream {
	FILE *stream;
	char *text;
	size_t len, cap;
	int err;
};

/* The stream to write to; NULL without memory, and then there is nothing to close. */
FILE *memory_stream_open(struct memory_stream *memory);

/* What was written so far. */
size_t memory_stream_len(struct memory_stream *memory);

/* Closes it. Returns 0 with all that was written, and a NUL after it, the caller's to free; or -ENOMEM. */
int memory_stream_close(struct memory_stream *memory, char **ret_text, size_t *ret_len);

#endif
