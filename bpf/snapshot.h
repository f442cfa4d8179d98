/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snapshots: where a walk met something that user space has not told it yet (a
 * process, a mapping, a table) or that no row can say, the registers and the
 * stack are copied out, and the stack is completed there.
 *
 * This costs a hundred times what a walk costs. So it is limited: a CPU copies
 * so many bytes in a piece of time and no more; beyond that the stack stays
 * incomplete, says so, and is counted.
 */
#ifndef BOLOMETER_BPF_SNAPSHOT_H
#define BOLOMETER_BPF_SNAPSHOT_H

const volatile bool want_snapshots = false;

/* Bytes of one CPU in one window of time: 32 MB/s. */
#define SNAPSHOT_WINDOW_SHIFT 26 /* 67 ms */
#define SNAPSHOT_WINDOW_BYTES (2 << 20)

/* Below the stack pointer: what a leaf function of x86-64 may use without moving it. */
#define RED_ZONE_BYTES 128

/* More than this is no gap in a stack, but its end. */
#define SNAPSHOT_GAP_BYTES (4 * SNAPSHOT_PAGE_BYTES)

/* Above the place that is known to be near a stack's base. */
#define ROOT_MARGIN_BYTES 64

/* Sized by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} snapshots SEC(".maps");

__u64 snapshots_limited; /* not taken: the CPU had copied enough for a while */
__u64 snapshots_full;	 /* not taken: user space was behind */

/* One CPU's: a copy to send from, and how much it sent. */
struct snapshot_buffer {
	struct unwind_snapshot head;
	char stack[SNAPSHOT_STACK_MAX];
	__u64 window; /* number of the time window */
	__u64 window_bytes;
};

/* Whether a snapshot can help with a stack that was walked. */
static bool snapshot_helps(const struct stack_words *stack)
{
	__u32 end = STACK_HEADER_END(stack->words[0]);

	return end == STACK_END_NO_PROCESS || end == STACK_END_NO_MAPPING ||
	       end == STACK_END_NO_TABLE || end == STACK_END_NO_RULE;
}

/* How much lies above `addr` up to the stack's base, where that can be told; else the most. */
static __u64 stack_extent(__u64 addr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 main_extent = BPF_CORE_READ(task, mm, start_stack) + ROOT_MARGIN_BYTES - addr;
	__u64 thread_extent = TASK_TLS(task) + ROOT_MARGIN_BYTES - addr;
	__u64 extent = main_extent < thread_extent ? main_extent : thread_extent;

	return extent < SNAPSHOT_STACK_MAX ? extent & ~7ULL : SNAPSHOT_STACK_MAX;
}

/*
 * Copies the stack from head.stack_addr on, page by page. Pages that no frame has touched yet are not
 * there: the one below the stack pointer, or under a large buffer. After some of them it has ended.
 */
__noinline int snapshot_copy(struct snapshot_buffer *buffer)
{
	__u64 addr, extent;
	__u64 missing = 0;
	__u32 done = 0, there = 0, i;

	if (!buffer)
		return 0;
	addr = buffer->head.stack_addr;
	extent = stack_extent(addr);
	for (i = 0; i <= SNAPSHOT_STACK_MAX / SNAPSHOT_PAGE_BYTES && done < extent; i++) {
		__u64 bytes = SNAPSHOT_PAGE_BYTES - (addr & (SNAPSHOT_PAGE_BYTES - 1));

		if (bytes > extent - done)
			bytes = extent - done;
		/*
		 * The compiler knows that the bound holds and would leave the test out. Verifiers before
		 * Linux 6.8 (commit 67420501e868, bounds of two registers that are compared) do not.
		 */
		barrier_var(bytes);
		if (done > SNAPSHOT_STACK_MAX - SNAPSHOT_PAGE_BYTES || !bytes ||
		    bytes > SNAPSHOT_PAGE_BYTES)
			break;
		if (bpf_probe_read_user(buffer->stack + done, bytes, (void *)addr))
			missing |= 1ULL << i;
		else
			there = done + bytes;
		done += bytes;
		addr += bytes;
		if (done - there > SNAPSHOT_GAP_BYTES)
			break;
	}
	buffer->head.stack_missing = missing;
	buffer->head.stack_bytes = there;
	return there;
}


static bool snapshot_allowed(struct snapshot_buffer *buffer, __u64 now_ns)
{
	__u64 window = now_ns >> SNAPSHOT_WINDOW_SHIFT;

	if (buffer->window != window) {
		buffer->window = window;
		buffer->window_bytes = 0;
	}
	return buffer->window_bytes < SNAPSHOT_WINDOW_BYTES;
}

/*
 * Sends what was walked, and what it takes to walk on. NULL for no kernel stack. False when it was
 * not sent.
 */
static bool snapshot_send(struct snapshot_buffer *buffer, const struct count_key *key,
			  __u64 now_ns, struct walk *walk, const struct stack_words *kernel)
{
	__u64 bytes;

	/* What is too long to be copied is better off in the tables. */
	if (STACK_HEADER_FRAMES(walk->stack.words[0]) >= SNAPSHOT_WORDS ||
	    (kernel && STACK_HEADER_FRAMES(kernel->words[0]) >= SNAPSHOT_WORDS))
		return false;
	if (!snapshot_allowed(buffer, now_ns)) {
		__sync_fetch_and_add(&snapshots_limited, 1);
		return false;
	}
	buffer->head.key = *key;
	buffer->head.time_ns = now_ns;
	bpf_probe_read_kernel(buffer->head.regs, sizeof(buffer->head.regs), walk->regs);
	bpf_probe_read_kernel(buffer->head.user, sizeof(buffer->head.user), walk->stack.words);
	if (kernel)
		bpf_probe_read_kernel(buffer->head.kernel, sizeof(buffer->head.kernel),
				      kernel->words);
	else
		buffer->head.kernel[0] = 0;
	buffer->head.stack_addr = (walk->regs[REG_SP] - RED_ZONE_BYTES) & ~7ULL;
	bytes = sizeof(buffer->head) + (__u32)snapshot_copy(buffer);
	if (bytes > sizeof(buffer->head) + SNAPSHOT_STACK_MAX)
		return false;
	buffer->window_bytes += bytes;
	if (bpf_ringbuf_output(&snapshots, buffer, bytes, 0)) {
		__sync_fetch_and_add(&snapshots_full, 1);
		return false;
	}
	return true;
}

#endif
