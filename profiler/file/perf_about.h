/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `perf script` says besides samples: the comments of --header, and which
 * events there were.
 */
#ifndef BOLOMETER_FILE_PERF_ABOUT_H
#define BOLOMETER_FILE_PERF_ABOUT_H

#include "profiler/file/file.h"
#include "profiler/file/perf_line.h"

#define PERF_EVENTS_MAX	    16 /* of more the names are not kept */
#define PERF_EVENT_NAME_MAX 128

struct perf_event {
	char name[PERF_EVENT_NAME_MAX]; /* as printed */
	size_t len;
	uint64_t samples;
	uint64_t frequency_hz; /* from a header; 0: unknown, or a fixed period */
	bool chosen;
};

struct perf_about {
	struct circumstances about; /* what headers said; values are those of the first sample */
	char *os_release, *arch;
	struct perf_event events[PERF_EVENTS_MAX];
	size_t nr_events;
	uint64_t others;		 /* samples of events that there was no room for */
	uint64_t taken;			 /* samples that are in the profile */
	uint64_t lost;			 /* samples that perf had no room for, where it says so */
	const struct perf_event *chosen; /* the first that samples were taken of */
	uint64_t first_ns, last_ns;	 /* of the samples that were taken; first > last: none */
};

void perf_about_init(struct perf_about *about);
void perf_about_fini(struct perf_about *about);

/* A line that begins with '#'. Returns 0 or -ENOMEM. */
int perf_about_comment(struct perf_about *about, struct piece text);

/* "PERF_RECORD_LOST lost 5" of --show-lost-events, and records that say nothing here. */
void perf_about_record(struct perf_about *about, struct piece text);

/*
 * Whether samples of this event are taken: of the one that is asked for, by its full name or without
 * its modifiers, else of the first that there is. Counts it.
 */
bool perf_about_event(struct perf_about *about, struct piece event, const char *wanted);

/* The value types of samples like this one, which is the first. */
void perf_about_values(struct perf_about *about, const struct perf_head *head);

/* Puts together what is known when all is read, and remarks on events that were left out. 0 or -ENOMEM. */
int perf_about_end(struct perf_about *about, const char *wanted,
		   struct file_complaints *complaints);

#endif
