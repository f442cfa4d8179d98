/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much of the time that a thread was off the CPU it waited for a CPU: from its
 * waking on, which a program sees. The scheduler takes notes of the same for every
 * task (struct sched_info; kernel/sched/stats.h): how long it has been in run queues
 * in all, when it was last put into one, when it last got a CPU.
 *
 * These make up for wakings and switches that the programs did not see: the kernel
 * runs no program that was interrupted on the same CPU, and some keep programs away
 * from some tasks. They are not used for all, since what they tell begins later (the
 * task is in a run queue only after an interrupt to another CPU, for one) and ends
 * sooner (at the time that the run queue's clock was last set).
 *
 * The sum is up to date once the task has arrived, which is after the tracepoint. The
 * times are those of the run queues' clocks, which are not ours: how far they are
 * apart is noted whenever an arrival that was seen can be compared.
 */
#ifndef BOLOMETER_BPF_DELAY_H
#define BOLOMETER_BPF_DELAY_H

/* Of any thread, for those that were never compared themselves. */
__u64 any_clock_offset_ns;

/* Set by the loader. */
const volatile bool use_delays = true;

static bool scheduler_notes(struct task_struct *task)
{
	return use_delays && bpf_core_field_exists(task->sched_info.run_delay);
}

/* When a thread leaves the CPU, or is found off it. */
static void note_delay(struct thread *thread, struct task_struct *task)
{
	if (!scheduler_notes(task))
		return;
	thread->delayed_ns = task->sched_info.run_delay;
	thread->noted_arrival = task->sched_info.last_arrival;
}

/*
 * Whether the scheduler has noted an arrival since then. It does not for a thread that was taken off
 * the CPU when it had its state set to block already, which is not noted to wait for a CPU.
 */
static bool arrival_noted(const struct thread *thread, struct task_struct *task)
{
	return scheduler_notes(task) && task->sched_info.last_arrival != thread->noted_arrival;
}

/* Of a thread that was seen to arrive, when it leaves. */
static void note_clocks(struct thread *thread, struct task_struct *task)
{
	if (!arrival_noted(thread, task))
		return;
	thread->clock_offset_ns = thread->since_ns - task->sched_info.last_arrival;
	if (!any_clock_offset_ns)
		any_clock_offset_ns = thread->clock_offset_ns;
}

/* Never without the notes. */
static bool clocks_compared(const struct thread *thread)
{
	return thread->clock_offset_ns || any_clock_offset_ns;
}

/* A time of the run queues' clocks, which were compared, as one of ours. */
static __u64 our_time(const struct thread *thread, __u64 scheduler_ns)
{
	return scheduler_ns +
	       (thread->clock_offset_ns ? thread->clock_offset_ns : any_clock_offset_ns);
}

static __u64 between(__u64 ns, __u64 low_ns, __u64 high_ns)
{
	return ns < low_ns ? low_ns : ns > high_ns ? high_ns : ns;
}

/*
 * When a thread got the CPU that it is on, if it was not seen to; later than when it had left one.
 * Now, if that is not known.
 */
static __u64 missed_arrival(const struct thread *thread, struct task_struct *task, __u64 now_ns)
{
	if (!arrival_noted(thread, task) || !clocks_compared(thread))
		return now_ns;
	return between(our_time(thread, task->sched_info.last_arrival), thread->since_ns, now_ns);
}

/*
 * When a thread was woken at last, in the wait that is over, or, with `waits_on`, is not. A waking
 * before the wait was of a thread that was just about to block: it did not, or had to be woken again.
 * One after it was seen, when the arrival was not: the thread was about to block once more.
 */
static __u64 woken_at(const struct thread *thread, struct task_struct *task, bool waits_on)
{
	const struct over *over = &thread->over;
	__u64 delay_ns;

	if (over->woken_ns > over->from_ns && over->woken_ns <= over->to_ns)
		return over->woken_ns;
	if (waits_on && (task->__state & ~TASK_WAKING || !clocks_compared(thread)))
		return over->to_ns; /* it has not been woken, as far as can be seen */
	if (!scheduler_notes(task))
		return over->from_ns;
	delay_ns = task->sched_info.run_delay - thread->delayed_ns;
	if (waits_on && task->sched_info.last_queued)
		delay_ns += over->to_ns - our_time(thread, task->sched_info.last_queued);
	return between(over->to_ns - delay_ns, over->from_ns, over->to_ns);
}

#endif
