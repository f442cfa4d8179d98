/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits, from their beginning, when it is decided whether they are to be looked
 * at and their stacks are walked, to their end, when their length is known and
 * added to the count of waits like them.
 */
#ifndef BOLOMETER_BPF_WAIT_H
#define BOLOMETER_BPF_WAIT_H

const volatile bool want_blocked = false; /* waits, and the queueing that follows them */
const volatile bool want_queued = false;  /* queueing of threads that were not waiting */
const volatile bool want_stacks = true;	  /* wakers may be all that is wanted */
const volatile bool want_wakers = false;
const volatile bool complete_only = false;
const volatile __u32 wanted_states = ~0U; /* set of WAIT_STATE_... of shared.h */
const volatile __u64 min_wait_ns = 0;
const volatile __u64 max_wait_ns = NEVER_NS;

/* Waits that begin on other CPUs are left out. */
#define WAIT_CPUS_MAX 8192
const volatile bool some_cpus = false;
const volatile __u64 wanted_cpus[WAIT_CPUS_MAX / 64] = {};

__u64 waits_unwalked_ns; /* of long ones that were counted without a stack */

/*
 * The states that --state tells apart; a task's own is a set, and may have more bits than one. Threads
 * of the kernel that wait for work sleep as if signals could wake them, or say that they are no load.
 */
static __u32 state_class(struct task_struct *task, __u32 state)
{
	if (state & TASK_NOLOAD || (task->flags & PF_KTHREAD && state & TASK_INTERRUPTIBLE))
		return WAIT_STATE_IDLE;
	if (state & TASK_TRACED)
		return WAIT_STATE_TRACED;
	if (state & TASK_STOPPED)
		return WAIT_STATE_STOPPED;
	if (state & TASK_PARKED)
		return WAIT_STATE_PARKED;
	if (state & TASK_UNINTERRUPTIBLE)
		return WAIT_STATE_DISK;
	return WAIT_STATE_SLEEP;
}

/*
 * Before any stack is walked: what becomes of a wait that begins on that CPU, but for its length. One
 * whose CPU is not known is not left out.
 */
static __u32 wait_fate(struct task_struct *task, __u32 cpu, bool blocks, __u32 state)
{
	if (blocks ? !want_blocked : !want_queued)
		return FATE_NOT_A_WAIT;
	if (blocks && !(state_class(task, state) & wanted_states))
		return FATE_STATE;
	if (!want_kernel && (task->flags & PF_KTHREAD))
		return FATE_NO_USER_STACK;
	if (some_cpus && cpu != SHARED_NO_CPU && !set_has(wanted_cpus, WAIT_CPUS_MAX / 64, cpu))
		return FATE_OTHER_CPU;
	return FATE_RECORDED;
}

/*
 * A stack that the walker could not finish is sent to user space under a name of its own, by which
 * the wait will refer to it.
 */
static __always_inline __u64 send_stack(struct scratch *scratch, struct task_struct *task,
					__u64 now_ns)
{
	struct count_key key = {
		.user_stack = stack_id_step(stack_seed ^ now_ns, task->pid) | 1,
		.tgid = task->tgid,
		.tid = task->pid,
	};

	if (!want_snapshots || !snapshot_helps(&scratch->user.stack) ||
	    !snapshot_send(&scratch->snapshot, &key, now_ns, &scratch->user, NULL))
		return STACK_ID_NONE;
	return key.user_stack;
}

/*
 * The user stack of the current task, which is in the kernel: its name, under which the tables or user
 * space have it. `active` are the tables to put it into. FATE_RECORDED, or what failed.
 */
static __always_inline __u32 keep_user_stack(__u32 active, struct scratch *scratch, void *ctx,
					     struct task_struct *task, __u64 now_ns, __u64 *ret_id)
{
	*ret_id = STACK_ID_NONE;
	if (!want_user || !has_user_memory(task))
		return FATE_RECORDED;
	scratch->user.stack.words[0] = walk_user_entry(ctx, task, &scratch->user);
	*ret_id = send_stack(scratch, task, now_ns);
	if (*ret_id)
		return FATE_RECORDED;
	*ret_id = id_of(&scratch->user.stack);
	return keep_stack(active, *ret_id, scratch, SCRATCH_USER);
}

/* When a thread leaves the CPU its user memory is at hand, as it will not be later. */
static __always_inline __u32 keep_own_stack(__u32 active, void *ctx, struct task_struct *task,
					    __u64 now_ns, struct wait *wait)
{
	struct scratch *scratch = scratch_here(SCRATCH_SWITCH);

	if (!scratch)
		return FATE_STACK_TABLE_FULL; /* cannot be: there is one for every CPU */
	return keep_user_stack(active, scratch, ctx, task, now_ns, &wait->user_stack);
}

/* The kernel's is looked at when the wait is over, if it is still to be counted. */
static __always_inline void add_kernel_stack(__u32 active, struct wait *wait,
					     struct task_struct *task, __u64 ns)
{
	struct scratch *scratch;

	if (!want_stacks || !want_kernel || wait->fate != FATE_RECORDED || !wait->looked_at ||
	    wait->reason.flags & COUNT_NEW || ns < min_wait_ns || ns > max_wait_ns)
		return;
	scratch = scratch_here(SCRATCH_SWITCH);
	if (scratch)
		wait->fate = keep_kernel_stack(active, task, scratch, &wait->kernel_stack);
}

/* ---- the end ---- */

static void wait_sum_add(struct wait_sum *sum, __u64 ns, __u64 weight)
{
	__u64 us = ns / 1000;

	sum->waits += weight;
	sum->ns += weight * ns;
	if (sum->longest_ns < ns)
		sum->longest_ns = ns;
	if (us <= WAIT_SQUARE_US_MAX)
		sum->squares_us += weight * us * us;
	else
		sum->squares_ms += weight * (us / 1000) * (us / 1000);
}

/* A wait that is over, or cut. */
struct ended {
	__u64 blocked_ns, queued_ns;
	__u64 walked_ns; /* when its stacks were, which is what the count's times are */
	__u32 weight;	 /* it stands for so many */
	__u8 activity;
	__u8 cut;
	__u8 estimated; /* of its kind only some are looked at */
};

/*
 * Plain additions do: a thread's waits end one after the other, and no other thread's have its key.
 * Global, so that the verifier looks at it once.
 */
__noinline int count_wait(struct count_value *value, const struct ended *ended)
{
	if (!value || !ended)
		return 0;
	value->count++;
	value->last_ns = ended->walked_ns;
	if (ended->activity == COUNT_BLOCKED)
		wait_sum_add(&value->blocked, ended->blocked_ns, ended->weight);
	if (ended->queued_ns)
		wait_sum_add(&value->queued, ended->queued_ns, ended->weight);
	return 1;
}

static __u32 insert_wait(__u32 active, const struct count_key *key, const struct ended *ended)
{
	struct count_value *there = bpf_map_lookup_elem(counts_of(active), key);
	struct count_value first = {
		.first_ns = ended->walked_ns,
		.first_blocked_ns = ended->blocked_ns,
		.first_queued_ns = ended->queued_ns,
		.first_weight = ended->weight,
	};
	long err;

	if (there) {
		count_wait(there, ended);
		return FATE_RECORDED;
	}
	count_wait(&first, ended);
	err = bpf_map_update_elem(counts_of(active), key, &first, BPF_NOEXIST);
	if (!err)
		__sync_fetch_and_add(&tables_count_use[active & 1], 1);
	return insert_fate(err, FATE_COUNT_TABLE_FULL);
}

/* The cgroup of any task; the helper knows the current one's only. */
static __u64 cgroup_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

static __u32 record_wait(const struct thread *thread, const struct wait *wait,
			 struct task_struct *task, const struct ended *ended)
{
	struct count_key key = {
		.user_stack = wait->user_stack,
		.kernel_stack = wait->kernel_stack,
		.tgid = task->tgid,
		.tid = task->pid,
		.exec_id = wait->exec_id,
		.cpu = key_cpu ? wait->cpu : SHARED_NO_CPU,
		.syscall =
			ended->activity == COUNT_BLOCKED ? wait->reason.syscall : WAIT_NO_SYSCALL,
		.activity = ended->activity,
		.cut = ended->cut,
		.object = wait->reason.object,
		.flags = wait->reason.flags,
	};

	if (!wait->looked_at)
		key.flags |= COUNT_UNWALKED;
	if (ended->estimated)
		key.flags |= COUNT_ESTIMATED;
	if (key_cgroup)
		key.cgroup = cgroup_of(task);
	bpf_probe_read_kernel(key.comm, sizeof(key.comm), task->comm);
	if (want_rivals)
		__builtin_memcpy(key.rival, thread->rival, sizeof(key.rival));
	if (want_wakers && ended->activity == COUNT_BLOCKED)
		__builtin_memcpy(key.wakers, thread->wakers, sizeof(key.wakers));
	return insert_wait(tables_for(thread), &key, ended);
}

/* What becomes of a wait, now that its length is known. */
static __u32 wait_end_fate(const struct wait *wait, const struct ended *ended)
{
	__u64 ns = ended->blocked_ns + ended->queued_ns;

	if (wait->fate != FATE_RECORDED)
		return wait->fate;
	if (ended->cut && complete_only)
		return FATE_CUT;
	if (ns < min_wait_ns)
		return FATE_TOO_SHORT;
	if (ns > max_wait_ns)
		return FATE_TOO_LONG;
	return ended->estimated && !wait->looked_at ? FATE_ESTIMATED : FATE_RECORDED;
}

/* What the waits of this kind that are looked at will be scaled to. */
static void estimated_add(struct estimated *sum, const struct ended *ended)
{
	if (ended->activity == COUNT_PREEMPTED) {
		sum->preemptions++;
		sum->preempted_ns += ended->queued_ns;
		return;
	}
	sum->waits++;
	sum->blocked_ns += ended->blocked_ns;
	sum->queueings += !!ended->queued_ns;
	sum->queued_ns += ended->queued_ns;
}

/* The time of a wait, to the thread's books and into the tables. */
static void count_time(struct thread *thread, struct task_struct *task, const struct wait *wait,
		       struct ended *ended)
{
	struct thread_sums *sums = sums_of(thread);
	struct event_fates *here = fates_here();
	__u32 fate;

	if (!here)
		return;
	sums->blocked_ns += ended->blocked_ns;
	sums->queued_ns += ended->queued_ns;
	ended->estimated = wait->one_in > 1 && ended->blocked_ns + ended->queued_ns < LIMIT_LONG_NS;
	ended->weight = ended->estimated ? wait->one_in : 1;
	count_fate(here, FATE_FIRED);
	fate = wait_end_fate(wait, ended);
	if (ended->estimated && (fate == FATE_RECORDED || fate == FATE_ESTIMATED))
		estimated_add(&sums->estimated, ended);
	if (fate == FATE_RECORDED) {
		if (!wait->looked_at)
			__sync_fetch_and_add(&waits_unwalked_ns,
					     ended->blocked_ns + ended->queued_ns);
		fate = record_wait(thread, wait, task, ended);
	}
	count_fate(here, fate);
}

/*
 * Counts the wait that is over, if there is one. With COUNT_CUT_END it is not: the capture ends while
 * it goes on.
 */
static void settle_wait(struct thread *thread, struct task_struct *task, __u8 cut)
{
	__u32 state = thread->over.state;
	bool found = state == THREAD_SEEN_BLOCKED || state == THREAD_SEEN_QUEUED;
	bool blocked = state == THREAD_BLOCKED || state == THREAD_SEEN_BLOCKED;
	__u64 from_ns = thread->over.from_ns, to_ns = thread->over.to_ns, queued_ns = from_ns;
	__u64 edge_ns = counted_since(thread);
	struct ended ended = {
		.walked_ns = later(from_ns, edge_ns),
		.activity = blocked ? COUNT_BLOCKED : COUNT_PREEMPTED,
		.cut = cut,
	};

	thread->over.state = 0;
	if (!state || to_ns <= edge_ns || thread->bystander)
		return;
	if (blocked)
		queued_ns = woken_at(thread, task, cut);
	ended.blocked_ns = counted_ns(thread, from_ns, queued_ns);
	ended.queued_ns = counted_ns(thread, queued_ns, to_ns);
	if (found || from_ns < edge_ns)
		ended.cut |= COUNT_CUT_BEGIN;
	count_time(thread, task, found ? &thread->found : &thread->wait, &ended);
}

/* The wait that the thread is in is over: at arrived_ns it got a CPU. */
static void wait_is_over(struct thread *thread, __u64 arrived_ns)
{
	thread->over.state = thread->state;
	thread->over.from_ns = thread->since_ns;
	thread->over.to_ns = arrived_ns;
	thread->over.woken_ns = thread->woken_ns;
}

/* Whether the thread is in a wait. */
static bool is_waiting(const struct thread *thread)
{
	switch (thread->state) {
	case THREAD_BLOCKED:
	case THREAD_QUEUED:
	case THREAD_SEEN_BLOCKED:
	case THREAD_SEEN_QUEUED:
		return true;
	default:
		return false;
	}
}

#endif
