/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's records of forks, executed programs, renamed threads and code
 * mappings, read from a ring of each CPU and handed to the tracker.
 */
#ifndef BOLOMETER_CAPTURE_SIDEBAND_H
#define BOLOMETER_CAPTURE_SIDEBAND_H

#include <stdbool.h>
#include <stddef.h>

#include "profiler/proc/tracker.h"

struct sideband;

/*
 * Records of one CPU are in order, but a child's first mapping may stand in another ring than its
 * fork. So they are queued and handed on by time, all but those of the last moment: a record is
 * stamped a little before it can be read.
 */
#define SIDEBAND_SETTLE_NS 1000000ULL

/*
 * Opens the rings; records collect from here on. `map_fd` is a perf event array for libbpf to keep
 * them in. Returns NULL with errno set.
 */
struct sideband *sideband_open(int map_fd, size_t nr_cpus, struct tracker *tracker);
void sideband_close(struct sideband *sideband);

/*
 * Hands records to the tracker, in the order of their times: those that are settled, or all that
 * there are. Returns 0 or -ENOMEM.
 */
int sideband_read(struct sideband *sideband, bool all);

/* Readable when a ring is filling up. */
int sideband_fd(const struct sideband *sideband);

#endif
