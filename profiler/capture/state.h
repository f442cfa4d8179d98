/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share about one capture; nobody outside includes it. */
#ifndef BOLOMETER_CAPTURE_STATE_H
#define BOLOMETER_CAPTURE_STATE_H

#include "bpf/shared.h"
#include "profiler/capture/bounds.h"
#include "profiler/capture/capture.h"
#include "profiler/capture/cost.h"
#include "profiler/capture/events.h"
#include "profiler/capture/normalize.h"
#include "profiler/capture/rows.h"
#include "profiler/capture/settle.h"
#include "profiler/capture/sideband.h"
#include "profiler/capture/tables.h"
#include "profiler/capture/unwinding.h"
#include "profiler/capture/waits.h"

struct capture_bpf; /* the generated skeleton */

struct capture {
	struct capture_config config;
	struct capture_bpf *skel;
	struct events events;
	struct tables tables;
	struct tracker tracker;
	struct sideband *sideband;
	struct profile *profile;
	struct normalizer normalizer;
	struct rows rows;
	struct waits waits;
	struct thread_numbers numbers; /* of both */
	struct bounds bounds;
	uint64_t not_held_seen; /* files that were not kept open, at the last release */
	size_t release_at; /* with so many files open those that nobody needs are closed */
	struct event_fates *cpu_fates; /* one for each possible CPU, as the kernel returns them */
	size_t nr_possible_cpus;
	struct cost cost;
	bool attached;
	bool by_tables; /* unwinds by call-frame information */
	char fell_back[256]; /* why it does not, where it should have; else empty */
	struct unwinding unwinding;
	int wake_fd; /* epoll: becomes readable when something should be read */
	uint64_t started_ns, drained_ns, cpus_checked_ns;
	uint64_t begun_ns; /* the profile */
	struct event_fates told; /* what profiles that were taken already have of the counters */
	uint64_t told_unwalked_ns;
	uint64_t slices_cpu_ns; /* CPU time of reading the tables where slices end */
	char error[256];
};

/* Keeps what went wrong, in words, for capture_error(), and returns err. */
__attribute__((format(printf, 3, 4))) int capture_failed(struct capture *capture, int err,
							 const char *format, ...);

/* Whether single processes or threads are the target. */
bool capture_targets_ids(const struct capture_config *config);

/* What the views that will be drawn need: timed events; that threads are followed. */
bool capture_samples(const struct capture_config *config);
bool capture_follows_threads(const struct capture_config *config);
bool capture_notes_wakers(const struct capture_config *config);

/* Whether only a few processes are looked at; wakers may be of any. */
bool capture_knows_targets(const struct capture_config *config);

/* setup.c: opens, configures and loads the programs, and fills their maps. 0 or -errno. */
int capture_setup(struct capture *capture);

/* setup_waits.c: what the programs that follow threads have to know. Before they are loaded. */
void capture_configure_waits(struct capture *capture);

/* Likewise; to be called now and then: where even to take notice of all is beyond the limit of the
 * overhead, takes away the program that can be done without. */
void capture_keep_limit(struct capture *capture);

/*
 * files.c: after a drain, closes the files that no process has mapped any more and no sample was in,
 * if there are many. 0 or -errno.
 */
int capture_release_files(struct capture *capture);

/* Whether files could not be kept open since. */
bool capture_lacks_descriptors(const struct capture *capture);

/* interval.c: an empty profile with its types of values; and when what goes into it began. 0 or -errno. */
int capture_open_profile(struct capture *capture);
int capture_begin_profile(struct capture *capture, uint64_t begin_ns);

/* Everything that there is up to now, into the profile. Returns 0 or -errno. */
int capture_drain(struct capture *capture);

/* Everything up to a moment that is chosen now; what comes after it stays. Returns 0 or -errno. */
int capture_drain_interval(struct capture *capture, uint64_t *ret_turned_ns);

/*
 * books.c: what became of the events since the last profile, and what it cost, into this one's
 * circumstances. `last`: there are no more events.
 */
void capture_close_books(struct capture *capture, bool last);

#endif
