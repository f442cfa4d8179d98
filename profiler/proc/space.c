// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes and what they ran when; see space.h. Mappings of one image: space_maps.c. */
#include "profiler/proc/space.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"
#include "profiler/proc/space_maps.h"

void spaces_init(struct spaces *spaces)
{
	*spaces = (struct spaces){0};
}

static void images_free(struct image *image)
{
	while (image) {
		struct image *older = image->older;

		image_fini(image);
		free(image);
		image = older;
	}
}

static void process_free(struct process *process)
{
	if (!process)
		return;
	images_free(process->newest);
	free(process);
}

void spaces_fini(struct spaces *spaces)
{
	for (size_t i = 0; i < spaces->count; i++)
		process_free(spaces->processes[i]);
	free(spaces->processes);
	index_fini(&spaces->index);
	*spaces = (struct spaces){0};
}

struct process *spaces_find(const struct spaces *spaces, uint32_t tgid)
{
	struct index_probe at = index_probe(&spaces->index, hash_u64s(tgid, 0));

	while (index_next(&spaces->index, &at)) {
		struct process *process = spaces->processes[at.id];

		if (process && process->tgid == tgid)
			return process;
	}
	return NULL;
}

/*
 * The process that a record of time `ns` is about, made if there is none; NULL where there is no memory
 * for more of them.
 */
static int spaces_get(struct spaces *spaces, uint64_t ns, uint32_t tgid,
		      struct process **ret_process)
{
	struct process *process = spaces_find(spaces, tgid);
	int err;

	*ret_process = NULL;
	if (!process && spaces->full) {
		spaces->not_kept++;
		return 0;
	}
	if (!process) {
		err = ARRAY_RESERVE(spaces->processes, spaces->cap, spaces->count + 1);
		if (err)
			return err;
		process = calloc(1, sizeof(*process));
		if (!process)
			return -ENOMEM;
		process->tgid = tgid;
		err = index_insert(&spaces->index, hash_u64s(tgid, 0), (uint32_t)spaces->count);
		if (err) {
			free(process);
			return err;
		}
		spaces->processes[spaces->count++] = process;
	}
	if (process->exited_ns && process->exited_ns < ns) {
		spaces->nr_exited--;
		process->exited_ns = 0;
		process->leader_exited = false;
	}
	*ret_process = process;
	return 0;
}

/* A new image from `ns` on, among those that are there. */
static struct image *image_new(struct process *process, uint64_t ns)
{
	struct image **at = &process->newest;
	struct image *image = calloc(1, sizeof(*image));

	if (!image)
		return NULL;
	while (*at && (*at)->from_ns > ns)
		at = &(*at)->older;
	image->from_ns = ns;
	image->older = *at;
	*at = image;
	return image;
}

const struct image *process_image(const struct process *process, uint64_t ns)
{
	const struct image *image = process->newest;

	while (image && image->from_ns > ns && image->older)
		image = image->older;
	return image;
}

/*
 * The image that a record of time `ns` is about, made if none began before. What /proc says (time
 * 0) is about the newest one. NULL where there is no memory for more processes.
 */
static int image_at(struct spaces *spaces, uint64_t ns, uint32_t tgid, struct image **ret_image)
{
	struct process *process;
	struct image *image;
	int err = spaces_get(spaces, ns, tgid, &process);

	*ret_image = NULL;
	if (err || !process)
		return err;
	image = (struct image *)process_image(process, ns ? ns : UINT64_MAX);
	if (image && ns && image->from_ns > ns && image->implied) {
		image->from_ns = ns;
	} else if (!image || (ns && image->from_ns > ns)) {
		image = image_new(process, ns);
		if (!image)
			return -ENOMEM;
		image->implied = true;
	}
	*ret_image = image;
	return 0;
}

/* The image that begins at `ns`: a new one, or the one that its own records, told early, made. */
static struct image *image_begin(struct process *process, uint64_t ns)
{
	struct image *image = (struct image *)process_image(process, ns);

	if (!image || !image->implied || image->from_ns < ns)
		return image_new(process, ns);
	image->implied = false;
	image->from_ns = ns;
	return image;
}

/* Adds those of `count` mappings that began from `first_ns` to `last_ns`. */
static int image_copy(struct image *image, const struct code_map *maps, size_t count,
		      uint64_t first_ns, uint64_t last_ns)
{
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		if (maps[i].from_ns >= first_ns && maps[i].from_ns <= last_ns)
			err = image_map(image, &maps[i]);
	}
	return err;
}

static int image_inherit(struct image *image, const struct image *from, uint64_t first_ns,
			 uint64_t last_ns)
{
	int err = image_copy(image, from->past, from->nr_past, first_ns, last_ns);

	return err ? err : image_copy(image, from->maps, from->nr_maps, first_ns, last_ns);
}

int spaces_fork(struct spaces *spaces, uint64_t ns, uint32_t tgid, uint32_t parent_tgid)
{
	struct process *parent = spaces_find(spaces, parent_tgid);
	struct image *from = parent ? (struct image *)process_image(parent, ns) : NULL;
	struct process *process;
	struct image *image;
	int err = spaces_get(spaces, ns, tgid, &process);

	if (err || !process)
		return err;
	image = image_begin(process, ns);
	if (!image)
		return -ENOMEM;
	if (!from || from == image)
		return 0;
	if (!image->name[0])
		memcpy(image->name, from->name, sizeof(image->name));
	/* Mostly the child has just what its parent has: nothing was told of either since. */
	if (!image->nr_maps && !image->nr_past && from->told_ns <= ns)
		return image_share(image, from);
	return image_inherit(image, from, 0, ns);
}

int spaces_exec(struct spaces *spaces, uint64_t ns, uint32_t tgid, const char *name)
{
	struct process *process;
	const struct image *before;
	struct image *image;
	int err = spaces_get(spaces, ns, tgid, &process);

	if (err || !process)
		return err;
	before = process_image(process, ns);
	image = image_begin(process, ns);
	if (!image)
		return -ENOMEM;
	snprintf(image->name, sizeof(image->name), "%s", name);
	/* What is mapped from then on was taken for the program's before. */
	return before && before != image ? image_inherit(image, before, ns, UINT64_MAX) : 0;
}

int spaces_name(struct spaces *spaces, uint64_t ns, uint32_t tgid, const char *name)
{
	struct image *image;
	int err = image_at(spaces, ns, tgid, &image);

	if (!err && image)
		snprintf(image->name, sizeof(image->name), "%s", name);
	return err;
}

int spaces_map(struct spaces *spaces, uint64_t ns, uint32_t tgid, const struct code_map *map)
{
	struct image *image;
	int err = image_at(spaces, ns, tgid, &image);
	struct code_map code = *map;

	if (err || !image)
		return err;
	if (spaces->full || image->nr_maps >= SPACE_MAPS_MAX) {
		spaces->not_kept++;
		return 0;
	}
	code.from_ns = ns;
	return image_map(image, &code);
}

void spaces_exit(struct spaces *spaces, uint64_t ns, uint32_t tgid)
{
	struct process *process = spaces_find(spaces, tgid);

	/* The next process with this number may have been told of already. */
	if (!process || (process->newest && process->newest->from_ns > ns))
		return;
	spaces->nr_exited += !process->exited_ns;
	process->exited_ns = ns;
}

int spaces_prune(struct spaces *spaces, uint32_t tgid, const struct code_range *ranges,
		 size_t count, uint64_t ns)
{
	struct process *process = spaces_find(spaces, tgid);

	return process && process->newest ? image_prune(process->newest, ranges, count, ns) : 0;
}

/* Numbers in the index stay valid: a forgotten process leaves an empty place, then all move up. */
static void spaces_compact(struct spaces *spaces)
{
	size_t kept = 0;

	index_fini(&spaces->index);
	for (size_t i = 0; i < spaces->count; i++) {
		struct process *process = spaces->processes[i];

		if (!process)
			continue;
		if (index_insert(&spaces->index, hash_u64s(process->tgid, 0), (uint32_t)kept)) {
			process_free(process); /* no memory: it is only not known any more */
			continue;
		}
		spaces->processes[kept++] = process;
	}
	spaces->count = kept;
}

void spaces_forget(struct spaces *spaces, uint64_t ns)
{
	size_t forgotten = 0;

	for (size_t i = 0; i < spaces->count; i++) {
		struct process *process = spaces->processes[i];
		struct image *image = process ? process->newest : NULL;

		if (!process)
			continue;
		if (process->exited_ns && process->exited_ns < ns) {
			process_free(process);
			spaces->processes[i] = NULL;
			spaces->nr_exited--;
			forgotten++;
			continue;
		}
		while (image && image->from_ns > ns)
			image = image->older;
		if (image) {
			images_free(image->older);
			image->older = NULL;
			image_forget(image, ns);
		}
	}
	if (forgotten)
		spaces_compact(spaces);
}
