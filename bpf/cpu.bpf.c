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

#include "bpf/arch.h"
#include "bpf/counters.h"
#include "bpf/unwind_table.h"
#include "bpf/unwind.h"
#include "bpf/snapshot.h"
#include "bpf/stack_walk.h"
#include "bpf/stack_table.h"
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

/*
 * One CPU's: too large for the BPF stack, and for per-CPU maps, which hold 32 KB. A perf event
 * program does not interrupt another one.
 */
struct scratch {
	struct walk user;
	struct stack_words kernel;
	struct snapshot_buffer snapshot;
};

/* By CPU. Sized by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch_space SEC(".maps");

/* Puts a walked stack under its hash; the tables may know it already. */
static __u32 keep_stack(__u32 active, __u64 id, struct stack_words *stack, __u64 header)
{
	if (id == STACK_ID_NONE)
		return FATE_RECORDED;
	return stack_insert(active, id, stack, STACK_HEADER_FRAMES(header));
}

static __u64 id_of(struct stack_words *stack, __u64 header)
{
	__u32 frames = STACK_HEADER_FRAMES(header);

	stack->words[0] = header;
	return frames ? stack_id(stack, frames) : STACK_ID_NONE;
}

/* Puts a sample into the tables: its stacks, and one more in its count. */
static __u32 count_sample(struct count_key *key, struct scratch *scratch, __u64 user_header,
			  __u64 kernel_header, __u64 now_ns)
{
	__u32 active = tables_active, fate;

	key->user_stack = id_of(&scratch->user.stack, user_header);
	key->kernel_stack = id_of(&scratch->kernel, kernel_header);
	if (count_add(active, key, now_ns))
		return FATE_RECORDED;
	fate = keep_stack(active, key->user_stack, &scratch->user.stack, user_header);
	if (fate == FATE_RECORDED)
		fate = keep_stack(active, key->kernel_stack, &scratch->kernel, kernel_header);
	return fate == FATE_RECORDED ? count_insert(active, key, now_ns) : fate;
}

static __u32 record(struct bpf_perf_event_data *ctx, __u32 tgid, __u32 tid)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct count_key key = {.tgid = tgid, .tid = tid, .cpu = SHARED_NO_CPU};
	bool user_mode = in_user_mode(ctx);
	bool has_user = has_user_memory(task);
	__u64 user_header = 0, kernel_header = 0, now_ns;
	__u32 cpu = bpf_get_smp_processor_id();
	struct scratch *scratch;

	if (!want_user && user_mode)
		return FATE_USER_MODE;
	if (!want_kernel && !has_user)
		return FATE_NO_USER_STACK;
	scratch = bpf_map_lookup_elem(&scratch_space, &cpu);
	if (!scratch)
		return FATE_STACK_TABLE_FULL; /* cannot be: there is one for every CPU */
	if (want_user && has_user)
		user_header = walk_user(ctx, &scratch->user);
	if (want_kernel && !user_mode)
		kernel_header = walk_kernel(ctx, &scratch->kernel);
	key.exec_id = (__u32)task->self_exec_id;
	if (key_cpu)
		key.cpu = cpu;
	if (key_cgroup)
		key.cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	now_ns = bpf_ktime_get_ns();
	if (want_snapshots && user_header && snapshot_helps(STACK_HEADER_END(user_header)) &&
	    snapshot_send(&scratch->snapshot, &key, now_ns, &scratch->user, user_header,
			  &scratch->kernel, kernel_header))
		return FATE_RECORDED;
	return count_sample(&key, scratch, user_header, kernel_header, now_ns);
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
