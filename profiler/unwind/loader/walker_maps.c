// SPDX-License-Identifier: GPL-2.0-or-later
/* System calls on the walker's maps, and nothing that decides; see walker_maps.h. */
#include "profiler/unwind/loader/walker_maps.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/proc/host.h"

#define OBJECTS_BYTES (UNWIND_OBJECTS_MAX * sizeof(struct unwind_object))

/* Entries read at a time; the kernel wants room for a whole bucket of the hash. */
#define SPACES_BATCH 4096

/* ---- segments ---- */

/* Attributes as in the programs' template: inner maps must all have the same. */
static int segment_create(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);

	return bpf_map_create(BPF_MAP_TYPE_ARRAY, "unwind_segment", sizeof(uint32_t),
			      sizeof(struct unwind_segment), 1, &opts);
}

static int segment_map(int fd, struct unwind_segment *place)
{
	void *at =
		mmap(place, sizeof(*place), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	/* Processes that read files (profiler/workers/confine.h) are not to change tables. */
	madvise(place, sizeof(*place), MADV_DONTFORK);
	return 0;
}

/*
 * Every update of the outer map waits for a grace period of RCU, about 10 ms; a batch waits once.
 * Kernels without batches for maps of maps (before 5.19) take them one by one.
 */
static int segments_publish(int segments_fd, const uint32_t *keys, const int *fds, uint32_t count)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	uint32_t done = count;

	if (!bpf_map_update_batch(segments_fd, keys, fds, &done, &opts) && done == count)
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		if (bpf_map_update_elem(segments_fd, &keys[i], &fds[i], BPF_ANY))
			return -errno;
	}
	return 0;
}

static int add_segments(void *data, void *place, uint32_t first, uint32_t count)
{
	const struct walker_maps *maps = data;
	struct unwind_segment *segments = place;
	uint32_t *keys = calloc(count, sizeof(*keys));
	int *fds = calloc(count, sizeof(*fds));
	uint32_t created = 0;
	int err = keys && fds ? 0 : -ENOMEM;

	for (; created < count && !err; created++) {
		keys[created] = first + created;
		fds[created] = segment_create();
		if (fds[created] < 0) {
			err = -errno;
			break;
		}
		err = segment_map(fds[created], &segments[created]);
	}
	if (!err)
		err = segments_publish(maps->segments_fd, keys, fds, count);
	/* The outer map and the mapping keep them. */
	for (uint32_t i = 0; i < created; i++)
		close(fds[i]);
	if (err)
		mmap(place, size_mul(count, sizeof(*segments)), PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	free(fds);
	free(keys);
	return err;
}

/* ---- spaces ---- */

static int get_space(void *data, uint32_t tgid, struct unwind_space *ret_space)
{
	const struct walker_maps *maps = data;
	struct unwind_space space;

	if (bpf_map_lookup_elem(maps->spaces_fd, &tgid, &space))
		return -errno;
	*ret_space = space;
	return 0;
}

static int put_space(void *data, uint32_t tgid, const struct unwind_space *space)
{
	const struct walker_maps *maps = data;

	return bpf_map_update_elem(maps->spaces_fd, &tgid, space, BPF_ANY) ? -errno : 0;
}

static int drop_space(void *data, uint32_t tgid)
{
	const struct walker_maps *maps = data;

	return bpf_map_delete_elem(maps->spaces_fd, &tgid) && errno != ENOENT ? -errno : 0;
}

/* One entry a call, for kernels without batches of this map. */
static int each_by_key(int spaces_fd, void (*each)(void *arg, const struct unwind_space *space),
		       void *arg)
{
	/* A key that is deleted sends the walk back to the start: not for ever. */
	uint32_t left = 64 * SPACES_BATCH, key;
	struct unwind_space space;
	int err = bpf_map_get_next_key(spaces_fd, NULL, &key);

	for (; !err && left; left--) {
		if (!bpf_map_lookup_elem(spaces_fd, &key, &space))
			each(arg, &space);
		err = bpf_map_get_next_key(spaces_fd, &key, &key);
	}
	if (err)
		return errno == ENOENT ? 0 : -errno;
	return -EAGAIN;
}

static int each_space(void *data, void (*each)(void *arg, const struct unwind_space *space),
		      void *arg)
{
	const struct walker_maps *maps = data;
	uint32_t *keys = malloc(SPACES_BATCH * sizeof(*keys));
	struct unwind_space *spaces = malloc(SPACES_BATCH * sizeof(*spaces));
	uint32_t position = 0, count;
	bool first = true;
	int err = keys && spaces ? 0 : -ENOMEM;

	while (!err) {
		count = SPACES_BATCH;
		err = bpf_map_lookup_batch(maps->spaces_fd, first ? NULL : &position, &position,
					   keys, spaces, &count, NULL)
			      ? -errno
			      : 0;
		if (err && err != -ENOENT)
			break;
		for (uint32_t i = 0; i < count; i++)
			each(arg, &spaces[i]);
		first = false;
	}
	free(spaces);
	free(keys);
	if (err == -ENOENT)
		return 0;
	return err == -ENOMEM ? err : each_by_key(maps->spaces_fd, each, arg);
}

static int wait_for_programs(void *data)
{
	const struct walker_maps *maps = data;

	return maps->wait_for_programs(maps->wait_data);
}

int walker_maps_open(struct walker_maps *maps, const struct unwinder_config *config,
		     struct walker_memory *ret_memory)
{
	void *objects = mmap(NULL, OBJECTS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			     config->objects_fd, 0);

	if (objects == MAP_FAILED)
		return -errno;
	*maps = (struct walker_maps){
		.segments_fd = config->segments_fd,
		.spaces_fd = config->spaces_fd,
		.objects = objects,
		.wait_for_programs = config->wait_for_programs,
		.wait_data = config->data,
	};
	*ret_memory = (struct walker_memory){
		.data = maps,
		.objects = objects,
		.add_segments = add_segments,
		.get_space = get_space,
		.put_space = put_space,
		.drop_space = drop_space,
		.each_space = each_space,
		.wait_for_programs = wait_for_programs,
		.now_ns = host_monotonic_ns,
	};
	return 0;
}

void walker_maps_close(struct walker_maps *maps)
{
	if (maps->objects)
		munmap(maps->objects, OBJECTS_BYTES);
	*maps = (struct walker_maps){.segments_fd = -1, .spaces_fd = -1};
}
