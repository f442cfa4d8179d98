/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From addresses to a profile's stacks: places in files, by the mappings that the
 * process had at the time. After this nobody needs the process any more.
 */
#ifndef BOLOMETER_CAPTURE_NORMALIZE_H
#define BOLOMETER_CAPTURE_NORMALIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/shared.h"
#include "profiler/model/profile.h"
#include "profiler/proc/tracker.h"

struct normalizer {
	struct profile *profile;
	struct tracker *tracker; /* reads what processes say of generated code */

	/* Ids, MAPPING_NONE until needed. */
	uint32_t kernel_mapping, vdso_mapping;
	uint32_t gone_jit_mapping; /* of processes that ended before they were looked at */
	uint32_t *binary_mapping;  /* by binary of the tracker */
	size_t nr_binaries, cap_binaries;
	uint32_t *jit_mapping; /* by place in tracker->jits */
	size_t nr_jits, cap_jits;
};

void normalizer_init(struct normalizer *normalizer, struct profile *profile,
		     struct tracker *tracker);
void normalizer_fini(struct normalizer *normalizer);

/* Whose stack it is, and when it was walked. */
struct walked {
	uint32_t tgid;
	uint64_t time_ns;
};

/*
 * Pushes the frames of both stacks, words as in shared.h or NULL for none, and the markers that they
 * call for, onto *stack. Return 0 or -ENOMEM.
 */
int normalize_stacks(struct normalizer *normalizer, const struct walked *walked,
		     const uint64_t *user, const uint64_t *kernel, uint32_t *stack);

/* Marks the files, by number, that the profile has places in. */
void normalize_mark_files(const struct normalizer *normalizer, bool *used);

/* Pushes a frame that is a name. */
int normalize_name(struct normalizer *normalizer, const char *name, enum frame_kind kind,
		   uint32_t *stack);

/* What the process ran at that time; NULL when nothing is known of it. */
const struct image *normalize_image(const struct normalizer *normalizer,
				    const struct walked *walked);

#endif
