// SPDX-License-Identifier: GPL-2.0-or-later
/* Following processes; see tracker.h. */
#include "profiler/proc/tracker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/proc/tracker_jit.h"
#include "profiler/proc/tracker_prune.h"

void tracker_init(struct tracker *tracker, bool all)
{
	*tracker = (struct tracker){.all = all, .jit_budget = {JIT_BUDGET_BYTES}};
	spaces_init(&tracker->spaces);
	binary_table_init(&tracker->binaries);
}

void tracker_fini(struct tracker *tracker)
{
	tracker_jit_fini(tracker);
	spaces_fini(&tracker->spaces);
	binary_table_fini(&tracker->binaries);
	*tracker = (struct tracker){0};
}

/* Passes on the result of a change, which others are told of. */
static int changed(const struct tracker *tracker, uint32_t tgid, int err)
{
	if (!err && tracker->changed)
		tracker->changed(tracker->changed_data, tgid);
	return err;
}

static FILE *open_proc(uint32_t tgid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/%s", tgid, name);
	return fopen(path, "re");
}

uint32_t tracker_read_status(uint32_t id, const char *key)
{
	FILE *status = open_proc(id, "status");
	uint32_t number = 0;
	char line[512];

	while (status && fgets(line, sizeof(line), status)) {
		char *last = strrchr(line, '\t');

		if (strncmp(line, key, strlen(key)) || !last)
			continue;
		number = (uint32_t)strtoul(last, NULL, 10);
		break;
	}
	if (status)
		fclose(status);
	return number;
}

uint32_t tracker_process_of(uint32_t tid)
{
	return tracker_read_status(tid, "Tgid:");
}

/* What a mapping's name in /proc/PID/maps, or in a record, says about it. */
static bool classify(const char *path, uint8_t *ret_type)
{
	static const char *const generated[] = {"//anon", "/memfd:", "/dev/zero", "/SYSV",
						"/anon_hugepage"};

	if (!strcmp(path, "[vdso]")) {
		*ret_type = CODE_VDSO;
		return true;
	}
	*ret_type = CODE_JIT;
	for (size_t i = 0; i < ARRAY_LEN(generated); i++) {
		if (!strncmp(path, generated[i], strlen(generated[i])))
			return true;
	}
	if (path[0] == '/')
		*ret_type = CODE_FILE;
	/* [vsyscall] and [uprobes] are the kernel's; [heap], [stack], [anon:...] the program's. */
	return strcmp(path, "[vsyscall]") && strcmp(path, "[uprobes]");
}

int tracker_map(struct tracker *tracker, uint64_t ns, uint32_t tgid, uint64_t start, uint64_t len,
		uint64_t offset, const struct binary_id *id, const char *path)
{
	struct code_map map = {
		.start = start,
		.end = start + len,
		.offset = offset,
		.binary = BINARY_NONE,
	};
	int err = 0;

	if (!tracker->all && !spaces_find(&tracker->spaces, tgid))
		return 0;
	if (map.end <= map.start || !classify(path, &map.type))
		return 0;
	if (map.type == CODE_FILE)
		err = binary_table_get(&tracker->binaries, id, path, (pid_t)tgid, map.start,
				       map.end, &map.binary);
	if (!err && map.type == CODE_FILE)
		err = tracker_jit_see_dump(tracker, ns, tgid, path, map.binary);
	if (!err && map.type == CODE_JIT)
		err = tracker_jit_add(tracker, ns, tgid, &map.binary);
	if (!err)
		err = spaces_map(&tracker->spaces, ns, tgid, &map);
	if (!err && ns)
		err = tracker_prune(tracker, tgid);
	return changed(tracker, tgid, err);
}

int tracker_fork(struct tracker *tracker, uint64_t ns, uint32_t tgid, uint32_t parent_tgid)
{
	if (tgid == parent_tgid)
		return 0; /* a thread */
	if (!tracker->all && !spaces_find(&tracker->spaces, parent_tgid))
		return 0;
	return changed(tracker, tgid, spaces_fork(&tracker->spaces, ns, tgid, parent_tgid));
}

int tracker_name(struct tracker *tracker, uint64_t ns, uint32_t tgid, const char *name, bool exec)
{
	if (!tracker->all && !spaces_find(&tracker->spaces, tgid))
		return 0;
	if (!exec)
		return spaces_name(&tracker->spaces, ns, tgid, name);
	tracker_jit_end(tracker, ns, tgid);
	return changed(tracker, tgid, spaces_exec(&tracker->spaces, ns, tgid, name));
}

/* Whether a process has threads besides its first one. */
static bool has_other_threads(uint32_t tgid)
{
	struct dirent *entry;
	bool found = false;
	char path[64];
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%u/task", tgid);
	tasks = opendir(path);
	while (tasks && !found && (entry = readdir(tasks))) {
		uint32_t tid = (uint32_t)strtoul(entry->d_name, NULL, 10);

		found = tid && tid != tgid;
	}
	if (tasks)
		closedir(tasks);
	return found;
}

void tracker_exit(struct tracker *tracker, uint64_t ns, uint32_t tgid, uint32_t tid)
{
	struct process *process = spaces_find(&tracker->spaces, tgid);

	if (!process)
		return;
	if (tid == tgid)
		process->leader_exited = true;
	if (!process->leader_exited || has_other_threads(tgid))
		return;
	tracker_jit_end(tracker, ns, tgid);
	spaces_exit(&tracker->spaces, ns, tgid);
	changed(tracker, tgid, 0);
}

void tracker_find_exits(struct tracker *tracker, uint64_t now_ns)
{
	struct spaces *spaces = &tracker->spaces;

	if (tracker->lost_seen == tracker->lost_records)
		return;
	tracker->lost_seen = tracker->lost_records;
	for (size_t i = 0; i < spaces->count; i++) {
		const struct process *process = spaces->processes[i];

		if (!process || process->exited_ns || !kill((pid_t)process->tgid, 0) ||
		    errno != ESRCH)
			continue;
		tracker_jit_end(tracker, now_ns, process->tgid);
		spaces_exit(spaces, now_ns, process->tgid);
		changed(tracker, process->tgid, 0);
	}
}

/* One line of /proc/PID/maps (Documentation/filesystems/proc.rst), if it is of code. */
static int add_maps_line(struct tracker *tracker, uint32_t tgid, char *line)
{
	uint64_t start, end, offset;
	struct binary_id id = {0};
	char permissions[8];
	int path_at = 0;
	char *newline = strchr(line, '\n');

	if (newline)
		*newline = '\0';
	if (sscanf(line,
		   "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %" SCNx32 ":%" SCNx32 " %" SCNu64 " %n",
		   &start, &end, permissions, &offset, &id.major, &id.minor, &id.inode,
		   &path_at) < 7 ||
	    permissions[2] != 'x' || end <= start)
		return 0;
	return tracker_map(tracker, 0, tgid, start, end - start, offset, &id, line + path_at);
}

static int add_name(struct tracker *tracker, uint32_t tgid)
{
	char name[PROCESS_NAME_LEN] = "";
	FILE *comm = open_proc(tgid, "comm");
	size_t len;

	if (!comm)
		return -ESRCH;
	len = fread(name, 1, sizeof(name) - 1, comm);
	if (len && name[len - 1] == '\n')
		name[len - 1] = '\0';
	fclose(comm);
	/* Later records are later: the kernel's word about a new name is not undone by this. */
	return spaces_find(&tracker->spaces, tgid) ? 0 : spaces_name(&tracker->spaces, 0, tgid, name);
}

int tracker_add_process(struct tracker *tracker, uint32_t tgid)
{
	FILE *maps = open_proc(tgid, "maps");
	char *line = NULL;
	size_t cap = 0;
	int err;

	if (!maps)
		return -ESRCH;
	err = add_name(tracker, tgid);
	while (!err && getline(&line, &cap, maps) > 0)
		err = add_maps_line(tracker, tgid, line);
	free(line);
	fclose(maps);
	return err;
}

int tracker_add_all(struct tracker *tracker)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int err = 0;

	if (!proc)
		return -errno;
	while (!err && (entry = readdir(proc))) {
		uint32_t tgid = (uint32_t)strtoul(entry->d_name, NULL, 10);

		if (!tgid)
			continue;
		err = tracker_add_process(tracker, tgid);
		if (err == -ESRCH)
			err = 0;
	}
	closedir(proc);
	return err;
}
