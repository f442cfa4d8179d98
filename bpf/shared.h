/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the BPF programs and the program that loads them agree on: the only
 * header both sides compile. Fixed widths, explicit padding, every byte of a
 * key written.
 */
#ifndef BOLOMETER_BPF_SHARED_H
#define BOLOMETER_BPF_SHARED_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#include "bpf/shared_unwind.h"

/* What becomes of an event; see loss.def. */
enum event_fate {
#define EVENT(name, word, is_loss, text) FATE_##name,
#include "bpf/loss.def"
#undef EVENT
	FATE_RECORDED,
	FATE_FIRED, /* every run of the program */
	FATE_COUNT
};

/* How many events each of these fates met, on one CPU. */
struct event_fates {
	__u64 count[FATE_COUNT];
};

/* Why a walk ended; see stack_end.def. */
enum stack_end {
#define END(name, text) STACK_END_##name,
#include "bpf/stack_end.def"
#undef END
	STACK_END_COUNT
};

/* Which events a program looks at. */
enum target_mode {
	TARGET_ALL,
	TARGET_IDS,    /* thread groups and threads in the target maps */
	TARGET_CGROUP, /* tasks below the cgroup in slot 0 of target_cgroup */
};

/* State of a thread group in the map of targets. */
enum target_state {
	TARGET_ACTIVE = 1,
	TARGET_UNTIL_EXEC = 2, /* started by us; counts from its exec on */
};

/*
 * A stack in the table: words, cut into chunks so that short stacks take little room. Word 0 is
 * the header, the frames follow leaf first, the rest of the last chunk means nothing.
 *
 * A stack that is too deep keeps both ends: the first STACK_LEAF_FRAMES frames are the innermost,
 * all that follow are the outermost, and frames are missing between. The header says so: its cut is
 * the number of frames before the missing ones, 0 where none are.
 */
#define STACK_CHUNK_WORDS 32
#define STACK_CHUNKS_MAX  32
#define STACK_WORDS_MAX	  (STACK_CHUNK_WORDS * STACK_CHUNKS_MAX)
#define STACK_FRAMES_MAX  (STACK_WORDS_MAX - 1)
#define STACK_LEAF_FRAMES 512
#define STACK_ROOT_FRAMES (STACK_FRAMES_MAX - STACK_LEAF_FRAMES)

#define STACK_HEADER(frames, cut, end) ((__u64)(end) << 32 | (__u32)(cut) << 16 | (__u32)(frames))
#define STACK_HEADER_FRAMES(word)      ((__u32)(word)&0xffff)
#define STACK_HEADER_CUT(word)	       ((__u32)(word) >> 16)
#define STACK_HEADER_END(word)	       ((__u32)((word) >> 32))

struct stack_key {
	__u64 id; /* hash of all words; never STACK_ID_NONE */
	__u32 chunk;
	__u32 pad;
};

struct stack_chunk {
	__u64 words[STACK_CHUNK_WORDS];
};

#define STACK_ID_NONE 0ULL

#define SHARED_COMM_LEN 16
#define SHARED_NO_CPU	0xffffffffU

/* Who was where: samples with equal keys are one count. */
struct count_key {
	__u64 user_stack;   /* id, or STACK_ID_NONE */
	__u64 kernel_stack; /* id, or STACK_ID_NONE */
	__u64 cgroup;	    /* id, 0 unless grouped by it */
	__u32 tgid;
	__u32 tid;
	__u32 exec_id; /* changes when the process executes another program */
	__u32 cpu;     /* SHARED_NO_CPU unless grouped by it */
	char comm[SHARED_COMM_LEN];
};

/* Times are CLOCK_MONOTONIC: with them an address is looked up among the mappings of that time. */
struct count_value {
	__u64 count;
	__u64 first_ns;
	__u64 last_ns;
};

/*
 * A sample whose user stack the walker could not finish, with what it takes to finish it elsewhere.
 * It is in no table. stack_bytes bytes of the stack, from stack_addr on, follow the structure; the
 * pieces of SNAPSHOT_PAGE_BYTES among them that were not in memory are zeros. stack_missing says which:
 * bit 0 is the piece that stack_addr lies in.
 */
struct unwind_snapshot {
	struct count_key key; /* its stacks are below */
	__u64 time_ns;
	__u64 regs[UNWIND_REGS_MAX];
	__u64 stack_addr;
	__u64 stack_missing;
	__u32 stack_bytes;
	__u32 pad;
	__u64 user[SNAPSHOT_WORDS];   /* as far as the walker came; word 0 is the header */
	__u64 kernel[SNAPSHOT_WORDS]; /* word 0 is 0 for none */
};

_Static_assert(sizeof(struct stack_key) == 16, "keys have no hidden padding");
_Static_assert(sizeof(struct count_key) == 56, "keys have no hidden padding");
_Static_assert(sizeof(struct stack_chunk) == 256, "words only");
_Static_assert(sizeof(struct unwind_snapshot) % 8 == 0, "the stack that follows is aligned");

#endif
