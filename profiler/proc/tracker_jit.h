/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of the tracker that follows who generates code; for the tracker alone. */
#ifndef BOLOMETER_PROC_TRACKER_JIT_H
#define BOLOMETER_PROC_TRACKER_JIT_H

#include "profiler/proc/tracker.h"

/* The last number of a line of /proc/ID/status that starts with `key`; 0 without one. */
uint32_t tracker_read_status(uint32_t id, const char *key);

/*
 * A process mapped memory for code at a time. Its number among jits; not set when it is gone. Returns
 * 0 or -ENOMEM.
 */
int tracker_jit_add(struct tracker *tracker, uint64_t ns, uint32_t tgid, uint32_t *ret_jit);

/* A process mapped a file as code: notes it when that is its jitdump. Returns 0 or -ENOMEM. */
int tracker_jit_see_dump(struct tracker *tracker, uint64_t ns, uint32_t tgid, const char *path,
			 uint32_t binary);

/* The process ended, or begins another program: the last chance to open its map. */
void tracker_jit_end(struct tracker *tracker, uint64_t ns, uint32_t tgid);

/* Forgets those that ended and that nobody has used for two calls; of the others what only is past. */
void tracker_jit_let_go(struct tracker *tracker, const uint8_t *used);

void tracker_jit_fini(struct tracker *tracker);

#endif
