// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine; see host.h. */
#include "profiler/proc/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/proc/optional.h"

/* "0-3,8": the format of cpulist files. Numbers that make no sense end the list. */
static int parse_cpu_list(const char *text, uint32_t **ret_cpus, size_t *ret_count)
{
	uint32_t *cpus = NULL;
	size_t count = 0, cap = 0;

	while (*text >= '0' && *text <= '9') {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last && first < 65536; first++) {
			if (ARRAY_RESERVE(cpus, cap, count + 1)) {
				free(cpus);
				return -ENOMEM;
			}
			cpus[count++] = (uint32_t)first;
		}
		text = *end == ',' ? end + 1 : end;
	}
	if (!count)
		return -EINVAL;
	*ret_cpus = cpus;
	*ret_count = count;
	return 0;
}

int host_online_cpus(uint32_t **ret_cpus, size_t *ret_count)
{
	FILE *file = fopen("/sys/devices/system/cpu/online", "re");
	char *line = NULL;
	size_t cap = 0;
	int err = -EINVAL;

	if (!file)
		return -errno;
	if (getline(&line, &cap, file) > 0)
		err = parse_cpu_list(line, ret_cpus, ret_count);
	free(line);
	fclose(file);
	return err;
}

long host_sysctl(const char *name, long missing)
{
	char path[128];
	long value;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	file = fopen(path, "re");
	if (!file)
		return missing;
	if (fscanf(file, "%ld", &value) != 1)
		value = missing;
	fclose(file);
	return value;
}

char *host_kernel(void)
{
	struct utsname uts;
	char *text;

	if (uname(&uts) || asprintf(&text, "%s %s %s", uts.sysname, uts.release, uts.machine) < 0)
		return NULL;
	return text;
}

int host_kernel_version(int *ret_major, int *ret_minor)
{
	struct utsname uts;

	if (uname(&uts) || sscanf(uts.release, "%d.%d", ret_major, ret_minor) != 2)
		return -EINVAL;
	return 0;
}

char *host_name(void)
{
	struct utsname uts;

	return uname(&uts) ? NULL : strdup(uts.nodename);
}

char *host_cgroup_mount(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	char *path = NULL;

	while (mounts && !path && (entry = getmntent(mounts))) {
		if (!strcmp(entry->mnt_type, "cgroup2"))
			path = strdup(entry->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return path;
}

/* For reading, since open_by_handle_at() takes no O_PATH descriptor. */
static int open_cgroup2(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return -errno;
	if (!fstatfs(fd, &fs) && (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC)
		return fd;
	close(fd);
	return -EINVAL;
}

int host_cgroup_open(const char *path)
{
	char *mount = host_cgroup_mount();
	char *below = NULL;
	int fd = -ENOENT, direct;

	if (mount && asprintf(&below, "%s/%s", mount, path) >= 0)
		fd = open_cgroup2(below);
	free(below);
	free(mount);
	if (fd >= 0)
		return fd;
	direct = open_cgroup2(path);
	/* A folder that exists, but is no cgroup, says more than one that does not exist. */
	return direct >= 0 || direct != -ENOENT ? direct : fd;
}

/* FILEID_KERNFS of include/linux/exportfs.h: the handle of a cgroup is its id. */
#define FILEID_KERNFS 0xfe

char *host_cgroup_path(int mount_fd, uint64_t id)
{
	struct {
		struct file_handle handle;
		uint64_t id;
	} request = {.handle = {.handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS}};
	char link[64], path[4096];
	char *mount, *result;
	size_t mount_len;
	ssize_t len;
	int fd;

	memcpy(request.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount_fd, &request.handle, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	close(fd);
	if (len < 0)
		return NULL;
	path[len] = '\0';
	mount = host_cgroup_mount();
	mount_len = mount ? strlen(mount) : 0;
	result = strdup(mount && !strncmp(path, mount, mount_len) && path[mount_len]
				? path + mount_len
				: "/");
	free(mount);
	return result;
}

#define FIRST_PID_NAMESPACE 0xeffffffcU /* PROC_PID_INIT_INO of include/linux/proc_ns.h */

bool host_first_pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) || st.st_ino == FIRST_PID_NAMESPACE;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

bool host_counts_delays(void)
{
	return !access("/proc/self/schedstat", F_OK) && !optional_hidden(OPTIONAL_DELAYS);
}

uint64_t host_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t host_thread_cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}
