// SPDX-License-Identifier: GPL-2.0-or-later
/* Limits of memory; see host_memory.h. */
#include "profiler/proc/host_memory.h"

#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* The number in a file; UINT64_MAX for "max", and where there is none. */
static uint64_t read_limit(const char *folder, const char *name)
{
	unsigned long long number;
	uint64_t limit = UINT64_MAX;
	char path[4200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	if (file && fscanf(file, "%llu", &number) == 1)
		limit = number;
	if (file)
		fclose(file);
	return limit;
}

/*
 * The least limit from a cgroup up to the root of its hierarchy. Inside a container the cgroup's path
 * may be one of outside, which is not below the mount: then the mount itself is the cgroup.
 */
static uint64_t least_limit(const char *mount, const char *cgroup, const char *name)
{
	uint64_t least = UINT64_MAX;
	size_t root = strlen(mount);
	char folder[4096];

	if (snprintf(folder, sizeof(folder), "%s%s", mount, cgroup) >= (int)sizeof(folder) ||
	    access(folder, F_OK))
		snprintf(folder, sizeof(folder), "%s", mount);
	for (;;) {
		uint64_t limit = read_limit(folder, name);
		char *slash = strrchr(folder, '/');

		least = limit < least ? limit : least;
		if (!slash || strlen(folder) <= root)
			return least;
		*slash = '\0';
	}
}

/* Where a hierarchy is mounted; false when it is not. */
static bool find_mount(const char *type, const char *option, char *ret_mount, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	bool found = false;

	while (mounts && !found && (entry = getmntent(mounts))) {
		found = !strcmp(entry->mnt_type, type) && (!option || hasmntopt(entry, option));
		if (found)
			snprintf(ret_mount, size, "%s", entry->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

/* By a line of /proc/self/cgroup, "NUMBER:CONTROLLERS:PATH" (cgroups(7)); no controllers: v2. */
static uint64_t limit_of_line(char *line)
{
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;
	char mount[4096];

	if (!path)
		return UINT64_MAX;
	*path++ = '\0';
	controllers++;
	path[strcspn(path, "\n")] = '\0';
	if (!*controllers)
		return find_mount("cgroup2", NULL, mount, sizeof(mount))
			       ? least_limit(mount, path, "memory.max")
			       : UINT64_MAX;
	for (char *name = strtok(controllers, ","); name; name = strtok(NULL, ",")) {
		if (!strcmp(name, "memory") && find_mount("cgroup", "memory", mount, sizeof(mount)))
			return least_limit(mount, path, "memory.limit_in_bytes");
	}
	return UINT64_MAX;
}

static uint64_t cgroup_limit(void)
{
	FILE *cgroups = fopen("/proc/self/cgroup", "re");
	uint64_t least = UINT64_MAX;
	char *line = NULL;
	size_t cap = 0;

	while (cgroups && getline(&line, &cap, cgroups) > 0) {
		uint64_t limit = limit_of_line(line);

		least = limit < least ? limit : least;
	}
	free(line);
	if (cgroups)
		fclose(cgroups);
	return least;
}

struct host_memory host_memory(void)
{
	uint64_t limit = cgroup_limit();
	struct sysinfo machine;
	struct host_memory memory = {0};

	if (!sysinfo(&machine))
		memory.bytes = (uint64_t)machine.totalram * machine.mem_unit;
	if (limit < memory.bytes || (!memory.bytes && limit != UINT64_MAX))
		memory = (struct host_memory){limit, true};
	return memory;
}

uint64_t host_memory_held(void)
{
	FILE *statm = fopen("/proc/self/statm", "re");
	unsigned long long resident = 0, shared = 0;
	bool read = statm && fscanf(statm, "%*u %llu %llu", &resident, &shared) == 2;

	if (statm)
		fclose(statm);
	return read && resident > shared ? (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE)
					 : 0;
}
