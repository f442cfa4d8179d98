/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks and their counts, twice: while user space empties one pair of tables
 * the programs fill the other. A stack is in a table before any count of the
 * same table refers to it, so a known count needs no look at the stacks. Only a
 * wait may end after the table that got its stack was emptied; user space keeps
 * the stacks of waits.
 *
 * User space turns `tables_active`, waits until no program can still see the
 * old value, and reads. The wait is an update of `tables_grace`: updating a map
 * in a map returns after every running program has ended (kernel commit
 * 1ae80cf31938).
 */
#ifndef BOLOMETER_BPF_STACK_TABLE_H
#define BOLOMETER_BPF_STACK_TABLE_H

/* Chosen anew by the loader for every capture: nobody can prepare stacks that collide. */
const volatile __u64 stack_seed = 1;

/* The number of the interval (see thread.h), and in the last bit the tables; written by user space only. */
__u32 tables_active;
__u64 tables_stack_use[2]; /* chunks inserted since the table was emptied */
__u64 tables_count_use[2]; /* counts, likewise */

/* Pre-allocated: on kernels before 6.1 a perf event program may use no other hash table. */
struct stack_table_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct stack_key);
	__type(value, struct stack_chunk);
};
struct stack_table_map stacks_0 SEC(".maps");
struct stack_table_map stacks_1 SEC(".maps");

struct count_table_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct count_key);
	__type(value, struct count_value);
};
struct count_table_map counts_0 SEC(".maps");
struct count_table_map counts_1 SEC(".maps");

/* Who ended waits, by a hash of it. Sized by the loader. */
struct waker_table_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct waker_record);
};
struct waker_table_map wakers_0 SEC(".maps");
struct waker_table_map wakers_1 SEC(".maps");

struct grace_inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} tables_grace_inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct grace_inner);
} tables_grace SEC(".maps") = {.values = {&tables_grace_inner}};

/* 0 or 1. */
static __u32 tables_now(void)
{
	return tables_active & 1;
}

static __u32 interval_now(void)
{
	return tables_active >> 1;
}

static void *stacks_of(__u32 active)
{
	return active ? (void *)&stacks_1 : (void *)&stacks_0;
}

static void *counts_of(__u32 active)
{
	return active ? (void *)&counts_1 : (void *)&counts_0;
}

static void *wakers_of(__u32 active)
{
	return active ? (void *)&wakers_1 : (void *)&wakers_0;
}

/* One step of the hash: one to one in the running hash, so that words never cancel out. */
static __u64 stack_id_step(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 32;
}

/*
 * A 64-bit hash of the header and the frames: different stacks meet only by chance (1 in 2^33 for 65,000 of them).
 * Even and odd frames are hashed apart, because one chain of multiplications waits for itself.
 */
__noinline __u64 stack_id(const struct stack_words *stack, __u32 frames)
{
	__u64 even = stack_seed, odd;
	__u32 i;

	if (!stack)
		return STACK_ID_NONE;
	odd = stack_seed ^ stack->words[0];
	for (i = 1; i < STACK_WORDS_MAX - 1 && i < frames; i += 2) {
		odd = stack_id_step(odd, stack->words[i]);
		even = stack_id_step(even, stack->words[i + 1]);
	}
	if (frames & 1)
		odd = stack_id_step(odd, stack->words[frames & (STACK_WORDS_MAX - 1)]);
	even = stack_id_step(even, odd * 0xd6e8feb86659fd93ULL);
	return even == STACK_ID_NONE ? 1 : even;
}

/* FATE_RECORDED, or what kept an element from being inserted. */
static __u32 insert_fate(long err, __u32 full)
{
	if (!err || err == -EEXIST)
		return FATE_RECORDED;
	return err == -EBUSY ? FATE_TABLE_BUSY : full;
}

/*
 * Global, so that the verifier looks at one chunk and not at the paths through all of them. Before
 * Linux 6.2 (commit 9ef40974a82a) what a global function is given is no memory that a map takes a
 * value from; so it is told which scratch space has the stack.
 */
__noinline __u32 stack_insert_chunk(__u32 active, __u64 id, __u32 chunk, __u32 number, __u32 which)
{
	struct stack_key key = {.id = id, .chunk = chunk};
	const struct scratch *scratch = scratch_at(number);
	const struct stack_words *stack;
	long err;

	if (!scratch || chunk >= STACK_CHUNKS_MAX)
		return FATE_STACK_TABLE_FULL;
	stack = scratch_stack(scratch, which);
	err = bpf_map_update_elem(stacks_of(active), &key, &stack->words[chunk * STACK_CHUNK_WORDS],
				  BPF_NOEXIST);
	if (!err)
		__sync_fetch_and_add(&tables_stack_use[active & 1], 1);
	return insert_fate(err, FATE_STACK_TABLE_FULL);
}

/*
 * Puts a stack of that scratch space into the table. The first chunk goes last: where it is found, the
 * others are there too.
 */
__noinline __u32 stack_insert(__u32 active, __u64 id, __u32 number, __u32 which)
{
	const struct scratch *scratch = scratch_at(number);
	struct stack_key first = {.id = id};
	__u32 fate = FATE_RECORDED, frames, i;

	if (!scratch || bpf_map_lookup_elem(stacks_of(active), &first))
		return FATE_RECORDED;
	frames = STACK_HEADER_FRAMES(scratch_stack(scratch, which)->words[0]);
	for (i = 1; i < STACK_CHUNKS_MAX && fate == FATE_RECORDED; i++) {
		if (frames >= i * STACK_CHUNK_WORDS)
			fate = stack_insert_chunk(active, id, i, number, which);
	}
	return fate == FATE_RECORDED ? stack_insert_chunk(active, id, 0, number, which) : fate;
}

/* Adds one to a count that is there; false when it is not. */
static bool count_add(__u32 active, const struct count_key *key, __u64 now_ns)
{
	struct count_value *value = bpf_map_lookup_elem(counts_of(active), key);

	if (!value)
		return false;
	__sync_fetch_and_add(&value->count, 1);
	value->last_ns = now_ns; /* CPUs may race: either time is true to the last tick */
	return true;
}

static __u32 count_insert(__u32 active, const struct count_key *key, __u64 now_ns)
{
	struct count_value one = {.count = 1, .first_ns = now_ns, .last_ns = now_ns};
	long err = bpf_map_update_elem(counts_of(active), key, &one, BPF_NOEXIST);

	if (err == -EEXIST && count_add(active, key, now_ns)) /* another CPU was faster */
		return FATE_RECORDED;
	if (!err)
		__sync_fetch_and_add(&tables_count_use[active & 1], 1);
	return insert_fate(err, FATE_COUNT_TABLE_FULL);
}

#endif
