/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walking stacks into words: word 0 is left for the header, frames follow leaf
 * first. This is where another way of unwinding goes: walk_user() fills the
 * frames, and walk_user_end() says, once for each new stack, why it ended.
 */
#ifndef BOLOMETER_BPF_STACK_WALK_H
#define BOLOMETER_BPF_STACK_WALK_H

/* Frames that the kernel's own walker can return: kernel.perf_event_max_stack, at most ours. */
const volatile __u32 walk_limit = STACK_FRAMES_MAX;

/* A frame pointer this near below the thread's stack base belongs to its first frames. */
#define MAIN_ROOT_BYTES	  1024 /* below the argument vector: _start, __libc_start_main */
#define THREAD_ROOT_BYTES 4096 /* below the thread control block: TLS, start_thread, clone */

#if defined(__TARGET_ARCH_x86)
static bool regs_in_user_mode(struct bpf_perf_event_data *ctx)
{
	/* Read whole: the verifier refuses a narrowed load of this field. */
	return *(volatile __u64 *)&ctx->regs.cs & 3;
}
#define REGS_FP(regs)	(regs)->bp
#define TASK_TLS(task)	((task)->thread.fsbase)
#else
static bool regs_in_user_mode(struct bpf_perf_event_data *ctx)
{
	return (*(volatile __u64 *)&ctx->regs.pstate & 0xf) == 0;
}
#define REGS_FP(regs)	(regs)->regs[29]
#define TASK_TLS(task)	((task)->thread.uw.tp_value)
#endif

/* Frames of the interrupted kernel code; 0 when it was not in the kernel. */
static __u32 walk_kernel(void *ctx, __u64 *words)
{
	long bytes = bpf_get_stack(ctx, words + 1, STACK_FRAMES_MAX * sizeof(*words), 0);

	return bytes > 0 ? (__u32)bytes / sizeof(*words) : 0;
}

/* Frames of the user code that runs, or that entered the kernel. */
static __u32 walk_user(void *ctx, __u64 *words)
{
	long bytes = bpf_get_stack(ctx, words + 1, STACK_FRAMES_MAX * sizeof(*words),
				   BPF_F_USER_STACK);

	return bytes > 0 ? (__u32)bytes / sizeof(*words) : 0;
}

/* Whether a frame record lies where a thread's first frames are. */
static bool near_root(struct task_struct *task, __u64 fp)
{
	/* Not task->mm->...: the verifier of 6.18 takes 90 ms for each pointer followed so. */
	__u64 main_base = BPF_CORE_READ(task, mm, start_stack);
	__u64 thread_base = TASK_TLS(task);

	return main_base - fp < MAIN_ROOT_BYTES || thread_base - fp < THREAD_ROOT_BYTES;
}

/* The frame pointer with which user code entered the kernel, or was interrupted. */
static bool user_frame_pointer(struct bpf_perf_event_data *ctx, __u64 *ret_fp)
{
	perf_regs *regs;

	if (regs_in_user_mode(ctx)) {
		*ret_fp = REGS_FP(&ctx->regs);
		return true;
	}
	regs = (perf_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return !bpf_probe_read_kernel(ret_fp, sizeof(*ret_fp), &REGS_FP(regs));
}

/*
 * Why the walk along the frame pointers stopped after `frames` frames. Follows the chain again, to
 * see where the last record is and what it points to: a root has the null pointer, or lies at the
 * base of the stack. Too slow for every sample; a stack is asked about only when it is new.
 *
 * Global, here and below: the verifier then checks the loop once, whatever calls it.
 */
__noinline __u32 walk_user_end(__u64 fp, __u32 frames)
{
	__u64 record = 0;

	if (frames >= walk_limit)
		return STACK_END_LIMIT;
	for (__u32 i = 1; i < STACK_FRAMES_MAX && i < frames; i++) {
		record = fp;
		if (bpf_probe_read_user(&fp, sizeof(fp), (void *)record))
			return STACK_END_NO_FRAME_POINTER;
	}
	if ((fp == 0 && frames > 1) || (record && near_root(bpf_get_current_task_btf(), record)))
		return STACK_END_ROOT;
	return STACK_END_NO_FRAME_POINTER;
}

#endif
