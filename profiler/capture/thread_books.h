/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The books of all threads of a capture: what each did with its time, by the
 * records that the programs make when a thread ends or the capture does.
 */
#ifndef BOLOMETER_CAPTURE_THREAD_BOOKS_H
#define BOLOMETER_CAPTURE_THREAD_BOOKS_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/shared.h"
#include "profiler/model/activity.h"
#include "profiler/model/circumstances.h"
#include "profiler/capture/thread_numbers.h"
#include "profiler/model/index.h"

/* Something that is known exactly, and shared out among samples by their weights (settle.h). */
struct amount {
	uint64_t exact;
	uint64_t weight; /* of all samples */
	uint64_t passed; /* of those that have their part */
	uint64_t given;	 /* what they have got */
};

/* All threads that had this number within this process, one after the other. */
struct thread_account {
	uint32_t tgid, tid;
	char comm[SHARED_COMM_LEN];	     /* the last one's */
	uint64_t begin_ns, end_ns;	     /* of the lives of all of them */
	struct amount ns[ACTIVITY_COUNT];    /* on a CPU; in waits that are estimated */
	struct amount waits[ACTIVITY_COUNT]; /* how many of the latter */
};

struct thread_books {
	struct time_books sums;
	struct thread_residual worst[RESIDUALS_MAX];
	size_t nr_worst;
	struct thread_account *accounts;
	size_t count, cap;
	struct index index;
	struct thread_numbers *numbers; /* NULL: all threads have theirs. The others share account 0, 0 */
};

/* All zero is empty. */
void thread_books_fini(struct thread_books *books);

/* Returns 0 or -ENOMEM. */
int thread_books_add(struct thread_books *books, const struct thread_record *record);

/* NULL when no thread had these numbers. */
struct thread_account *thread_books_find(const struct thread_books *books, uint32_t tgid,
					 uint32_t tid);

/* The sums, and the threads whose books balance worst, into the circumstances. */
void thread_books_describe(const struct thread_books *books, struct circumstances *about);

#endif
