/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samples that arrive with their stack's bytes instead of its frames, because
 * the kernel walker could not finish: read from the programs' ring buffer,
 * kept until the mappings of their time are known, unwound and handed on.
 */
#ifndef BOLOMETER_CAPTURE_SNAPSHOTS_H
#define BOLOMETER_CAPTURE_SNAPSHOTS_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/shared.h"
#include "profiler/capture/tables.h"
#include "profiler/unwind/remote/remote.h"

struct snapshots;

/* What those that wait may take; for more, the oldest ones have to do with what the kernel walked. */
#define SNAPSHOTS_BYTES_MAX (16u << 20)

/*
 * CPU time that completing may take: this part of one CPU, and where less was needed for a while so
 * much at once; in a turn no more than that, for the caller has records to read. Each is exceeded
 * by one walk at most, see remote_unwind().
 */
#define SNAPSHOTS_CPU_PART   4 /* a quarter */
#define SNAPSHOTS_CPU_MAX_NS 250000000
#define SNAPSHOTS_TURN_NS    20000000

struct snapshots_config {
	int map_fd;	       /* of the ring buffer; -1: only what snapshots_add() gets */
	struct remote *remote; /* must outlive it */
	size_t bytes_max;      /* of those that wait; 0: SNAPSHOTS_BYTES_MAX */
	/*
	 * Gets every snapshot, once, as a count of one, and why the kernel walker sent it (enum
	 * stack_end); what it gets lives until it returns.
	 */
	int (*row)(void *data, const struct table_row *row, uint32_t walk_end);
	void *data;
	uint64_t (*now_ns)(void); /* CLOCK_MONOTONIC */
	uint64_t (*cpu_ns)(void); /* CPU time of the calling thread */
};

/* How it went. taken = completed + improved + unimproved + rushed + waiting. */
struct snapshots_stats {
	uint64_t taken;
	uint64_t completed;  /* unwound to the root */
	uint64_t improved;   /* not to the root, but farther than the kernel walker came */
	uint64_t unimproved; /* neither */
	uint64_t rushed;     /* handed on as the kernel walker left them: no room, or no time */
	uint64_t waiting;
	uint64_t malformed; /* events that were no snapshots; in none of the above */
	uint64_t cpu_ns;    /* spent unwinding */
};

/* Returns NULL with errno set. */
struct snapshots *snapshots_open(const struct snapshots_config *config);
void snapshots_close(struct snapshots *snapshots); /* those that wait are gone */

/* For poll(); -1 without a ring buffer. */
int snapshots_fd(const struct snapshots *snapshots);

/*
 * Takes all that the programs have sent. Returns 0, -ENOMEM, -errno of the ring buffer, or the
 * first error of `row`.
 */
int snapshots_read(struct snapshots *snapshots);

/* One event as it comes out of the ring buffer. Returns as snapshots_read(). */
int snapshots_add(struct snapshots *snapshots, const void *event, size_t size);

/*
 * A turn: unwinds the snapshots that were taken until `known_until_ns`, in the order they came in,
 * while there is time. Returns 0, -ENOMEM, or the first error of `row`; the others wait on.
 */
int snapshots_resolve(struct snapshots *snapshots, uint64_t known_until_ns);

/*
 * Likewise, but none of them waits on: those that there is no time for in all are handed on as the
 * kernel walker left them.
 */
int snapshots_drain(struct snapshots *snapshots, uint64_t known_until_ns);

void snapshots_stats(const struct snapshots *snapshots, struct snapshots_stats *ret_stats);

#endif
