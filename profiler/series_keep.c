// SPDX-License-Identifier: GPL-2.0-or-later
/* Removing what a series no longer keeps; see series_keep.h. */
#include "profiler/series_keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/series_name.h"

struct kept {
	char *name;
	uint64_t written_unix_ns;
};

struct kept_list {
	struct kept *files;
	size_t count, cap;
};

static DIR *open_folder(const char *pattern)
{
	const char *slash = strrchr(pattern, '/');
	char *path = slash ? strndup(pattern, (size_t)(slash - pattern) + 1) : strdup(".");
	DIR *folder = path ? opendir(path) : NULL;

	free(path);
	return folder;
}

/* Whether it is a file that this user has written, and when. */
static bool is_ours(int folder_fd, const char *name, uint64_t *ret_written_unix_ns)
{
	struct stat st;

	if (fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid())
		return false;
	*ret_written_unix_ns =
		(uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec;
	return true;
}

static int add(struct kept_list *list, const char *name, uint64_t written_unix_ns)
{
	struct kept file = {strdup(name), written_unix_ns};

	if (!file.name || ARRAY_RESERVE(list->files, list->cap, list->count + 1)) {
		free(file.name);
		return -ENOMEM;
	}
	list->files[list->count++] = file;
	return 0;
}

static int list_files(DIR *folder, const char *pattern, struct kept_list *list)
{
	uint64_t written_unix_ns;
	struct dirent *entry;
	int err = 0;

	while (!err && (entry = readdir(folder))) {
		if (series_name_matches(pattern, entry->d_name) &&
		    is_ours(dirfd(folder), entry->d_name, &written_unix_ns))
			err = add(list, entry->d_name, written_unix_ns);
	}
	return err;
}

/* The newest first. */
static int compare_age(const void *left, const void *right)
{
	const struct kept *a = left, *b = right;

	if (a->written_unix_ns != b->written_unix_ns)
		return a->written_unix_ns > b->written_unix_ns ? -1 : 1;
	return strcmp(b->name, a->name);
}

long series_keep(const char *pattern, uint64_t keep, uint64_t keep_for_ns, uint64_t now_unix_ns)
{
	DIR *folder = open_folder(pattern);
	struct kept_list list = {0};
	long removed = 0;
	int err;

	if (!folder)
		return -errno;
	err = list_files(folder, pattern, &list);
	if (!err && list.count)
		qsort(list.files, list.count, sizeof(*list.files), compare_age);
	for (size_t i = 0; i < list.count; i++) {
		const struct kept *file = &list.files[i];
		bool too_old = keep_for_ns && file->written_unix_ns < now_unix_ns &&
			       now_unix_ns - file->written_unix_ns > keep_for_ns;

		if (!err && (too_old || (keep && i >= keep))) {
			if (!unlinkat(dirfd(folder), file->name, 0))
				removed++;
			else if (errno != ENOENT)
				err = -errno;
		}
		free(file->name);
	}
	free(list.files);
	closedir(folder);
	return err ? err : removed;
}
