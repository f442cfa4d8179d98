/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that processes have mapped as code, opened while the process lives and
 * kept open: whatever is deleted, replaced or unmounted later, the names can
 * still be had. A file is one binary however many processes map it.
 */
#ifndef BOLOMETER_PROC_BINARY_H
#define BOLOMETER_PROC_BINARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "profiler/model/index.h"

#define BINARY_NONE UINT32_MAX

/* What identifies a file to the kernel; all zero where it was not told. */
struct binary_id {
	uint32_t major, minor;
	uint64_t inode;
};

struct binary {
	struct binary_id id;
	char *path;	/* as the process saw it, without " (deleted)" */
	int fd;		/* readable regular file, or -1 */
	int open_error; /* errno, with fd -1 */
	int root_fd;	/* the process's root folder where it is not ours, else -1 */
	uint32_t turn;	/* how many files have had this number before */
	bool released;	/* nobody needs it: the number is to be had */
	uint8_t idle;	/* how often binary_table_idle() was called since it was last asked for */
	bool is_closed; /* it was open, and nobody needed it */
	bool is_gone;	/* another file has its identity now */
	struct stat opened; /* what it was like when it was opened */
};

/* A root folder other than ours, kept open once for all files seen below it. */
struct root_folder {
	dev_t dev;
	ino_t inode;
	int fd;
};

struct binary_table {
	struct binary *binaries;
	size_t count, cap;
	struct index index;
	struct root_folder *roots;
	size_t nr_roots, cap_roots;
	size_t nr_released;
	uint64_t reused;   /* numbers that were given out again */
	uint64_t not_held; /* files that were not opened, as there were too many descriptors */
};

void binary_table_init(struct binary_table *table);
void binary_table_fini(struct binary_table *table); /* closes every file */

/*
 * The binary with this identity, opened now if it is new: through the mapping [start, end) of the
 * process, or below its root folder, or, where the process is gone, by its path from here, provided
 * it is the same file. Returns 0 or -ENOMEM; a file that cannot be opened is a binary too.
 */
int binary_table_get(struct binary_table *table, const struct binary_id *id, const char *path,
		     pid_t tgid, uint64_t start, uint64_t end, uint32_t *ret_binary);

/*
 * Closes the files whose number is not in `used` (of table->count), and forgets them: others will get
 * their numbers. Returns 0 or -ENOMEM, with nothing done.
 */
int binary_table_release(struct binary_table *table, const bool *used);

/*
 * Nobody needs a binary. When that is so for the second time it is closed; binary_table_get() opens it
 * again, under the same number if nothing has changed it since.
 */
void binary_table_idle(struct binary_table *table, uint32_t binary);

/* Closes root folders that no binary is below any more. */
void binary_table_close_roots(struct binary_table *table);

/* The root folder of a process as a descriptor that the table keeps; -1 if it is ours or gone. */
int binary_table_root(struct binary_table *table, pid_t tgid);

#endif
