/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds the walker in stops.bpf.c with one process's mappings and call-frame
 * tables, by the same parts that a capture uses.
 */
#ifndef TESTS_TRUTH_FEED_H
#define TESTS_TRUTH_FEED_H

#include <sys/types.h>

#include "profiler/capture/sideband.h"
#include "profiler/proc/tracker.h"
#include "profiler/unwind/loader/unwinder.h"

struct stops_bpf;

struct feed {
	struct stops_bpf *skel;
	struct tracker tracker;
	struct sideband *sideband;
	struct unwinder *unwinder;
};

/* The programs must be loaded. Returns 0 or -errno; in both cases feed_close() is due. */
int feed_open(struct feed *feed, struct stops_bpf *skel, pid_t tgid);
void feed_close(struct feed *feed);

/* Before every stop: what the process mapped since. Returns 0 or -errno. */
int feed_update(struct feed *feed);

#endif
