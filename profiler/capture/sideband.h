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
