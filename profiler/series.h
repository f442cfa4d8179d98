/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture made continuous (--every): when its intervals end, and how the profile of each gets to its
 * files. The capture goes on meanwhile: a forked process, which has everything as it was at that moment,
 * names, draws, writes and removes; one at a time.
 */
#ifndef BOLOMETER_SERIES_H
#define BOLOMETER_SERIES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "profiler/capture/capture.h"
#include "profiler/output.h"

struct series {
	/* Set by the caller. */
	const struct options *options;
	enum view_id view;
	const char *default_path; /* without a time */
	const char *events_word;  /* what is counted: "samples" */
	struct capture *capture;
	/* Names and writes a profile. Returns the exit status. `first`: of the series. */
	int (*deliver)(void *data, struct profile *profile, struct output_plan *plan, bool first);
	/* Before every fork. Returns 0 or -errno. */
	int (*prepare)(void *data, struct profile *profile);
	void *data;

	uint64_t due_ns, end_ns; /* CLOCK_MONOTONIC: of this interval, of all of them */
	pid_t child;		 /* that delivers the last one; 0: none does */
	uint64_t child_ns;	 /* since when */
	uint64_t own_told_ns;	 /* CPU time that profiles have */
	bool behind;		 /* it was said that the child takes longer than an interval */
	uint64_t captured_ns;	 /* all intervals that ended */
	uint64_t intervals, failed, recorded, lost;
};

/*
 * Sees that the names of all files can have a time, and plans those of a first interval, for what is
 * wrong with them. Says what it is; returns 0 or the exit status.
 */
int series_check(const struct series *series);

/* How long the interval that begins now will be. */
uint64_t series_next_ns(const struct series *series);

/* The capture began now; it ends at `end_ns` (CLOCK_MONOTONIC), UINT64_MAX: not of itself. */
void series_begin(struct series *series, uint64_t end_ns);

/* Often: ends the interval if it is time, and sees what became of the last one. 0 or -errno. */
int series_update(struct series *series);

/*
 * After the capture: waits for what is still being written, and delivers the profile of the last
 * interval. NULL: there is none. Returns the exit status of all.
 */
int series_end(struct series *series, struct profile *profile);

#endif
