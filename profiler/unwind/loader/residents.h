/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which objects' tables are in the pool: those that the programs looked for,
 * as long as there is room; then the least recently used make way.
 *
 * The programs keep rows of their own and look for an object only where those
 * do not help, so a table in heavy use may not be touched for long. When memory
 * is short the epoch, which those rows are kept under, is advanced: from then
 * on, for a moment, touches tell who uses what.
 */
#ifndef BOLOMETER_UNWIND_RESIDENTS_H
#define BOLOMETER_UNWIND_RESIDENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/unwind/loader/builder.h"
#include "profiler/unwind/loader/objects.h"
#include "profiler/unwind/loader/pool.h"

struct residents {
	struct pool *pool;
	struct objects *objects;
	struct builder *builder;
	volatile uint32_t *epoch; /* the programs'; may be NULL */
	uint64_t epoch_ns;	  /* when it was last advanced; 0: never */

	uint32_t *wanted; /* objects, in the order they will be built */
	size_t nr_wanted, cap_wanted;
	struct built waiting; /* built, and there was no room yet */
	bool is_waiting;

	uint64_t tables, rows, built, damaged, evicted, no_room, too_large, build_ns;
	uint32_t one_damaged, one_no_room, one_too_large; /* objects: one of each */
};

/* The builder is the caller's. */
void residents_init(struct residents *residents, struct pool *pool, struct objects *objects,
		    struct builder *builder, volatile uint32_t *epoch);
void residents_fini(struct residents *residents);

/* Asks for the table of an object that has none now. Returns 0 or -ENOMEM. */
int residents_want(struct residents *residents, uint32_t number);

/* Asks for what the programs looked for and did not find. Returns 0 or -ENOMEM. */
int residents_collect(struct residents *residents);

/* Asks no more for what is not being built yet. */
void residents_forget_wanted(struct residents *residents);

/* Hands to the builder what it has room for. */
void residents_feed(struct residents *residents);

/*
 * Puts finished tables into the pool, until more than `max_units` were copied. Where there is no
 * room, tables that are not in use make way. Returns 0 or -errno.
 */
int residents_place(struct residents *residents, uint32_t max_units);

/*
 * Gives up the tables of objects that are not in `used` (by place, of objects->count) and that no
 * process has mapped any more, and forgets these objects. Those that are being built are used after
 * all. Returns 0 or -errno.
 */
int residents_release(struct residents *residents, bool *used);

/* Gives up tables, the least used first, until a run of so many units is free, or none is left. */
int residents_make_room(struct residents *residents, uint32_t units);

#endif
