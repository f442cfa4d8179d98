// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * On-CPU sampling: a program on a timed perf event of each CPU. It finds out
 * whether the task is wanted, walks its stacks, and adds one to their count.
 * Nothing is sent to user space but what the tables hold.
 */
#include "bpf/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/shared.h"

#include "bpf/counters.h"
#include "bpf/stack_table.h"
#include "bpf/stack_walk.h"
#include "bpf/target.h"

char LICENSE[] SEC("license") = "GPL";

const volatile bool want_user = true;
const volatile bool want_kernel = true;
const volatile bool key_cpu = false;	/* tell CPUs apart */
const volatile bool key_cgroup = false; /* tell cgroups apart */

/* The perf rings of the side-band records (mappings, forks, names) hang on this. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} sideband SEC(".maps");

/* Too large for the BPF stack. A perf event program does not interrupt another one. */
struct scratch {
	struct stack_words user;
	struct stack_words kernel;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch_space SEC(".maps");

/* A stack that may be new, and the count that may be the first of its kind. */
static __u32 record_new(struct bpf_perf_event_data *ctx, __u32 active, struct scratch *scratch,
			const struct count_key *key, __u32 user_frames, __u32 kernel_frames,
			__u64 now_ns)
{
	__u32 fate = FATE_RECORDED, end = STACK_END_NO_REGISTERS;
	__u64 fp;

	if (user_frames) {
		if (user_frame_pointer(ctx, &fp))
			end = walk_user_end(fp, user_frames);
		scratch->user.words[0] = STACK_HEADER(user_frames, end);
		fate = stack_insert(active, key->user_stack, &scratch->user, user_frames);
	}
	if (kernel_frames && fate == FATE_RECORDED) {
		scratch->kernel.words[0] = STACK_HEADER(
			kernel_frames,
			kernel_frames >= walk_limit ? STACK_END_LIMIT : STACK_END_ROOT);
		fate = stack_insert(active, key->kernel_stack, &scratch->kernel, kernel_frames);
	}
	return fate == FATE_RECORDED ? count_insert(active, key, now_ns) : fate;
}

static __u32 record(struct bpf_perf_event_data *ctx, __u32 tgid, __u32 tid)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct count_key key = {.tgid = tgid, .tid = tid, .cpu = SHARED_NO_CPU};
	bool in_user_mode = regs_in_user_mode(ctx);
	bool has_user = !(task->flags & PF_KTHREAD);
	__u32 active = tables_active, zero = 0;
	__u32 user_frames = 0, kernel_frames = 0;
	struct scratch *scratch;
	__u64 now_ns;

	if (!want_user && in_user_mode)
		return FATE_USER_MODE;
	if (!want_kernel && !has_user)
		return FATE_NO_USER_STACK;
	scratch = bpf_map_lookup_elem(&scratch_space, &zero);
	if (!scratch)
		return FATE_STACK_TABLE_FULL; /* cannot be: the map has this one element */
	if (want_user && has_user) {
		user_frames = walk_user(ctx, scratch->user.words);
		if (user_frames)
			key.user_stack = stack_id(&scratch->user, user_frames);
	}
	if (want_kernel && !in_user_mode) {
		kernel_frames = walk_kernel(ctx, scratch->kernel.words);
		if (kernel_frames)
			key.kernel_stack = stack_id(&scratch->kernel, kernel_frames);
	}
	key.exec_id = (__u32)task->self_exec_id;
	if (key_cpu)
		key.cpu = bpf_get_smp_processor_id();
	if (key_cgroup)
		key.cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	now_ns = bpf_ktime_get_ns();
	if (count_add(active, &key, now_ns))
		return FATE_RECORDED;
	return record_new(ctx, active, scratch, &key, user_frames, kernel_frames, now_ns);
}

SEC("perf_event")
int sample_cpu(struct bpf_perf_event_data *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 tgid = id >> 32, tid = (__u32)id;
	struct event_fates *here = fates_here();
	__u32 fate = FATE_IDLE;

	if (!here)
		return 0;
	count_fate(here, FATE_FIRED);
	if (tid) {
		fate = target_fate(tgid, tid);
		if (fate == FATE_RECORDED)
			fate = record(ctx, tgid, tid);
	}
	count_fate(here, fate);
	return 0;
}
