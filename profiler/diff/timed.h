/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The amounts of one capture in units of time: its slices, put together to a few
 * units of about the same length. They serve to see how much amounts go up and
 * down within a capture (unrest.h), for which a hundred slices are too fine.
 */
#ifndef BOLOMETER_DIFF_TIMED_H
#define BOLOMETER_DIFF_TIMED_H

#include <stddef.h>
#include <stdint.h>

#include "profiler/model/profile.h"

/* So many, or where there are not as many slices a half or a quarter. */
#define TIMED_UNITS_MAX 20
#define TIMED_UNITS_MIN 5

struct timed_share {
	uint32_t at; /* what it is of: a stack, and once it is placed a node */
	uint32_t unit;
	int64_t amount;
};

/* All zero: nothing is known. */
struct timed {
	size_t nr_units;
	uint64_t unit_ns[TIMED_UNITS_MAX];
	struct timed_share *shares; /* once placed by unit */
	size_t nr_shares, cap_shares;
	size_t first[TIMED_UNITS_MAX + 1]; /* by unit: its first share; once placed */
};

/*
 * Takes value number `value` of nr_values of all samples of a sealed profile, whose circumstances may
 * be elsewhere by now; stack_of[] is by its stacks. Nothing
 * is taken where it has too few slices, or too much is in them. Returns 0 or -ENOMEM.
 */
int timed_take(struct timed *timed, const struct profile *profile, size_t nr_values, size_t value,
	       const uint32_t *stack_of);

/* Puts it onto nodes; node_of[] is by stack, UINT32_MAX for none. Returns 0 or -ENOMEM. */
int timed_place(struct timed *timed, const uint32_t *node_of);

void timed_fini(struct timed *timed);

#endif
