// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stops a process exactly where a sample found it: on a timed event, when it is
 * asked to, walks the user stack with the production walker, keeps the words, and
 * stops the thread before it runs another instruction in user mode. For tests only.
 */
#include "bpf/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "tests/truth/stops/stop.h"

#include "bpf/arch.h"
#include "bpf/unwind_table.h"
#include "bpf/unwind.h"
#include "bpf/snapshot.h"
#include "bpf/stack_walk.h"

char LICENSE[] SEC("license") = "GPL";

#define SIGSTOP 19

const volatile __u32 target_tgid = 0;

__u32 wanted; /* set by the loader for every stop, cleared by the first sample that sees it */
__u32 taken;  /* stops so far; counted when all about one can be read */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stop);
} stops SEC(".maps");

/* The perf rings of the records of mappings hang on this. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} sideband SEC(".maps");

/* One stop at a time, so one walk at a time, and one snapshot. */
struct scratch {
	struct walk walk;
	struct snapshot_buffer snapshot;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch_space SEC(".maps");

/* Of every stop, though the walk needs no completion. */
static void send_snapshot(struct scratch *scratch, __u32 tgid, __u32 tid)
{
	struct count_key key = {.tgid = tgid, .tid = tid};
	struct walk *walk = &scratch->walk;

	snapshot_send(&scratch->snapshot, &key, bpf_ktime_get_ns(), walk, NULL);
}

SEC("perf_event")
int stop_here(struct bpf_perf_event_data *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct scratch *scratch;
	struct walk *walk;
	struct stop *stop;
	__u32 zero = 0;

	if (id >> 32 != target_tgid || !wanted)
		return 0;
	scratch = bpf_map_lookup_elem(&scratch_space, &zero);
	stop = bpf_map_lookup_elem(&stops, &zero);
	if (!scratch || !stop || !__sync_val_compare_and_swap(&wanted, 1, 0))
		return 0;
	walk = &scratch->walk;
	walk->stack.words[0] = walk_user(ctx, walk);
	stop->tid = (__u32)id;
	stop->user_mode = in_user_mode(ctx);
	bpf_probe_read_kernel(stop->words, sizeof(stop->words), walk->stack.words);
	send_snapshot(scratch, id >> 32, (__u32)id);
	__sync_fetch_and_add(&taken, 1);
	bpf_send_signal_thread(SIGSTOP);
	return 0;
}
