/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From rows of the tables to samples of a profile: a row of on-CPU samples is
 * one sample; a row of waits is one for the time blocked and one for the time in
 * the run queue that followed.
 */
#ifndef BOLOMETER_CAPTURE_ROWS_H
#define BOLOMETER_CAPTURE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "profiler/capture/normalize.h"
#include "profiler/capture/tables.h"
#include "profiler/capture/thread_numbers.h"

struct rows {
	struct normalizer *normalizer;
	const struct tables *tables; /* for the stacks of wakers */
	bool activities;    /* samples have values as view.h says; else samples and CPU time */
	bool sampled;	    /* there are samples of running threads */
	uint64_t sample_ns; /* CPU time that one sample stands for; 0: there is no such value */
	int cgroup_fd;	    /* mount of the hierarchy, for paths; -1: none */
	uint64_t recorded;  /* events that reached the profile */
	uint64_t stack_missing;
	uint64_t memory_full;  /* events that there was no memory for */
	uint64_t waits_halved; /* of which only a part found room */
	struct thread_numbers *numbers; /* NULL: all are kept */
};

/* Adds one row to the profile, or counts it as lost when there is no memory. Returns 0 or -EOVERFLOW. */
int rows_add(struct rows *rows, const struct table_row *row);

/* The task of samples of a thread, named as it was then, with its numbers if they are kept. Returns 0 or -ENOMEM. */
int rows_add_task(struct rows *rows, uint32_t tid, const char comm[SHARED_COMM_LEN],
		  const struct walked *walked, uint32_t *ret_task);

#endif
