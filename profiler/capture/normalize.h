/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what the kernel counted to a profile: addresses become places in files,
 * by the mappings that the process had at the time. After this nobody needs the
 * process any more.
 */
#ifndef BOLOMETER_CAPTURE_NORMALIZE_H
#define BOLOMETER_CAPTURE_NORMALIZE_H

#include <stdint.h>

#include "profiler/capture/tables.h"
#include "profiler/model/profile.h"
#include "profiler/proc/tracker.h"

struct normalizer {
	struct profile *profile;
	const struct tracker *tracker;
	uint64_t sample_ns; /* CPU time that one sample stands for; 0: there is no such value */
	int cgroup_fd;	    /* mount of the hierarchy, for paths; -1: none */
	uint64_t recorded;  /* samples that reached the profile */
	uint64_t stack_missing;

	/* Ids, MAPPING_NONE until needed. */
	uint32_t kernel_mapping, vdso_mapping;
	uint32_t gone_jit_mapping; /* of processes that ended before they were looked at */
	uint32_t *binary_mapping;	       /* by binary of the tracker */
	size_t nr_binaries, cap_binaries;
	uint32_t *jit_mapping; /* by place in tracker->jits */
	size_t nr_jits, cap_jits;
};

void normalizer_init(struct normalizer *normalizer, struct profile *profile,
		     const struct tracker *tracker);
void normalizer_fini(struct normalizer *normalizer);

/* Adds one row of the tables to the profile. Returns 0 or -ENOMEM. */
int normalize_row(struct normalizer *normalizer, const struct table_row *row);

#endif
