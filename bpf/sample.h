/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On-CPU sampling: a program on a timed perf event of each CPU. It finds out
 * whether the task is wanted, walks its stacks, and adds one to their count.
 * Nothing is sent to user space but what the tables hold.
 */
#ifndef BOLOMETER_BPF_SAMPLE_H
#define BOLOMETER_BPF_SAMPLE_H

/* Puts a sample into the tables: its stacks, and one more in its count. */
static __always_inline __u32 count_sample(struct count_key *key, struct scratch *scratch,
					  __u64 now_ns)
{
	__u32 active = tables_now(), fate;

	key->user_stack = id_of(&scratch->user.stack);
	key->kernel_stack = id_of(&scratch->kernel);
	if (count_add(active, key, now_ns))
		return FATE_RECORDED;
	fate = keep_stack(active, key->user_stack, scratch, SCRATCH_USER);
	if (fate == FATE_RECORDED)
		fate = keep_stack(active, key->kernel_stack, scratch, SCRATCH_KERNEL);
	return fate == FATE_RECORDED ? count_insert(active, key, now_ns) : fate;
}

static __always_inline __u32 record_sample(struct bpf_perf_event_data *ctx, __u32 tgid, __u32 tid)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct count_key key = {.tgid = tgid, .tid = tid, .cpu = SHARED_NO_CPU};
	bool user_mode = in_user_mode(ctx);
	bool has_user = has_user_memory(task);
	struct scratch *scratch;
	__u64 now_ns;

	if (!want_user && user_mode)
		return FATE_USER_MODE;
	if (!want_kernel && !has_user)
		return FATE_NO_USER_STACK;
	scratch = scratch_here(SCRATCH_SAMPLE);
	if (!scratch)
		return FATE_STACK_TABLE_FULL; /* cannot be: there is one for every CPU */
	scratch->user.stack.words[0] = want_user && has_user ? walk_user(ctx, &scratch->user) : 0;
	scratch->kernel.words[0] =
		want_kernel && !user_mode ? walk_kernel(ctx, &scratch->kernel) : 0;
	key.exec_id = (__u32)task->self_exec_id;
	if (key_cpu)
		key.cpu = bpf_get_smp_processor_id();
	if (key_cgroup)
		key.cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	now_ns = bpf_ktime_get_ns();
	if (want_snapshots && snapshot_helps(&scratch->user.stack) &&
	    snapshot_send(&scratch->snapshot, &key, now_ns, &scratch->user, &scratch->kernel))
		return FATE_RECORDED;
	return count_sample(&key, scratch, now_ns);
}

SEC("?perf_event")
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
			fate = record_sample(ctx, tgid, tid);
	}
	count_fate(here, fate);
	return 0;
}

#endif
