/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stacks of a task, kernel and user: which registers they start from, and
 * by whom they are walked. Kernel stacks come from the kernel's own unwinder,
 * user stacks from unwind.h.
 */
#ifndef BOLOMETER_BPF_STACK_WALK_H
#define BOLOMETER_BPF_STACK_WALK_H

/* Frames that the kernel's own walker can return: kernel.perf_event_max_stack, at most ours. */
const volatile __u32 kernel_walk_limit = STACK_FRAMES_MAX;

/*
 * Whether there is a user stack: kernel threads have none, and neither has a thread that gave up
 * its memory because it exits, or because an execve() builds that of another program, whose
 * start_code is among the last fields to be set (fs/binfmt_elf.c). Taking that memory down can be
 * most of what a short process does.
 */
static bool has_user_memory(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;

	return !(task->flags & PF_KTHREAD) && mm && mm->start_code;
}

static bool in_user_mode(struct bpf_perf_event_data *ctx)
{
	return mode_is_user(REGS_MODE(&ctx->regs));
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
 * At the end of an execve() the registers are the new program's, whose mappings nobody has been told
 * of yet. It has not run: its first instruction is the root.
 */
static __always_inline __u64 walk_entered(struct walk *walk, struct task_struct *task)
{
	bool begins = walk->regs[REG_SP] == BPF_CORE_READ(task, mm, start_stack);
	__u64 header = walk_registers(walk, task->tgid);

	if (STACK_HEADER_END(header) != STACK_END_ROOT && BPF_CORE_READ_BITFIELD(task, in_execve)) {
		walk->end = begins ? STACK_END_ROOT : STACK_END_EXECUTING;
		return STACK_HEADER(begins ? 1 : STACK_HEADER_FRAMES(header), 0, walk->end);
	}
	return header;
}

/*
 * Frames of the user code from which the current task entered the kernel. `ctx` is the program's own.
 * Returns the header, 0 for none: a worker of the kernel in a process's memory never ran user code.
 */
static __always_inline __u64 walk_user_entry(void *ctx, struct task_struct *task, struct walk *walk)
{
	perf_regs *regs = user_regs(task);

	if (!REGS_IP(regs))
		return 0;
	walk->end = STACK_END_NO_FRAME_POINTER; /* where the kernel walks */
	if (mode_is_32_bit(REGS_MODE(regs)))
		return walk_with_kernel(ctx, &walk->stack, BPF_F_USER_STACK, walk->end);
	regs_copy(walk->regs, regs);
	return walk_entered(walk, task);
}

/* Frames of the user code that a sample met, or that had entered the kernel. The header, 0 for none. */
static __always_inline __u64 walk_user(struct bpf_perf_event_data *ctx, struct walk *walk)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!in_user_mode(ctx))
		return walk_user_entry(ctx, task, walk);
	walk->end = STACK_END_NO_FRAME_POINTER;
	if (mode_is_32_bit(REGS_MODE(&ctx->regs)))
		return walk_with_kernel(ctx, &walk->stack, BPF_F_USER_STACK, walk->end);
	regs_copy(walk->regs, &ctx->regs);
	return walk_registers(walk, task->tgid);
}

#endif
