/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who ends a wait: the thread that is running when another is woken, with its
 * stacks, or the interrupt that interrupted it. In a table of their own, by a
 * hash; a wait is counted under the hash, and those of whoever had woken its
 * waker before.
 */
#ifndef BOLOMETER_BPF_WAKERS_H
#define BOLOMETER_BPF_WAKERS_H

const volatile __u32 waker_chain = 1; /* how many of the latter, and the waker: at most WAKERS_MAX */

#if defined(__TARGET_ARCH_x86)
/* Either is there, or the other. */
extern const int __preempt_count __ksym __weak;
extern const struct pcpu_hot pcpu_hot __ksym __weak;
#endif

static __u32 preempt_count(void)
{
#if defined(__TARGET_ARCH_x86)
	if (&__preempt_count)
		return *(int *)bpf_this_cpu_ptr(&__preempt_count);
	if (&pcpu_hot)
		return ((struct pcpu_hot *)bpf_this_cpu_ptr(&pcpu_hot))->preempt_count;
	return 0;
#else
	return (__u32)bpf_get_current_task_btf()->thread_info.preempt_count;
#endif
}

/* include/linux/preempt.h; a softirq that is served, not one that is held off. */
#define PREEMPT_SOFTIRQ	  0x00000100
#define PREEMPT_INTERRUPT 0x00ff0000

static __u32 waker_context(__u32 tid)
{
	__u32 count = preempt_count();

	if (count & PREEMPT_INTERRUPT)
		return WAKER_INTERRUPT;
	if (count & PREEMPT_SOFTIRQ)
		return WAKER_SOFTIRQ;
	return tid ? WAKER_THREAD : WAKER_INTERRUPT; /* an idle CPU does what others asked it for */
}

/* The record's name in the table. */
static __u64 waker_id(const struct waker_record *record)
{
	const __u64 *words = (const __u64 *)record;
	__u64 hash = stack_seed;
	__u32 i;

	for (i = 0; i < sizeof(*record) / sizeof(__u64); i++)
		hash = stack_id_step(hash, words[i]);
	return hash == STACK_ID_NONE ? 1 : hash;
}

static __u32 keep_waker(__u64 id, const struct waker_record *record)
{
	__u32 active = tables_active;
	long err;

	if (bpf_map_lookup_elem(wakers_of(active), &id))
		return FATE_RECORDED;
	err = bpf_map_update_elem(wakers_of(active), &id, record, BPF_NOEXIST);
	if (!err)
		__sync_fetch_and_add(&tables_count_use[active & 1], 1);
	return insert_fate(err, FATE_COUNT_TABLE_FULL);
}

/* The stacks of the current task, unless that is not what it is about. */
static __always_inline __u32 waker_walk(void *ctx, struct task_struct *waker, struct waker_record *record,
			__u64 now_ns)
{
	struct scratch *scratch = scratch_here(SCRATCH_SWITCH);

	if (record->context == WAKER_THREAD)
		return keep_stacks(ctx, waker, now_ns, &record->user_stack, &record->kernel_stack);
	if (!scratch || !want_kernel)
		return FATE_RECORDED;
	scratch->kernel.words[0] = walk_kernel(ctx, &scratch->kernel);
	record->kernel_stack = id_of(&scratch->kernel);
	return keep_stack(tables_active, record->kernel_stack, &scratch->kernel);
}

static __always_inline void note_waker(void *ctx, struct thread *thread, __u64 now_ns)
{
	struct task_struct *waker = bpf_get_current_task_btf();
	struct waker_record record = {.context = waker_context(waker->pid)};
	struct thread *waking;
	__u64 id;
	__u32 i;

	if (waker_walk(ctx, waker, &record, now_ns) != FATE_RECORDED)
		return; /* the wait will be there, without its waker */
	if (record.context == WAKER_THREAD) {
		record.tgid = waker->tgid;
		record.tid = waker->pid;
		record.exec_id = (__u32)waker->self_exec_id;
		bpf_probe_read_kernel(record.comm, sizeof(record.comm), waker->comm);
	}
	id = waker_id(&record);
	if (keep_waker(id, &record) != FATE_RECORDED)
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
	struct thread *thread = thread_of(task);
	__u64 now_ns;

	if (!thread)
		return 0;
	now_ns = bpf_ktime_get_ns();
	if (now_ns >= capture_end_ns)
		return 0;
	thread->woken_ns = now_ns;
	if (!want_wakers)
		return 0;
	if (thread->state == THREAD_BLOCKED) {
		if (thread->wait.fate != FATE_RECORDED || !thread->wait.weight)
			return 0;
	} else if (thread->state != THREAD_SEEN_BLOCKED) {
		return 0;
	}
	note_waker(ctx, thread, now_ns);
	limit_spend_since(now_ns);
	return 0;
}

#endif
