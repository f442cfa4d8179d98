/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel tells of mappings that are made, not of those that are unmapped. Of a process that maps
 * at ever new addresses /proc is asked now and then which of them are still there.
 */
#ifndef BOLOMETER_PROC_TRACKER_PRUNE_H
#define BOLOMETER_PROC_TRACKER_PRUNE_H

#include "profiler/proc/tracker.h"

/* Asks, if the newest image of the process has so many mappings that it is time. 0 or -ENOMEM. */
int tracker_prune(struct tracker *tracker, uint32_t tgid);

#endif
