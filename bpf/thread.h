/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each thread that is watched does, since when, and for how long it did
 * what so far: its books. All of it belongs to the task and goes with it; nothing
 * is kept for a CPU, since a thread that blocks on one wakes on another.
 *
 * The programs that take notice of a thread are never two at a time, but for the
 * one that wakes it: that may run while the thread is still on its way off the
 * CPU, and writes nothing but `woken_ns` unless the thread has arrived there.
 *
 * The capture begins and ends at moments that user space sets. Before, the
 * programs follow what threads do without counting it, so that all is known at
 * the beginning; nothing that is counted lies outside.
 *
 * A capture may be divided into intervals, each with books of its own. The interval of a thread ends,
 * and its next one begins, when a program that visits all threads takes it on (intervals.h); what the
 * thread did by then is counted by that one, and from then on what it does is counted as if the capture
 * had begun at this edge. The programs that take notice of the thread may run meanwhile, and never
 * wait: they say when they are at it (thread_enter(), thread_leave()), and the visitor then comes again.
 */
#ifndef BOLOMETER_BPF_THREAD_H
#define BOLOMETER_BPF_THREAD_H

#define NEVER_NS (~0ULL)

/* Threads that are no targets are watched as bystanders. */
const volatile bool watch_bystanders = false;

__u64 capture_begin_ns = NEVER_NS;
__u64 capture_end_ns = NEVER_NS;

const volatile bool in_intervals = false;
bool interval_turns;	    /* threads are being taken on */
__u64 interval_begin_ns; /* of the one that they are taken on to, or were last */

enum thread_state {
	THREAD_UNKNOWN, /* that there is a thread, and nothing of it yet */
	THREAD_CLAIMED, /* someone is finding out */
	THREAD_NEW,	/* forked; does not exist before it is started */
	THREAD_RUNNING, /* on a CPU */
	THREAD_BLOCKED, /* off it until it is woken, and until it runs after that */
	THREAD_QUEUED,	/* could run, and does not */
	THREAD_DEAD,
	THREAD_SEEN_RUNNING, /* the same as it was found: nothing of it has happened since */
	THREAD_SEEN_BLOCKED,
	THREAD_SEEN_QUEUED,
	THREAD_DOZING, /* what it does is added up elsewhere; see doze.h */
	THREAD_CLOSED, /* the capture is over, and so are its books */
};

/* What a thread waits for; see waits_for.h. */
struct wait_reason {
	__s16 syscall;
	__u8 object;
	__u8 flags; /* COUNT_... */
};

/* A wait as it began: what it will be counted under. */
struct wait {
	__u64 user_stack, kernel_stack;
	__u32 fate;   /* FATE_RECORDED, or why it will not be counted */
	__u32 one_in; /* waits that begin like this one are looked at, and stand for so many */
	__u32 looked_at;
	__u32 cpu;
	__u32 exec_id;
	struct wait_reason reason;
};

/* A wait that has ended, until its time is counted: when the thread next leaves the CPU. */
struct over {
	__u64 state; /* the thread's then: blocked or queued, seen so or found so; 0: there is none */
	__u64 from_ns, to_ns;
	__u64 woken_ns; /* when something had last tried to wake it by then */
};

/* What a thread did within an interval, or the capture. */
struct thread_sums {
	__u64 cpu_ns, blocked_ns, queued_ns;
	struct estimated estimated; /* of that, what others stand for */
};

/*
 * The guard of a thread: the number of its interval, how often programs were at it, and in the last bit
 * whether one is.
 */
#define GUARD_BUSY	      1ULL
#define GUARD_INTERVAL(guard) ((__u32)((guard) >> 32))
#define GUARD(interval, uses) ((__u64)(interval) << 32 | ((uses) & ~1U))

struct thread {
	__u64 guard;
	__u64 guard_next; /* what it will be when the program that is at it ends */
	__u64 edge_ns;	  /* where its interval began; 0: with the capture */
	__u64 edge_next_ns; /* where that begins that it may be taken on to now, or was last */
	__u32 interval;	  /* as the programs know it that take notice of the thread */
	__u32 taken_on;	  /* the last one that it was taken on to, and whose */
	__u32 handed;	  /* books, of the one before, were handed over */
	__u32 pad;
	__u64 before_ns;  /* where the one before had begun */
	__u32 state;	 /* enum thread_state; written last */
	__u16 bystander; /* no target: only who wakes it is kept, for the chains of those it wakes */
	__u16 leaving;	 /* it has begun to end, and is one of threads_leaving */
	__u32 due;	 /* not 0: the next wait is looked at, and stands for so many */
	__u32 closed;	 /* 1: someone counts what it did at the end of the capture, or has */
	__u64 since_ns;	 /* in this state; of threads that were found, 0 */
	struct over over;
	__u64 woken_ns;			     /* when something last tried to wake it */
	__u64 begin_ns;			     /* of its life; of threads that were found, 0 */
	struct thread_sums sums[2];	     /* by the interval's last bit */
	__u64 left_ns;			     /* when it last left the CPU */
	__u64 delayed_ns;		     /* by then, as the kernel counts it; see delay.h */
	__u64 noted_arrival;		     /* the last one by then, likewise, of its clock */
	__u64 clock_offset_ns;
	struct wait wait;
	struct wait found;	  /* the wait it was found in; apart, as it may just have ended */
	__u64 wakers[WAKERS_MAX]; /* who ended the last wait */
	char rival[SHARED_COMM_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread);
} threads SEC(".maps");

/*
 * Threads that have begun to end and whose books are still open. The kernel takes such a thread off its
 * lists, and reports its end to whoever waits for it, before it leaves the CPU for the last time; on a
 * busy machine it may have to wait for a CPU in between.
 */
__u64 threads_leaving;

/* Threads that cannot be watched for want of memory. */
__u64 threads_missed;

/* The books of threads that ended. Sized by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} thread_records SEC(".maps");

__u64 thread_records_lost;

/* NULL for threads that are not watched, at the cost of one look where nobody else keeps anything. */
static struct thread *thread_of(struct task_struct *task)
{
	if (!task->bpf_storage)
		return NULL;
	return bpf_task_storage_get(&threads, task, NULL, 0);
}

static const struct thread new_bystander = {.bystander = 1};

/*
 * Not from where the scheduler holds its locks: this allocates. A thread that is watched already is
 * what it was. One that is not may switch at once, so it is a bystander from the beginning or never.
 */
static struct thread *thread_watch(struct task_struct *task, bool bystander)
{
	struct thread *thread =
		bpf_task_storage_get(&threads, task, bystander ? (void *)&new_bystander : NULL,
				     BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!thread)
		__sync_fetch_and_add(&threads_missed, 1);
	return thread;
}

static bool is_idle(struct task_struct *task)
{
	return !task->pid;
}

static __u64 later(__u64 a_ns, __u64 b_ns)
{
	return a_ns > b_ns ? a_ns : b_ns;
}

/* Where the capture, or the thread's interval, began. */
static __u64 counted_since(const struct thread *thread)
{
	return in_intervals ? later(capture_begin_ns, thread->edge_ns) : capture_begin_ns;
}

/* Of its interval. */
static struct thread_sums *sums_of(struct thread *thread)
{
	return &thread->sums[in_intervals ? thread->interval & 1 : 0];
}

/*
 * The tables for what a thread does: those in use, or the others as long as it is not taken on to the
 * interval that these are of. Threads that are on their way out are in no list, and so never are.
 */
static __u32 tables_for(const struct thread *thread)
{
	__u32 word = tables_active, interval = in_intervals ? GUARD_INTERVAL(thread->guard) : 0;

	return interval && interval != word >> 1 && interval_turns ? !(word & 1) : word & 1;
}

/* A program begins to take notice of a thread; what it knows of its interval may be old. */
static void thread_enter(struct thread *thread)
{
	__u32 interval;
	__u64 guard;

	if (!in_intervals)
		return;
	guard = __sync_fetch_and_or(&thread->guard, GUARD_BUSY);
	interval = GUARD_INTERVAL(guard);
	if (!interval) /* it was never taken on to one */
		interval = interval_now();
	else if (interval != thread->interval)
		thread->edge_ns = thread->edge_next_ns;
	thread->interval = interval;
	thread->guard_next = GUARD(interval, (__u32)guard + 2);
}

static void thread_leave(struct thread *thread)
{
	if (in_intervals)
		__sync_lock_test_and_set(&thread->guard, thread->guard_next);
}

/* Time from one moment to another, as far as it lies within the capture, or the thread's interval. */
static __u64 counted_ns(const struct thread *thread, __u64 from_ns, __u64 to_ns)
{
	from_ns = later(from_ns, counted_since(thread));
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

static void thread_becomes(struct thread *thread, enum thread_state state, __u64 now_ns)
{
	thread->since_ns = now_ns;
	/* A waker on another CPU sees all or nothing. */
	__sync_lock_test_and_set(&thread->state, state);
}

/* Of what a bystander did nothing counts. */
static void bystander_becomes_target(struct thread *thread, __u64 now_ns)
{
	thread->over.state = 0;
	thread->sums[0].cpu_ns = thread->sums[1].cpu_ns = 0;
	thread->begin_ns = now_ns;
	thread->bystander = 0;
}

static void thread_record_fill(struct thread_record *record, struct thread *thread,
			       struct task_struct *task, const struct thread_sums *sums,
			       __u64 begin_ns, __u64 end_ns)
{
	record->begin_ns = later(thread->begin_ns, begin_ns);
	record->end_ns = end_ns;
	record->cpu_ns = sums->cpu_ns;
	record->blocked_ns = sums->blocked_ns;
	record->queued_ns = sums->queued_ns;
	record->estimated = sums->estimated;
	record->interval = thread->interval;
	record->tgid = task->tgid;
	record->tid = task->pid;
	bpf_probe_read_kernel(record->comm, sizeof(record->comm), task->comm);
}

/* Its books are closed; by the one who took them on. */
static void thread_has_left(struct thread *thread)
{
	if (thread->leaving)
		__sync_fetch_and_add(&threads_leaving, -1);
	thread->leaving = 0;
}

/* The books of a thread that leaves the CPU for the last time, up to end_ns. */
static void thread_ends(struct thread *thread, struct task_struct *task, __u64 end_ns)
{
	struct thread_record record = {};

	thread_becomes(thread, THREAD_DEAD, end_ns);
	if (end_ns > capture_begin_ns && !thread->bystander) {
		thread_record_fill(&record, thread, task, sums_of(thread), counted_since(thread),
				   end_ns);
		if (bpf_ringbuf_output(&thread_records, &record, sizeof(record), BPF_RB_NO_WAKEUP))
			__sync_fetch_and_add(&thread_records_lost, 1);
	}
	thread_has_left(thread);
}

#endif
