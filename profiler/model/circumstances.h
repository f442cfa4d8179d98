/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Circumstances: everything a reader must know about a profile besides its
 * stacks. Where, when, how and for how long it was taken, what was lost, what
 * the capture itself cost. Written into every file that has room for it.
 */
#ifndef BOLOMETER_MODEL_CIRCUMSTANCES_H
#define BOLOMETER_MODEL_CIRCUMSTANCES_H

#include <stddef.h>
#include <stdint.h>

/* At most this many kinds of value per sample (samples, cpu time, waits, longest wait, ...). */
#define VALUE_TYPES_MAX 8

/* Name and unit as pprof uses them: {"samples", "count"}, {"cpu", "nanoseconds"}. */
struct value_type {
	char name[24];
	char unit[16];
};

/* One way in which events did not reach the profile, or were left out on purpose. */
struct event_count {
	char name[32];	 /* stable, for files: "count_table_full" */
	char about[128]; /* for people */
	uint64_t count;
	uint8_t is_loss; /* 0: left out on purpose (idle, not a target), 1: should have been in it */
};

#define EVENT_COUNTS_MAX 32

/* Strings are owned (malloc) and may be NULL where unknown; numbers are 0 where unknown. */
struct circumstances {
	char *title;	    /* --title, or derived from command and target */
	char *note;	    /* --note */
	char *command;	    /* "cpu"; NULL for a profile read from foreign text */
	char *target;	    /* "hotservice (pid 4242)", "whole system", ... */
	char *host;	    /* node name */
	char *kernel;	    /* "Linux 6.1.0-18-amd64 x86_64" */
	char *event;	    /* "cpu-clock", "cycles" */
	char *tool_version; /* "bolometer 0.1.0" */
	uint64_t start_unix_ns;
	uint64_t duration_ns;
	uint64_t frequency_hz;
	uint32_t cpus; /* CPUs that were sampled */

	struct value_type values[VALUE_TYPES_MAX];
	size_t nr_values; /* at least 1 in a valid profile; values[0] is the one shown first */

	struct event_count events[EVENT_COUNTS_MAX];
	size_t nr_events;
	uint64_t fired; /* events the kernel delivered: recorded + all of events[] */

	uint64_t own_cpu_ns;	 /* CPU time of bolometer itself, capture to output */
	uint64_t own_rss_bytes;	 /* its peak resident memory, without BPF maps */
	uint64_t map_bytes;	 /* memory of its BPF maps */
	uint64_t mapped_bytes;	 /* of these, mapped into bolometer as well */
	uint64_t own_program_ns; /* time inside the BPF programs, where the kernel measured it */
	uint64_t own_program_runs;
};

void circumstances_init(struct circumstances *about);
void circumstances_fini(struct circumstances *about);

/* Sum of events[] with is_loss set. */
uint64_t circumstances_lost(const struct circumstances *about);

#endif
