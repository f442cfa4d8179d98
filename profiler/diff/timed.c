// SPDX-License-Identifier: GPL-2.0-or-later
/* Amounts in units of time; see timed.h. */
#include "profiler/diff/timed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

/* 128 MB. Of as many samples as that comparisons are sure enough without. */
#define SHARES_MAX ((size_t)1 << 23)

void timed_fini(struct timed *timed)
{
	free(timed->shares);
	*timed = (struct timed){0};
}

static size_t choose_units(const struct slices *slices)
{
	size_t units = TIMED_UNITS_MAX;

	while (units > slices->count)
		units /= 2;
	return units >= TIMED_UNITS_MIN ? units : 0;
}

static size_t unit_of(const struct timed *timed, const struct slices *slices, size_t slice)
{
	return slice * timed->nr_units / slices->count;
}

static void measure_units(struct timed *timed, const struct slices *slices)
{
	uint64_t begin_ns = 0;

	for (size_t i = 0; i < slices->count; i++) {
		uint64_t end_ns = slices_end_ns(slices, i);

		timed->unit_ns[unit_of(timed, slices, i)] += end_ns - begin_ns;
		begin_ns = end_ns;
	}
}

/* What of a sample lies in each unit. `in_slices` is zero, and is again afterwards. */
static void sum_units(const struct timed *timed, const struct slices *slices, uint32_t sample,
		      int64_t value, int64_t *in_slices, int64_t ret_in_units[TIMED_UNITS_MAX])
{
	size_t first = 0, last = slices->count - 1;

	memset(ret_in_units, 0, TIMED_UNITS_MAX * sizeof(*ret_in_units));
	slices_share_out(slices, sample, value, in_slices);
	/* Without shares of its own it is everywhere. */
	if (slices->first[sample] < slices->first[sample + 1]) {
		first = slices->shares[slices->first[sample]].slice;
		last = slices->shares[slices->first[sample + 1] - 1].slice;
	}
	for (size_t i = first; i <= last; i++) {
		ret_in_units[unit_of(timed, slices, i)] += in_slices[i];
		in_slices[i] = 0;
	}
}

static int take_sample(struct timed *timed, const int64_t *in_units, uint32_t stack)
{
	for (size_t unit = 0; unit < timed->nr_units; unit++) {
		if (!in_units[unit])
			continue;
		if (ARRAY_RESERVE(timed->shares, timed->cap_shares, timed->nr_shares + 1))
			return -ENOMEM;
		timed->shares[timed->nr_shares++] =
			(struct timed_share){stack, (uint32_t)unit, in_units[unit]};
	}
	return 0;
}

int timed_take(struct timed *timed, const struct profile *profile, size_t nr_values, size_t value,
	       const uint32_t *stack_of)
{
	const struct slices *slices = &profile->slices;
	int64_t *in_slices, in_units[TIMED_UNITS_MAX];
	int err = 0;

	*timed = (struct timed){.nr_units = choose_units(slices)};
	if (!timed->nr_units)
		return 0;
	in_slices = calloc(slices->count, sizeof(*in_slices));
	if (!in_slices)
		return -ENOMEM;
	measure_units(timed, slices);
	for (uint32_t i = 0; i < profile->nr_samples && !err && timed->nr_units; i++) {
		sum_units(timed, slices, i, profile->values[i * nr_values + value], in_slices,
			  in_units);
		err = take_sample(timed, in_units, stack_of[profile->samples[i].stack]);
		if (timed->nr_shares > SHARES_MAX)
			timed_fini(timed);
	}
	free(in_slices);
	return err;
}

int timed_place(struct timed *timed, const uint32_t *node_of)
{
	struct timed_share *sorted = malloc(size_mul(timed->nr_shares + 1, sizeof(*sorted)));
	size_t next[TIMED_UNITS_MAX + 1] = {0};

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < timed->nr_shares; i++)
		next[timed->shares[i].unit + 1] += node_of[timed->shares[i].at] != UINT32_MAX;
	for (size_t unit = 0; unit < TIMED_UNITS_MAX; unit++)
		next[unit + 1] += next[unit];
	memcpy(timed->first, next, sizeof(next));
	for (size_t i = 0; i < timed->nr_shares; i++) {
		struct timed_share share = timed->shares[i];

		share.at = node_of[share.at];
		if (share.at != UINT32_MAX)
			sorted[next[share.unit]++] = share;
	}
	free(timed->shares);
	timed->shares = sorted;
	timed->nr_shares = timed->first[TIMED_UNITS_MAX];
	timed->cap_shares = timed->nr_shares;
	return 0;
}
