/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The edges of a capture. Before it begins, user space has all threads visited
 * (twice, see below): those that are to be watched are, from then on, and of each
 * that is off the CPU the stacks and registers are handed over, since it may never
 * switch. When it has ended, all are visited once more: what is still going on is
 * counted up to the end, and the books are closed.
 */
#ifndef BOLOMETER_BPF_EDGES_H
#define BOLOMETER_BPF_EDGES_H

/* The kernel's and the user's stack of a thread that does not run; the latter is for user space. */
static __always_inline __u32 found_stacks(struct scratch *scratch, struct task_struct *task,
					  struct wait *wait)
{
	struct unwind_snapshot *snapshot = &scratch->snapshot.head;

	scratch->kernel.words[0] = 0;
	if (want_kernel)
		walk_waiting(task, &scratch->kernel);
	wait->kernel_stack = id_of(&scratch->kernel);
	if (want_user && has_user_memory(task) && REGS_IP(user_regs(task)) &&
	    !mode_is_32_bit(REGS_MODE(user_regs(task))))
		wait->user_stack = stack_id_step(stack_seed ^ task->pid, bpf_ktime_get_ns()) | 1;
	__builtin_memset(&snapshot->key, 0, sizeof(snapshot->key));
	snapshot->key.user_stack = wait->user_stack;
	snapshot->key.tgid = task->tgid;
	snapshot->key.tid = task->pid;
	return keep_stack(tables_now(), wait->kernel_stack, scratch, SCRATCH_KERNEL);
}

/* Hands the registers over, for user space to walk the rest of the stack. False: not now. */
static __always_inline bool found_registers(struct bpf_iter__task *ctx, struct scratch *scratch,
					    struct task_struct *task, const struct wait *wait)
{
	struct unwind_snapshot *snapshot = &scratch->snapshot.head;

	if (wait->user_stack == STACK_ID_NONE)
		return true;
	snapshot->time_ns = bpf_ktime_get_ns();
	regs_copy(snapshot->regs, user_regs(task));
	snapshot->stack_addr = (snapshot->regs[REG_SP] - RED_ZONE_BYTES) & ~7ULL;
	snapshot->stack_missing = 0;
	snapshot->stack_bytes = 0;
	snapshot->user[0] = STACK_HEADER(1, 0, STACK_END_NOT_COPIED);
	snapshot->user[1] = snapshot->regs[REG_IP];
	snapshot->kernel[0] = 0;
	return !bpf_seq_write(ctx->meta->seq, snapshot, sizeof(*snapshot));
}

/*
 * Whether a thread that is off the CPU could go on: one that was taken off it just before it would
 * have blocked has the state of those that have. A task that blocks may stay in its run queue for a
 * while, and says so.
 */
static bool could_run(struct task_struct *task)
{
	bool delayed = bpf_core_field_exists(task->se.sched_delayed) && task->se.sched_delayed;

	return !(task->__state & ~TASK_WAKING) || (task->on_rq == 1 && !delayed);
}

/* The CPU that a task was on last. */
static __u32 last_cpu(struct task_struct *task)
{
	const struct task_struct___before_5_16 *before = (const void *)task;

	if (bpf_core_field_exists(task->thread_info.cpu))
		return task->thread_info.cpu;
	return bpf_core_field_exists(before->cpu) ? BPF_CORE_READ(before, cpu) : SHARED_NO_CPU;
}

/* A thread that is off the CPU. False when it has to be visited again. */
static __always_inline bool find_wait(struct bpf_iter__task *ctx, struct thread *thread,
				      struct task_struct *task)
{
	__u32 state = task->__state;
	bool blocks = !could_run(task);
	struct scratch *scratch = scratch_of(true);
	struct wait *found = &thread->found;

	if (!scratch)
		return true;
	found->user_stack = found->kernel_stack = STACK_ID_NONE;
	found->one_in = found->looked_at = 1;
	found->cpu = last_cpu(task);
	found->exec_id = (__u32)task->self_exec_id;
	found->fate = wait_fate(task, found->cpu, blocks, state);
	wait_reason_fill(&found->reason, task, state, blocks);
	note_delay(thread, task);
	if (found->fate == FATE_RECORDED && want_stacks && !thread->bystander) {
		found->fate = found_stacks(scratch, task, found);
		if (!found_registers(ctx, scratch, task, found))
			return false;
	}
	__sync_val_compare_and_swap(&thread->state, THREAD_CLAIMED,
				    blocks ? THREAD_SEEN_BLOCKED : THREAD_SEEN_QUEUED);
	return true;
}

/*
 * Finds out what a thread does, unless its switches have told meanwhile. A thread may be seen on the
 * CPU though it has just left it, before it was watched; then it is not there any more at the second
 * visit, and nothing has happened in between.
 */
static __always_inline void find_thread(struct bpf_iter__task *ctx, struct thread *thread,
					struct task_struct *task)
{
	bool running = task->on_cpu;
	__u32 before = THREAD_UNKNOWN;

	if (thread->state == THREAD_SEEN_RUNNING && !running)
		before = THREAD_SEEN_RUNNING;
	if (task->exit_state || task->__state & (TASK_DEAD | TASK_NEW))
		return; /* does not live, or will be started */
	if (__sync_val_compare_and_swap(&thread->state, before, THREAD_CLAIMED) != before)
		return;
	/* Found late, it was not watched before. */
	if (bpf_ktime_get_ns() > capture_begin_ns)
		thread->since_ns = thread->begin_ns = bpf_ktime_get_ns();
	if (running)
		__sync_val_compare_and_swap(&thread->state, THREAD_CLAIMED, THREAD_SEEN_RUNNING);
	else if (!find_wait(ctx, thread, task))
		__sync_val_compare_and_swap(&thread->state, THREAD_CLAIMED, before);
}

SEC("?iter/task")
int find_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread *thread;
	bool wanted;

	if (!task)
		return 0;
	wanted = task_is_target(task);
	if (!wanted && !watch_bystanders)
		return 0;
	thread = thread_watch(task, !wanted);
	if (!thread)
		return 0;
	if (wanted && thread->bystander) { /* it has moved into the cgroup */
		bystander_becomes_target(thread, bpf_ktime_get_ns());
		__sync_lock_test_and_set(&thread->state, THREAD_UNKNOWN);
	}
	find_thread(ctx, thread, task);
	return 0;
}

/*
 * While the capture goes on: the stacks that each thread's waits will be counted under, and who ended
 * them. What no thread has any more user space need not keep.
 */
SEC("?iter/task")
int list_stacks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread_stacks stacks = {};
	struct thread *thread;

	if (!task)
		return 0;
	thread = thread_of(task);
	if (!thread)
		return 0;
	stacks.stacks[0] = thread->wait.user_stack;
	stacks.stacks[1] = thread->wait.kernel_stack;
	stacks.stacks[2] = thread->found.user_stack;
	stacks.stacks[3] = thread->found.kernel_stack;
	for (int i = 0; i < WAKERS_MAX; i++)
		stacks.wakers[i] = thread->wakers[i];
	bpf_seq_write(ctx->meta->seq, &stacks, sizeof(stacks)); /* without room it is visited again */
	return 0;
}

/*
 * When the record finds no room it is not lost: the thread is visited again. In a frame of its own,
 * since the stack of whoever closes books is full.
 */
static __attribute__((noinline)) void
hand_over_books(struct bpf_iter__task *ctx, struct thread *thread, struct task_struct *task)
{
	struct thread_record record = {};

	thread_record_fill(&record, thread, task, sums_of(thread), counted_since(thread),
			   capture_end_ns);
	if (!bpf_seq_write(ctx->meta->seq, &record, sizeof(record)))
		thread_has_left(thread);
}

/* After the end of the capture. Threads that end before they are visited do this themselves. */
SEC("?iter/task")
int close_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread *thread;

	if (!task)
		return 0;
	thread = thread_of(task);
	if (!thread || thread->bystander)
		return 0;
	if (thread->state == THREAD_CLOSED || close_thread(thread, task, true))
		hand_over_books(ctx, thread, task);
	return 0;
}

#endif
