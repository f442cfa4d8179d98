/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capture's side of unwinding by call-frame information: keeps the walker's
 * memory up to date as processes come and go, and completes the stacks that the
 * walker handed over. With frame pointers alone all of this does nothing.
 */
#ifndef BOLOMETER_CAPTURE_UNWINDING_H
#define BOLOMETER_CAPTURE_UNWINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/capture/snapshots.h"
#include "profiler/capture/tables.h"
#include "profiler/unwind/remote.h"
#include "profiler/unwind/unwinder.h"

struct cpu_bpf;

struct unwinding {
	struct unwinder *unwinder; /* NULL: frame pointers alone */
	struct remote *remote;
	struct snapshots *snapshots;
	struct cpu_bpf *skel;
	int error; /* the first one of the callbacks */

	/* Where the completed samples go. */
	int (*row)(void *data, const struct table_row *row);
	void *data;
};

/*
 * With the programs loaded, and before the tracker learns of any process. `bytes` is what all
 * tables may take. Returns 0 or -errno.
 */
int unwinding_open(struct unwinding *unwinding, struct cpu_bpf *skel, struct tracker *tracker,
		   const struct tables *tables, uint64_t bytes,
		   int (*row)(void *data, const struct table_row *row), void *data);
void unwinding_close(struct unwinding *unwinding);

/* Before the first sample, with all processes known: few targets get all of their tables at once. */
int unwinding_prepare(struct unwinding *unwinding, bool few_targets);

/*
 * Often. The tracker knows all that happened up to `known_until_ns`: stacks of samples up to then
 * can be completed. Returns 0 or -errno.
 */
int unwinding_update(struct unwinding *unwinding, uint64_t known_until_ns);

/* Descriptors that become readable when there is something to update; -1 where there is none. */
size_t unwinding_fds(const struct unwinding *unwinding, int ret_fds[2]);

/* What went on, for -v, and what should be said in any case. One line each. */
void unwinding_details(const struct unwinding *unwinding,
		       void (*tell)(void *data, const char *line), void *data);
void unwinding_notices(const struct unwinding *unwinding,
		       void (*tell)(void *data, const char *line), void *data);

#endif
