/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What should have been counted of the waits of simulated threads: their fates and their sums, from
 * the simulation's history alone.
 */
#ifndef BOLOMETER_TESTS_WAITS_EXPECTED_H
#define BOLOMETER_TESTS_WAITS_EXPECTED_H

#include "tests/unit/waits_sim.h"

struct tally {
	uint32_t tid, waker;
	uint8_t activity, cut;
	bool is_new;
	uint64_t events;
	struct wait_sum blocked, queued;
};

struct tallies {
	struct tally tallies[HOST_COUNTS_MAX];
	uint32_t count;
};

static struct tallies expected, counted;
static uint64_t expected_fates[FATE_COUNT];

static struct tally *tally_of(struct tallies *in, const struct tally *key)
{
	for (uint32_t i = 0; i < in->count; i++) {
		struct tally *t = &in->tallies[i];

		if (t->tid == key->tid && t->waker == key->waker && t->activity == key->activity &&
		    t->cut == key->cut && t->is_new == key->is_new)
			return t;
	}
	assert_true(in->count < HOST_COUNTS_MAX);
	in->tallies[in->count] = *key;
	return &in->tallies[in->count++];
}

static void sum_wait(struct wait_sum *sum, uint64_t ns)
{
	sum->waits++;
	sum->ns += ns;
	if (sum->longest_ns < ns)
		sum->longest_ns = ns;
	sum->squares_us += (ns / 1000) * (ns / 1000); /* none of them is longer than a second */
}

static void sum_sum(struct wait_sum *sum, const struct wait_sum *more)
{
	sum->waits += more->waits;
	sum->ns += more->ns;
	if (sum->longest_ns < more->longest_ns)
		sum->longest_ns = more->longest_ns;
	sum->squares_us += more->squares_us;
	assert_int_equal(more->squares_ms, 0);
}

static uint64_t clip(uint64_t from_ns, uint64_t to_ns)
{
	if (from_ns < capture_begin_ns)
		from_ns = capture_begin_ns;
	if (to_ns > capture_end_ns)
		to_ns = capture_end_ns;
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

static uint32_t class_of(const struct sim_task *t, uint32_t state)
{
	static const uint32_t classes[][2] = {
		{TASK_NOLOAD, WAIT_STATE_IDLE},		 {TASK_TRACED, WAIT_STATE_TRACED},
		{TASK_STOPPED, WAIT_STATE_STOPPED},	 {TASK_PARKED, WAIT_STATE_PARKED},
		{TASK_UNINTERRUPTIBLE, WAIT_STATE_DISK},
	};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (!i && t->host.task.flags & PF_KTHREAD && state & TASK_INTERRUPTIBLE)
			return WAIT_STATE_IDLE;
		if (state & classes[i][0])
			return classes[i][1];
	}
	return WAIT_STATE_SLEEP;
}

/* A wait, and what there is to be said of it. */
struct verdict {
	bool blocked, cut_end;
	uint64_t blocked_ns, queued_ns;
	uint8_t cut;
};

static uint64_t began_ns(const struct sim_wait *wait)
{
	return wait->found && !sim.late_ones ? 0 : wait->start_ns;
}

static bool is_woken(const struct sim_wait *wait)
{
	return wait->woken_ns > began_ns(wait) && wait->woken_ns <= wait->end_ns;
}

/*
 * Of a wait that the capture ends in, and whose end nobody saw, the state of the task tells whether it
 * goes on: but that is the state in which it is found, some time later. Without the scheduler's notes,
 * and while its clock was not compared with ours, it goes on.
 */
static bool is_undecided(const struct sim_task *t, const struct sim_wait *wait)
{
	return wait->blocks && wait->end_ns >= capture_end_ns && !is_woken(wait) &&
	       (t->closing_state || host.without_notes || !any_clock_offset_ns);
}

/* The last one that began within the capture: it is counted after the end. */
static bool is_last(const struct sim_task *t, const struct sim_wait *wait)
{
	return wait->start_ns < capture_end_ns &&
	       (wait + 1 == t->waits + t->nr_waits || wait[1].start_ns >= capture_end_ns);
}

/*
 * Nobody saw its end, and until the thread was looked at after the end of the capture it was in the
 * run queue again: the scheduler's notes are of both.
 */
static bool is_unknown_now(const struct sim_task *t, const struct sim_wait *wait)
{
	if (!wait->known || !wait->blocks || is_woken(wait) || is_undecided(t, wait))
		return false;
	return is_last(t, wait) && wait->end_ns != NEVER_NS &&
	       (wait->end_ns >= capture_end_ns || wait + 1 < t->waits + t->nr_waits);
}

/* From when on it was in the run queue. */
static uint64_t queued_from(const struct sim_task *t, const struct sim_wait *wait)
{
	if (!wait->blocks)
		return wait->start_ns;
	if (is_woken(wait))
		return wait->woken_ns;
	if (is_undecided(t, wait))
		return NEVER_NS;
	return host.without_notes ? wait->start_ns : wait->noted_ns;
}

static struct verdict judge(const struct sim_task *t, const struct sim_wait *wait)
{
	struct verdict v = {.blocked = wait->blocks, .cut_end = wait->end_ns >= capture_end_ns};
	uint64_t woken_ns = queued_from(t, wait);

	v.blocked_ns = clip(wait->start_ns, woken_ns < wait->end_ns ? woken_ns : wait->end_ns);
	v.queued_ns = clip(woken_ns, wait->end_ns);
	if (wait->found || wait->start_ns < capture_begin_ns)
		v.cut |= COUNT_CUT_BEGIN;
	if (v.cut_end)
		v.cut |= COUNT_CUT_END;
	return v;
}

static enum event_fate fate_of(const struct sim_task *t, const struct sim_wait *wait,
			       const struct verdict *v)
{
	uint64_t ns = v->blocked_ns + v->queued_ns;

	if (wait->blocks ? !want_blocked : !want_queued)
		return FATE_NOT_A_WAIT;
	if (wait->blocks && !(class_of(t, wait->state) & wanted_states))
		return FATE_STATE;
	if (!want_kernel && t->host.task.flags & PF_KTHREAD)
		return FATE_NO_USER_STACK;
	if (some_cpus && !(wanted_cpus[0] >> wait->cpu & 1))
		return FATE_OTHER_CPU;
	if (v->cut && complete_only)
		return FATE_CUT;
	if (ns < min_wait_ns)
		return FATE_TOO_SHORT;
	return ns > max_wait_ns ? FATE_TOO_LONG : FATE_RECORDED;
}

/* Whether it has been counted: its thread has left the CPU since, or was closed. */
static bool is_settled(const struct sim_task *t, const struct sim_wait *wait)
{
	if (t->is_visited || t->gone_ns)
		return true;
	return wait->start_ns < capture_end_ns && !is_last(t, wait);
}

static void expect_wait(const struct sim_task *t, const struct sim_wait *wait)
{
	struct verdict v = judge(t, wait);
	enum event_fate fate = fate_of(t, wait, &v);
	struct tally key = {
		.tid = (uint32_t)t->host.task.pid,
		.waker = v.blocked && want_wakers && !sim.misses ? wait->waker : SIM_NOBODY,
		.activity = v.blocked ? COUNT_BLOCKED : COUNT_PREEMPTED,
		.cut = v.cut,
		.is_new = wait->is_new,
	};
	struct tally *tally;

	if (!is_settled(t, wait))
		return;
	if (!wait->known || wait->end_ns <= capture_begin_ns || wait->start_ns >= capture_end_ns)
		return;
	expected_fates[FATE_FIRED]++;
	expected_fates[fate]++;
	if (fate != FATE_RECORDED)
		return;
	tally = tally_of(&expected, &key);
	tally->events++;
	if (v.blocked)
		sum_wait(&tally->blocked, v.blocked_ns);
	if (v.queued_ns)
		sum_wait(&tally->queued, v.queued_ns);
}

#endif
