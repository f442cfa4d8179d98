/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a walked stack to a row of the tables: what samples, waits and wakers
 * have in common. And the memory that walks need.
 */
#ifndef BOLOMETER_BPF_ROWS_H
#define BOLOMETER_BPF_ROWS_H

const volatile bool want_user = true;
const volatile bool want_kernel = true;
const volatile bool key_cpu = false;	/* tell CPUs apart */
const volatile bool key_cgroup = false; /* tell cgroups apart */

/* One walk's: too large for the BPF stack, and for per-CPU maps, which hold 32 KB. */
struct scratch {
	struct walk user;
	struct stack_words kernel;
	struct snapshot_buffer snapshot;
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

static struct scratch *scratch_here(enum scratch_slot slot)
{
	__u32 number = bpf_get_smp_processor_id() * scratch_slots + slot;

	return bpf_map_lookup_elem(&scratch_space, &number);
}

/* A bit of a set of so many words; sets are the loader's. */
static __always_inline bool set_has(const volatile __u64 *set, __u32 words, __u32 bit)
{
	__u32 word = bit / 64;

	barrier_var(word); /* the verifier must see the comparison */
	return word < words && set[word] >> bit % 64 & 1;
}

/* The name of a stack in the tables. */
static __u64 id_of(const struct stack_words *stack)
{
	__u32 frames = STACK_HEADER_FRAMES(stack->words[0]);

	return frames ? stack_id(stack, frames) : STACK_ID_NONE;
}

/* Puts a walked stack under its id; the tables may know it already. FATE_RECORDED, or what failed. */
static __u32 keep_stack(__u32 active, __u64 id, const struct stack_words *stack)
{
	if (id == STACK_ID_NONE)
		return FATE_RECORDED;
	return stack_insert(active, id, stack, STACK_HEADER_FRAMES(stack->words[0]));
}

#endif
