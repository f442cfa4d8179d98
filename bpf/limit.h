/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping the tool's own time under a share of the CPUs' time. Looking at a wait
 * (walking its stacks) is what costs, so of threads that switch often not every
 * wait is looked at: with a known probability, by the time since the thread last
 * left the CPU, which says nothing of how long this wait will be. One that is
 * looked at, one in N, stands for N. A thread that has not switched for
 * `interval_ns` is always looked at.
 *
 * Each CPU has its own interval: it doubles when a window of time has used up
 * its budget, and halves when one has used less than half of it.
 */
#ifndef BOLOMETER_BPF_LIMIT_H
#define BOLOMETER_BPF_LIMIT_H

/* Time in a window that may be spent. 0: no limit. */
const volatile __u64 limit_budget_ns = 0;

#define LIMIT_WINDOW_SHIFT    24 /* 17 ms */
#define LIMIT_INTERVAL_MIN_NS (1 << 13)
#define LIMIT_INTERVAL_MAX_NS (1 << 25)
#define LIMIT_ONE_IN_MAX      4096

/* What a switch costs that is only noticed, twice, and the waking between. */
#define LIMIT_SWITCH_NS 250

/*
 * Waits of this length are never scaled: a long one that stood for thousands would be nonsense to
 * whoever reads the graph. Those that were not looked at are counted without a stack.
 */
#define LIMIT_LONG_NS 1000000

struct limit {
	__u64 window;
	__u64 spent_ns; /* in this window */
	__u64 interval_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct limit);
} limits SEC(".maps");

__u64 limit_one_in; /* the most that a wait ever stood for */

static struct limit *limit_here(void)
{
	__u32 zero = 0;

	return limit_budget_ns ? bpf_map_lookup_elem(&limits, &zero) : NULL;
}

static void limit_tighten(struct limit *limit)
{
	__u64 interval_ns = limit->interval_ns * 2;

	if (interval_ns < LIMIT_INTERVAL_MIN_NS)
		interval_ns = LIMIT_INTERVAL_MIN_NS;
	if (interval_ns <= LIMIT_INTERVAL_MAX_NS)
		limit->interval_ns = interval_ns;
}

static void limit_spend(struct limit *limit, __u64 now_ns, __u64 ns)
{
	__u64 window = now_ns >> LIMIT_WINDOW_SHIFT;

	if (limit->window != window) {
		if (limit->spent_ns < limit_budget_ns / 2)
			limit->interval_ns /= 2;
		if (limit->interval_ns < LIMIT_INTERVAL_MIN_NS)
			limit->interval_ns = 0;
		limit->window = window;
		limit->spent_ns = 0;
	}
	limit->spent_ns += ns;
	if (limit->spent_ns > limit_budget_ns) {
		limit->spent_ns = limit_budget_ns / 2; /* no less in the next window for that */
		limit_tighten(limit);
	}
}

/* A program that began at began_ns ends; what it did was more than to notice. */
static void limit_spend_since(__u64 began_ns)
{
	struct limit *limit = limit_here();
	__u64 now_ns;

	if (!limit)
		return;
	now_ns = bpf_ktime_get_ns();
	limit_spend(limit, now_ns, now_ns - began_ns);
}

/* For how many waits one that begins now stands, 0 when it is not to be looked at. */
static __u32 limit_weight(const struct limit *limit, __u64 since_last_ns)
{
	__u32 one_in = 1;

	if (!limit || since_last_ns >= limit->interval_ns)
		return 1;
	while (one_in < LIMIT_ONE_IN_MAX && since_last_ns * one_in < limit->interval_ns)
		one_in *= 2;
	if (one_in > limit_one_in)
		limit_one_in = one_in; /* CPUs may race: off by a factor of 2 for a moment */
	return bpf_get_prandom_u32() & (one_in - 1) ? 0 : one_in;
}

#endif
