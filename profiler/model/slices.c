// SPDX-License-Identifier: GPL-2.0-or-later
/* Slices of a capture, and what samples have in them; see slices.h. */
#include "profiler/model/slices.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"

int slices_begin(struct slices *slices, const struct slices_plan *plan)
{
	assert(plan->count_max >= 2 && plan->width_ns && plan->shares_max >= 2);
	*slices = (struct slices){.plan = *plan};
	slices->begins_ns = malloc(size_mul(plan->count_max, sizeof(*slices->begins_ns)));
	if (!slices->begins_ns)
		return -ENOMEM;
	slices->begins_ns[slices->count++] = plan->begin_ns;
	return 0;
}

/* All but what tells how it went. */
static void forget(struct slices *slices)
{
	free(slices->begins_ns);
	free(slices->shares);
	free(slices->last);
	free(slices->first);
	*slices = (struct slices){.squeezed = slices->squeezed, .given_up = slices->given_up};
}

void slices_give_up(struct slices *slices)
{
	slices->given_up = true;
	forget(slices);
}

void slices_fini(struct slices *slices)
{
	forget(slices);
	*slices = (struct slices){0};
}

/* ---- slices ---- */

uint64_t slices_due_ns(const struct slices *slices)
{
	const struct slices_plan *plan = &slices->plan;
	uint64_t open_ns;

	if (!slices->count || (plan->ends && slices->count == plan->count_max))
		return UINT64_MAX;
	/* They end late, by what it takes to notice; the next one makes up for it. */
	open_ns = slices->begins_ns[slices->count - 1] - plan->begin_ns;
	return plan->begin_ns + (open_ns / plan->width_ns + 1) * plan->width_ns;
}

/* Each two slices become one; of an odd number the last waits for its other half. */
static void join_slices(struct slices *slices)
{
	slices->count = (slices->count + 1) / 2;
	slices->plan.width_ns *= 2;
	for (size_t i = 0; i < slices->count; i++)
		slices->begins_ns[i] = slices->begins_ns[2 * i];
	for (size_t i = 0; i < slices->nr_shares; i++)
		slices->shares[i].slice /= 2;
}

void slices_turn(struct slices *slices, uint64_t now_ns)
{
	bool goes_on = false;

	if (!slices->count)
		return;
	if (slices->count == slices->plan.count_max) {
		goes_on = slices->count % 2;
		join_slices(slices);
	}
	if (!goes_on)
		slices->begins_ns[slices->count++] = now_ns;
}

/* The slice that a moment lies in. Before the first is in the first. */
static size_t slice_at(const struct slices *slices, uint64_t ns)
{
	size_t low = 0, high = slices->count - 1;

	while (low < high) {
		size_t middle = (low + high + 1) / 2;

		if (slices->begins_ns[middle] <= ns)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* ---- shares ---- */

static int compare_shares(const void *left, const void *right)
{
	const struct slice_share *a = left, *b = right;

	if (a->sample != b->sample)
		return a->sample < b->sample ? -1 : 1;
	return a->slice < b->slice ? -1 : a->slice > b->slice;
}

/* Sorts the shares, and makes one of those of one sample and slice. */
static void compact(struct slices *slices)
{
	struct slice_share *shares = slices->shares;
	size_t kept = 0;

	if (!slices->nr_shares)
		return;
	qsort(shares, slices->nr_shares, sizeof(*shares), compare_shares);
	for (size_t i = 1; i < slices->nr_shares; i++) {
		if (!compare_shares(&shares[kept], &shares[i]))
			shares[kept].weight += shares[i].weight;
		else
			shares[++kept] = shares[i];
	}
	slices->nr_shares = kept + 1;
	for (size_t i = 0; i < slices->nr_shares; i++)
		slices->last[shares[i].sample] = (uint32_t)i + 1;
}

/* So that there is room for as many again, which makes sorting them all rare. */
static void make_room(struct slices *slices)
{
	compact(slices);
	while (slices->nr_shares > slices->plan.shares_max / 2) {
		slices->squeezed++;
		if (slices->count <= 2) {
			slices_give_up(slices);
			return;
		}
		join_slices(slices);
		compact(slices);
	}
}

static int reserve_last(struct slices *slices, uint32_t sample)
{
	int err = ARRAY_RESERVE(slices->last, slices->cap_last, (size_t)sample + 1);

	while (!err && slices->nr_last <= sample)
		slices->last[slices->nr_last++] = 0;
	return err;
}

static int add_share(struct slices *slices, uint32_t sample, size_t slice, uint64_t weight)
{
	struct slice_share share = {sample, (uint32_t)slice, weight};
	int err = reserve_last(slices, sample);

	if (err)
		return err;
	if (slices->last[sample]) {
		struct slice_share *last = &slices->shares[slices->last[sample] - 1];

		if (last->slice == slice) {
			last->weight += weight;
			return 0;
		}
	}
	err = ARRAY_RESERVE(slices->shares, slices->cap_shares, slices->nr_shares + 1);
	if (err)
		return err;
	slices->shares[slices->nr_shares++] = share;
	slices->last[sample] = (uint32_t)slices->nr_shares;
	return 0;
}

int slices_add(struct slices *slices, uint32_t sample, uint64_t from_ns, uint64_t to_ns,
	       uint64_t weight)
{
	uint64_t length_ns = to_ns > from_ns ? to_ns - from_ns : 0, given = 0;
	size_t slice, last;
	int err = 0;

	if (!slices->count || !weight)
		return 0;
	/* The slices must stay what they are until all of it is added. */
	if (slices->nr_shares + slices->count > slices->plan.shares_max)
		make_room(slices);
	if (!slices->count)
		return 0;
	slice = slice_at(slices, from_ns);
	last = length_ns ? slice_at(slices, to_ns - 1) : slice;
	for (; slice <= last && !err; slice++) {
		uint64_t due = weight;

		if (slice < last)
			due = (uint64_t)((unsigned __int128)weight *
					 (slices->begins_ns[slice + 1] - from_ns) / length_ns);
		if (due > given)
			err = add_share(slices, sample, slice, due - given);
		given = due;
	}
	return err;
}

static int index_samples(struct slices *slices, size_t nr_samples)
{
	size_t share = 0;

	slices->first = malloc(size_mul(size_add(nr_samples, 1), sizeof(*slices->first)));
	if (!slices->first)
		return -ENOMEM;
	for (size_t sample = 0; sample <= nr_samples; sample++) {
		while (share < slices->nr_shares && slices->shares[share].sample < sample)
			share++;
		slices->first[sample] = (uint32_t)share;
	}
	slices->nr_samples = nr_samples;
	return 0;
}

int slices_seal(struct slices *slices, size_t nr_samples, uint64_t end_ns)
{
	if (slices->count < 2) {
		forget(slices);
		return 0;
	}
	compact(slices);
	slices->end_ns = slices->begins_ns[slices->count - 1] + 1;
	if (slices->end_ns < end_ns)
		slices->end_ns = end_ns;
	free(slices->last);
	slices->last = NULL;
	slices->nr_last = slices->cap_last = 0;
	return index_samples(slices, nr_samples);
}

/* ---- reading ---- */

uint64_t slices_end_ns(const struct slices *slices, size_t slice)
{
	uint64_t end_ns = slice + 1 < slices->count ? slices->begins_ns[slice + 1] : slices->end_ns;

	return end_ns - slices->plan.begin_ns;
}

uint64_t slices_weight(const struct slices *slices, uint32_t sample)
{
	uint64_t sum = 0;

	for (uint32_t i = slices->first[sample]; i < slices->first[sample + 1]; i++)
		sum += slices->shares[i].weight;
	return sum;
}

/* The part of a value that is due when so much of the weight has passed. */
static int64_t due(int64_t value, uint64_t passed, uint64_t weight)
{
	return (int64_t)((__int128)value * passed / weight);
}

static void share_out_evenly(const struct slices *slices, int64_t value, int64_t *amounts)
{
	uint64_t length_ns = slices_end_ns(slices, slices->count - 1);
	int64_t given = 0;

	for (size_t i = 0; i < slices->count; i++) {
		int64_t up_to = due(value, slices_end_ns(slices, i), length_ns);

		amounts[i] += up_to - given;
		given = up_to;
	}
}

void slices_share_out(const struct slices *slices, uint32_t sample, int64_t value, int64_t *amounts)
{
	uint64_t weight = slices_weight(slices, sample), passed = 0;
	int64_t given = 0;

	if (!weight) {
		share_out_evenly(slices, value, amounts);
		return;
	}
	for (uint32_t i = slices->first[sample]; i < slices->first[sample + 1]; i++) {
		const struct slice_share *share = &slices->shares[i];
		int64_t up_to;

		passed += share->weight;
		up_to = due(value, passed, weight);
		amounts[share->slice] += up_to - given;
		given = up_to;
	}
}

const char *slices_check(const struct slices *slices, size_t nr_samples)
{
	if (!slices->count)
		return NULL;
	if (slices->count > slices->plan.count_max)
		return "there are more slices than there can be";
	if (!slices->first || slices->nr_samples != nr_samples)
		return "the slices are of other samples";
	for (size_t i = 1; i < slices->count; i++) {
		if (slices->begins_ns[i] <= slices->begins_ns[i - 1])
			return "a slice ends before it begins";
	}
	for (size_t i = 0; i < slices->nr_shares; i++) {
		if (slices->shares[i].sample >= nr_samples ||
		    slices->shares[i].slice >= slices->count)
			return "a share is of a sample or a slice that does not exist";
		if (!slices->shares[i].weight)
			return "a share has no weight";
		if (i && compare_shares(&slices->shares[i - 1], &slices->shares[i]) >= 0)
			return "shares are not in order";
	}
	return NULL;
}
