/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Switches and wakings that the programs did not see: the kernel runs no program
 * that was interrupted on the same CPU (it counts those), and some kernels keep
 * programs away from some tasks. A thread then seems to go on with what it did
 * before. When it is next seen, the scheduler's own notes tell what happened: when
 * it was last put on a run queue, when it last got a CPU, and for how long it has
 * waited on run queues in all (struct sched_info; kernel/sched/stats.h).
 *
 * Those are times of the run queues' clocks, which are not ours. How far they are
 * apart is noted whenever an arrival that was seen can be compared.
 */
#ifndef BOLOMETER_BPF_MISSED_H
#define BOLOMETER_BPF_MISSED_H

/* Of any thread, for those that were never compared themselves. */
__u64 any_clock_offset_ns;

static bool scheduler_notes(struct task_struct *task)
{
	return bpf_core_field_exists(task->sched_info.run_delay);
}

/* A thread that is seen to leave the CPU, and was seen to arrive. */
static void note_clocks(struct thread *thread, struct task_struct *task)
{
	if (!scheduler_notes(task))
		return;
	thread->clock_offset_ns = thread->since_ns - task->sched_info.last_arrival;
	if (!any_clock_offset_ns)
		any_clock_offset_ns = thread->clock_offset_ns;
}

static void note_delay(struct thread *thread, struct task_struct *task)
{
	if (scheduler_notes(task))
		thread->delayed_ns = task->sched_info.run_delay;
}

/* A time of the run queues' clocks as one of ours. */
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
 * When a thread was woken that waited from since_ns to end_ns: it was on a run queue from then on. It
 * arrives at end_ns, or has since (then the scheduler has added this delay to the others).
 */
static __u64 missed_waking(const struct thread *thread, struct task_struct *task, __u64 since_ns,
			   __u64 end_ns)
{
	__u64 delay_ns;

	if (!scheduler_notes(task))
		return since_ns;
	delay_ns = task->sched_info.run_delay - thread->delayed_ns;
	if (task->sched_info.last_queued)
		delay_ns += end_ns - our_time(thread, task->sched_info.last_queued);
	return between(end_ns - delay_ns, since_ns, end_ns);
}

/* When a thread got the CPU that it is on. */
static __u64 missed_arrival(const struct thread *thread, struct task_struct *task, __u64 now_ns)
{
	if (!scheduler_notes(task))
		return now_ns;
	return between(our_time(thread, task->sched_info.last_arrival), thread->since_ns, now_ns);
}

#endif
