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
#include "profiler/proc/tracker.h"
#include "profiler/unwind/remote/remote.h"
#include "profiler/unwind/loader/unwinder.h"

struct capture_bpf;

struct unwinding {
	struct unwinder *unwinder; /* NULL: frame pointers alone */
	struct remote *remote;
	struct snapshots *snapshots;
	struct capture_bpf *skel;
	struct tables *tables;
	struct tracker *tracker;
	int error;		/* the first one of the callbacks */

	/* Where the samples go whose stacks were completed here. */
	int (*row)(void *data, const struct table_row *row);
	void *data;
};

/* What it works with; all of it outlives it. */
struct unwinding_config {
	struct capture_bpf *skel; /* loaded */
	struct tables *tables;
	struct tracker *tracker; /* knows no process yet */
	bool confine; /* see struct unwinder_config */
	uint64_t memory_bytes;	 /* all tables may take so much */
	uint64_t held_bytes;	 /* and so much what completes stacks; 0: as much as is of use */
	int (*row)(void *data, const struct table_row *row);
	void *data; /* for row */
};

/* As unwinder_release(). */
int unwinding_release(struct unwinding *unwinding, bool *used, size_t count);

/* Starts to follow processes, in the kernel too. Returns 0 or -errno. */
int unwinding_open(struct unwinding *unwinding, const struct unwinding_config *config);
void unwinding_close(struct unwinding *unwinding);

/* Before the first sample, with all processes known: few targets get all of their tables at once. */
int unwinding_prepare(struct unwinding *unwinding, bool few_targets);

/*
 * Often. The tracker knows all that happened up to `known_until_ns`: stacks of samples up to then
 * are completed, as many as there is time for (snapshots.h). Returns 0 or -errno.
 */
int unwinding_update(struct unwinding *unwinding, uint64_t known_until_ns);

/*
 * The same once the tables were turned, before they are emptied: those that there is no time for are
 * taken as they are, since processes that ended may be forgotten afterwards.
 */
int unwinding_drain(struct unwinding *unwinding, uint64_t known_until_ns);

/* Descriptors that become readable when there is something to update. Returns how many. */
#define UNWINDING_FDS 2
size_t unwinding_fds(const struct unwinding *unwinding, int ret_fds[UNWINDING_FDS]);

/* Memory of the tables, which are no maps of the programs' object. */
uint64_t unwinding_bytes(const struct unwinding *unwinding);

/* What went on, for -v; what should be said in any case. One line each. */
void unwinding_details(const struct unwinding *unwinding,
		       void (*tell)(void *data, const char *line), void *data);
void unwinding_notices(const struct unwinding *unwinding,
		       void (*tell)(void *data, const char *line), void *data);

#endif
