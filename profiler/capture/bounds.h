/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a capture may hold, from the ceiling it was given (--max-memory): sizes of the kernel's tables
 * before they are made, and then how much this process has. Beyond that the profile counts what it
 * knows, and what is new is lost, and counted as such. docs/design/bounds.md has the sums.
 */
#ifndef BOLOMETER_CAPTURE_BOUNDS_H
#define BOLOMETER_CAPTURE_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture;

struct bounds {
	uint64_t own_bytes;	/* that this process may hold, to the end; 0: no limit, as below */
	uint64_t reading_bytes; /* of them, for stacks that are completed here */
	uint64_t held_max;	/* that it may hold while it captures */
	uint64_t checked_ns;
	bool full; /* it has as much: nothing is added to the profile now */
	bool was_full;
	uint64_t lost; /* events that were lost to it until then; more: an allocation failed */
};

/*
 * Before the tables are made: at most so many entries, and so many bytes for unwind tables, where the
 * ceiling has no room for `wanted`. Returns 0, or -ENOMEM when it is too low for any capture.
 */
int bounds_plan(struct capture *capture, uint32_t *entries, uint64_t *unwind_bytes);

/* With the tables made: how much is left for this process. */
void bounds_begin(struct capture *capture);

/* With all that is known before the events: how much the profile may grow. */
void bounds_start(struct capture *capture);

/* Bytes for copies of perf maps. */
uint64_t bounds_jit_bytes(const struct capture *capture);

/* Now and then. */
void bounds_check(struct capture *capture, uint64_t now_ns);

/* What was not kept. */
void bounds_notices(const struct capture *capture, void (*tell)(void *data, const char *line),
		    void *data);

#endif
