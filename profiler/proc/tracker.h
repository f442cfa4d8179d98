/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of processes during a capture: address spaces, the files that
 * are mapped, and who generates code. Fed by /proc at the start and by the
 * kernel's records from then on.
 */
#ifndef BOLOMETER_PROC_TRACKER_H
#define BOLOMETER_PROC_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "profiler/proc/binary.h"
#include "profiler/proc/space.h"

/* A process that has code which no file backs. Where its perf map will be, taken while it lives. */
struct jit_process {
	uint32_t tgid;
	uint32_t nspid; /* its number in its own PID namespace, which names the map */
	uid_t uid;
	int root_fd; /* its root folder; kept open here */
};

struct tracker {
	struct spaces spaces;
	struct binary_table binaries;
	struct jit_process *jits;
	size_t nr_jits, cap_jits;
	bool all;		/* follow every process, not only those that were added */
	uint64_t lost_records;	/* side-band records that the kernel could not deliver */

	/*
	 * NULL, or called when the newest mappings of a process are others than before: after it
	 * mapped code, executed a program, was forked, or ended. Not before the change is made.
	 */
	void (*changed)(void *data, uint32_t tgid);
	void *changed_data;
};

void tracker_init(struct tracker *tracker, bool all);
void tracker_fini(struct tracker *tracker);

/* Reads what /proc says of one process. Returns 0, -ESRCH when it is gone, -ENOMEM. */
int tracker_add_process(struct tracker *tracker, uint32_t tgid);

/* The process that a thread belongs to; 0 when it is gone. */
uint32_t tracker_process_of(uint32_t tid);

/* The same for every process there is. Returns 0 or -ENOMEM, -errno when /proc is unreadable. */
int tracker_add_all(struct tracker *tracker);

/* What the kernel told. Processes that are not followed are passed over. Return 0 or -ENOMEM. */
int tracker_fork(struct tracker *tracker, uint64_t ns, uint32_t tgid, uint32_t parent_tgid);
int tracker_name(struct tracker *tracker, uint64_t ns, uint32_t tgid, const char *name, bool exec);
int tracker_map(struct tracker *tracker, uint64_t ns, uint32_t tgid, uint64_t start, uint64_t len,
		uint64_t offset, const struct binary_id *id, const char *path);

/* The first thread of a process has ended; where others go on, so does the process. */

/* A thread ended; its process has when the first thread and all others have. */
void tracker_exit(struct tracker *tracker, uint64_t ns, uint32_t tgid, uint32_t tid);

/* The process among jits, or NULL. */
const struct jit_process *tracker_jit(const struct tracker *tracker, uint32_t tgid);

#endif
