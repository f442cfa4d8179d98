// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The programs of every capture, one object, since they share the walker, the
 * tables and the targets: sampling (sample.h) and waiting (switch.h, wakers.h,
 * edges.h). The loader loads those that a capture needs.
 *
 * In the order of use:
 *
 *   target.h         which tasks are looked at
 *   stack_walk.h     their stacks: unwind.h, unwind_table.h; snapshot.h for those it cannot finish
 *   scratch.h        the memory that walks need
 *   stack_table.h    stacks, and counts of them, in tables that user space empties
 *   counters.h       what became of every event
 *   rows.h           from a stack to a row of the tables
 *   sample.h         timed events
 *   thread.h         what each thread does since when, and its books
 *   delay.h          what of their time off the CPU threads wait for a CPU
 *   rivals.h         what runs instead of a thread that waits for a CPU
 *   limit.h          how many waits may be looked at
 *   waits_for.h      the system call and the object a thread waits for
 *   kernel_stack.h   kernel stacks of threads that wait
 *   wait.h           waits, from their beginning to the tables
 *   doze.h           threads of whose waits most are added up only
 *   wakers.h         who ends a wait
 *   switch.h         threads come to the CPU and leave it
 *   edges.h          waits that a capture begins and ends in
 *   intervals.h      where one interval of a capture ends and the next begins
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
#include "bpf/scratch.h"
#include "bpf/stack_table.h"
#include "bpf/target.h"
#include "bpf/rows.h"
#include "bpf/sample.h"
#include "bpf/thread.h"
#include "bpf/delay.h"
#include "bpf/rivals.h"
#include "bpf/limit.h"
#include "bpf/waits_for.h"
#include "bpf/kernel_stack.h"
#include "bpf/wait.h"
#include "bpf/doze.h"
#include "bpf/wakers.h"
#include "bpf/switch.h"
#include "bpf/edges.h"
#include "bpf/intervals.h"

char LICENSE[] SEC("license") = "GPL";

/* The perf rings of the side-band records (mappings, forks, names) hang on this. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} sideband SEC(".maps");
