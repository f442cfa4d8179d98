/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of a profile each mapping has a part in. */
#ifndef BOLOMETER_MAPPING_WEIGHTS_H
#define BOLOMETER_MAPPING_WEIGHTS_H

#include <stdint.h>

#include "profiler/model/profile.h"

/*
 * Sets weights[mapping] to what the samples amount to that have a frame of the mapping in their
 * stacks, or those of their wakers, by the first of their values. A stack that leaves a mapping and
 * comes back counts again, so this is what a mapping has at most. Returns 0 or -ENOMEM.
 */
int mapping_weights(const struct profile *profile, uint64_t *weights);

#endif
