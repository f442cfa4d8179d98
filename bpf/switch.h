/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads come to the CPU and leave it. The tracepoint fires in the thread that
 * leaves, whose stacks can be walked; for the one that comes the wait is over.
 * Also where threads begin: when they are forked, and when they are started.
 */
#ifndef BOLOMETER_BPF_SWITCH_H
#define BOLOMETER_BPF_SWITCH_H

/*
 * Whether the tracepoint passes the state in which a thread leaves; before Linux 5.18 (commit
 * fa2c3254d7cf) the task's own has to do, which a waker may just have changed.
 */
const volatile bool switch_tells_state = false;

/*
 * A thread that is watched, but switches before anyone has found out what it did. Its books begin with
 * the switch, not with the capture, when it may have been no target yet.
 */
static bool is_unknown(const struct thread *thread)
{
	return thread->state == THREAD_UNKNOWN || thread->state == THREAD_CLAIMED;
}

/* A thread gets the CPU that `before` has left. */
static __always_inline void thread_arrives(struct thread *thread, struct task_struct *task,
					   __u64 now_ns)
{
	if (is_unknown(thread) || thread->state == THREAD_SEEN_RUNNING) {
		thread->begin_ns = now_ns;
		note_delay(thread, task);
	}
	if (is_waiting(thread)) {
		if (want_rivals)
			note_rival(thread, now_ns);
		if ((thread->state == THREAD_BLOCKED || thread->state == THREAD_QUEUED) &&
		    !thread->bystander && thread->wait.looked_at) {
			add_kernel_stack(tables_for(thread), &thread->wait, task,
					 counted_ns(thread, thread->since_ns, now_ns));
			limit_spend_since(now_ns);
		}
		wait_is_over(thread, now_ns);
	}
	thread_becomes(thread, THREAD_RUNNING, now_ns);
}

/* Whether a wait that begins is looked at, and for how many it stands. */
static void choose_look(struct thread *thread, struct limit *limit, __u64 now_ns)
{
	struct wait *wait = &thread->wait;

	wait->one_in = thread->due ? thread->due : limit_one_in_now(limit, thread, now_ns);
	wait->looked_at = thread->due || limit_picks(limit, wait->one_in);
	thread->due = 0;
}

/* What will be counted when it comes back, decided and walked now. */
static __always_inline void wait_begins(void *ctx, struct thread *thread, struct task_struct *task,
					bool blocks, __u32 state, __u64 now_ns)
{
	struct limit *limit = limit_here();
	struct wait *wait = &thread->wait;

	if (limit)
		limit_notice(limit, now_ns);
	wait->user_stack = wait->kernel_stack = STACK_ID_NONE;
	wait->one_in = wait->looked_at = 1;
	wait->cpu = bpf_get_smp_processor_id();
	wait->fate = wait_fate(task, wait->cpu, blocks, state);
	if (wait->fate != FATE_RECORDED)
		return;
	choose_look(thread, limit, now_ns);
	if (thread->bystander)
		return;
	wait->exec_id = (__u32)task->self_exec_id;
	wait_reason_fill(&wait->reason, task, state, blocks && wait->looked_at);
	if (!wait->looked_at)
		return;
	if (want_stacks)
		wait->fate = keep_own_stack(tables_for(thread), ctx, task, now_ns, wait);
	limit_spend_since(now_ns);
}

/* A thread is on a CPU, though it may not have been seen to arrive there. */
static void thread_is_here(struct thread *thread, struct task_struct *task, __u64 now_ns)
{
	__u64 arrived_ns;

	if (is_waiting(thread)) {
		arrived_ns = missed_arrival(thread, task, now_ns);
		wait_is_over(thread, arrived_ns);
		thread_becomes(thread, THREAD_RUNNING, arrived_ns);
	} else if (thread->state == THREAD_RUNNING) {
		note_clocks(thread, task);
	}
}

/* A thread leaves the CPU to `after`. */
static __always_inline void thread_leaves(void *ctx, struct thread *thread,
					  struct task_struct *task, struct task_struct *after,
					  bool blocks, __u32 state, __u64 now_ns)
{
	__u64 gap_ns = now_ns - thread->left_ns;
	bool falls_asleep;

	if (is_unknown(thread))
		thread->begin_ns = thread->since_ns = now_ns;
	thread_is_here(thread, task, now_ns);
	settle_wait(thread, task, 0);
	sums_of(thread)->cpu_ns += counted_ns(thread, thread->since_ns, now_ns);
	if (state & TASK_DEAD) {
		thread_ends(thread, task, now_ns);
		return;
	}
	wait_begins(ctx, thread, task, blocks, state, now_ns);
	thread->left_ns = now_ns;
	note_delay(thread, task);
	if (blocks) {
		__builtin_memset(thread->wakers, 0, sizeof(thread->wakers));
		__builtin_memset(thread->rival, 0, sizeof(thread->rival));
	} else if (want_rivals) {
		name_run(thread->rival, after); /* if it is not seen to arrive */
	}
	falls_asleep = doze_begins(thread, task, blocks, state, gap_ns, now_ns);
	thread_becomes(thread,
		       falls_asleep ? THREAD_DOZING
		       : blocks	    ? THREAD_BLOCKED
				    : THREAD_QUEUED,
		       now_ns);
}

/*
 * After the end of the capture: what the thread was doing then is counted, once. False when that was
 * done, or there is nothing to count: it had ended, or not begun.
 */
static __always_inline bool close_thread(struct thread *thread, struct task_struct *task)
{
	__u32 state = thread->state;

	if (state == THREAD_NEW || state == THREAD_DEAD || state == THREAD_CLOSED ||
	    is_unknown(thread) || __sync_val_compare_and_swap(&thread->closed, 0, 1))
		return false;
	doze_interrupt(thread, task);
	if (is_waiting(thread) && task->on_cpu &&
	    missed_arrival(thread, task, capture_end_ns) < capture_end_ns)
		thread_is_here(thread, task, capture_end_ns);
	settle_wait(thread, task, 0);
	if (is_waiting(thread)) {
		if (!task->on_cpu)
			add_kernel_stack(tables_now(), &thread->wait, task,
					 counted_ns(thread, thread->since_ns, capture_end_ns));
		wait_is_over(thread, capture_end_ns);
		settle_wait(thread, task, COUNT_CUT_END);
	} else {
		sums_of(thread)->cpu_ns +=
			counted_ns(thread, thread->since_ns, capture_end_ns);
	}
	thread->state = THREAD_CLOSED;
	return true;
}

/* Not by an OR of the pointers, as the compiler would have it and the verifier would not. */
static __always_inline bool neither(const void *one, const void *other)
{
	if (one)
		return false;
	barrier_var(other);
	return !other;
}

SEC("?tp_btf/sched_switch")
int BPF_PROG(switch_threads, bool preempted, struct task_struct *before, struct task_struct *after)
{
	struct thread *leaves, *arrives;
	__u64 now_ns;
	__u32 state;
	bool blocks;

	if (neither(before->bpf_storage, after->bpf_storage) && !want_rivals)
		return 0;
	state = switch_tells_state ? (__u32)ctx[3] : before->__state;
	/* One that a signal kept from blocking is running again, whatever it had meant to be. */
	blocks = !preempted && state && before->__state;
	leaves = dozes_away(before, blocks, state) ? NULL : thread_of(before);
	arrives = dozes_on(after) ? NULL : thread_of(after);
	if (neither(leaves, arrives) && !want_rivals)
		return 0;
	now_ns = bpf_ktime_get_ns();
	if (now_ns >= capture_end_ns) {
		/* It will not be there any more when all threads are visited. */
		if (leaves && state & TASK_DEAD && close_thread(leaves, before))
			thread_ends(leaves, before, capture_end_ns);
		return 0;
	}
	if (arrives) {
		thread_enter(arrives);
		doze_interrupt(arrives, after);
		thread_arrives(arrives, after, now_ns);
		thread_leave(arrives);
	}
	if (want_rivals)
		run_begins(after, now_ns);
	if (leaves) {
		thread_enter(leaves);
		doze_interrupt(leaves, before);
		thread_leaves(ctx, leaves, before, after, blocks, state, now_ns);
		thread_leave(leaves);
	}
	return 0;
}

/* A thread begins to end. */
SEC("?tp_btf/sched_process_exit")
int BPF_PROG(watch_exit, struct task_struct *task)
{
	struct thread *thread = thread_of(task);

	if (!thread || thread->bystander || thread->closed)
		return 0;
	thread->leaving = 1;
	__sync_fetch_and_add(&threads_leaving, 1);
	return 0;
}

/* ---- the beginning ---- */

/* Whether a thread that is forked is to be watched: as its parent is. */
static bool child_is_wanted(struct task_struct *parent, struct task_struct *child)
{
	__u32 tgid = parent->tgid;
	__u32 *state;

	if (target_mode != TARGET_IDS)
		return task_is_target(child);
	state = bpf_map_lookup_elem(&target_groups, &tgid);
	return state && *state == TARGET_ACTIVE;
}

SEC("?tp_btf/sched_process_fork")
int BPF_PROG(watch_fork, struct task_struct *parent, struct task_struct *child)
{
	bool wanted = child_is_wanted(parent, child);
	struct thread *thread;

	if (!wanted && !watch_bystanders)
		return 0;
	thread = thread_watch(child, !wanted);
	if (!thread)
		return 0;
	doze_forget(child);
	thread->state = THREAD_NEW;
	return 0;
}

/* It exists from now on, and waits for a CPU. */
SEC("?tp_btf/sched_wakeup_new")
int BPF_PROG(start_thread, struct task_struct *task)
{
	struct thread *thread = thread_of(task);
	struct wait *wait;
	__u64 now_ns;

	if (!thread)
		return 0;
	now_ns = bpf_ktime_get_ns();
	if (now_ns >= capture_end_ns)
		return 0;
	wait = &thread->wait;
	wait->cpu = bpf_get_smp_processor_id();
	wait->fate = wait_fate(task, wait->cpu, false, 0);
	wait->one_in = wait->looked_at = 1;
	wait->exec_id = (__u32)task->self_exec_id;
	wait->reason = (struct wait_reason){.syscall = WAIT_NO_SYSCALL, .flags = COUNT_NEW};
	if (want_rivals)
		name_run(thread->rival, bpf_get_current_task_btf());
	note_delay(thread, task);
	thread_enter(thread);
	thread->begin_ns = now_ns;
	thread_becomes(thread, THREAD_QUEUED, now_ns);
	thread_leave(thread);
	return 0;
}

/* A program of ours is watched from here on. */
SEC("?tp_btf/sched_process_exec")
int BPF_PROG(watch_exec, struct task_struct *task)
{
	__u64 now_ns = bpf_ktime_get_ns();
	__u32 tgid = task->tgid;
	struct thread *thread = thread_of(task);

	if (now_ns >= capture_end_ns)
		return 0;
	if (!bpf_map_lookup_elem(&target_groups, &tgid) || (thread && !thread->bystander))
		return 0;
	thread = thread_watch(task, false);
	if (!thread)
		return 0;
	thread_enter(thread);
	doze_interrupt(thread, task);
	bystander_becomes_target(thread, now_ns);
	note_delay(thread, task);
	thread_becomes(thread, THREAD_RUNNING, now_ns);
	thread_leave(thread);
	return 0;
}

#endif
