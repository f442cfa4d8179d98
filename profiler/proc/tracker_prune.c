// SPDX-License-Identifier: GPL-2.0-or-later
/* Forgetting what was unmapped; see tracker_prune.h. */
#include "profiler/proc/tracker_prune.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "profiler/proc/host.h"

struct ranges {
	struct code_range *ranges;
	size_t count, cap;
};

static bool is_due(const struct tracker *tracker, uint32_t tgid)
{
	const struct process *process = spaces_find(&tracker->spaces, tgid);
	const struct image *image = process ? process->newest : NULL;

	return image &&
	       image->nr_maps >= (image->prune_at ? image->prune_at : (size_t)SPACE_PRUNE_MIN);
}

/* The addresses of one line of /proc/PID/maps, if it is of code. */
static int add_line(struct ranges *ranges, const char *line)
{
	struct code_range range;
	char permissions[8];
	int err;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &range.start, &range.end, permissions) !=
		    3 ||
	    permissions[2] != 'x')
		return 0;
	err = ARRAY_RESERVE(ranges->ranges, ranges->cap, ranges->count + 1);
	if (!err)
		ranges->ranges[ranges->count++] = range;
	return err;
}

/* All that is mapped now. Returns 0, -ESRCH when the process is gone, -ENOMEM. */
static int read_ranges(uint32_t tgid, struct ranges *ranges)
{
	char path[64], *line = NULL;
	size_t cap = 0;
	FILE *maps;
	int err = 0;

	snprintf(path, sizeof(path), "/proc/%u/maps", tgid);
	maps = fopen(path, "re");
	if (!maps)
		return -ESRCH;
	while (!err && getline(&line, &cap, maps) > 0)
		err = add_line(ranges, line);
	free(line);
	fclose(maps);
	/* The address space of one that has just ended is empty. */
	return !err && !ranges->count ? -ESRCH : err;
}

int tracker_prune(struct tracker *tracker, uint32_t tgid)
{
	struct ranges ranges = {0};
	uint64_t now_ns = host_monotonic_ns();
	int err;

	if (!is_due(tracker, tgid))
		return 0;
	err = read_ranges(tgid, &ranges);
	if (!err)
		err = spaces_prune(&tracker->spaces, tgid, ranges.ranges, ranges.count, now_ns);
	free(ranges.ranges);
	return err == -ESRCH ? 0 : err;
}
