/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walker's memory as the loader sees it: what it may do to the maps of
 * bpf/shared_unwind.h. The real one is in BPF maps (walker_maps.h); tests bring
 * one of their own, so that all that decides what is in it runs without a
 * kernel.
 */
#ifndef BOLOMETER_UNWIND_WALKER_MEMORY_H
#define BOLOMETER_UNWIND_WALKER_MEMORY_H

#include <stdint.h>

#include "bpf/shared_unwind.h"

struct walker_memory {
	void *data;		       /* the first argument of all that follow */
	struct unwind_object *objects; /* UNWIND_OBJECTS_MAX, shared with the programs */

	/*
	 * Gives `count` segments from number `first` on to the programs, zeroed, and maps them at
	 * `place`, in reserved addresses. Returns 0, or -errno with none of them there.
	 */
	int (*add_segments)(void *data, void *place, uint32_t first, uint32_t count);

	/* The entry of a process: 0 or -ENOENT; 0, -E2BIG (no room in the map) or -errno; 0. */
	int (*get_space)(void *data, uint32_t tgid, struct unwind_space *ret_space);
	int (*put_space)(void *data, uint32_t tgid, const struct unwind_space *space);
	int (*drop_space)(void *data, uint32_t tgid);

	/*
	 * Calls `each` for every entry that is there from the call's start to its end, and for some
	 * of those that come or go meanwhile. Returns 0, -EAGAIN (too many came and went to see all
	 * of them), or -errno.
	 */
	int (*each_space)(void *data, void (*each)(void *arg, const struct unwind_space *space),
			  void *arg);

	/* Returns, 0 or -errno, when no program that runs now runs any more. */
	int (*wait_for_programs)(void *data);

	uint64_t (*now_ns)(void); /* CLOCK_MONOTONIC */
};

#endif
