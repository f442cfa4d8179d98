/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files of a series stay: so many of the newest, and those that are not too old. */
#ifndef BOLOMETER_SERIES_KEEP_H
#define BOLOMETER_SERIES_KEEP_H

#include <stddef.h>
#include <stdint.h>

/*
 * Removes files of the pattern (series_name.h) beyond the `keep` newest, and those that were last
 * written more than `keep_for_ns` before `now_unix_ns`; 0 for no such limit. Only regular files of this
 * user whose names series_name_matches(): no links, and nothing in another folder. Returns how many it
 * removed, or -errno when the folder cannot be read or a file not be removed.
 */
long series_keep(const char *pattern, uint64_t keep, uint64_t keep_for_ns, uint64_t now_unix_ns);

#endif
