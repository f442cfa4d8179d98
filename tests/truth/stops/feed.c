// SPDX-License-Identifier: GPL-2.0-or-later
/* Mappings and tables for one process; see feed.h. */
#include "tests/truth/stops/feed.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "bpf/shared_unwind.h"
#include "profiler/proc/host.h"
#include "tests/truth/stops/stops.skel.h"

#define MEMORY_BYTES (256ULL << 20)
#define PREPARE_NS   (10 * 1000000000ULL)

/*
 * Updating a map in a map returns after every running program has ended (kernel commit
 * 1ae80cf31938). The last segment's place serves: so much memory is never asked for.
 */
static int wait_for_programs(void *data)
{
	struct feed *feed = data;
	uint32_t last = UNWIND_SEGMENTS_MAX - 1;
	uint32_t model_fd = (uint32_t)bpf_map__fd(feed->skel->maps.unwind_segment_model);

	return bpf_map_update_elem(bpf_map__fd(feed->skel->maps.unwind_segments), &last, &model_fd,
				   BPF_ANY)
		       ? -errno
		       : 0;
}

static void changed(void *data, uint32_t tgid)
{
	struct feed *feed = data;

	if (feed->unwinder)
		unwinder_changed(feed->unwinder, tgid);
}

int feed_open(struct feed *feed, struct stops_bpf *skel, pid_t tgid)
{
	struct unwinder_config config = {
		.tracker = &feed->tracker,
		.segments_fd = bpf_map__fd(skel->maps.unwind_segments),
		.objects_fd = bpf_map__fd(skel->maps.unwind_objects),
		.spaces_fd = bpf_map__fd(skel->maps.unwind_spaces),
		.memory_max = MEMORY_BYTES,
		.epoch = &skel->bss->unwind_epoch,
		.wait_for_programs = wait_for_programs,
		.data = feed,
	};
	int err;

	feed->skel = skel;
	tracker_init(&feed->tracker, false);
	feed->tracker.changed = changed;
	feed->tracker.changed_data = feed;
	feed->sideband = sideband_open(bpf_map__fd(skel->maps.sideband),
				       (size_t)libbpf_num_possible_cpus(), &feed->tracker);
	if (!feed->sideband)
		return -errno;
	err = tracker_add_process(&feed->tracker, (uint32_t)tgid);
	if (err)
		return err;
	feed->unwinder = unwinder_open(&config);
	if (!feed->unwinder)
		return -errno;
	return unwinder_prepare(feed->unwinder, true, host_monotonic_ns() + PREPARE_NS);
}

void feed_close(struct feed *feed)
{
	unwinder_close(feed->unwinder);
	sideband_close(feed->sideband);
	tracker_fini(&feed->tracker);
}

int feed_update(struct feed *feed)
{
	int err = sideband_read(feed->sideband, true);

	return err ? err : unwinder_update(feed->unwinder);
}
