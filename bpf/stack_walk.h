/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walking stacks into words: word 0 is the header, frames follow leaf first.
 *
 * Kernel stacks come from the kernel's own unwinder. User stacks are walked here,
 * along frame pointers: a helper call for every frame would cost more than all
 * the rest of a sample, so the stack is read a piece at a time and the chain is
 * followed within the piece. Another way of unwinding goes where walk_frames() is.
 */
#ifndef BOLOMETER_BPF_STACK_WALK_H
#define BOLOMETER_BPF_STACK_WALK_H

/* Frames that the kernel's own walker can return: kernel.perf_event_max_stack, at most ours. */
const volatile __u32 kernel_walk_limit = STACK_FRAMES_MAX;

/* A frame record this near below the thread's stack base belongs to its first frames. */
#define MAIN_ROOT_BYTES	  1024 /* below the argument vector: _start, __libc_start_main */
#define THREAD_ROOT_BYTES 4096 /* below the thread control block: TLS, start_thread, clone */

/*
 * A null frame pointer ends the chain of a thread that no libc started, a goroutine for one. Data
 * holds many zeros, too: it has to end more than a step.
 */
#define NULL_ROOT_FRAMES 3

/*
 * The piece of the stack that is read at once. Frames are 50 to 150 bytes as a rule; more would
 * read what is not needed, and never beyond a page, so that no part of it can be missing.
 */
#define WINDOW_WORDS 128
#define WINDOW_BYTES (WINDOW_WORDS * sizeof(__u64))
#define PAGE_BYTES   4096 /* or a multiple of it */
#define RECORD_BYTES 16	  /* a frame record: the caller's frame pointer, the return address */

/* One stack, and where its walk is. */
struct stack_words {
	__u64 words[STACK_WORDS_MAX];
	__u64 window[WINDOW_WORDS];
	__u64 window_base; /* address of window[0] */
	__u64 fp;	   /* the next frame record */
	__u64 record;	   /* the last one that was read; 0 before */
	__u32 window_bytes;
	__u32 frames;
};

/*
 * What the walk needs to know of registers and threads. The mode is read whole: the verifier
 * refuses narrowed loads of a program's context.
 */
#if defined(__TARGET_ARCH_x86)
#define REGS_IP(r)   ((r)->ip)
#define REGS_FP(r)   ((r)->bp)
#define REGS_MODE(r) (*(volatile __u64 *)&(r)->cs)
#define TASK_TLS(t)  ((t)->thread.fsbase)
#define USER_CS_32   0x23

static bool mode_is_user(__u64 mode)
{
	return mode & 3;
}

/* Frame records of 32-bit programs have another shape. */
static bool mode_is_32_bit(__u64 mode)
{
	return mode == USER_CS_32;
}

static perf_regs *user_regs(struct task_struct *task)
{
	return (perf_regs *)bpf_task_pt_regs(task);
}
#else
#define REGS_IP(r)    ((r)->pc)
#define REGS_FP(r)    ((r)->regs[29])
#define REGS_MODE(r)  (*(volatile __u64 *)&(r)->pstate)
#define TASK_TLS(t)   ((t)->thread.uw.tp_value)
#define PSR_MODE_MASK 0x0f
#define PSR_MODE_32   0x10

static bool mode_is_user(__u64 mode)
{
	return (mode & PSR_MODE_MASK) == 0;
}

static bool mode_is_32_bit(__u64 mode)
{
	return mode & PSR_MODE_32;
}

static perf_regs *user_regs(struct task_struct *task)
{
	return &((struct pt_regs *)bpf_task_pt_regs(task))->user_regs;
}
#endif

static bool in_user_mode(struct bpf_perf_event_data *ctx)
{
	return mode_is_user(REGS_MODE(&ctx->regs));
}

/* Whether a frame record lies where a thread's first frames are. */
static bool near_root(__u64 record)
{
	struct task_struct *task = bpf_get_current_task_btf();
	/* Not task->mm->...: the verifier of 6.18 takes 90 ms for each pointer followed so. */
	__u64 main_base = BPF_CORE_READ(task, mm, start_stack);
	__u64 thread_base = TASK_TLS(task);

	return main_base - record < MAIN_ROOT_BYTES || thread_base - record < THREAD_ROOT_BYTES;
}

/* Reads the piece of the stack that starts at the frame pointer; false if it is not there. */
static bool window_read(struct stack_words *stack)
{
	__u64 addr = stack->fp;
	__u32 bytes = PAGE_BYTES - (addr & (PAGE_BYTES - 1));

	if (bytes > WINDOW_BYTES)
		bytes = WINDOW_BYTES;
	if (bytes < RECORD_BYTES) /* one record across two pages */
		bytes = RECORD_BYTES;
	stack->window_base = addr;
	stack->window_bytes = bytes;
	return !bpf_probe_read_user(stack->window, bytes, (void *)addr);
}

/*
 * Takes one frame record: its return address is the next frame. Returns 1 while the chain goes on.
 *
 * Global, with the walk's state in memory: the verifier checks one step, not the paths through all
 * of them.
 */
__noinline int walk_step(struct stack_words *stack)
{
	__u64 fp, offset, caller;
	__u32 word;

	if (!stack)
		return 0;
	fp = stack->fp;
	offset = fp - stack->window_base;
	if (fp & (sizeof(__u64) - 1))
		return 0;
	if (offset > WINDOW_BYTES || offset + RECORD_BYTES > stack->window_bytes) {
		if (!window_read(stack))
			return 0;
		offset = 0;
	}
	word = offset / sizeof(__u64);
	stack->record = fp;
	stack->fp = stack->window[word & (WINDOW_WORDS - 1)];
	caller = stack->window[(word + 1) & (WINDOW_WORDS - 1)];
	if (!caller) {
		stack->fp = fp; /* zeros are no frame record: its null pointer says nothing */
		return 0;
	}
	stack->words[++stack->frames & (STACK_WORDS_MAX - 1)] = caller;
	return stack->fp > fp; /* callers lie above; else it is the root, or no frame pointer */
}

/*
 * Follows frame pointers from the innermost frame (ip, fp). Fills the words and returns the header:
 * how many frames, and why the walk ended. It reached the root where the last record lies at the
 * base of the stack, or where a chain ends in the null pointer.
 */
static __u64 walk_frames(struct stack_words *stack, __u64 ip, __u64 fp)
{
	__u32 end = STACK_END_NO_FRAME_POINTER;
	__u32 i;

	stack->words[1] = ip;
	stack->frames = 1;
	stack->fp = fp;
	stack->record = 0;
	stack->window_bytes = 0;
	for (i = 1; i < STACK_FRAMES_MAX; i++) {
		if (!walk_step(stack))
			break;
	}
	if (i == STACK_FRAMES_MAX)
		end = STACK_END_LIMIT;
	else if (!stack->fp && stack->frames >= NULL_ROOT_FRAMES)
		end = STACK_END_ROOT;
	else if (stack->record && near_root(stack->record))
		end = STACK_END_ROOT;
	return STACK_HEADER(stack->frames & (STACK_WORDS_MAX - 1), 0, end);
}

/* By the kernel's own walker, which does not say why it ended. */
static __u64 walk_with_kernel(void *ctx, struct stack_words *stack, __u64 flags, __u32 end)
{
	long bytes = bpf_get_stack(ctx, stack->words + 1, STACK_FRAMES_MAX * sizeof(__u64), flags);
	__u32 frames = bytes > 0 ? (__u32)bytes / sizeof(__u64) : 0;

	return STACK_HEADER(frames, 0, frames >= kernel_walk_limit ? STACK_END_LIMIT : end);
}

/* Frames of the interrupted kernel code. Returns the header, 0 for no frames. */
static __u64 walk_kernel(void *ctx, struct stack_words *stack)
{
	return walk_with_kernel(ctx, stack, 0, STACK_END_ROOT);
}

/*
 * In the middle of an execve() the registers are still those of the program before, and its memory
 * may be gone: what is missing then is not for want of a frame pointer.
 */
static __u64 walk_entered(perf_regs *regs, struct stack_words *stack, struct task_struct *task)
{
	__u64 header = walk_frames(stack, REGS_IP(regs), REGS_FP(regs));

	if (STACK_HEADER_END(header) != STACK_END_ROOT && BPF_CORE_READ_BITFIELD(task, in_execve))
		return STACK_HEADER(STACK_HEADER_FRAMES(header), 0, STACK_END_EXECUTING);
	return header;
}

/* Frames of the user code that runs, or that entered the kernel. */
static __u64 walk_user(struct bpf_perf_event_data *ctx, struct stack_words *stack)
{
	struct task_struct *task = bpf_get_current_task_btf();
	perf_regs *regs;

	if (in_user_mode(ctx)) {
		if (mode_is_32_bit(REGS_MODE(&ctx->regs)))
			return walk_with_kernel(ctx, stack, BPF_F_USER_STACK,
						STACK_END_NO_FRAME_POINTER);
		return walk_frames(stack, REGS_IP(&ctx->regs), REGS_FP(&ctx->regs));
	}
	regs = user_regs(task);
	if (mode_is_32_bit(REGS_MODE(regs)))
		return walk_with_kernel(ctx, stack, BPF_F_USER_STACK, STACK_END_NO_FRAME_POINTER);
	return walk_entered(regs, stack, task);
}

#endif
