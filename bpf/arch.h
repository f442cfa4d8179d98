/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between x86-64 and arm64: registers, the mode they belong to,
 * and the kernel's signal frames. Nothing else in this folder knows the machine.
 */
#ifndef BOLOMETER_BPF_ARCH_H
#define BOLOMETER_BPF_ARCH_H

/* Register numbers as DWARF has them: System V ABI for AMD64, table 3.36; DWARF for Arm 64-bit. */
#if defined(__TARGET_ARCH_x86)
#define REG_FP	  6
#define REG_SP	  7
#define REG_IP	  16
#define REG_COUNT UNWIND_REGS_X86
#else
#define REG_FP	  29
#define REG_LR	  30
#define REG_SP	  31
#define REG_IP	  32
#define REG_COUNT UNWIND_REGS_ARM64
#endif

/*
 * Where a signal frame keeps the interrupted registers, from its struct ucontext on
 * (arch/.../include/uapi/asm/sigcontext.h).
 */
#if defined(__TARGET_ARCH_x86)
#define UCONTEXT_FP 120
#define UCONTEXT_SP 160
#define UCONTEXT_IP 168
#else
#define UCONTEXT_FP 416
#define UCONTEXT_LR 424
#define UCONTEXT_SP 432
#define UCONTEXT_IP 440
#endif

#if defined(__TARGET_ARCH_x86)
#define TASK_TLS(t)	  ((t)->thread.fsbase)
#define TASK_KERNEL_SP(t) ((t)->thread.sp) /* of a task that is off the CPU */
#define REGS_IP(r)  ((r)->ip)
#define USER_CS_32  0x23

/* The mode is read whole: the verifier refuses narrowed loads of a program's context. */
#define REGS_MODE(r) (*(volatile __u64 *)&(r)->cs)

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

/*
 * The number of the system call that a thread is in, -1 for none: exceptions and interrupts leave
 * -1 there (arch/x86/entry/entry_64.S; arm64: NO_SYSCALL). And its first argument.
 */
static __s32 syscall_number(struct task_struct *task)
{
	return (__s32)((struct pt_regs *)bpf_task_pt_regs(task))->orig_ax;
}

static __u64 syscall_argument(struct task_struct *task)
{
	return user_regs(task)->di;
}

static __always_inline void regs_copy(__u64 to[UNWIND_REGS_MAX], const perf_regs *from)
{
	to[0] = from->ax;
	to[1] = from->dx;
	to[2] = from->cx;
	to[3] = from->bx;
	to[4] = from->si;
	to[5] = from->di;
	to[REG_FP] = from->bp;
	to[REG_SP] = from->sp;
	to[8] = from->r8;
	to[9] = from->r9;
	to[10] = from->r10;
	to[11] = from->r11;
	to[12] = from->r12;
	to[13] = from->r13;
	to[14] = from->r14;
	to[15] = from->r15;
	to[REG_IP] = from->ip;
}

/* A return address as the program counter will have it. */
static __u64 plain_address(__u64 addr)
{
	return addr;
}

/* Likewise what the kernel has put on its own stack. */
static __u64 plain_kernel_address(__u64 word)
{
	return word;
}

/* What the kernel called directly before it would have returned to `addr` (E8 rel32); 0: not known. */
#define CALL_BYTES 5

static __always_inline __u64 call_target(__u64 addr, const __u8 call[CALL_BYTES])
{
	__s32 distance = call[1] | call[2] << 8 | call[3] << 16 | (__u32)call[4] << 24;

	return call[0] == 0xe8 ? addr + distance : 0;
}
#else
#define TASK_TLS(t)	  ((t)->thread.uw.tp_value)
#define TASK_KERNEL_SP(t) ((t)->thread.cpu_context.sp)
#define REGS_IP(r)    ((r)->pc)
#define PSR_MODE_MASK 0x0f
#define PSR_MODE_32   0x10
#define REGS_MODE(r)  (*(volatile __u64 *)&(r)->pstate)

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

/* The number of the system call that a thread is in, -1 for none. And its first argument. */
static __s32 syscall_number(struct task_struct *task)
{
	return ((struct pt_regs___entry *)bpf_task_pt_regs(task))->syscallno;
}

static __u64 syscall_argument(struct task_struct *task)
{
	return ((struct pt_regs___entry *)bpf_task_pt_regs(task))->orig_x0;
}

static __always_inline void regs_copy(__u64 to[UNWIND_REGS_MAX], const perf_regs *from)
{
#pragma unroll
	for (__u32 i = 0; i < REG_SP; i++)
		to[i] = from->regs[i];
	to[REG_SP] = from->sp;
	to[REG_IP] = from->pc;
}

/*
 * Without the authentication code that a signed return address carries in its upper bits. A user
 * address has at most 48 bits, unless a program asks for more (Documentation/arch/arm64/memory.rst).
 */
static __u64 plain_address(__u64 addr)
{
	return addr & ((1ULL << 48) - 1);
}

/*
 * A word of the kernel's own stack, without that code if it is a return address
 * (CONFIG_ARM64_PTR_AUTH_KERNEL): bit 55 says that it is the kernel's, whose code is in the uppermost
 * 48 bits.
 */
static __u64 plain_kernel_address(__u64 word)
{
	return word >> 55 & 1 ? word | 0xffffULL << 48 : word;
}

/* What the kernel called directly before it would have returned to `addr` (BL); 0: not known. */
#define CALL_BYTES 4

static __always_inline __u64 call_target(__u64 addr, const __u8 call[CALL_BYTES])
{
	__u32 insn = call[0] | call[1] << 8 | call[2] << 16 | (__u32)call[3] << 24;
	__s32 words = (__s32)(insn << 6) >> 6;

	return insn >> 26 == 0x25 ? addr - CALL_BYTES + words * 4LL : 0;
}
#endif

#endif
