// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What bolometer's walk is measured against: a sample as profilers take it that
 * leave the user stack to the kernel, which follows frame pointers. One stack
 * into a stack-trace map, one more in a count by process, stack and name. And
 * `empty`, whose run time is what the measuring itself costs.
 */
#include "bpf/vmlinux.h"
#include <bpf/bpf_helpers.h>

#define BPF_MAP_TYPE_STACK_TRACE 7
#define FRAMES_MAX		 127 /* kernel.perf_event_max_stack, unless it was changed */
#define ENTRIES			 16384

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, ENTRIES);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, FRAMES_MAX * sizeof(__u64));
} stacks SEC(".maps");

struct count_key {
	__u32 tgid;
	__s32 stack;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ENTRIES);
	__type(key, struct count_key);
	__type(value, __u64);
} counts SEC(".maps");

SEC("perf_event")
int stackid(void *ctx)
{
	struct count_key key = {.tgid = bpf_get_current_pid_tgid() >> 32};
	__u64 *count, one = 1;

	if (!key.tgid)
		return 0;
	key.stack = (__s32)bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	count = bpf_map_lookup_elem(&counts, &key);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&counts, &key, &one, BPF_NOEXIST);
	return 0;
}

SEC("perf_event")
int empty(void *ctx)
{
	return 0;
}
