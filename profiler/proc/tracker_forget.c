// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Letting go of what no process that lives needs: files that nobody has mapped any more are closed, and
 * who has generated code and ended is forgotten. See tracker.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/proc/space_maps.h"
#include "profiler/proc/tracker.h"
#include "profiler/proc/tracker_jit.h"

/* What processes have mapped: a byte for each binary, and for each process that generates code. */
struct used {
	uint8_t *binaries, *jits;
};

static void mark_maps(const struct tracker *tracker, const struct code_map *maps, size_t count,
		      struct used *used)
{
	for (size_t i = 0; i < count; i++) {
		if (maps[i].type == CODE_FILE && maps[i].binary < tracker->binaries.count)
			used->binaries[maps[i].binary] = 1;
		if (maps[i].type == CODE_JIT && maps[i].binary < tracker->nr_jits)
			used->jits[maps[i].binary] = 1;
	}
}

static void mark(const struct tracker *tracker, struct used *used)
{
	for (size_t i = 0; i < tracker->spaces.count; i++) {
		const struct process *process = tracker->spaces.processes[i];

		for (const struct image *image = process ? process->newest : NULL; image;
		     image = image->older) {
			mark_maps(tracker, image->maps, image->nr_maps, used);
			mark_maps(tracker, image->past, image->nr_past, used);
		}
	}
	for (size_t i = 0; i < tracker->nr_jits; i++) {
		if (used->jits[i] && tracker->jits[i].dump < tracker->binaries.count)
			used->binaries[tracker->jits[i].dump] = 1;
	}
}

static void forget_past(struct tracker *tracker, uint64_t ns)
{
	for (size_t i = 0; i < tracker->spaces.count; i++) {
		struct process *process = tracker->spaces.processes[i];

		for (struct image *image = process ? process->newest : NULL; image;
		     image = image->older)
			image_forget_past(image, ns);
	}
}

int tracker_forget(struct tracker *tracker, uint64_t ns,
		   bool (*needs)(void *data, uint32_t binary), void *data)
{
	struct used used = {
		.binaries = calloc(tracker->binaries.count + 1, 1),
		.jits = calloc(tracker->nr_jits + 1, 1),
	};
	int err = used.binaries && used.jits ? 0 : -ENOMEM;

	if (!err) {
		forget_past(tracker, ns);
		mark(tracker, &used);
		tracker_jit_let_go(tracker, used.jits);
		for (size_t i = 0; i < tracker->binaries.count; i++) {
			if (!used.binaries[i] && !needs(data, (uint32_t)i))
				binary_table_idle(&tracker->binaries, (uint32_t)i);
			else
				tracker->binaries.binaries[i].idle = 0;
		}
		binary_table_close_roots(&tracker->binaries);
	}
	free(used.binaries);
	free(used.jits);
	return err;
}
