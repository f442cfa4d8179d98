/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that switch so often that to take notice of every switch would alone cost
 * more than the limit allows. Such a thread dozes: of its next switches only times
 * and numbers are added up, in a slot found by its number, by the clock of the run
 * queue, which the scheduler has just read. When as many waits have passed as the
 * limit and chance wanted, it wakes up: its books get the sums, and the wait that
 * then begins is looked at and stands for those that were not.
 *
 * A wait that is too long to be an estimate, or of a kind that was not asked for,
 * ends the doze before it begins, so it is counted as if there had been none.
 *
 * Here, too, all programs that touch a slot run one after the other, as they do for
 * the thread; see thread.h.
 */
#ifndef BOLOMETER_BPF_DOZE_H
#define BOLOMETER_BPF_DOZE_H

#define DOZE_SLOTS	1024	  /* a power of two */
#define DOZE_ONE_IN_MIN 8	  /* for less it is not worth it */
#define DOZE_GAP_MAX_NS (1 << 16) /* threads that have not switched for longer need not */
#define DOZE_LONGEST_NS (1 << 24)

/* Waits of one kind. */
struct dozed {
	__u64 waits, ns;
	__u64 short_waits, short_ns; /* of those, shorter than min_wait_ns */
};

struct doze {
	__u32 tid;  /* 0: the slot is free */
	__u32 interval; /* that it began in */
	__u32 left; /* switches until it ends */
	__u32 one_in;
	__u32 cpu, state; /* when the thread last left */
	__u32 blocks;
	__u64 clock_offset_ns;
	__u64 begin_ns;
	__u64 left_ns, arrived_ns; /* the thread, last; 0: it has not arrived since */
	__u64 delayed_ns;	   /* at the beginning, as the scheduler counts it; see delay.h */
	__u64 noted_delay_ns, noted_arrival; /* when it last left, likewise */
	__u64 cpu_ns;
	struct dozed blocked, preempted;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DOZE_SLOTS);
	__type(key, __u32);
	__type(value, struct doze);
} dozes SEC(".maps");

/* Without the run queue's clock nothing dozes. */
static bool clock_is_near(struct task_struct *task)
{
	return scheduler_notes(task) && bpf_core_field_exists(task->se.cfs_rq) &&
	       bpf_core_field_exists(task->se.cfs_rq->rq) &&
	       bpf_core_field_exists(task->se.cfs_rq->rq->clock);
}

/* Read when the CPU last began to switch, for a task that leaves it or arrives there. */
static __u64 near_clock_ns(struct task_struct *task)
{
	return task->se.cfs_rq->rq->clock;
}

/* Never NULL, which only the verifier cannot know. */
static struct doze *doze_slot(struct task_struct *task)
{
	__u32 slot = (__u32)task->pid % DOZE_SLOTS;

	return bpf_map_lookup_elem(&dozes, &slot);
}

/* NULL for threads that do not. */
static struct doze *doze_of(struct task_struct *task)
{
	struct doze *doze = doze_slot(task);

	return doze && doze->tid && doze->tid == (__u32)task->pid ? doze : NULL;
}

static __u64 doze_now(const struct doze *doze, struct task_struct *task, __u64 since_ns)
{
	return later(near_clock_ns(task) + doze->clock_offset_ns, since_ns);
}

/* The interval that threads may doze in; the next one, a moment before that begins. */
__u32 dozes_interval;

/* Whether threads go on to doze; a moment before the end, or an interval's, all are to be wide awake. */
static bool may_doze(__u32 interval)
{
	return capture_end_ns == NEVER_NS && (!in_intervals || interval == dozes_interval);
}

/* A thread gets a CPU. False when it does not doze, or no longer: it has to be looked at. */
static bool dozes_on(struct task_struct *task)
{
	struct doze *doze = doze_of(task);
	struct dozed *sum;
	__u64 now_ns, ns;

	if (!doze || doze->arrived_ns || !may_doze(doze->interval))
		return false;
	sum = doze->blocks ? &doze->blocked : &doze->preempted;
	now_ns = doze_now(doze, task, doze->left_ns);
	ns = now_ns - doze->left_ns;
	if (ns >= LIMIT_LONG_NS || ns > max_wait_ns)
		return false;
	sum->waits++;
	sum->ns += ns;
	if (ns < min_wait_ns) {
		sum->short_waits++;
		sum->short_ns += ns;
	}
	doze->arrived_ns = now_ns;
	return true;
}

static void doze_has_left(struct doze *doze, struct task_struct *task, __u32 cpu, bool blocks,
			  __u32 state, __u64 now_ns)
{
	doze->left_ns = now_ns;
	doze->arrived_ns = 0;
	doze->cpu = cpu;
	doze->blocks = blocks;
	doze->state = state;
	doze->noted_delay_ns = task->sched_info.run_delay;
	doze->noted_arrival = task->sched_info.last_arrival;
}

/* It leaves the CPU. False likewise. */
static bool dozes_away(struct task_struct *task, bool blocks, __u32 state)
{
	__u32 cpu = bpf_get_smp_processor_id(), fate;
	struct doze *doze = doze_of(task);
	__u64 now_ns;

	if (!doze || !doze->arrived_ns || state & TASK_DEAD || !may_doze(doze->interval) ||
	    !--doze->left)
		return false;
	fate = wait_fate(task, cpu, blocks, state);
	now_ns = doze_now(doze, task, doze->arrived_ns);
	if ((fate != FATE_RECORDED && fate != FATE_NOT_A_WAIT) ||
	    now_ns - doze->begin_ns > DOZE_LONGEST_NS)
		return false;
	doze->cpu_ns += now_ns - doze->arrived_ns;
	doze_has_left(doze, task, cpu, blocks, state, now_ns);
	return true;
}

/*
 * A thread has left the CPU, and was not looked at: it dozes from here on, if it switches often enough.
 * How long is a matter of chance, so that no rhythm of its waits decides which one is looked at.
 */
static bool doze_begins(struct thread *thread, struct task_struct *task, bool blocks, __u32 state,
			__u64 gap_ns, __u64 now_ns)
{
	const struct wait *wait = &thread->wait;
	struct limit *limit = limit_here();
	struct doze *doze = doze_slot(task);
	__u32 one_in = wait->one_in;

	if (!limit || !doze || wait->fate != FATE_RECORDED || wait->looked_at || thread->due ||
	    one_in < DOZE_ONE_IN_MIN || gap_ns > DOZE_GAP_MAX_NS || now_ns < capture_begin_ns ||
	    !may_doze(thread->interval) || !clock_is_near(task) ||
	    __sync_val_compare_and_swap(&doze->tid, 0, task->pid))
		return false;
	doze->interval = thread->interval;
	doze->one_in = one_in;
	doze->left = one_in / 2 + (limit_random(limit) & (one_in - 1)) + 1;
	doze->clock_offset_ns = now_ns - near_clock_ns(task);
	doze->begin_ns = now_ns;
	doze_has_left(doze, task, wait->cpu, blocks, state, now_ns);
	doze->delayed_ns = doze->noted_delay_ns;
	doze->cpu_ns = 0;
	__builtin_memset(&doze->blocked, 0, sizeof(doze->blocked));
	__builtin_memset(&doze->preempted, 0, sizeof(doze->preempted));
	return true;
}

/* What of waits is not too short to be counted, of a time that is divided among all of them. */
static __u64 dozed_part(const struct dozed *sum, __u64 ns)
{
	return sum->ns ? ns * (sum->ns - sum->short_ns) / sum->ns : 0;
}

static void count_dozed(const struct dozed *sum, __u32 fate)
{
	struct event_fates *here = fates_here();

	if (!here)
		return;
	count_fates(here, FATE_FIRED, sum->waits);
	count_fates(here, fate, sum->waits - sum->short_waits);
	count_fates(here, fate == FATE_ESTIMATED ? FATE_TOO_SHORT : fate, sum->short_waits);
}

/* What it waited for a CPU in all, as far as that is in the sums. */
static __u64 doze_delay_ns(const struct doze *doze, struct task_struct *task)
{
	__u64 delayed_ns = task->sched_info.run_delay;

	barrier_var(
		delayed_ns); /* else one instruction reads what either of two pointers points at */
	return (doze->arrived_ns ? delayed_ns : doze->noted_delay_ns) - doze->delayed_ns;
}

/* The sums, to the thread's books. */
static void doze_settle(struct thread *thread, const struct doze *doze, struct task_struct *task)
{
	const struct dozed *blocked = &doze->blocked, *preempted = &doze->preempted;
	struct thread_sums *sums = sums_of(thread);
	struct estimated *estimated = &sums->estimated;
	__u64 queued_ns = doze_delay_ns(doze, task), blocked_ns;

	sums->cpu_ns += doze->cpu_ns;
	if (thread->bystander)
		return;
	queued_ns = queued_ns > preempted->ns ? queued_ns - preempted->ns : 0;
	queued_ns = between(queued_ns, 0, blocked->ns);
	blocked_ns = blocked->ns - queued_ns;
	sums->blocked_ns += blocked_ns;
	sums->queued_ns += queued_ns + preempted->ns;
	estimated->waits += blocked->waits - blocked->short_waits;
	estimated->queueings += blocked->waits - blocked->short_waits;
	estimated->blocked_ns += dozed_part(blocked, blocked_ns);
	estimated->queued_ns += dozed_part(blocked, queued_ns);
	count_dozed(blocked, FATE_ESTIMATED);
	if (want_queued) {
		estimated->preemptions += preempted->waits - preempted->short_waits;
		estimated->preempted_ns += preempted->ns - preempted->short_ns;
		count_dozed(preempted, FATE_ESTIMATED);
	} else {
		count_dozed(preempted, FATE_NOT_A_WAIT);
	}
}

/*
 * The end, when the thread is about to leave the CPU that it has arrived at, or to arrive after it has
 * left one: from then on it is as if it had been awake, in the wait or the run that is not in the sums.
 */
static void doze_ends(struct thread *thread, struct doze *doze, struct task_struct *task)
{
	struct limit *limit = limit_here();
	struct wait *wait = &thread->wait;

	/* Whoever ended the interval that it began in has taken the sums. */
	if (!in_intervals || doze->interval == thread->interval) {
		if (limit)
			limit_notice_dozed(limit, doze->blocked.waits + doze->preempted.waits);
		doze_settle(thread, doze, task);
	}
	thread->due = doze->left ? 0 : doze->one_in;
	thread->left_ns = doze->left_ns;
	thread->delayed_ns = doze->noted_delay_ns;
	thread->noted_arrival = doze->noted_arrival;
	if (doze->arrived_ns) {
		thread_becomes(thread, THREAD_RUNNING, doze->arrived_ns);
	} else {
		wait->user_stack = wait->kernel_stack = STACK_ID_NONE;
		wait->one_in = doze->one_in;
		wait->looked_at = 0;
		wait->cpu = doze->cpu;
		wait->exec_id = (__u32)task->self_exec_id;
		wait->fate = wait_fate(task, doze->cpu, doze->blocks, doze->state);
		wait_reason_fill(&wait->reason, task, doze->state, false);
		thread_becomes(thread, doze->blocks ? THREAD_BLOCKED : THREAD_QUEUED,
			       doze->left_ns);
	}
}

/*
 * Wakes a thread up, if it dozes. It does not any more if it has become a target meanwhile, whose
 * life begins then.
 */
static void doze_interrupt(struct thread *thread, struct task_struct *task)
{
	struct doze *doze = doze_of(task);

	if (!doze)
		return;
	if (thread->state == THREAD_DOZING)
		doze_ends(thread, doze, task);
	doze->tid = 0;
}

/* A thread is new: what has its number is of one whose end was not seen. */
static void doze_forget(struct task_struct *task)
{
	struct doze *doze = doze_of(task);

	if (doze)
		doze->tid = 0;
}

#endif
