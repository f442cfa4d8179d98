/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second half of reading folded text: lines, of which the names are known,
 * become stacks and samples. Many at a time are stored beside the taking apart of
 * those that follow, so this half alone touches a profile's stacks and samples
 * meanwhile, and the other one its strings and locations.
 */
#ifndef BOLOMETER_FILE_FOLDED_STACKS_H
#define BOLOMETER_FILE_FOLDED_STACKS_H

#include "profiler/model/beside.h"
#include "profiler/model/profile.h"

struct folded_line {
	uint32_t kept; /* so many frames of the line before are this one's, too */
	uint32_t more; /* and so many follow */
	int64_t count; /* 0: no sample, but lines that follow may keep frames of it */
};

struct folded_batch {
	struct folded_line *lines;
	uint32_t *locations; /* of what follows in each line */
	size_t nr_lines, cap_lines, nr_locations, cap_locations;
};

struct folded_stacks {
	struct profile *profile;
	uint32_t *stacks; /* of the line before, by frame */
	size_t cap_stacks;
	struct folded_batch batches[2];
	struct folded_batch *filling, *storing;
	struct beside beside;
	bool is_storing;
};

void folded_stacks_init(struct folded_stacks *stacks, struct profile *profile);

/* Drops what is not stored yet. */
void folded_stacks_fini(struct folded_stacks *stacks);

/* Where the locations of a line go, until it is added; NULL without memory. */
uint32_t *folded_stacks_room(struct folded_stacks *stacks, size_t count);

/*
 * Adds a line whose locations are in the room. All counts together must fit. Returns 0 or -ENOMEM,
 * also for lines before.
 */
int folded_stacks_add(struct folded_stacks *stacks, const struct folded_line *line);

/* Stores all that was added. Likewise. */
int folded_stacks_finish(struct folded_stacks *stacks);

#endif
