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
#define BPF_MAP_TYPE_TASK_STORAGE     29

#define BPF_F_NO_PREALLOC (1U << 0)
#define BPF_F_MMAPABLE	  (1U << 10)

#define BPF_LOCAL_STORAGE_GET_F_CREATE 1
#define BPF_RB_NO_WAKEUP	       1

#define BPF_ANY	    0
#define BPF_NOEXIST 1

#define BPF_F_USER_STACK (1ULL << 8)

#define offsetof(type, member) __builtin_offsetof(type, member)

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
	unsigned long sp;
	unsigned long fsbase;
};
#elif defined(__TARGET_ARCH_arm64)
struct thread_uw {
	unsigned long tp_value;
};

struct cpu_context {
	unsigned long sp;
};

struct thread_struct {
	struct cpu_context cpu_context;
	struct thread_uw uw;
};
#else
#error "no stack walk for this architecture"
#endif

struct kernfs_node {
	__u64 id;
};

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct sock_common {
	unsigned short skc_family;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
};

struct socket {
	struct sock *sk;
};

struct inode {
	unsigned short i_mode;
};

struct file {
	struct inode *f_inode;
	void *private_data;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

#if defined(__TARGET_ARCH_arm64)
/* What arm64 keeps behind the registers. */
struct pt_regs___entry {
	__u64 orig_x0;
	__s32 syscallno;
};
#endif

struct bpf_local_storage;

/* Empty without CONFIG_SCHED_INFO. Times are the run queues' clocks'. */
struct sched_info {
	unsigned long long run_delay;
	unsigned long long last_arrival;
	unsigned long long last_queued;
};

struct rq {
	__u64 clock;
};

struct cfs_rq {
	struct rq *rq; /* with CONFIG_FAIR_GROUP_SCHED */
};

struct sched_entity {
	struct cfs_rq *cfs_rq; /* likewise */
	unsigned char sched_delayed; /* Linux 6.12, commit 152e11f6df29 */
};

struct thread_info {
	__u32 cpu; /* before Linux 5.16 (commit bcf9033e5449) in the task_struct, see below */
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	unsigned int __state; /* Linux 5.14, commit 2f064a59a11f */
	int exit_state;
	/* Before Linux 7.3 int. Loads are only fitted to the kernel's size of fields that have no sign. */
	unsigned int on_cpu;
	unsigned int on_rq;
	struct sched_entity se;
	int pid;
	int tgid;
	unsigned int in_execve : 1;
	unsigned int in_iowait : 1;
	__u64 self_exec_id;
	char comm[16];
	struct mm_struct *mm;
	struct task_struct *group_leader;
	struct signal_struct *signal;
	struct files_struct *files;
	struct css_set *cgroups;
	struct sched_info sched_info;
	struct bpf_local_storage *bpf_storage;
	struct thread_struct thread;
};

struct task_struct___before_5_16 {
	unsigned int cpu;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

/* task_struct.flags (include/linux/sched.h). */
#define PF_KTHREAD 0x00200000

/* task_struct.__state (include/linux/sched.h). */
#define TASK_INTERRUPTIBLE   0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_STOPPED	     0x0004
#define TASK_TRACED	     0x0008
#define TASK_PARKED	     0x0040
#define TASK_DEAD	     0x0080
#define TASK_WAKING	     0x0200
#define TASK_NOLOAD	     0x0400
#define TASK_NEW	     0x0800

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
