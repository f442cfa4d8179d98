/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel stacks of threads that are off the CPU. The kernel's own walker takes
 * longer for them than all the rest of a switch together, and the same few stacks
 * come again and again. So it is remembered where on the stack the return addresses
 * of a walked one were, counted from the stack pointer with which the thread left
 * the CPU. When they are all there again, it is the same stack:
 *
 * The innermost frame is the scheduler's, always, and begins at the stack pointer.
 * What frame an address of the kernel has is fixed when it is compiled. So if the
 * return address of one frame is at its place, the next frame's is at its own place,
 * and so on up to the entry. Nothing that is left over from another call can stand
 * in for one of them, unless it was taken for one when the stack was walked: where
 * there are two places for an address, the stack is not remembered.
 *
 * The stack is looked at when the thread arrives on a CPU and has not run yet: while
 * it is still another's turn, it is complete and at rest.
 */
#ifndef BOLOMETER_BPF_KERNEL_STACK_H
#define BOLOMETER_BPF_KERNEL_STACK_H

#define KERNEL_RAW_WORDS  320 /* of a stack; deeper ones are walked every time */
#define KERNEL_PLACES_MAX 24  /* likewise */
#define KERNEL_MEMORY	  256 /* stacks that a CPU remembers */

/*
 * One stack: its name in the tables, and where its addresses are, in words from the stack pointer. The
 * function that was called first is none of them: it follows from the next one.
 */
struct remembered {
	__u64 id;
	__u32 interval; /* that it was last put into the tables in: user space forgets stacks */
	__u32 depth; /* words from the stack pointer to the stack's end */
	__u32 frames;
	__u16 place[KERNEL_PLACES_MAX];
	__u64 addr[KERNEL_PLACES_MAX];
};

struct kernel_memory {
	__u64 raw[KERNEL_RAW_WORDS];
	/* While places are looked for: */
	__u32 depth, at;
	__u32 found; /* frames, from the innermost one */
	__u32 left;  /* frames, to the outermost one */
	__u16 place[KERNEL_PLACES_MAX];
	struct remembered stacks[KERNEL_MEMORY];
};

/* By CPU. Sized by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kernel_memory);
} kernel_memories SEC(".maps");

/* Both architectures' are of this size, or of a multiple, and aligned to it (CONFIG_VMAP_STACK). */
#define KERNEL_STACK_BYTES 16384

/* Words from the stack pointer of a task that is off the CPU to its stack's end. */
static __u32 kernel_depth(struct task_struct *task)
{
	return (KERNEL_STACK_BYTES - (TASK_KERNEL_SP(task) & (KERNEL_STACK_BYTES - 1))) /
	       sizeof(__u64);
}

/* Whether the stack that was read is the one remembered. */
__noinline int is_remembered(const struct remembered *stack, const struct kernel_memory *memory)
{
	__u32 i;

	if (!stack || !memory || !stack->frames)
		return 0;
	for (i = 0; i < KERNEL_PLACES_MAX && i < stack->frames; i++) {
		__u32 place = stack->place[i];

		if (place >= KERNEL_RAW_WORDS ||
		    plain_kernel_address(memory->raw[place]) != stack->addr[i])
			return 0;
	}
	return 1;
}

/*
 * Finds the places of the walked frames' addresses, from below and from above: where both ways agree
 * there is one only. A step of either is a function of its own, and how far it has come is in memory,
 * so that the verifier need not follow what every word may be. They return 1 when nothing is left to
 * be found.
 */
__noinline int find_from_below(struct kernel_memory *memory, const struct stack_words *walked)
{
	__u32 place, found;

	if (!memory || !walked || memory->at >= memory->depth)
		return 1;
	place = memory->at++;
	found = memory->found;
	barrier_var(place); /* see find_from_above() */
	barrier_var(found);
	if (place < KERNEL_RAW_WORDS && found < KERNEL_PLACES_MAX && found < memory->left &&
	    plain_kernel_address(memory->raw[place]) == walked->words[found + 2]) {
		memory->place[found] = place;
		memory->found = found + 1;
	}
	return memory->found == memory->left;
}

__noinline int find_from_above(struct kernel_memory *memory, const struct stack_words *walked)
{
	__u32 place, next;

	if (!memory || !walked || !memory->left || !memory->at)
		return 1;
	place = --memory->at;
	next = memory->left - 1;
	/* What is compared has to be what is used, for verifiers up to Linux 6.12. */
	barrier_var(place);
	barrier_var(next);
	if (place < KERNEL_RAW_WORDS && next < KERNEL_PLACES_MAX &&
	    plain_kernel_address(memory->raw[place]) == walked->words[next + 2]) {
		memory->left = next;
		if (memory->place[next] != place)
			memory->found = 0;
	}
	return !memory->left;
}

__noinline int remember(struct remembered *stack, struct kernel_memory *memory,
			const struct stack_words *walked, __u32 depth)
{
	__u32 frames, i;

	if (!stack || !memory || !walked)
		return 0;
	stack->frames = 0;
	frames = STACK_HEADER_FRAMES(walked->words[0]) - 1;
	if (!frames || frames > KERNEL_PLACES_MAX)
		return 0;
	memory->depth = depth;
	memory->at = memory->found = 0;
	memory->left = frames;
	for (i = 0; i < KERNEL_RAW_WORDS; i++) {
		if (find_from_below(memory, walked))
			break;
	}
	if (memory->found != frames)
		return 0;
	memory->at = depth;
	for (i = 0; i < KERNEL_RAW_WORDS; i++) {
		if (find_from_above(memory, walked))
			break;
	}
	if (memory->found != frames || memory->left)
		return 0;
	for (i = 0; i < KERNEL_PLACES_MAX && i < frames; i++) {
		stack->place[i] = memory->place[i];
		stack->addr[i] = walked->words[i + 2];
	}
	stack->frames = frames;
	return 1;
}

static __always_inline __u32 walk_task(struct task_struct *task, struct stack_words *stack,
				       __u32 first)
{
	long bytes = bpf_get_task_stack(task, stack->words + first,
					(STACK_FRAMES_MAX - 1) * sizeof(__u64), 0);

	return bytes > 0 ? (__u32)bytes / sizeof(__u64) : 0;
}

/*
 * By the kernel's walker. That leaves out what lies in the scheduler's section: not only its own
 * functions, but those that take a mutex or wait for a completion, which should be seen. So the one
 * that was called first is put in front: the call before the first return address says which that is. Not
 * where that was an indirect one: false.
 */
static __always_inline bool walk_waiting(struct task_struct *task, struct stack_words *stack)
{
	__u32 frames = walk_task(task, stack, 2);
	__u8 call[CALL_BYTES] = {};

	stack->words[1] = 0;
	if (frames &&
	    !bpf_probe_read_kernel(call, sizeof(call), (void *)(stack->words[2] - CALL_BYTES)))
		stack->words[1] = call_target(stack->words[2], call);
	if (stack->words[1]) {
		stack->words[0] = STACK_HEADER(frames + 1, 0, STACK_END_ROOT);
		return true;
	}
	stack->words[0] = STACK_HEADER(walk_task(task, stack, 1), 0, STACK_END_ROOT);
	return false;
}

/*
 * The kernel stack of a thread that is off the CPU: its name, under which the tables or user space
 * have it. `active` are the tables to put it into. FATE_RECORDED, or what failed.
 */
static __always_inline __u32 keep_kernel_stack(__u32 active, struct task_struct *task,
					       struct scratch *scratch, __u64 *ret_id)
{
	__u32 cpu = bpf_get_smp_processor_id(), depth = kernel_depth(task), fate;
	__u32 interval = interval_now();
	struct kernel_memory *memory = bpf_map_lookup_elem(&kernel_memories, &cpu);
	struct stack_words *stack = &scratch->kernel;
	struct remembered *known;
	bool readable;

	if (!memory)
		return FATE_STACK_TABLE_FULL; /* cannot be: there is one for every CPU */
	known = &memory->stacks[(depth * 0x9e3779b1 ^ (__u32)syscall_number(task) * 0x85ebca6b) >>
				24];
	readable = depth <= KERNEL_RAW_WORDS &&
		   !bpf_probe_read_kernel(memory->raw, depth * sizeof(__u64),
					  (void *)TASK_KERNEL_SP(task));
	if (readable && known->depth == depth && known->interval == interval &&
	    is_remembered(known, memory)) {
		*ret_id = known->id;
		return FATE_RECORDED;
	}
	readable &= walk_waiting(task, stack);
	*ret_id = id_of(stack);
	fate = keep_stack(active, *ret_id, scratch, SCRATCH_KERNEL);
	if (fate == FATE_RECORDED && readable && remember(known, memory, stack, depth)) {
		known->id = *ret_id;
		known->depth = depth;
		known->interval = interval;
	}
	return fate;
}

#endif
