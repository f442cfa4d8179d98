/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells the walker what every process has mapped: for each that changed, an
 * array of spans and an entry that names it. The kernel changes entries too
 * (a fork copies the parent's, an exec drops it, as does the end), so where that
 * can have happened the entry is read before it is decided whether to write it.
 */
#ifndef BOLOMETER_UNWIND_PUBLISHER_H
#define BOLOMETER_UNWIND_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/model/index.h"
#include "profiler/proc/space.h"
#include "profiler/unwind/loader/residents.h"
#include "profiler/unwind/loader/span_arrays.h"
#include "profiler/unwind/loader/spans.h"

/* A process as it was published. */
struct published {
	uint32_t tgid;	     /* 0: gone */
	bool is_dirty;	     /* among those to be published */
	bool is_unsure;	     /* the kernel's entry may be another than ours */
	bool is_full;	     /* found no place */
	uint64_t generation; /* of the array it has; held */
	uint64_t image_ns;   /* when the image began that it is of */
	uint64_t not_before_ns;
};

struct publisher {
	const struct spaces *spaces;
	const struct walker_memory *memory;
	struct objects *objects;
	struct residents *residents;
	struct span_arrays arrays;
	struct span_list list; /* of the process at hand */
	struct published *processes;
	size_t count, cap, nr_gone;
	struct index index;
	uint32_t *dirty; /* tgids */
	size_t nr_dirty, cap_dirty;
	uint64_t spaces_full;
};

void publisher_init(struct publisher *publisher, const struct spaces *spaces,
		    struct residents *residents);
void publisher_fini(struct publisher *publisher);

/* A process has other mappings, or ended; `missed`: its entry is not there. Returns 0 or -ENOMEM. */
int publisher_changed(struct publisher *publisher, uint32_t tgid, bool missed);

/* Publishes what changed. The objects must know all binaries. Returns 0 or -errno. */
int publisher_run(struct publisher *publisher);

#endif
