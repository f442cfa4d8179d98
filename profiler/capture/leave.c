// SPDX-License-Identifier: GPL-2.0-or-later
/* A process that was forked from one that captures, and leaves the capture to it; see capture.h. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/capture/capture.h"
#include "profiler/model/alloc.h"

/*
 * Programs, links, maps, events and what waits for them, and the ends of channels to processes that read
 * tables; none of these is a file, as everything is that names are found in. The links must not be taken
 * apart, but only be let go of: events would be switched off for the other process as well.
 */
static bool is_of_capture(int folder_fd, const char *name)
{
	static const char *const prefixes[] = {"anon_inode:", "socket:"};
	char target[64] = "";
	bool found = false;

	if (atoi(name) <= STDERR_FILENO ||
	    readlinkat(folder_fd, name, target, sizeof(target) - 1) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(prefixes) && !found; i++)
		found = !strncmp(target, prefixes[i], strlen(prefixes[i]));
	return found;
}

void capture_leave(void)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (is_of_capture(dirfd(folder), entry->d_name))
			close(atoi(entry->d_name));
	}
	if (folder)
		closedir(folder);
}
