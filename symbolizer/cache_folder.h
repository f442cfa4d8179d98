/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder in which small files are kept from one run to the next.
 *
 * Nothing in it is needed: what cannot be read is made again, what cannot be written is not kept.
 * It is our own alone: a folder or file that belongs to another user, or that others may write, is
 * as if it were not there, and no symbolic link is followed to a file. So under sudo, where HOME may
 * still be the user's, it is root's. The files may be used and replaced by several programs at once.
 */
#ifndef BOLOMETER_SYMBOLIZER_CACHE_FOLDER_H
#define BOLOMETER_SYMBOLIZER_CACHE_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "symbolizer/text.h"

/* Of all files; above it those that were used least recently are removed. */
#define CACHE_FOLDER_MAX_BYTES (256ULL << 20)

/*
 * Opens the folder, and makes it where it is missing. `path` NULL: $BOLOMETER_CACHE if it is set,
 * otherwise $XDG_CACHE_HOME/bolometer or ~/.cache/bolometer; an empty path is none. Returns a
 * descriptor or -errno.
 */
int cache_folder_open(const char *path);

/*
 * Replaces *ret with the bytes of a file of at most max_bytes, and notes that it was used. Returns 0,
 * or -errno, when there is none that may be used: -EPERM where it is not safe.
 */
int cache_folder_read(int folder, const char *name, size_t max_bytes, struct text *ret);

/* Makes or replaces a file, all at once. Returns 0 or -errno. */
int cache_folder_write(int folder, const char *name, const void *bytes, size_t len);

/* Removes what was used least recently until the files have at most max_bytes. 0 or -errno. */
int cache_folder_trim(int folder, uint64_t max_bytes);

#endif
