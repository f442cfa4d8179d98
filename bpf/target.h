/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which tasks are looked at. Asked first for every event, so that the others
 * cost next to nothing.
 *
 * Threads of a target process need no bookkeeping: the thread group is the
 * target. Children are added when they are forked, in the kernel, before they
 * can run; a program that we start counts from its exec on, so that no frame of
 * ours is in its profile.
 */
#ifndef BOLOMETER_BPF_TARGET_H
#define BOLOMETER_BPF_TARGET_H

const volatile __u32 target_mode = TARGET_ALL; /* enum target_mode */

/* Thread groups: tgid to enum target_state. Sized by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u32);
} target_groups SEC(".maps");

/* Single threads: tid to enum target_state. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u32);
} target_threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} target_cgroup SEC(".maps");

/* The cgroup's kernel id, for tasks that are not the current one. */
const volatile __u64 target_cgroup_id = 0;

/* Children that could not be followed because target_groups was full. */
__u64 targets_missed;

/* FATE_RECORDED for a task to look at, or why not. */
static __u32 target_fate(__u32 tgid, __u32 tid)
{
	__u32 *state;

	switch (target_mode) {
	case TARGET_ALL:
		return FATE_RECORDED;
	case TARGET_CGROUP:
		return bpf_current_task_under_cgroup(&target_cgroup, 0) == 1 ? FATE_RECORDED
									     : FATE_NOT_TARGET;
	default:
		state = bpf_map_lookup_elem(&target_groups, &tgid);
		if (!state)
			state = bpf_map_lookup_elem(&target_threads, &tid);
		if (!state)
			return FATE_NOT_TARGET;
		return *state == TARGET_ACTIVE ? FATE_RECORDED : FATE_NOT_STARTED;
	}
}

#define CGROUP_DEPTH_MAX 64

static bool task_under_cgroup(struct task_struct *task, __u64 id)
{
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	struct cgroup_subsys_state *parent;
	__u32 i;

	for (i = 0; i < CGROUP_DEPTH_MAX && cgroup; i++) {
		if (BPF_CORE_READ(cgroup, kn, id) == id)
			return true;
		parent = BPF_CORE_READ(cgroup, self.parent);
		cgroup = parent ? BPF_CORE_READ(parent, cgroup) : NULL;
	}
	return false;
}

/* Of any task, where there is more time for it. */
static bool task_is_target(struct task_struct *task)
{
	if (target_mode == TARGET_CGROUP)
		return task_under_cgroup(task, target_cgroup_id);
	return target_fate(task->tgid, task->pid) == FATE_RECORDED;
}

/* A child belongs to the capture when its parent does. New threads share their group's entry. */
SEC("?tp_btf/sched_process_fork")
int BPF_PROG(follow_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 parent_tgid = parent->tgid, child_tgid = child->tgid;
	__u32 *state;

	if (parent_tgid == child_tgid)
		return 0;
	state = bpf_map_lookup_elem(&target_groups, &parent_tgid);
	if (state && bpf_map_update_elem(&target_groups, &child_tgid, state, BPF_ANY))
		__sync_fetch_and_add(&targets_missed, 1);
	return 0;
}

SEC("?tp_btf/sched_process_exec")
int BPF_PROG(follow_exec, struct task_struct *task)
{
	__u32 tgid = task->tgid;
	__u32 *state = bpf_map_lookup_elem(&target_groups, &tgid);

	if (state)
		*state = TARGET_ACTIVE;
	return 0;
}

/*
 * Forgets a process when its last trace is freed, not when it begins to exit: taking down a large
 * address space is time on the CPU too. After this its number may be given to another process.
 */
SEC("?tp_btf/sched_process_free")
int BPF_PROG(follow_free, struct task_struct *task)
{
	__u32 tid = task->pid, tgid = task->tgid;

	if (tid == tgid)
		bpf_map_delete_elem(&target_groups, &tgid);
	bpf_map_delete_elem(&target_threads, &tid);
	return 0;
}

#endif
