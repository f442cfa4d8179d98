/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walker's memory in BPF maps; see walker_memory.h. */
#ifndef BOLOMETER_UNWIND_WALKER_MAPS_H
#define BOLOMETER_UNWIND_WALKER_MAPS_H

#include "profiler/unwind/loader/unwinder.h"
#include "profiler/unwind/loader/walker_memory.h"

struct walker_maps {
	int segments_fd, spaces_fd; /* the caller's, as in struct unwinder_config */
	struct unwind_object *objects;
	int (*wait_for_programs)(void *data);
	void *wait_data;
};

/*
 * Maps the objects and fills *ret_memory with functions on *maps, which must stay where it is.
 * Returns 0 or -errno.
 */
int walker_maps_open(struct walker_maps *maps, const struct unwinder_config *config,
		     struct walker_memory *ret_memory);
void walker_maps_close(struct walker_maps *maps);

#endif
