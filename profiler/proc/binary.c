// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening mapped files while they can be had; see binary.h. */
#include "profiler/proc/binary.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"
#include "profiler/proc/descriptors.h"
#include "profiler/proc/optional.h"

#define DELETED " (deleted)"

void binary_table_init(struct binary_table *table)
{
	*table = (struct binary_table){0};
}

void binary_table_fini(struct binary_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		free(table->binaries[i].path);
		if (table->binaries[i].fd >= 0)
			close(table->binaries[i].fd);
	}
	for (size_t i = 0; i < table->nr_roots; i++)
		close(table->roots[i].fd);
	free(table->binaries);
	free(table->roots);
	index_fini(&table->index);
	*table = (struct binary_table){0};
}

int binary_table_root(struct binary_table *table, pid_t tgid)
{
	struct stat ours, theirs;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/root", (int)tgid);
	if (stat("/", &ours) || stat(path, &theirs) ||
	    (ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino))
		return -1;
	for (size_t i = 0; i < table->nr_roots; i++) {
		if (table->roots[i].dev == theirs.st_dev && table->roots[i].inode == theirs.st_ino)
			return table->roots[i].fd;
	}
	if (ARRAY_RESERVE(table->roots, table->cap_roots, table->nr_roots + 1))
		return -1;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || descriptor_hold(fd) < 0)
		return -1;
	table->roots[table->nr_roots++] = (struct root_folder){theirs.st_dev, theirs.st_ino, fd};
	return fd;
}

/*
 * Reopens for reading what `path_fd` (O_PATH) is, if it is a regular file: opening a device or a
 * FIFO could do something. Closes path_fd. Returns a descriptor or -errno.
 */
static int open_regular(int path_fd)
{
	char link[64];
	struct stat st;
	int fd = -EINVAL;

	if (path_fd < 0)
		return -errno;
	if (!fstat(path_fd, &st) && S_ISREG(st.st_mode)) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", path_fd);
		fd = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	close(path_fd);
	return fd;
}

/* Through the mapping itself: right in every namespace, and when the file is deleted. */
static int open_mapped(pid_t tgid, uint64_t start, uint64_t end)
{
	char path[96];

	if (optional_hidden(OPTIONAL_MAP_FILES))
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, (int)tgid, start,
		 end);
	return open_regular(open(path, O_PATH | O_CLOEXEC));
}

/*
 * By path, below the folder `root`, if it is still the file that was mapped. The kernel told the
 * path without links: where it has one now, somebody wants another file to be read (since Linux
 * 5.6; older kernels have no way to say so, and the file stays unopened).
 */
static int open_path(const char *root, const char *path, const struct binary_id *id)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS,
	};
	int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int fd;

	if (root_fd < 0)
		return -errno;
	fd = open_regular((int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how)));
	close(root_fd);
	if (fd < 0 || !id->inode)
		return fd;
	/* Only the inode: overlay and btrfs show another device number here than in a mapping. */
	if (!fstat(fd, &st) && st.st_ino == id->inode)
		return fd;
	close(fd);
	return -ESTALE;
}

static int open_binary(const struct binary *binary, pid_t tgid, uint64_t start, uint64_t end)
{
	char root[64];
	int fd = open_mapped(tgid, start, end);

	if (fd < 0) {
		snprintf(root, sizeof(root), "/proc/%d/root", (int)tgid);
		fd = open_path(root, binary->path, &binary->id);
	}
	if (fd < 0 && binary->root_fd < 0)
		fd = open_path("/", binary->path, &binary->id);
	return fd;
}

/* The file's name for people and for debug links. */
static char *display_path(const char *path)
{
	size_t len = strlen(path), suffix = strlen(DELETED);

	if (len > suffix && !strcmp(path + len - suffix, DELETED))
		len -= suffix;
	return strndup(path, len);
}

static bool has_path(const struct binary *binary, const char *path)
{
	size_t len = strlen(binary->path);

	return !strncmp(path, binary->path, len) && (!path[len] || !strcmp(path + len, DELETED));
}

/*
 * Without an identity the path is all there is to compare; of a file that is not held open the inode
 * may be another's by now.
 */
static bool binary_is(const struct binary *binary, const struct binary_id *id, const char *path)
{
	return !binary->is_gone && binary->id.major == id->major && binary->id.minor == id->minor &&
	       binary->id.inode == id->inode &&
	       ((id->inode && binary->fd >= 0) || has_path(binary, path));
}

static uint32_t id_hash(const struct binary_id *id)
{
	return hash_u64s(id->inode, (uint64_t)id->major << 32 | id->minor);
}

/* The number of a file that was released, or the next one. */
static uint32_t free_number(const struct binary_table *table)
{
	size_t number = 0;

	if (!table->nr_released)
		return (uint32_t)table->count;
	while (!table->binaries[number].released)
		number++;
	return (uint32_t)number;
}

static bool is_unchanged(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Opens a binary that was closed, if it can be had and is what it was; else it is gone. */
static bool reopen(struct binary_table *table, struct binary *binary, pid_t tgid, uint64_t start,
		   uint64_t end)
{
	struct stat st;
	int fd;

	binary->root_fd = binary_table_root(table, tgid);
	fd = open_binary(binary, tgid, start, end);
	if (fd >= 0 && !fstat(fd, &st) && is_unchanged(&st, &binary->opened)) {
		binary->fd = fd;
		binary->is_closed = false;
		return true;
	}
	if (fd >= 0)
		close(fd);
	binary->is_gone = true;
	return false;
}

void binary_table_idle(struct binary_table *table, uint32_t number)
{
	struct binary *binary = &table->binaries[number];

	if (binary->idle < 2)
		binary->idle++;
	if (binary->idle < 2 || binary->fd < 0)
		return;
	close(binary->fd);
	binary->fd = binary->root_fd = -1;
	binary->is_closed = true;
}

void binary_table_close_roots(struct binary_table *table)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->nr_roots; i++) {
		bool used = false;

		for (size_t b = 0; b < table->count && !used; b++)
			used = table->binaries[b].root_fd == table->roots[i].fd;
		if (used)
			table->roots[kept++] = table->roots[i];
		else
			close(table->roots[i].fd);
	}
	table->nr_roots = kept;
}

int binary_table_get(struct binary_table *table, const struct binary_id *id, const char *path,
		     pid_t tgid, uint64_t start, uint64_t end, uint32_t *ret_binary)
{
	uint32_t hash = id_hash(id), number;
	struct index_probe at = index_probe(&table->index, hash);
	struct binary binary = {.id = *id, .fd = -1};
	int err;

	while (index_next(&table->index, &at)) {
		struct binary *known = &table->binaries[at.id];

		if (!binary_is(known, id, path))
			continue;
		known->idle = 0;
		if (known->is_closed && !reopen(table, known, tgid, start, end))
			continue;
		*ret_binary = at.id;
		return 0;
	}
	number = free_number(table);
	err = ARRAY_RESERVE(table->binaries, table->cap, (size_t)number + 1);
	if (err)
		return err;
	binary.path = display_path(path);
	if (!binary.path)
		return -ENOMEM;
	err = index_insert(&table->index, hash, number);
	if (err) {
		free(binary.path);
		return err;
	}
	binary.root_fd = binary_table_root(table, tgid);
	binary.fd = descriptor_hold(open_binary(&binary, tgid, start, end));
	if (binary.fd < 0) {
		binary.open_error = -binary.fd;
		binary.fd = -1;
		table->not_held += binary.open_error == EMFILE;
	} else if (fstat(binary.fd, &binary.opened)) {
		binary.opened = (struct stat){0}; /* is like no file */
	}
	if (number < table->count) {
		binary.turn = table->binaries[number].turn + 1;
		table->nr_released--;
		table->reused++;
	} else {
		table->count++;
	}
	table->binaries[number] = binary;
	*ret_binary = number;
	return 0;
}

/* ---- releasing ---- */

static int index_of_used(const struct binary_table *table, const bool *used, struct index *index)
{
	int err = index_reserve(index, table->count);

	for (size_t i = 0; i < table->count && !err; i++) {
		const struct binary *binary = &table->binaries[i];

		if (used[i] && !binary->released)
			err = index_insert(index, id_hash(&binary->id), (uint32_t)i);
	}
	if (err)
		index_fini(index);
	return err;
}

/* Roots that no file is below any more. */
static void release_roots(struct binary_table *table)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->nr_roots; i++) {
		bool used = false;

		for (size_t b = 0; b < table->count && !used; b++)
			used = !table->binaries[b].released &&
			       table->binaries[b].root_fd == table->roots[i].fd;
		if (used)
			table->roots[kept++] = table->roots[i];
		else
			close(table->roots[i].fd);
	}
	table->nr_roots = kept;
}

int binary_table_release(struct binary_table *table, const bool *used)
{
	struct index index = {0};
	int err = index_of_used(table, used, &index);

	if (err)
		return err;
	index_fini(&table->index);
	table->index = index;
	for (size_t i = 0; i < table->count; i++) {
		struct binary *binary = &table->binaries[i];

		if (used[i] || binary->released)
			continue;
		if (binary->fd >= 0)
			close(binary->fd);
		free(binary->path);
		*binary = (struct binary){
			.fd = -1, .root_fd = -1, .open_error = ENOENT, .turn = binary->turn,
			.released = true};
		table->nr_released++;
	}
	release_roots(table);
	return 0;
}
