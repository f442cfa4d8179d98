/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time between start and stop of a capture: signals, duration, progress, the target's end. */
#ifndef BOLOMETER_SESSION_H
#define BOLOMETER_SESSION_H

#include "profiler/capture/capture.h"
#include "profiler/options.h"
#include "profiler/series.h"
#include "profiler/target.h"

/*
 * Starts the capture, lets the program of `-- PROGRAM` go, and stops the capture when the duration
 * is over, the target has ended, or SIGINT, SIGTERM or SIGHUP arrives. The next one after that, or
 * after one that comes when the capture has ended by itself, ends the program at once, without a
 * result (profiler/workers/interrupts.h). `config` is what the capture was opened with. Says what
 * fails; returns 0, EXIT_FAILED, or that the program cannot be run. With a `series`, which may be NULL,
 * it ends that one's intervals meanwhile.
 */
int session_run(struct capture *capture, struct target *target, const struct options *options,
		const struct capture_config *config, struct series *series);

/* What is counted: events of all views together. */
const char *session_events_word(const struct capture_config *config);

/*
 * From here on these signals wait for a session, which then ends at once and writes what there is; and
 * SIGPIPE is ignored.
 */
void session_hold_signals(void);

/* Adds what this process itself has cost so far. */
void session_own_cost(struct circumstances *about);

#endif
