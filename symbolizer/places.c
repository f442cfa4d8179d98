// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening a path in one place or another; see places.h. */
#include "symbolizer/places.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "symbolizer/door.h"
#include "symbolizer/safe_open.h"

/* Where debug files are below any root but ours, for which tests have another. */
#define DEBUG_ROOT "/usr/lib/debug"

void places_close(struct places *places)
{
	if (places->root_fd >= 0 && !places->door)
		close(places->root_fd);
	places->root_fd = -1;
}

/*
 * A copy of another machine's folders has absolute links that mean that machine's; a folder that
 * was made for this purpose has links out of it, to what was built.
 */
static int open_symfs(const char *symfs, const char *path)
{
	int root_fd = open(symfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = root_fd < 0 ? -errno : safe_open_beneath(root_fd, path, true);
	char whole[PATH_MAX];

	if (root_fd >= 0)
		close(root_fd);
	if (fd >= 0 || snprintf(whole, sizeof(whole), "%s/%s", symfs, path) >= PATH_MAX)
		return fd;
	return safe_open(whole);
}

int places_open(const struct places *places, enum place place, const char *path)
{
	if (places->door)
		return door_open(places->door, place, path);
	switch (place) {
	case PLACE_SYMFS:
		return places->symfs ? open_symfs(places->symfs, path) : -ENOENT;
	case PLACE_PROCESS:
		return places->root_fd >= 0 ? safe_open_beneath(places->root_fd, path, true)
					    : -ENOENT;
	default:
		return safe_open(path);
	}
}

int places_open_format(const struct places *places, enum place place, char path[PATH_MAX],
		       const char *format, va_list args)
{
	int len = vsnprintf(path, PATH_MAX, format, args);

	return len <= 0 || len >= PATH_MAX ? -ENAMETOOLONG : places_open(places, place, path);
}

bool places_sees(const struct places *places, enum place place)
{
	return place != PLACE_HOST || places->root_fd < 0;
}

const char *places_debug_root(const struct places *places, enum place place)
{
	return place == PLACE_HOST ? places->debug_root : DEBUG_ROOT;
}
