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
#include "profiler/proc/jit_log.h"
#include "profiler/proc/space.h"

/*
 * A process that has code which no file backs, from one executed program to the next, and what it
 * says about it. Where that is found is taken while the process lives.
 */
struct jit_process {
	uint32_t tgid;
	uint32_t nspid; /* its number in its own PID namespace, which names the map */
	uid_t uid;	/* that its files belong to */
	uint64_t ended_ns; /* it, or the program: who has the number now is another one; 0: it lives */
	int root_fd;	/* its root folder, and the /tmp in it; kept by the tracker; -1: none */
	int folder_fd;
	bool closed;	   /* what it wrote is all read */
	uint64_t tried_ns; /* when its map was last looked for because it mapped something */
	uint8_t idle;  /* how often tracker_forget() found no mapping of it */
	bool is_free;  /* the place is nobody's */
	uint32_t dump; /* its jitdump, which it has mapped; BINARY_NONE */
	struct jit_log log;
};

/* A root folder with its /tmp, which many processes have in common. */
struct jit_root {
	uint64_t mounts; /* inode of the mount namespace: the same folder may have other mounts */
	dev_t dev;
	ino_t inode;
	int root_fd, folder_fd;
};

/*
 * How perf maps are opened, safely: the symbolizer's functions (symbol_jit_folder(),
 * symbol_jit_open_in()), handed down here.
 */
struct jit_opener {
	int (*folder)(int root_fd);
	int (*map)(int folder_fd, pid_t nspid, uid_t uid);
};

#define JITS_RELEASE_MIN 256

struct tracker {
	struct spaces spaces;
	struct binary_table binaries;
	const struct jit_opener *jit_opener; /* NULL: maps are not looked at */
	struct jit_process *jits; /* a code_map has its number here as `binary` */
	size_t nr_jits, cap_jits;
	size_t jits_release_at; /* with so many it is worth a look which are needed; 0: JITS_RELEASE_MIN */
	uint64_t maps_not_held; /* perf maps that were not opened, as there were too many descriptors */
	struct index jit_index;
	struct jit_root *jit_roots;
	size_t nr_jit_roots, cap_jit_roots;
	struct jit_budget jit_budget;
	bool all;		/* follow every process, not only those that were added */
	uint64_t lost_seen;	/* of these, when exits were last looked for */
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

/*
 * After records were lost, of exits perhaps: whoever is not there any more has ended by now. To be called
 * now and then; does nothing where none were lost since.
 */
void tracker_find_exits(struct tracker *tracker, uint64_t now_ns);

/* Marks the files, by number, that processes have mapped, or had, or wrote of generated code to. */
void tracker_mark_files(const struct tracker *tracker, bool *used);

/* A thread ended; its process has when the first thread and all others have. */
void tracker_exit(struct tracker *tracker, uint64_t ns, uint32_t tgid, uint32_t tid);

/*
 * Sets the first moment of a process's log (jits[jit].log) that is not before a time, which is past:
 * where nothing has been read since then, reads it now. Returns 0 or -ENOMEM.
 */
int tracker_jit_moment(struct tracker *tracker, uint32_t jit, uint64_t time_ns,
		       uint32_t *ret_moment);

/*
 * Of processes that ended before `ns`: closes the maps, of which what was asked for is copied, and
 * forgets those that had no moment, since no sample asked for them, and that no other process comes
 * from. To be called after spaces_forget() for the same time.
 */
void tracker_jit_forget(struct tracker *tracker, uint64_t ns);

/*
 * Lets go of what no process has needed since it was called before, and of what processes had mapped
 * where they have something else since `ns` at the latest: files are closed that nobody has mapped and
 * that are not needed for something else. They are opened again if they are mapped again, and if they
 * are still the same. To be called when nobody looks at a profile any more. Returns 0 or -ENOMEM.
 */
int tracker_forget(struct tracker *tracker, uint64_t ns,
		   bool (*needs)(void *data, uint32_t binary), void *data);

/* Reads the log of one of jits now. Returns 0 or -ENOMEM. */
int tracker_jit_read(struct tracker *tracker, struct jit_process *jit);

/* Reads the logs again of all processes that have moments: what was written to the very end. */
int tracker_jit_finish(struct tracker *tracker);

#endif
