/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address spaces over time: which code lay at an address of a process at a
 * moment. Built from what /proc said at the start and from the kernel's records
 * of forks, executed programs and mappings since, which may come out of order. Times are CLOCK_MONOTONIC.
 */
#ifndef BOLOMETER_PROC_SPACE_H
#define BOLOMETER_PROC_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/model/index.h"
#include "profiler/proc/binary.h"

enum code_type {
	CODE_FILE, /* `binary`, from file offset `offset` on */
	CODE_VDSO,
	CODE_JIT, /* no file: generated code */
};

/* One executable mapping. */
struct code_map {
	uint64_t start, end; /* addresses */
	uint64_t offset;     /* in the file */
	uint64_t from_ns;
	uint32_t binary;     /* of CODE_JIT: whose, as the tracker counts them */
	uint8_t type; /* enum code_type */
	uint64_t until_ns; /* of the past: when something newer covered it, or it was found gone */
};

#define PROCESS_NAME_LEN 16

/* What a process ran from one exec, or fork, to the next. */
struct image {
	struct image *older;
	uint64_t from_ns;
	bool implied; /* seen only through its mappings; a fork may still tell where it came from */
	char name[PROCESS_NAME_LEN];
	struct code_map *maps; /* the newest at each address: ascending, not overlapping */
	size_t nr_maps, cap_maps;
	uint32_t *maps_users; /* NULL, or how many images have these `maps`: those of forks, unchanged */
	uint64_t told_ns;     /* the latest from_ns among them */
	size_t prune_at;      /* so many: time to ask which of them are still there; 0: PRUNE_MIN */
	struct code_map *past; /* what something newer covers, in the order it was told */
	size_t nr_past, cap_past;
	uint64_t past_cut_ns; /* what was covered before is not known any more */
};

/* Fewer mappings of one process, and less of its past, are not worth a look. */
#define SPACE_PRUNE_MIN 8192

/* Of one process: eight times what the kernel allows if it was told nothing else. */
#define SPACE_MAPS_MAX (1u << 19)
#define SPACE_PAST_MAX 8192

struct process {
	uint32_t tgid;
	uint64_t exited_ns; /* 0: lives */
	bool leader_exited; /* its other threads may go on */
	struct image *newest;
};

/* All processes that were seen. */
struct spaces {
	struct process **processes; /* NULL where one was forgotten */
	size_t count, cap;
	size_t nr_exited; /* of them, waiting to be forgotten */
	struct index index;
	bool full;	       /* nothing is added: there is no memory for it */
	uint64_t not_kept;     /* mappings and processes that were told then, or were too many */
};

void spaces_init(struct spaces *spaces);
void spaces_fini(struct spaces *spaces);

/* NULL when nothing is known of it. */
struct process *spaces_find(const struct spaces *spaces, uint32_t tgid);

/*
 * What happened, in whatever order it is told. A process that does something after its exit is a
 * new one that got the number. Return 0 or -ENOMEM.
 */
int spaces_fork(struct spaces *spaces, uint64_t ns, uint32_t tgid, uint32_t parent_tgid);
int spaces_exec(struct spaces *spaces, uint64_t ns, uint32_t tgid, const char *name);
int spaces_name(struct spaces *spaces, uint64_t ns, uint32_t tgid, const char *name);
int spaces_map(struct spaces *spaces, uint64_t ns, uint32_t tgid, const struct code_map *map);
void spaces_exit(struct spaces *spaces, uint64_t ns, uint32_t tgid);

/* The image a process ran at a time, the oldest known one for earlier times; NULL without any. */
const struct image *process_image(const struct process *process, uint64_t ns);

/*
 * The mapping that held `addr` at a time. Before the first one that is known, that one: its record
 * may carry a time a moment after its use. NULL when there was never any.
 */
const struct code_map *image_code(const struct image *image, uint64_t ns, uint64_t addr);

/*
 * Drops from the newest image of a process what is not in `ranges` (of start and end, ascending): that
 * was mapped before `ns`, when they were read, and is gone. Returns 0 or -ENOMEM.
 */
struct code_range {
	uint64_t start, end;
};

int spaces_prune(struct spaces *spaces, uint32_t tgid, const struct code_range *ranges,
		 size_t count, uint64_t ns);

/* Drops processes that exited before `ns`, images that ended and mappings that were covered before. */
void spaces_forget(struct spaces *spaces, uint64_t ns);

#endif
