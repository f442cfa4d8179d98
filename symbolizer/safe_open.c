// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening foreign files; see safe_open.h. */
#include "symbolizer/safe_open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A rename on the way makes the kernel give up on a path with ".."; it says to try again. */
#define MAX_TRIES 8

/* Opens for reading what path_fd (O_PATH, closed here) stands for, or passes an error on. */
static int open_regular(int path_fd)
{
	char self[64];
	struct stat st;
	int fd;

	if (path_fd < 0)
		return path_fd;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", path_fd);
	if (fstat(path_fd, &st)) {
		fd = -errno;
	} else if (!S_ISREG(st.st_mode)) {
		fd = -EPERM;
	} else {
		fd = open(self, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	close(path_fd);
	return fd;
}

int safe_open(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	return open_regular(fd < 0 ? -errno : fd);
}

/* The component at *path, which moves past it; its length, 0 at the end. */
static size_t next_component(const char **path, const char **ret)
{
	size_t len;

	*path += strspn(*path, "/");
	*ret = *path;
	len = strcspn(*path, "/");
	*path += len;
	return len;
}

/* O_PATH | O_NOFOLLOW opens a link itself; as a folder to go through it fails with ENOTDIR. */
static int step(int dir_fd, const char *component, size_t len)
{
	char name[NAME_MAX + 1];
	int fd;

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, component, len);
	name[len] = '\0';
	if (!strcmp(name, ".."))
		return -EPERM;
	fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int safe_open_walking(int root_fd, const char *path)
{
	const char *component;
	size_t len = next_component(&path, &component);
	int fd = len ? step(root_fd, component, len) : -EPERM;

	while (fd >= 0 && (len = next_component(&path, &component)) > 0) {
		int next = step(fd, component, len);

		close(fd);
		fd = next;
	}
	return open_regular(fd);
}

/* O_PATH with more flags; -ENOSYS also where a filter hides the system call. */
static int open_beneath(int root_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(O_PATH | O_CLOEXEC | flags),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int err = EAGAIN;
	long fd = -1;

	for (int tries = 0; fd < 0 && err == EAGAIN && tries < MAX_TRIES; tries++) {
		fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
		err = fd < 0 ? errno : 0;
	}
	/* Filters that do not know a system call answer ENOSYS or, older ones, EPERM. */
	if (err == EPERM)
		err = ENOSYS;
	return err ? -err : (int)fd;
}

int safe_open_beneath(int root_fd, const char *path, bool follow)
{
	int fd = open_beneath(root_fd, path, follow ? 0 : O_NOFOLLOW);

	return fd == -ENOSYS ? safe_open_walking(root_fd, path) : open_regular(fd);
}

int safe_open_folder(int root_fd, const char *name)
{
	int fd = open_beneath(root_fd, name, O_DIRECTORY);

	if (fd == -ENOSYS) {
		fd = openat(root_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	return fd;
}
