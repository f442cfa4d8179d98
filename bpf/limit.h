/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping the tool's own time under a share of the CPUs' time. Looking at a wait
 * (walking its stacks) is what costs, so of threads that switch often not every
 * wait is looked at: with a known probability, by the time since the thread last
 * left the CPU, which says nothing of how long this wait will be. One that is
 * looked at, one in N, stands for N. A thread that has not switched for
 * `interval_ns` is always looked at.
 *
 * How much time each thread has spent in waits of this kind is known exactly, as
 * are its books, so user space scales what was looked at to that: totals have no
 * error at all, and which stacks they were spent in is what is estimated.
 *
 * Each CPU has its own interval: it doubles when a window of time has used up
 * its budget, and halves when one has used less than half of it.
 *
 * Where even to take notice of everything is too much, threads doze (doze.h), and
 * wakings are no longer followed, where there is another way to know of them.
 */
#ifndef BOLOMETER_BPF_LIMIT_H
#define BOLOMETER_BPF_LIMIT_H

/* Time in a window that may be spent. 0: no limit. */
const volatile __u64 limit_budget_ns = 0;

#define LIMIT_WINDOW_SHIFT    27 /* 134 ms */
#define LIMIT_INTERVAL_MIN_NS (1 << 13)
#define LIMIT_INTERVAL_MAX_NS (1 << 25)
#define LIMIT_ONE_IN_MAX      4096

/*
 * What a switch costs that is only noticed, or even less than that (doze.h), and the waking before.
 * It is taken off the budget, of which at least a quarter is left for looking: some of the waits that
 * make a CPU this busy should be seen. Measured by tests/bench/switch_cost.sh.
 */
#define LIMIT_SWITCH_NS 300
#define LIMIT_DOZED_NS	90
#define LIMIT_WAKING_NS 70

bool limit_overrun;  /* on some CPU that alone was more than the budget, in some window */
bool wakings_missed; /* user space has taken away the program that sees them */

/*
 * Waits of this length are never scaled: a long one that stood for thousands would be nonsense to
 * whoever reads the graph. Those that were not looked at are counted without a stack.
 */
#define LIMIT_LONG_NS 1000000

/* No look takes longer; what does was interrupted, or its CPU was taken away by a hypervisor. */
#define LIMIT_LOOK_MAX_NS 50000

struct limit {
	__u64 window;
	__u64 noticed_ns; /* in this window, by switches that were noticed */
	__u64 spent_ns;	  /* in this window, by looking */
	__u64 interval_ns;
	__u64 random;
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

/* What looking may cost in this window. */
static __u64 limit_allowance(const struct limit *limit)
{
	__u64 least_ns = limit_budget_ns / 4;

	return limit_budget_ns > limit->noticed_ns + least_ns ? limit_budget_ns - limit->noticed_ns
							      : least_ns;
}

/* A switch is noticed. */
static void limit_notice(struct limit *limit, __u64 now_ns)
{
	__u64 window = now_ns >> LIMIT_WINDOW_SHIFT;

	if (limit->window != window) {
		if (limit->spent_ns < limit_allowance(limit) / 2)
			limit->interval_ns /= 2;
		if (limit->interval_ns < LIMIT_INTERVAL_MIN_NS)
			limit->interval_ns = 0;
		if (limit->noticed_ns > limit_budget_ns)
			limit_overrun = true;
		limit->window = window;
		limit->spent_ns = 0;
		limit->noticed_ns = 0;
	}
	limit->noticed_ns += LIMIT_SWITCH_NS + (wakings_missed ? 0 : LIMIT_WAKING_NS);
}

/* Switches that were noticed no more than doze.h does, with the wakings before. */
static void limit_notice_dozed(struct limit *limit, __u64 switches)
{
	limit->noticed_ns += switches * (LIMIT_DOZED_NS + (wakings_missed ? 0 : LIMIT_WAKING_NS));
}

static void limit_tighten(struct limit *limit)
{
	__u64 interval_ns = limit->interval_ns * 2;

	if (interval_ns < LIMIT_INTERVAL_MIN_NS)
		interval_ns = LIMIT_INTERVAL_MIN_NS;
	if (interval_ns <= LIMIT_INTERVAL_MAX_NS)
		limit->interval_ns = interval_ns;
}

/* A program that began at began_ns ends; it did more than to notice. */
static void limit_spend_since(__u64 began_ns)
{
	struct limit *limit = limit_here();
	__u64 spent_ns;

	if (!limit)
		return;
	spent_ns = bpf_ktime_get_ns() - began_ns;
	limit->spent_ns += spent_ns < LIMIT_LOOK_MAX_NS ? spent_ns : LIMIT_LOOK_MAX_NS;
	if (limit->spent_ns <= limit_allowance(limit))
		return;
	limit->spent_ns = limit_allowance(limit) / 2; /* no less in the next window for that */
	limit_tighten(limit);
}

/* The least power of two above the number, as far as weights go. */
static __u32 power_above(__u64 number)
{
	__u32 power = 1;

	if (number >= LIMIT_ONE_IN_MAX / 2)
		return LIMIT_ONE_IN_MAX;
	if (number >= 1 << 8) {
		power <<= 8;
		number >>= 8;
	}
	if (number >= 1 << 4) {
		power <<= 4;
		number >>= 4;
	}
	if (number >= 1 << 2) {
		power <<= 2;
		number >>= 2;
	}
	return number >= 2 ? power * 4 : number ? power * 2 : power;
}

/* Bystanders are looked at as if they switched so much more often: they are the first to be saved on. */
#define LIMIT_BYSTANDER_PART 16

/* One wait in how many that the thread begins now is looked at. */
static __u32 limit_one_in_now(const struct limit *limit, const struct thread *thread, __u64 now_ns)
{
	__u64 since_last_ns = now_ns - thread->left_ns;
	__u32 one_in;

	if (thread->bystander)
		since_last_ns /= LIMIT_BYSTANDER_PART;
	if (!limit || since_last_ns >= limit->interval_ns)
		return 1;
	one_in = power_above(limit->interval_ns / (since_last_ns + 1));
	if (one_in > limit_one_in)
		limit_one_in = one_in; /* CPUs may race: off by a factor of 2 for a moment */
	return one_in;
}

/* A number by chance: xorshift64* (S. Vigna, 2014), at a tenth of what the helper takes. */
static __u32 limit_random(struct limit *limit)
{
	__u64 random = limit->random ? limit->random : bpf_get_prandom_u32() | 1ULL << 32;

	random ^= random >> 12;
	random ^= random << 25;
	random ^= random >> 27;
	limit->random = random;
	return random * 0x2545f4914f6cdd1dULL >> 32;
}

/* Whether this one is; without a limit every one. */
static bool limit_picks(struct limit *limit, __u32 one_in)
{
	return one_in == 1 || !limit || !(limit_random(limit) & (one_in - 1));
}

#endif
