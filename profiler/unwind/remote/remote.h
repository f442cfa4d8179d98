/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unwinding in user space what the kernel walker could not: from a snapshot of
 * the registers and the stack, with libunwind's remote accessors over the files
 * that the process had mapped at that time.
 */
#ifndef BOLOMETER_UNWIND_REMOTE_H
#define BOLOMETER_UNWIND_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/shared.h"
#include "profiler/proc/tracker.h"

struct remote;

/* Returns NULL with errno set. The tracker must outlive it. */
struct remote *remote_open(const struct tracker *tracker);
void remote_close(struct remote *remote);

/* Forgets files that are not in `used`, by their number among the tracker's binaries. */
void remote_release(struct remote *remote, const bool *used, size_t count);

/* Keeps no more of files in memory than so many bytes. Of more than half of it nothing is read. */
void remote_keep_within(struct remote *remote, size_t bytes);

/*
 * Walks the stack of a snapshot, of which snapshot_bytes are there, its stack included. Fills words
 * (STACK_WORDS_MAX) as the kernel walker does: header with the number of frames, where they are cut,
 * and why the walk ended; frames leaf first. Always at least the innermost frame; a caller that lies
 * in no known mapping is not among them. A stack whose middle is cut out may well have reached the
 * root. Returns 0 or -ENOMEM.
 *
 * Memory is that of the stack alone: the rules of compilers need no other. Takes 0.6 us a frame, and
 * once 0.2 ms to 8 ms for each file. Effort and the bytes of files that are read are bounded: a walk
 * that uses them up ends as one that is too deep.
 */
int remote_unwind(struct remote *remote, const struct unwind_snapshot *snapshot,
		  size_t snapshot_bytes, uint64_t *words);

#endif
