/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who ends a wait: the thread that is running when another is woken, with its
 * stacks, or the interrupt that interrupted it. In a table of their own, by a
 * hash; a wait is counted under the hash, and those of whoever had woken its
 * waker before.
 */
#ifndef BOLOMETER_BPF_WAKERS_H
#define BOLOMETER_BPF_WAKERS_H

/* How many wakers a wait is counted under: its own, and theirs in turn; at most WAKERS_MAX. */
const volatile __u32 waker_chain = 1;

/*
 * Where the kernel enters for interrupts, as ranges of addresses: what lies above such a frame in a
 * kernel stack was not called by the thread that runs. (A softirq that a thread starts itself, when
 * it has sent something over the loopback device for one, is called by it.) Set by the loader, since
 * a program cannot tell on every kernel what context it is in: the count of interrupts is a variable
 * whose address is not always to be had.
 */
#define IRQ_ENTRIES_MAX 8
const volatile __u64 irq_entry_from[IRQ_ENTRIES_MAX] = {}; /* 0: no more of them */
const volatile __u64 irq_entry_to[IRQ_ENTRIES_MAX] = {};

/* Frames of a kernel stack in which to look for the entry. */
#define IRQ_DEPTH_MAX 64

static bool is_irq_entry(__u64 addr)
{
	__u32 i;

	for (i = 0; i < IRQ_ENTRIES_MAX && irq_entry_from[i]; i++) {
		if (addr >= irq_entry_from[i] && addr < irq_entry_to[i])
			return true;
	}
	return false;
}

/* How many frames of the stack belong to an interrupt, the entry included; 0: to none. */
__noinline __u32 irq_frames(const struct stack_words *stack)
{
	__u32 i;

	if (!stack)
		return 0;
	for (i = 1; i <= IRQ_DEPTH_MAX && i <= STACK_HEADER_FRAMES(stack->words[0]); i++) {
		if (is_irq_entry(stack->words[i]))
			return i;
	}
	return 0;
}

/* The record's name in the table. */
static __u64 waker_id(const struct waker_record *record)
{
	const __u64 *words = (const __u64 *)record;
	__u64 hash = stack_seed;
	__u32 i;

	for (i = 0; i < offsetof(struct waker_record, time_ns) / sizeof(__u64); i++)
		hash = stack_id_step(hash, words[i]);
	return hash == STACK_ID_NONE ? 1 : hash;
}

static __u32 keep_waker(__u32 active, __u64 id, const struct waker_record *record)
{
	long err;

	if (bpf_map_lookup_elem(wakers_of(active), &id))
		return FATE_RECORDED;
	err = bpf_map_update_elem(wakers_of(active), &id, record, BPF_NOEXIST);
	if (!err)
		__sync_fetch_and_add(&tables_count_use[active & 1], 1);
	return insert_fate(err, FATE_COUNT_TABLE_FULL);
}

/* The waker's stacks into the record, and whether it was an interrupt. What failed, or RECORDED. */
static __always_inline __u32 waker_walk(__u32 active, void *ctx, struct task_struct *waker,
					struct waker_record *record, __u64 now_ns)
{
	struct scratch *scratch = scratch_here(SCRATCH_SWITCH);
	__u32 frames, fate = FATE_RECORDED;

	if (!scratch)
		return FATE_STACK_TABLE_FULL; /* cannot be: there is one for every CPU */
	scratch->kernel.words[0] = walk_kernel(ctx, &scratch->kernel);
	frames = irq_frames(&scratch->kernel);
	if (frames)
		scratch->kernel.words[0] = STACK_HEADER(frames, 0, STACK_END_ROOT);
	if (frames || is_idle(waker))
		record->context = WAKER_INTERRUPT;
	else
		fate = keep_user_stack(active, scratch, ctx, waker, now_ns, &record->user_stack);
	if (fate != FATE_RECORDED || !want_kernel)
		return fate;
	record->kernel_stack = id_of(&scratch->kernel);
	return keep_stack(active, record->kernel_stack, scratch, SCRATCH_KERNEL);
}

static __always_inline void note_waker(void *ctx, struct thread *thread, __u64 now_ns)
{
	struct task_struct *waker = bpf_get_current_task_btf();
	struct waker_record record = {.context = WAKER_THREAD, .time_ns = now_ns};
	__u32 active = tables_for(thread), i;
	struct thread *waking;
	__u64 id;

	if (waker_walk(active, ctx, waker, &record, now_ns) != FATE_RECORDED)
		return; /* the wait will be there, without its waker */
	if (record.context == WAKER_THREAD) {
		record.tgid = waker->tgid;
		record.tid = waker->pid;
		record.exec_id = (__u32)waker->self_exec_id;
		bpf_probe_read_kernel(record.comm, sizeof(record.comm), waker->comm);
	}
	id = waker_id(&record);
	if (keep_waker(active, id, &record) != FATE_RECORDED)
		return;
	thread->wakers[0] = id;
	if (waker_chain < 2 || record.context != WAKER_THREAD)
		return;
	waking = thread_of(waker);
	for (i = 1; waking && i < WAKERS_MAX; i++) {
		if (i < waker_chain)
			thread->wakers[i] = waking->wakers[i - 1];
	}
}

/*
 * Something wakes a thread; it runs in the context of whatever that is. A thread that is still
 * running is woken if it is about to block, when it has not left the CPU yet: then its wait will
 * have no length and no waker.
 */
SEC("?tp_btf/sched_waking")
int BPF_PROG(wake_thread, struct task_struct *task)
{
	struct thread *thread;
	__u64 now_ns;

	if (!task->bpf_storage || doze_of(task))
		return 0;
	thread = thread_of(task);
	if (!thread)
		return 0;
	now_ns = bpf_ktime_get_ns();
	if (now_ns >= capture_end_ns)
		return 0;
	thread->woken_ns = now_ns;
	if (!want_wakers)
		return 0;
	if (thread->state == THREAD_BLOCKED) {
		if (thread->wait.fate != FATE_RECORDED || !thread->wait.looked_at)
			return 0;
	} else if (thread->state != THREAD_SEEN_BLOCKED) {
		return 0;
	}
	note_waker(ctx, thread, now_ns);
	limit_spend_since(now_ns);
	return 0;
}

#endif
