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

/* Unpacks the beginning of a packed file as far as `room` and head go. Returns how many bytes. */
size_t file_bytes_peek(const char *head, size_t len, uint8_t *to, size_t room);

#endif
