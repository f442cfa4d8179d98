/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory that walks need, too large for the BPF stack, and for per-CPU maps,
 * which hold 32 KB; and rows while they are made. All the functions that call each
 * other have 512 bytes of stack together (before Linux 6.13; commit a76ab5731e32
 * gives each that much where the architecture's JIT can).
 */
#ifndef BOLOMETER_BPF_SCRATCH_H
#define BOLOMETER_BPF_SCRATCH_H

/* One walk's. */
struct scratch {
	struct walk user;
	struct stack_words kernel;
	struct snapshot_buffer snapshot;
	struct count_key key;
	struct count_value first;
	__u32 number; /* its own */
};

/* Which of the two stacks in it. */
enum scratch_stack {
	SCRATCH_USER,
	SCRATCH_KERNEL,
};

/*
 * Two for each CPU, since a sample may interrupt a switch of threads where the event is an NMI; and
 * a last one for the programs that go through all threads, of which one runs at a time. Sized by the
 * loader.
 */
enum scratch_slot {
	SCRATCH_SAMPLE,
	SCRATCH_SWITCH,
	SCRATCH_SLOTS,
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch_space SEC(".maps");

const volatile __u32 scratch_slots = 1; /* for each CPU: 1 without switches */
const volatile __u32 visit_slot = 0; /* of those that go through all threads; the loader's, too */

static struct scratch *scratch_at(__u32 number)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratch_space, &number);

	if (scratch)
		scratch->number = number;
	return scratch;
}

static struct scratch *scratch_here(enum scratch_slot slot)
{
	return scratch_at(bpf_get_smp_processor_id() * scratch_slots + slot);
}

/* For the programs that follow threads. Those that visit all may be interrupted by a switch. */
static struct scratch *scratch_of(bool visiting)
{
	return visiting ? scratch_at(visit_slot) : scratch_here(SCRATCH_SWITCH);
}

static const struct stack_words *scratch_stack(const struct scratch *scratch,
					       enum scratch_stack which)
{
	return which == SCRATCH_USER ? &scratch->user.stack : &scratch->kernel;
}

#endif
