/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole file in memory, unpacked if it is packed with gzip (RFC 1952), for
 * formats that point from their beginning to their end. It may be hostile:
 * memory grows with what has arrived, and what unpacks to far more than any
 * profile does is refused.
 */
#ifndef BOLOMETER_FILE_FILE_BYTES_H
#define BOLOMETER_FILE_FILE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/file/file.h"

struct file_bytes {
	uint8_t *bytes;
	size_t len, cap;
	const char *wrong; /* with the packing, a static text; NULL while nothing is */
	uint64_t wrong_at; /* byte of the file */
};

/* Whether a file that starts like this is packed. */
bool file_bytes_packed(const char *head, size_t len);

/*
 * Reads the file, whose first bytes are in head already. Returns 0, -errno, -ENOMEM, or -EBADMSG
 * with what is wrong. file_bytes_fini() is called either way.
 */
int file_bytes_read(struct file_bytes *file, int fd, const char *head, size_t len);
void file_bytes_fini(struct file_bytes *file);

/*
 * For readers: reads the file and hands it to `parse`, which returns what a reader does, or 0 with
 * what is wrong in ret_wrong, a static text, and the byte where in ret_wrong_at. That, or what is
 * wrong with the packing, is complained about.
 */
int file_bytes_parse(int fd, const char *head, size_t len, struct profile *profile,
		     struct file_complaints *complaints,
		     int (*parse)(const struct file_bytes *file, struct profile *profile,
				  struct file_complaints *complaints, const char **ret_wrong,
				  size_t *ret_wrong_at));

/* Unpacks the beginning of a packed file as far as `room` and head go. Returns how many bytes. */
size_t file_bytes_peek(const char *head, size_t len, uint8_t *to, size_t room);

#endif
