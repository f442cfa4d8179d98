/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capture's side of waiting: the edges, where all threads are visited, and
 * the books of threads that end in between. Without the programs that follow
 * threads all of this does nothing.
 */
#ifndef BOLOMETER_CAPTURE_WAITS_H
#define BOLOMETER_CAPTURE_WAITS_H

#include <stddef.h>
#include <stdint.h>

#include "profiler/capture/tables.h"
#include "profiler/capture/thread_books.h"
#include "profiler/proc/tracker.h"
#include "profiler/unwind/remote/remote.h"

struct capture_bpf;
struct ring_buffer;

struct waits {
	struct capture_bpf *skel; /* NULL: threads are not followed */
	struct tables *tables;
	struct remote *remote; /* walks the stacks of threads that were found waiting */
	struct ring_buffer *records;
	struct thread_books books;
	struct thread_books next; /* of threads that ended in the next interval already */
	uint32_t interval;	  /* of `books`, while it ends; else UINT32_MAX */
	uint64_t visited_ns;
	uint64_t walked_ns;	/* CPU time of that */
	uint64_t stacks_missed; /* there was no time for */
	int error;		/* the first one of a callback */
};

/*
 * Prepares for programs that are loaded. All of this outlives it. `held_bytes` may be taken for reading
 * stacks; 0: as much as is of use. Returns 0 or -errno.
 */
int waits_open(struct waits *waits, struct capture_bpf *skel, struct tables *tables,
	       const struct tracker *tracker, uint64_t held_bytes);
void waits_close(struct waits *waits);

/*
 * With the programs attached: finds all threads that are there, with the stacks of those that wait,
 * and then lets the capture begin. Returns 0 or -errno.
 */
int waits_begin(struct waits *waits, uint64_t *ret_begin_ns);

/* Often: the books of threads that ended. With `moving`, looks for new threads now and then. */
int waits_update(struct waits *waits, uint64_t now_ns, bool moving);

/*
 * After the tables were read: forgets the stacks, of those that were kept for waits, that no thread has
 * any more. To be called at times; does nothing where there are few. Returns 0 or -errno.
 */
int waits_forget(struct waits *waits);

/*
 * Lets an interval end: at *ret_turned_ns, for every thread at that moment, or at the first one after it
 * when the thread was in between two waits, but not for two. The books have what was before. When it
 * returns 0 no program uses the tables any more in which that is counted, whose number is in *ret_left.
 * Otherwise -errno. Also where threads are not followed.
 */
int waits_turn(struct waits *waits, struct tables *tables, uint64_t *ret_turned_ns,
	       uint32_t *ret_left);

/* After waits_turn(), when what is in the books was read: those of the next interval. */
void waits_begin_books(struct waits *waits);

/* Lets the capture end, and counts what is still going on. Returns 0 or -errno. */
int waits_end(struct waits *waits, uint64_t *ret_end_ns);

#endif
