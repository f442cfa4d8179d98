// SPDX-License-Identifier: GPL-2.0-or-later
/* Side-band records of perf events (include/uapi/linux/perf_event.h); see sideband.h. */
#include "profiler/capture/sideband.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RING_PAGES_MAX	 64
#define RINGS_BYTES_MAX	 (16u * 1024 * 1024) /* of all CPUs together */
#define PAGE_BYTES	 4096u
#define RING_PAGES_MIN	 4

struct sideband {
	struct perf_buffer *rings;
	struct tracker *tracker;
	int error; /* the first one of the tracker */
};

/* The end of every record, by the sample_type below (PERF_SAMPLE_TID | PERF_SAMPLE_TIME). */
struct record_id {
	uint32_t tgid, tid;
	uint64_t time_ns;
};

struct record_task {
	struct perf_event_header header;
	uint32_t tgid, parent_tgid;
	uint32_t tid, parent_tid;
	uint64_t time_ns;
};

struct record_comm {
	struct perf_event_header header;
	uint32_t tgid, tid;
	char name[];
};

struct record_mmap2 {
	struct perf_event_header header;
	uint32_t tgid, tid;
	uint64_t start, len, offset;
	uint32_t major, minor;
	uint64_t inode, inode_generation;
	uint32_t protection, flags;
	char path[];
};

struct record_lost {
	struct perf_event_header header;
	uint64_t id;
	uint64_t count;
};

static uint64_t record_time(const struct perf_event_header *header)
{
	struct record_id id;

	memcpy(&id, (const char *)header + header->size - sizeof(id), sizeof(id));
	return id.time_ns;
}

/* Whether the text that starts at `text` ends within the record. */
static bool text_ends(const struct perf_event_header *header, const char *text)
{
	const char *end = (const char *)header + header->size - sizeof(struct record_id);

	return text < end && memchr(text, '\0', (size_t)(end - text));
}

static int handle_comm(struct tracker *tracker, const struct perf_event_header *header)
{
	const struct record_comm *comm = (const void *)header;
	bool exec = header->misc & PERF_RECORD_MISC_COMM_EXEC;

	if (!text_ends(header, comm->name) || (comm->tid != comm->tgid && !exec))
		return 0; /* a thread's own name comes with its samples */
	return tracker_name(tracker, record_time(header), comm->tgid, comm->name, exec);
}

static int handle_mmap(struct tracker *tracker, const struct perf_event_header *header)
{
	const struct record_mmap2 *map = (const void *)header;
	struct binary_id id;

	if (header->size < sizeof(*map) + sizeof(struct record_id) || !text_ends(header, map->path))
		return 0;
	id = (struct binary_id){map->major, map->minor, map->inode};
	return tracker_map(tracker, record_time(header), map->tgid, map->start, map->len,
			   map->offset, &id, map->path);
}

static int handle_task(struct tracker *tracker, const struct perf_event_header *header)
{
	const struct record_task *task = (const void *)header;

	if (header->type == PERF_RECORD_FORK)
		return tracker_fork(tracker, task->time_ns, task->tgid, task->parent_tgid);
	if (task->tid == task->tgid)
		tracker_exit(tracker, task->time_ns, task->tgid);
	return 0;
}

static enum bpf_perf_event_ret handle(void *data, int cpu, struct perf_event_header *header)
{
	struct sideband *sideband = data;
	struct tracker *tracker = sideband->tracker;
	int err = 0;

	switch (header->type) {
	case PERF_RECORD_COMM:
		err = handle_comm(tracker, header);
		break;
	case PERF_RECORD_MMAP2:
		err = handle_mmap(tracker, header);
		break;
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		err = handle_task(tracker, header);
		break;
	case PERF_RECORD_LOST:
		tracker->lost_records += ((const struct record_lost *)header)->count;
		break;
	default:
		break;
	}
	if (err && !sideband->error)
		sideband->error = err;
	return LIBBPF_PERF_EVENT_CONT;
}

static size_t ring_pages(size_t nr_cpus)
{
	size_t pages = RING_PAGES_MAX;

	while (pages > RING_PAGES_MIN && pages * PAGE_BYTES * nr_cpus > RINGS_BYTES_MAX)
		pages /= 2;
	return pages;
}

struct sideband *sideband_open(int map_fd, size_t nr_cpus, struct tracker *tracker)
{
	size_t pages = ring_pages(nr_cpus);
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.watermark = 1,
		.wakeup_watermark = (uint32_t)(pages * PAGE_BYTES / 4),
	};
	struct sideband *sideband = calloc(1, sizeof(*sideband));

	if (!sideband)
		return NULL;
	sideband->tracker = tracker;
	sideband->rings = perf_buffer__new_raw(map_fd, pages, &attr, handle, sideband, NULL);
	if (!sideband->rings) {
		free(sideband);
		return NULL;
	}
	return sideband;
}

void sideband_close(struct sideband *sideband)
{
	if (!sideband)
		return;
	perf_buffer__free(sideband->rings);
	free(sideband);
}

int sideband_read(struct sideband *sideband)
{
	int err = perf_buffer__consume(sideband->rings);

	return sideband->error ? sideband->error : err < 0 ? err : 0;
}

int sideband_fd(const struct sideband *sideband)
{
	return perf_buffer__epoll_fd(sideband->rings);
}
