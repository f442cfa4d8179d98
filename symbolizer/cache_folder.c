// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening, reading and bounding the cache folder; see cache_folder.h. */
#include "symbolizer/cache_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/model/write_all.h"

/* What is looked at when the folder is bounded; more than the files that fit would be. */
#define MAX_FILES (1U << 16)

/* ---- the folder ------------------------------------------------------------------------------ */

static bool is_ours(const struct stat *st)
{
	return st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* Opens `name` in a folder (AT_FDCWD: a path), which is made if need be. */
static int open_own_folder(int parent, const char *name)
{
	struct stat st;
	int fd;

	if (mkdirat(parent, name, 0700) && errno != EEXIST)
		return -errno;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && is_ours(&st))
		return fd;
	close(fd);
	return -EPERM;
}

/* Where the user's own things are, whatever HOME was left at. Valid until the next call. */
static const char *own_home(void)
{
	const char *home = getenv("HOME");
	const struct passwd *user;
	struct stat st;

	if (home && home[0] == '/' && !stat(home, &st) && st.st_uid == geteuid())
		return home;
	user = getpwuid(geteuid());
	return user && user->pw_dir && user->pw_dir[0] == '/' ? user->pw_dir : NULL;
}

/* $XDG_CACHE_HOME or ~/.cache; XDG Base Directory Specification: a relative path is ignored. */
static int open_cache_home(void)
{
	const char *home = getenv("XDG_CACHE_HOME");
	char path[PATH_MAX];
	int fd = -EPERM;

	if (home && home[0] == '/')
		fd = open_own_folder(AT_FDCWD, home);
	if (fd >= 0)
		return fd;
	home = own_home();
	if (!home || (size_t)snprintf(path, sizeof(path), "%s/.cache", home) >= sizeof(path))
		return -ENOENT;
	return open_own_folder(AT_FDCWD, path);
}

int cache_folder_open(const char *path)
{
	int home, fd;

	if (!path)
		path = getenv("BOLOMETER_CACHE");
	if (path)
		return *path ? open_own_folder(AT_FDCWD, path) : -ENOENT;
	home = open_cache_home();
	if (home < 0)
		return home;
	fd = open_own_folder(home, "bolometer");
	close(home);
	return fd;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* Opens for reading a file that is ours; its state in *ret. */
static int open_own_file(int folder, const char *name, struct stat *ret)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return errno == ELOOP ? -EPERM : -errno;
	if (!fstat(fd, ret) && S_ISREG(ret->st_mode) && is_ours(ret))
		return fd;
	close(fd);
	return -EPERM;
}

/* Up to `len` bytes; less where the file is shorter than it was, or cannot be read. */
static size_t read_all(int fd, char *bytes, size_t len)
{
	size_t have = 0;

	while (have < len) {
		ssize_t got = read(fd, bytes + have, len - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		have += (size_t)got;
	}
	return have;
}

int cache_folder_read(int folder, const char *name, size_t max_bytes, struct text *ret)
{
	struct stat st;
	int fd = open_own_file(folder, name, &st);
	int err = 0;

	if (fd < 0)
		return fd;
	if (st.st_size < 0 || (uint64_t)st.st_size > max_bytes)
		err = -EFBIG;
	if (!err)
		err = ARRAY_RESERVE(ret->bytes, ret->cap, (size_t)st.st_size + 1);
	if (!err) {
		ret->len = read_all(fd, ret->bytes, (size_t)st.st_size);
		ret->bytes[ret->len] = '\0';
		futimens(fd, NULL);
	}
	close(fd);
	return err;
}

int cache_folder_write(int folder, const char *name, const void *bytes, size_t len)
{
	char temporary[NAME_MAX + 1];
	int fd, err;

	snprintf(temporary, sizeof(temporary), "new-%d-%s", (int)getpid(), name);
	/* One that an earlier process of this number left. */
	unlinkat(folder, temporary, 0);
	fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, bytes, len);
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(folder, temporary, folder, name))
		err = -errno;
	if (err)
		unlinkat(folder, temporary, 0);
	return err;
}

/* ---- the bound ------------------------------------------------------------------------------- */

struct kept_file {
	char *name;
	uint64_t bytes;
	struct timespec used;
};

struct kept_files {
	struct kept_file *files;
	size_t count, cap;
	uint64_t bytes;
};

static int by_use(const void *a_, const void *b_)
{
	const struct kept_file *a = a_, *b = b_;

	if (a->used.tv_sec != b->used.tv_sec)
		return a->used.tv_sec < b->used.tv_sec ? -1 : 1;
	return (a->used.tv_nsec > b->used.tv_nsec) - (a->used.tv_nsec < b->used.tv_nsec);
}

static int add_file(struct kept_files *files, int folder, const char *name)
{
	struct kept_file *file;
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return 0;
	if (ARRAY_RESERVE(files->files, files->cap, files->count + 1))
		return -ENOMEM;
	file = &files->files[files->count];
	*file = (struct kept_file){strdup(name), (uint64_t)st.st_size, st.st_mtim};
	if (!file->name)
		return -ENOMEM;
	files->count++;
	files->bytes += file->bytes;
	return 0;
}

static int list_files(struct kept_files *files, int folder)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int err = 0;

	if (!dir) {
		err = -errno;
		if (copy >= 0)
			close(copy);
		return err;
	}
	while (!err && files->count < MAX_FILES && (entry = readdir(dir)))
		err = add_file(files, folder, entry->d_name);
	closedir(dir);
	return err;
}

int cache_folder_trim(int folder, uint64_t max_bytes)
{
	struct kept_files files = {0};
	int err = list_files(&files, folder);

	if (!err && files.bytes > max_bytes) {
		qsort(files.files, files.count, sizeof(*files.files), by_use);
		for (size_t i = 0; i < files.count && files.bytes > max_bytes; i++) {
			unlinkat(folder, files.files[i].name, 0);
			files.bytes -= files.files[i].bytes;
		}
	}
	for (size_t i = 0; i < files.count; i++)
		free(files.files[i].name);
	free(files.files);
	return err;
}
