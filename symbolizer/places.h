/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where files are looked for that belong to a file of a process: below the
 * folder that the user named (--symfs), below the root of the process, and on
 * the host. A path is tried in one place after the other.
 */
#ifndef BOLOMETER_SYMBOLIZER_PLACES_H
#define BOLOMETER_SYMBOLIZER_PLACES_H

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>

/* In the order in which they are tried. */
enum place { PLACE_SYMFS, PLACE_PROCESS, PLACE_HOST, PLACE_COUNT };

struct door;

struct places {
	const char *symfs;	/* NULL: none; not owned */
	const char *debug_root; /* of the host; not owned */
	int root_fd;		/* of the process, owned; -1: it is the host's */
	struct door *door;	/* what asks for files instead of opening them (door.h); NULL: none */
};

void places_close(struct places *places);

/*
 * Opens a regular file of a place, below whose root `path` is. Links in it lead nowhere else, but
 * for those of --symfs, which may be a folder of links. Returns a descriptor or -errno; -ENOENT
 * also where there is no such place.
 */
int places_open(const struct places *places, enum place place, const char *path);

/*
 * The same for a path that a format gives, which it leaves in `path`. Returns -ENAMETOOLONG without
 * looking where it is too long.
 */
int places_open_format(const struct places *places, enum place place, char path[PATH_MAX],
		       const char *format, va_list args);

/* Whether the process itself would find a file of its path there. */
bool places_sees(const struct places *places, enum place place);

/* The folder of debug files in the place. */
const char *places_debug_root(const struct places *places, enum place place);

#endif
