// SPDX-License-Identifier: GPL-2.0-or-later
/* Side-band records of perf events (include/uapi/linux/perf_event.h); see sideband.h. */
#include "profiler/capture/sideband.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "profiler/model/alloc.h"
#include "profiler/proc/host.h"

#define RING_PAGES_MAX	 64
#define RINGS_BYTES_MAX	 (16u * 1024 * 1024) /* of all CPUs together */
#define PAGE_BYTES	 4096u
#define RING_PAGES_MIN	 4

struct queued {
	uint64_t time_ns;
	size_t at; /* in bytes; later for later records of the same time */
};

struct sideband {
	struct perf_buffer *rings;
	struct tracker *tracker;
	int error; /* the first one of the callback */
	struct queued *queue;
	size_t nr_queued, cap_queue;
	char *bytes; /* the queued records themselves */
	size_t nr_bytes, cap_bytes;
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
	tracker_exit(tracker, task->time_ns, task->tgid, task->tid);
	return 0;
}

static int handle(struct tracker *tracker, const struct perf_event_header *header)
{
	switch (header->type) {
	case PERF_RECORD_COMM:
		return handle_comm(tracker, header);
	case PERF_RECORD_MMAP2:
		return handle_mmap(tracker, header);
	default:
		return handle_task(tracker, header);
	}
}

/* Called by libbpf for each record of a ring, which is reused when this returns. */
static enum bpf_perf_event_ret enqueue(void *data, int cpu, struct perf_event_header *header)
{
	struct sideband *sideband = data;
	size_t aligned = (header->size + 7u) & ~7u;
	int err;

	switch (header->type) {
	case PERF_RECORD_COMM:
	case PERF_RECORD_MMAP2:
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		break;
	case PERF_RECORD_LOST:
		sideband->tracker->lost_records += ((const struct record_lost *)header)->count;
		return LIBBPF_PERF_EVENT_CONT;
	default:
		return LIBBPF_PERF_EVENT_CONT;
	}
	err = ARRAY_RESERVE(sideband->queue, sideband->cap_queue, sideband->nr_queued + 1);
	if (!err)
		err = ARRAY_RESERVE(sideband->bytes, sideband->cap_bytes,
				    sideband->nr_bytes + aligned);
	if (err) {
		sideband->error = err;
		return LIBBPF_PERF_EVENT_ERROR;
	}
	memcpy(sideband->bytes + sideband->nr_bytes, header, header->size);
	sideband->queue[sideband->nr_queued++] =
		(struct queued){record_time(header), sideband->nr_bytes};
	sideband->nr_bytes += aligned;
	return LIBBPF_PERF_EVENT_CONT;
}

static int compare_queued(const void *left, const void *right)
{
	const struct queued *a = left, *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* Moves what is still queued, from place `first` of the ordered queue on, to the front. */
static int keep_queued(struct sideband *sideband, size_t first)
{
	size_t kept = sideband->nr_queued - first, used = 0;
	char *bytes;

	if (!kept) {
		sideband->nr_queued = sideband->nr_bytes = 0;
		return 0;
	}
	bytes = malloc(sideband->nr_bytes);
	if (!bytes)
		return -ENOMEM;
	for (size_t i = 0; i < kept; i++) {
		struct queued *to = &sideband->queue[i];
		const char *record;
		uint16_t size;

		*to = sideband->queue[first + i];
		record = sideband->bytes + to->at;
		size = ((const struct perf_event_header *)record)->size;
		memcpy(bytes + used, record, size);
		to->at = used;
		used += (size + 7u) & ~7u;
	}
	free(sideband->bytes);
	sideband->bytes = bytes;
	sideband->nr_queued = kept;
	sideband->cap_bytes = sideband->nr_bytes;
	sideband->nr_bytes = used;
	return 0;
}

/* Hands on, in order of time, what was queued up to `until_ns`. Returns 0 or -ENOMEM. */
static int hand_on(struct sideband *sideband, uint64_t until_ns)
{
	size_t done = 0;
	int err = 0;

	if (!sideband->nr_queued)
		return 0;
	qsort(sideband->queue, sideband->nr_queued, sizeof(*sideband->queue), compare_queued);
	for (; done < sideband->nr_queued && sideband->queue[done].time_ns <= until_ns && !err;
	     done++)
		err = handle(sideband->tracker,
			     (const void *)(sideband->bytes + sideband->queue[done].at));
	return err ? err : keep_queued(sideband, done);
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
	sideband->rings = perf_buffer__new_raw(map_fd, pages, &attr, enqueue, sideband, NULL);
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
	free(sideband->queue);
	free(sideband->bytes);
	free(sideband);
}

int sideband_read(struct sideband *sideband, bool all)
{
	uint64_t now_ns = host_monotonic_ns();
	int err = perf_buffer__consume(sideband->rings);

	if (sideband->error)
		return sideband->error;
	return err < 0 ? err : hand_on(sideband, all ? UINT64_MAX : now_ns - SIDEBAND_SETTLE_NS);
}

int sideband_fd(const struct sideband *sideband)
{
	return perf_buffer__epoll_fd(sideband->rings);
}
