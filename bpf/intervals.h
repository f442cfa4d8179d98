/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an interval ends and the next one begins. User space says when that is and has all threads
 * visited. Each is taken on to the next interval, by changing the number in its guard: if a program was
 * at the thread meanwhile, that fails, and the thread is visited again. So what is counted here is what
 * the thread was like at the change.
 *
 * The edge is the moment that user space chose; of a thread of which something has been noticed since,
 * it is where what it does now began. So nothing that has an end lies on both sides, and what goes on
 * is cut there, as at the end of a capture.
 *
 * Counted are a copy of the thread's state and the sums that nobody else adds to any more.
 */
#ifndef BOLOMETER_BPF_INTERVALS_H
#define BOLOMETER_BPF_INTERVALS_H

__u64 threads_busy; /* were not taken on, since a program was at them */

struct turning {
	struct thread thread;
	struct doze doze;
};

/* One such program runs at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct turning);
} turning SEC(".maps");

/* Since when a thread does what it does. */
static __u64 doing_since(const struct turning *copy)
{
	if (copy->doze.tid && copy->thread.state == THREAD_DOZING)
		return later(copy->doze.left_ns, copy->doze.arrived_ns);
	return copy->thread.since_ns;
}

/* Takes a thread on to the interval, with a copy of what it was like. False: it has to be visited again. */
static __always_inline bool take_on(struct thread *thread, struct task_struct *task,
				    struct turning *copy, __u32 interval)
{
	__u64 guard = __sync_fetch_and_or(&thread->guard, 0);
	struct doze *doze = doze_of(task);

	copy->doze.tid = 0;
	if (!(guard & GUARD_BUSY)) {
		bpf_probe_read_kernel(&copy->thread, sizeof(copy->thread), thread);
		if (doze)
			bpf_probe_read_kernel(&copy->doze, sizeof(copy->doze), doze);
		thread->edge_next_ns = later(interval_begin_ns, doing_since(copy));
	}
	if (guard & GUARD_BUSY ||
	    __sync_val_compare_and_swap(&thread->guard, guard,
					GUARD(interval, (__u32)guard + 2)) != guard) {
		__sync_fetch_and_add(&threads_busy, 1);
		return false;
	}
	return true;
}

/* Whether a thread has books. */
static bool has_books(const struct thread *thread)
{
	return !thread->bystander && !is_unknown(thread) && thread->state != THREAD_NEW &&
	       thread->state != THREAD_DEAD && thread->state != THREAD_CLOSED;
}

/* What it did up to the edge, into the sums of the copy. */
static __always_inline void count_until(struct thread *copy, struct task_struct *task,
					__u64 edge_ns)
{
	if (is_waiting(copy) && task->on_cpu && missed_arrival(copy, task, edge_ns) < edge_ns)
		thread_is_here(copy, task, edge_ns);
	settle_wait(copy, task, 0);
	if (is_waiting(copy)) {
		if (!task->on_cpu && copy->since_ns < edge_ns)
			add_kernel_stack(tables_for(copy), &copy->wait, task,
					 counted_ns(copy, copy->since_ns, edge_ns));
		wait_is_over(copy, edge_ns);
		settle_wait(copy, task, COUNT_CUT_END);
	} else {
		sums_of(copy)->cpu_ns += counted_ns(copy, copy->since_ns, edge_ns);
	}
}

/* Ends the interval of a thread that was taken on to the next one. */
static __always_inline void end_interval(struct thread *thread, struct task_struct *task,
					 struct turning *copy, __u32 interval)
{
	struct thread *before = &copy->thread;
	__u64 edge_ns = thread->edge_next_ns;

	/* Also of one of which nothing has been noticed in that interval, or ever. */
	before->interval = interval - 1;
	before->guard = GUARD(interval - 1, 0);
	if (copy->doze.tid && before->state == THREAD_DOZING)
		doze_ends(before, &copy->doze, task);
	if (has_books(before)) {
		thread->before_ns = counted_since(before);
		count_until(before, task, edge_ns);
		thread->sums[(interval & 1) ^ 1] = *sums_of(before);
		thread->taken_on = interval;
	}
	thread->edge_ns = edge_ns;
}

/*
 * When the record finds no room the thread is visited again; but it may have ended by then, so its books
 * go the way that those of such threads do. In a frame of its own; see hand_over_books().
 */
static __attribute__((noinline)) void
hand_over_interval(struct bpf_iter__task *ctx, struct thread *thread, struct task_struct *task,
		   __u32 interval)
{
	struct interval_record record = {};
	struct thread_sums *sums = &thread->sums[(interval & 1) ^ 1];
	bool has_books = thread->taken_on == interval && thread->handed != interval;

	if (has_books)
		thread_record_fill(&record.books, thread, task, sums, thread->before_ns,
				   thread->edge_ns);
	record.books.interval = interval - 1;
	record.stacks[0] = thread->wait.user_stack;
	record.stacks[1] = thread->wait.kernel_stack;
	record.stacks[2] = thread->found.user_stack;
	record.stacks[3] = thread->found.kernel_stack;
	__builtin_memcpy(record.wakers, thread->wakers, sizeof(record.wakers));
	if (bpf_seq_write(ctx->meta->seq, &record, sizeof(record)) && has_books &&
	    bpf_ringbuf_output(&thread_records, &record.books, sizeof(record.books),
			       BPF_RB_NO_WAKEUP))
		return;
	if (!has_books)
		return;
	__builtin_memset(sums, 0, sizeof(*sums));
	thread->handed = interval;
}

SEC("?iter/task")
int turn_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 zero = 0, interval = interval_now();
	struct turning *copy = bpf_map_lookup_elem(&turning, &zero);
	struct thread *thread;

	if (!task || !copy)
		return 0;
	thread = thread_of(task);
	if (!thread)
		return 0;
	if (GUARD_INTERVAL(thread->guard) != interval) {
		if (!take_on(thread, task, copy, interval))
			return 0;
		end_interval(thread, task, copy, interval);
	}
	hand_over_interval(ctx, thread, task, interval);
	return 0;
}

#endif
