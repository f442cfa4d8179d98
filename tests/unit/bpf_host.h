/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel walker on the host: stands for bpf/vmlinux.h, libbpf's headers, the
 * maps and the helpers, and includes the walker's own headers unchanged. What
 * the kernel would give to a program is in `host`; tests fill it.
 *
 * Compiled for x86-64 or arm64 stacks (__TARGET_ARCH_x86, __TARGET_ARCH_arm64),
 * whichever machine the tests run on; for that one's, if neither is said.
 */
#ifndef BOLOMETER_TESTS_BPF_HOST_H
#define BOLOMETER_TESTS_BPF_HOST_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/shared.h"

#if !defined(__TARGET_ARCH_x86) && !defined(__TARGET_ARCH_arm64)
#if defined(__x86_64__)
#define __TARGET_ARCH_x86
#else
#define __TARGET_ARCH_arm64
#endif
#endif

/* ---- the kernel's types ---------------------------------------------------------------------- */

struct mm_struct {
	unsigned long start_stack;
};

#if defined(__TARGET_ARCH_x86)
struct thread_struct {
	unsigned long fsbase;
};

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax;
	unsigned long ip, cs, flags, sp, ss;
};
typedef struct pt_regs perf_regs;
#else
struct thread_struct {
	struct {
		unsigned long tp_value;
	} uw;
};

struct user_pt_regs {
	__u64 regs[31];
	__u64 sp, pc, pstate;
};

struct pt_regs {
	struct user_pt_regs user_regs;
};
typedef struct user_pt_regs perf_regs;

struct pt_regs___entry {
	__u64 orig_x0;
	__s32 syscallno;
};
#endif

struct task_struct {
	int pid;
	int tgid;
	struct mm_struct *mm;
	struct thread_struct thread;
};

/* ---- what the programs see ------------------------------------------------------------------- */

#define HOST_SPACES 8

struct host_space {
	__u32 tgid; /* 0: no entry */
	struct unwind_space space;
};

static struct {
	struct unwind_segment *segments[UNWIND_SEGMENTS_MAX]; /* NULL: not there yet */
	struct unwind_object objects[UNWIND_OBJECTS_MAX];
	struct host_space spaces[HOST_SPACES];
	__u64 pool_reads; /* look-ups of segments */
	struct mm_struct mm;
	struct task_struct task; /* the current one */
	struct pt_regs regs;	 /* with which it entered the kernel */

	/* User memory: all of [addr, addr + len) or nothing. */
	bool (*read_user)(void *to, __u32 len, __u64 addr);
} host;

/* ---- helpers --------------------------------------------------------------------------------- */

static void *bpf_map_lookup_elem(void *map, const void *key);
static long bpf_map_update_elem(void *map, const void *key, const void *value, __u64 flags);
static long bpf_map_delete_elem(void *map, const void *key);

static inline struct task_struct *bpf_get_current_task_btf(void)
{
	return &host.task;
}

static inline struct pt_regs *bpf_task_pt_regs(struct task_struct *task)
{
	return &host.regs;
}

/* As the kernel's, which leaves zeros where it fails (mm/maccess.c, kernel/trace/bpf_trace.c). */
static inline long bpf_probe_read_user(void *to, __u32 len, const void *from)
{
	if (host.read_user(to, len, (__u64)from))
		return 0;
	memset(to, 0, len);
	return -14;
}

/* ---- the language ---------------------------------------------------------------------------- */

#define BPF_MAP_TYPE_HASH	   1
#define BPF_MAP_TYPE_ARRAY	   2
#define BPF_MAP_TYPE_ARRAY_OF_MAPS 12
#define BPF_F_MMAPABLE		   (1U << 10)
#define BPF_ANY			   0

#define SEC(name)
#define __uint(name, value) int(*name)[value]
#define __type(name, type)  type *name
#define __array(name, type) type *name[]
#define __noinline	    static __attribute__((noinline))
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define barrier_var(var)		__asm__ volatile("" : "+r"(var))
#define BPF_CORE_READ(from, via, field) ((from)->via->field)
#define BPF_PROG(name, ...) \
	name(__VA_ARGS__);  \
	int name(__VA_ARGS__)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* unroll */
#include "bpf/arch.h"
#include "bpf/unwind_table.h"
/* `unwind_by_tables` and the like are constant to the verifier only: here tests turn them. */
#define const
#include "bpf/unwind.h"
#undef const
#pragma GCC diagnostic pop

/* ---- maps ------------------------------------------------------------------------------------ */

static inline struct host_space *host_space_of(__u32 tgid)
{
	for (int i = 0; i < HOST_SPACES; i++)
		if (host.spaces[i].tgid == tgid)
			return &host.spaces[i];
	return NULL;
}

/* The outer map holds segments' maps, of one element each: here the map is the element. */
static void *bpf_map_lookup_elem(void *map, const void *key)
{
	__u32 number = *(const __u32 *)key;
	struct host_space *space;

	if (map == &unwind_objects)
		return number < UNWIND_OBJECTS_MAX ? &host.objects[number] : NULL;
	if (map == &unwind_spaces) {
		space = host_space_of(number);
		return space ? &space->space : NULL;
	}
	if (map == &unwind_segments) {
		host.pool_reads++;
		return number < UNWIND_SEGMENTS_MAX ? host.segments[number] : NULL;
	}
	return number ? NULL : map;
}

/* Only entries of unwind_spaces come and go. */
static long bpf_map_update_elem(void *map, const void *key, const void *value, __u64 flags)
{
	__u32 tgid = *(const __u32 *)key;
	struct host_space *space = host_space_of(tgid);

	if (!space)
		space = host_space_of(0);
	if (!space)
		return -7; /* E2BIG: the map is full */
	space->tgid = tgid;
	space->space = *(const struct unwind_space *)value;
	return 0;
}

static long bpf_map_delete_elem(void *map, const void *key)
{
	struct host_space *space = host_space_of(*(const __u32 *)key);

	if (!space)
		return -2;
	space->tgid = 0;
	return 0;
}

#endif
