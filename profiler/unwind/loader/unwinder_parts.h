/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts that an unwinder is put together from, and how tests put one together from others. */
#ifndef BOLOMETER_UNWIND_UNWINDER_PARTS_H
#define BOLOMETER_UNWIND_UNWINDER_PARTS_H

#include "profiler/unwind/loader/builder.h"
#include "profiler/unwind/loader/objects.h"
#include "profiler/unwind/loader/pool.h"
#include "profiler/unwind/loader/publisher.h"
#include "profiler/unwind/loader/residents.h"
#include "profiler/unwind/loader/unwinder.h"
#include "profiler/unwind/loader/walker_maps.h"

struct unwinder {
	const struct tracker *tracker;
	struct walker_maps maps; /* not used where the memory is another */
	struct walker_memory memory;
	struct pool pool;
	struct objects objects;
	struct builder *builder;
	struct residents residents;
	struct publisher publisher;
};

/*
 * unwinder_open() on other memory and with other tables. Of the configuration it uses the tracker,
 * memory_max and the epoch.
 */
struct unwinder *unwinder_open_parts(const struct unwinder_config *config,
				     const struct walker_memory *memory, build_fn *build);

#endif
