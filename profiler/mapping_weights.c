// SPDX-License-Identifier: GPL-2.0-or-later
/* Adding up samples by mapping, over the tree of stacks; see mapping_weights.h. */
#include "profiler/mapping_weights.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

/* Every stack's own samples, and those whose wakers had it. */
static void add_samples(const struct profile *profile, uint64_t *sums)
{
	for (size_t i = 0; i < profile->nr_samples; i++) {
		const struct sample *sample = &profile->samples[i];
		int64_t value = profile->values[i * profile->about.nr_values];
		uint64_t amount = value > 0 ? (uint64_t)value : 0;

		sums[sample->stack] += amount;
		if (sample->waker)
			sums[profile->wakers[sample->waker - 1].stack] += amount;
	}
}

static uint32_t mapping_of(const struct profile *profile, uint32_t stack)
{
	return stack == STACK_EMPTY
		       ? MAPPING_NONE
		       : profile->locations[stack_leaf(&profile->stacks, stack)].mapping;
}

int mapping_weights(const struct profile *profile, uint64_t *weights)
{
	const struct stack_table *stacks = &profile->stacks;
	uint64_t *sums = calloc(stacks->count + 1, sizeof(*sums));

	if (!sums)
		return -ENOMEM;
	memset(weights, 0, profile->nr_mappings * sizeof(*weights));
	add_samples(profile, sums);
	/* Callers have smaller ids than what they call. */
	for (uint32_t stack = (uint32_t)stacks->count; stack-- > STACK_EMPTY + 1;) {
		uint32_t callers = stack_callers(stacks, stack);
		uint32_t mapping = mapping_of(profile, stack);

		sums[callers] += sums[stack];
		if (mapping != MAPPING_NONE && mapping != mapping_of(profile, callers))
			weights[mapping] += sums[stack];
	}
	free(sums);
	return 0;
}
