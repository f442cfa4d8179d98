/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's types, as far as these programs use them. Written by hand: only
 * the fields that are read, at whatever offset the running kernel has them
 * (CO-RE relocates every access), so that building needs no kernel headers.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
#define true  1
#define false 0

/* Values of the BPF interface (include/uapi/linux/bpf.h), which never change. */
#define BPF_MAP_TYPE_HASH	      1
#define BPF_MAP_TYPE_ARRAY	      2
#define BPF_MAP_TYPE_PERF_EVENT_ARRAY 4
#define BPF_MAP_TYPE_PERCPU_ARRAY     6
#define BPF_MAP_TYPE_CGROUP_ARRAY     8
#define BPF_MAP_TYPE_ARRAY_OF_MAPS    12
#define BPF_MAP_TYPE_RINGBUF	      27

#define BPF_F_MMAPABLE (1U << 10)

#define BPF_ANY	    0
#define BPF_NOEXIST 1

#define BPF_F_USER_STACK (1ULL << 8)

#define EEXIST 17
#define EBUSY  16

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

struct mm_struct {
	unsigned long start_code;
	unsigned long start_stack;
};

struct signal_struct {
	atomic_t live;
};

#if defined(__TARGET_ARCH_x86)
struct thread_struct {
	unsigned long fsbase;
};
#elif defined(__TARGET_ARCH_arm64)
struct thread_uw {
	unsigned long tp_value;
};

struct thread_struct {
	struct thread_uw uw;
};
#else
#error "no stack walk for this architecture"
#endif

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	unsigned int in_execve : 1;
	__u64 self_exec_id;
	struct mm_struct *mm;
	struct task_struct *group_leader;
	struct signal_struct *signal;
	struct thread_struct thread;
};

#pragma clang attribute pop

/* task_struct.flags (include/linux/sched.h). */
#define PF_KTHREAD 0x00200000

/*
 * Registers as a perf event program sees them (arch/.../uapi/asm/ptrace.h): part of the kernel's
 * interface, at fixed offsets.
 */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax;
	unsigned long ip, cs, flags, sp, ss;
};
typedef struct pt_regs perf_regs;
#else
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp, pc, pstate;
};
struct pt_regs {
	struct user_pt_regs user_regs; /* first in the kernel's, in a union with its parts */
};
typedef struct user_pt_regs perf_regs;
#endif

struct bpf_perf_event_data {
	perf_regs regs;
	__u64 sample_period;
	__u64 addr;
};

#endif
