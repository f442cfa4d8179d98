/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of every event, counted on the CPU it fired on, so that plain additions do. */
#ifndef BOLOMETER_BPF_COUNTERS_H
#define BOLOMETER_BPF_COUNTERS_H

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event_fates);
} fates SEC(".maps");

/* This CPU's counters; never NULL, which only the verifier cannot know. */
static struct event_fates *fates_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&fates, &zero);
}

static void count_fates(struct event_fates *here, __u32 fate, __u64 events)
{
	barrier_var(fate); /* else the compiler, which sees more than the verifier, drops the check */
	if (fate < FATE_COUNT)
		here->count[fate] += events;
}

static void count_fate(struct event_fates *here, __u32 fate)
{
	count_fates(here, fate, 1);
}

#endif
