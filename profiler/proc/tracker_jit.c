// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that generate code; see tracker_jit.h. What is in their files: jit_log.c, symbolizer/. */
#include "profiler/proc/tracker_jit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"
#include "profiler/proc/descriptors.h"
#include "profiler/proc/host.h"

/* Some runtimes change what may be done with their memory, which looks like mapping it, all the time. */
#define TRY_AGAIN_NS 100000000ULL

/* The one that has this number now; NULL when it has generated nothing. */
static struct jit_process *find(const struct tracker *tracker, uint32_t tgid)
{
	struct index_probe at = index_probe(&tracker->jit_index, hash_u64s(tgid, 0));

	while (index_next(&tracker->jit_index, &at)) {
		struct jit_process *jit = &tracker->jits[at.id];

		if (jit->tgid == tgid && !jit->ended_ns && !jit->is_free)
			return jit;
	}
	return NULL;
}

/* Opens the root of a process and the /tmp there, or finds them among those that are open. */
static int open_root(struct tracker *tracker, uint32_t tgid, struct jit_process *jit)
{
	struct jit_root root = {0};
	struct stat mounts, folder;
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%u/ns/mnt", tgid);
	if (stat(path, &mounts))
		return 0;
	snprintf(path, sizeof(path), "/proc/%u/root", tgid);
	if (stat(path, &folder))
		return 0;
	for (size_t i = 0; i < tracker->nr_jit_roots; i++) {
		const struct jit_root *known = &tracker->jit_roots[i];

		if (known->mounts != mounts.st_ino || known->dev != folder.st_dev ||
		    known->inode != folder.st_ino)
			continue;
		jit->root_fd = known->root_fd;
		jit->folder_fd = known->folder_fd;
		return 0;
	}
	err = ARRAY_RESERVE(tracker->jit_roots, tracker->cap_jit_roots, tracker->nr_jit_roots + 1);
	if (err)
		return err;
	root = (struct jit_root){mounts.st_ino, folder.st_dev, folder.st_ino, -1, -1};
	root.root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root.root_fd < 0 || descriptor_hold(root.root_fd) < 0)
		return 0;
	if (tracker->jit_opener)
		root.folder_fd = tracker->jit_opener->folder(root.root_fd);
	tracker->jit_roots[tracker->nr_jit_roots++] = root;
	jit->root_fd = root.root_fd;
	jit->folder_fd = root.folder_fd;
	return 0;
}

/* Opens the map that is there now. */
static void hold_map(struct tracker *tracker, struct jit_process *jit)
{
	int fd = -ENOENT;

	if (!tracker->jit_opener)
		return;
	if (jit->folder_fd >= 0)
		fd = tracker->jit_opener->map(jit->folder_fd, (pid_t)jit->nspid, jit->uid);
	fd = descriptor_hold(fd);
	tracker->maps_not_held += fd == -EMFILE;
	jit_log_hold(&jit->log, fd, &tracker->jit_budget);
}

/* A place for one more: one that was somebody's, or a new one. Returns 0 or -ENOMEM. */
static int find_place(struct tracker *tracker, size_t *ret_place)
{
	for (size_t i = 0; i < tracker->nr_jits; i++) {
		if (tracker->jits[i].is_free) {
			*ret_place = i;
			return 0;
		}
	}
	*ret_place = tracker->nr_jits;
	return ARRAY_RESERVE(tracker->jits, tracker->cap_jits, tracker->nr_jits + 1);
}

int tracker_jit_add(struct tracker *tracker, uint64_t ns, uint32_t tgid, uint32_t *ret_jit)
{
	struct jit_process *known = find(tracker, tgid);
	size_t place;
	struct jit_process jit = {
		.tried_ns = ns, .tgid = tgid, .root_fd = -1, .folder_fd = -1, .dump = BINARY_NONE};
	int err;

	if (known) {
		known->idle = 0;
		if (known->log.map_fd < 0 && ns >= known->tried_ns + TRY_AGAIN_NS) {
			known->tried_ns = ns;
			hold_map(tracker, known);
		}
		*ret_jit = (uint32_t)(known - tracker->jits);
		return 0;
	}
	jit.nspid = tracker_read_status(tgid, "NSpid:");
	if (!jit.nspid)
		jit.nspid = tracker_read_status(tgid, "Tgid:");
	if (!jit.nspid)
		return 0; /* gone already, and with it every way to its map */
	/* The last of four is the one that files are created with. */
	jit.uid = tracker_read_status(tgid, "Uid:");
	err = find_place(tracker, &place);
	if (!err)
		err = open_root(tracker, tgid, &jit);
	if (!err)
		err = index_insert(&tracker->jit_index, hash_u64s(tgid, 0), (uint32_t)place);
	if (err)
		return err;
	jit_log_init(&jit.log);
	*ret_jit = (uint32_t)place;
	tracker->jits[place] = jit;
	if (place == tracker->nr_jits)
		tracker->nr_jits++;
	hold_map(tracker, &tracker->jits[*ret_jit]);
	return 0;
}

/* The number in ".../jit-NUMBER.dump"; 0 when it has another name. */
static uint32_t dump_number(const char *path)
{
	const char *slash = strrchr(path, '/');
	uint32_t number = 0;
	int end = 0;

	if (!slash || sscanf(slash, "/jit-%u.dump%n", &number, &end) < 1 || !end)
		return 0;
	return slash[end] && strcmp(slash + end, " (deleted)") ? 0 : number;
}

/* It is the process's own file: it has mapped it, it bears its number, and it belongs to its user. */
int tracker_jit_see_dump(struct tracker *tracker, uint64_t ns, uint32_t tgid, const char *path,
			 uint32_t binary)
{
	uint32_t number = dump_number(path), jit;
	int fd = tracker->binaries.binaries[binary].fd;
	struct jit_process *process;
	struct stat st;
	int err;

	if (!number || fd < 0)
		return 0;
	jit = BINARY_NONE;
	err = tracker_jit_add(tracker, ns, tgid, &jit);
	if (err || jit == BINARY_NONE)
		return err;
	process = &tracker->jits[jit];
	if (number == process->nspid && !fstat(fd, &st) &&
	    (st.st_uid == process->uid || !st.st_uid))
		process->dump = binary;
	return 0;
}

void tracker_jit_end(struct tracker *tracker, uint64_t ns, uint32_t tgid)
{
	struct jit_process *jit = find(tracker, tgid);

	if (!jit)
		return;
	if (jit->log.map_fd < 0)
		hold_map(tracker, jit);
	jit->ended_ns = ns ? ns : 1;
}

/* ---- looks ----------------------------------------------------------------------------------- */

int tracker_jit_read(struct tracker *tracker, struct jit_process *jit)
{
	uint64_t now_ns = host_monotonic_ns();
	struct stat st = {0};

	/* Of a program that has ended the file may be the next one's. */
	if (!jit->ended_ns)
		hold_map(tracker, jit);
	if (jit->dump != BINARY_NONE && fstat(tracker->binaries.binaries[jit->dump].fd, &st))
		st.st_size = 0;
	return jit_log_look(&jit->log, now_ns, (uint64_t)st.st_size, &tracker->jit_budget);
}

int tracker_jit_moment(struct tracker *tracker, uint32_t jit, uint64_t time_ns,
		       uint32_t *ret_moment)
{
	struct jit_process *process = &tracker->jits[jit];
	int err =
		jit_log_is_behind(&process->log, time_ns) ? tracker_jit_read(tracker, process) : 0;

	if (!err)
		*ret_moment = jit_log_moment(&process->log, time_ns);
	return err;
}

int tracker_jit_finish(struct tracker *tracker)
{
	int err = 0;

	for (size_t i = 0; i < tracker->nr_jits && !err; i++) {
		if (tracker->jits[i].log.nr_moments)
			err = tracker_jit_read(tracker, &tracker->jits[i]);
	}
	return err;
}

/* Marks those that generated code which some process has, its own or a parent's. */
static void mark(const struct code_map *maps, size_t count, bool *used)
{
	for (size_t i = 0; i < count; i++) {
		if (maps[i].type == CODE_JIT && maps[i].binary != BINARY_NONE)
			used[maps[i].binary] = true;
	}
}

static void mark_all(const struct spaces *spaces, bool *used)
{
	for (size_t i = 0; i < spaces->count; i++) {
		const struct process *process = spaces->processes[i];
		const struct image *image = process ? process->newest : NULL;

		for (; image; image = image->older) {
			mark(image->maps, image->nr_maps, used);
			mark(image->past, image->nr_past, used);
		}
	}
}

/* Whether nobody will ask for it, but for code of its that others have. */
static bool is_over(const struct jit_process *jit, uint64_t ns)
{
	return jit->ended_ns && jit->ended_ns < ns && !jit->log.nr_moments;
}

static size_t nr_held(const struct tracker *tracker)
{
	size_t held = 0;

	for (size_t i = 0; i < tracker->nr_jits; i++)
		held += !tracker->jits[i].is_free;
	return held;
}

/* Folders that are nobody's any more: of containers that are gone. */
static void close_roots(struct tracker *tracker)
{
	size_t kept = 0;

	for (size_t i = 0; i < tracker->nr_jit_roots; i++) {
		struct jit_root root = tracker->jit_roots[i];
		bool used = false;

		for (size_t j = 0; j < tracker->nr_jits && !used; j++)
			used = !tracker->jits[j].is_free &&
			       tracker->jits[j].root_fd == root.root_fd;
		if (used) {
			tracker->jit_roots[kept++] = root;
			continue;
		}
		close(root.root_fd);
		if (root.folder_fd >= 0)
			close(root.folder_fd);
	}
	tracker->nr_jit_roots = kept;
}

/* Without memory some are not found again, and are taken for new ones. */
static void index_anew(struct tracker *tracker)
{
	index_fini(&tracker->jit_index);
	for (size_t i = 0; i < tracker->nr_jits; i++) {
		if (!tracker->jits[i].is_free)
			index_insert(&tracker->jit_index, hash_u64s(tracker->jits[i].tgid, 0),
				     (uint32_t)i);
	}
}

/* Forgets those that are over, if there are many. */
static void release(struct tracker *tracker, uint64_t ns)
{
	bool *used;

	if (nr_held(tracker) < (tracker->jits_release_at ? tracker->jits_release_at : JITS_RELEASE_MIN))
		return;
	used = calloc(tracker->nr_jits, sizeof(*used));
	if (!used)
		return;
	mark_all(&tracker->spaces, used);
	for (size_t i = 0; i < tracker->nr_jits; i++) {
		struct jit_process *jit = &tracker->jits[i];

		if (jit->is_free || used[i] || !is_over(jit, ns))
			continue;
		*jit = (struct jit_process){
			.is_free = true, .root_fd = -1, .folder_fd = -1, .dump = BINARY_NONE};
		jit_log_init(&jit->log);
	}
	free(used);
	index_anew(tracker);
	close_roots(tracker);
	tracker->jits_release_at = nr_held(tracker) + JITS_RELEASE_MIN;
}

void tracker_jit_forget(struct tracker *tracker, uint64_t ns)
{
	for (size_t i = 0; i < tracker->nr_jits; i++) {
		struct jit_process *jit = &tracker->jits[i];

		if (is_over(jit, ns)) {
			jit_log_fini(&jit->log);
			jit_log_init(&jit->log);
		} else if (jit->ended_ns && jit->ended_ns < ns && !jit->closed) {
			jit_log_end(&jit->log, &tracker->jit_budget);
			jit->closed = true;
		}
	}
	release(tracker, ns);
}

/* ---- letting go ------------------------------------------------------------------------------ */

void tracker_jit_let_go(struct tracker *tracker, const uint8_t *used)
{
	bool freed = false;

	for (size_t i = 0; i < tracker->nr_jits; i++) {
		struct jit_process *jit = &tracker->jits[i];

		if (jit->is_free)
			continue;
		jit_log_forget_moments(&jit->log);
		jit->idle = jit->ended_ns && !used[i] ? jit->idle + 1 : 0;
		if (jit->idle < 2)
			continue;
		tracker->jit_budget.bytes_left += jit->log.direct ? 0 : jit->log.len;
		jit_log_fini(&jit->log);
		*jit = (struct jit_process){
			.is_free = true, .root_fd = -1, .folder_fd = -1, .dump = BINARY_NONE};
		jit_log_init(&jit->log);
		freed = true;
	}
	if (!freed)
		return;
	index_anew(tracker);
	close_roots(tracker);
}

void tracker_jit_fini(struct tracker *tracker)
{
	for (size_t i = 0; i < tracker->nr_jits; i++)
		jit_log_fini(&tracker->jits[i].log);
	for (size_t i = 0; i < tracker->nr_jit_roots; i++) {
		close(tracker->jit_roots[i].root_fd);
		if (tracker->jit_roots[i].folder_fd >= 0)
			close(tracker->jit_roots[i].folder_fd);
	}
	free(tracker->jits);
	index_fini(&tracker->jit_index);
	free(tracker->jit_roots);
}
