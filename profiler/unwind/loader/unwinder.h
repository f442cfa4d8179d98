/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the walker's memory (bpf/shared_unwind.h) up to date: which code lies
 * where in every process, and the tables of the objects that are needed, within
 * a fixed amount of memory. Tables are built on a thread of their own.
 *
 *	unwinder_open       maps the memory, starts the thread
 *	unwinder_changed    a process has other mappings than before
 *	unwinder_prepare    before the first sample: tables that will surely be needed
 *	unwinder_update     often: publishes what changed, serves what the programs asked for
 *	unwinder_close      stops the thread
 *
 * All but the thread itself is called from one thread.
 */
#ifndef BOLOMETER_UNWIND_UNWINDER_H
#define BOLOMETER_UNWIND_UNWINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/proc/tracker.h"

struct unwinder;

struct unwinder_config {
	const struct tracker *tracker;
	int segments_fd;     /* array of maps, UNWIND_SEGMENTS_MAX */
	int objects_fd;	     /* mmapable array of struct unwind_object, UNWIND_OBJECTS_MAX */
	int spaces_fd;	     /* hash, tgid to struct unwind_space */
	uint64_t memory_max; /* bytes of all segments together */
	bool confine;	     /* files are read in processes that can do nothing else */

	/*
	 * What the programs mix into the keys of rows they keep, or NULL. Advanced when memory gets
	 * short: they then look for their objects anew, which tells what is in use.
	 */
	volatile uint32_t *epoch;

	/* Returns, 0 or -errno, when no program that runs now runs any more. Any thread may call it. */
	int (*wait_for_programs)(void *data);
	void *data;
};

/*
 * Returns NULL with errno set; EINVAL where memory_max is less than a segment. The tracker must
 * outlive it: its files are read by the thread.
 */
struct unwinder *unwinder_open(const struct unwinder_config *config);
void unwinder_close(struct unwinder *unwinder);

/*
 * Readable when the thread finished a table: time for unwinder_update(). Not while one that was
 * finished before waits for room, which only time can tell of.
 */
int unwinder_fd(const struct unwinder *unwinder);

/* The tracker learned something about the mappings of a process, or its end. Cheap; 0 or -ENOMEM. */
int unwinder_changed(struct unwinder *unwinder, uint32_t tgid);

/*
 * Publishes all processes and loads tables, those mapped by most processes first, until `until_ns`
 * (CLOCK_MONOTONIC) at most: of every object (`everything`: targets are few), or until half of
 * memory_max is used. Works on the thread and on the caller's. Returns 0 or -errno.
 */
int unwinder_prepare(struct unwinder *unwinder, bool everything, uint64_t until_ns);

/*
 * Publishes the processes that changed, asks the thread for tables that the programs looked for,
 * and gives up the least used ones where memory is short. Returns 0 or -errno.
 */
int unwinder_update(struct unwinder *unwinder);

/* A program met a process that is not published (any more): publish it again. 0 or -ENOMEM. */
int unwinder_missed(struct unwinder *unwinder, uint32_t tgid);

/*
 * Forgets files that are not in `used`, by their number among the tracker's binaries, `count` in all,
 * as far as it does not need them itself: marks those as used that it does. Returns 0 or -errno.
 */
int unwinder_release(struct unwinder *unwinder, bool *used, size_t count);

/* Whether the thread has a binary's file to read, or soon will. */
bool unwinder_needs(struct unwinder *unwinder, uint32_t binary);

/* How it went. */
struct unwinder_stats {
	uint64_t tables;       /* loaded now */
	uint64_t rows;	       /* in them */
	uint64_t built;	       /* tables built since the start, again after eviction included */
	uint64_t without;      /* objects that have no call-frame information */
	uint64_t failed;       /* objects whose tables could not be built */
	uint64_t damaged;      /* entries of call-frame information that made no sense */
	uint64_t evicted;      /* tables given up because memory was short */
	uint64_t no_room;      /* objects whose tables were built and found no room */
	uint64_t too_large;    /* objects that do not fit into memory_max at all */
	uint64_t too_many;     /* files beyond UNWIND_OBJECTS_MAX: taken for generated code */
	uint64_t memory_bytes; /* of the segments there are */
	uint64_t used_bytes;   /* of them, in use */
	uint64_t build_ns;     /* CPU time spent building */
	uint64_t spaces_full;  /* processes that found no place, in the map or in memory_max */

	/* Files: one of the failed, with damaged entries, without room, of the too large. */
	const char *one_failed, *one_damaged, *one_no_room, *one_too_large;
};

void unwinder_stats(struct unwinder *unwinder, struct unwinder_stats *ret_stats);

#endif
