/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds tables on a thread of its own, so that reading files and parsing them
 * never delays the reader of the kernel's records. A few jobs at a time: what
 * is built waits in memory until it is taken.
 */
#ifndef BOLOMETER_UNWIND_BUILDER_H
#define BOLOMETER_UNWIND_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

#include "profiler/unwind/table/table.h"

#define BUILDER_JOBS_MAX 8

struct builder;

/* A finished job. */
struct built {
	uint32_t object;
	int error;		   /* of unwind_table_build(); the table is empty then */
	struct unwind_table table; /* the taker's */
	uint64_t build_ns;	   /* CPU time */
};

/* Makes a table of a file, as unwind_table_build() does. Called on two threads at a time. */
typedef int build_fn(int fd, struct unwind_table *ret_table);

/* Starts the thread; no signal is delivered to it. Returns NULL with errno set. */
struct builder *builder_open(build_fn *build);

/* Waits for the job that runs, drops the others and what was not taken. */
void builder_close(struct builder *builder);

/* Queues a job; the file must stay open until it is taken. False when there are enough already. */
bool builder_add(struct builder *builder, uint32_t object, int fd);

/* Takes a job back that was not begun, the last one. False when there is none. */
bool builder_withdraw(struct builder *builder, uint32_t *ret_object);

/* Takes what was finished first. False when nothing is. */
bool builder_take(struct builder *builder, struct built *ret_built);

/* Does one queued job on the calling thread. False when there was none. */
bool builder_help(struct builder *builder);

/* Jobs that were not taken yet, finished or not. */
uint32_t builder_pending(struct builder *builder);

/* While held, what is finished wakes nobody: the taker has no place for it yet. */
void builder_hold(struct builder *builder, bool held);

/* Readable while something is finished and not taken, and not held. */
int builder_fd(const struct builder *builder);

#endif
