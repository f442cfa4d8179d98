/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The samples of a pprof profile as they are on the wire. A profile has hundreds
 * of thousands, so these are not unpacked by protobuf-c, as everything else is: it
 * takes three times as long, most of it for memory.
 */
#ifndef BOLOMETER_FILE_PPROF_SAMPLE_H
#define BOLOMETER_FILE_PPROF_SAMPLE_H

#include "profiler/file/pprof_parts.h"

struct pprof_label {
	int64_t key, str, num, num_unit; /* as in pprof.proto */
};

/* The sample that was unpacked last; its memory is used again for the next. */
struct pprof_sample {
	uint64_t *locations; /* the leaf first */
	int64_t *values;
	struct pprof_label *labels;
	size_t nr_locations, nr_values, nr_labels;
	size_t cap_locations, cap_values, cap_labels;
};

/* Returns 0, also for what is no sample, which is wrong then; or -ENOMEM. */
int pprof_sample_unpack(struct parts *parts, const struct part *part, struct pprof_sample *sample);
void pprof_sample_fini(struct pprof_sample *sample);

#endif
