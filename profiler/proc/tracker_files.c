// SPDX-License-Identifier: GPL-2.0-or-later
/* Which files the tracker still knows somebody to have; see tracker.h. */
#include "profiler/proc/tracker.h"

static void mark_maps(const struct code_map *maps, size_t count, bool *used)
{
	for (size_t i = 0; i < count; i++) {
		if (maps[i].type == CODE_FILE)
			used[maps[i].binary] = true;
	}
}

void tracker_mark_files(const struct tracker *tracker, bool *used)
{
	for (size_t i = 0; i < tracker->spaces.count; i++) {
		const struct process *process = tracker->spaces.processes[i];
		const struct image *image = process ? process->newest : NULL;

		for (; image; image = image->older) {
			mark_maps(image->maps, image->nr_maps, used);
			mark_maps(image->past, image->nr_past, used);
		}
	}
	for (size_t i = 0; i < tracker->nr_jits; i++) {
		if (tracker->jits[i].dump != BINARY_NONE)
			used[tracker->jits[i].dump] = true;
	}
}
