/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a walked stack to a row of the tables: what samples, waits and wakers
 * have in common.
 */
#ifndef BOLOMETER_BPF_ROWS_H
#define BOLOMETER_BPF_ROWS_H

const volatile bool want_user = true;
const volatile bool want_kernel = true;
const volatile bool key_cpu = false;	/* tell CPUs apart */
const volatile bool key_cgroup = false; /* tell cgroups apart */

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
static __u32 keep_stack(__u32 active, __u64 id, const struct scratch *scratch,
			enum scratch_stack which)
{
	if (id == STACK_ID_NONE)
		return FATE_RECORDED;
	return stack_insert(active, id, scratch->number, which);
}

#endif
