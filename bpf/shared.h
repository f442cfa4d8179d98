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

/* States in which a thread blocks, for sets of them; the kernel's own may be several at once. */
#define WAIT_STATE_SLEEP   1
#define WAIT_STATE_DISK	   2
#define WAIT_STATE_STOPPED 4
#define WAIT_STATE_TRACED  8
#define WAIT_STATE_PARKED  16
#define WAIT_STATE_IDLE	   32

/* What is counted under a key. */
enum count_activity {
	COUNT_CPU,	 /* samples of running threads */
	COUNT_BLOCKED,	 /* waits, and the time in the run queue that followed each */
	COUNT_PREEMPTED, /* times in the run queue of threads that were not waiting */
};

/* How an end of the capture cut a wait. */
#define COUNT_CUT_BEGIN 1 /* it had begun before */
#define COUNT_CUT_END	2 /* it was not over */

/* What else is known of a wait. */
#define COUNT_NEW	 1  /* the thread had not run yet: there is no stack */
#define COUNT_UNWALKED	 2  /* the stack was not walked, to limit the overhead */
#define COUNT_IO	 4  /* the task waited for I/O, as iowait counts it */
#define COUNT_KTHREAD	 8  /* a thread of the kernel */
#define COUNT_STOPPED	 16 /* by a signal */
#define COUNT_TRACED	 32 /* by a debugger */
#define COUNT_ESTIMATED	 64 /* these waits stand for others, too: sums are scaled, and will be again */

/* The kind of object that a system call's descriptor stands for. */
enum wait_object {
	OBJECT_NONE, /* not known, or the call takes none */
	OBJECT_FILE,
	OBJECT_FOLDER,
	OBJECT_PIPE,
	OBJECT_DEVICE, /* a character device: a terminal, for one */
	OBJECT_BLOCK,
	OBJECT_UNIX, /* sockets, by family and protocol */
	OBJECT_TCP,
	OBJECT_UDP,
	OBJECT_SOCKET, /* any other */
	OBJECT_COUNT
};

#define WAIT_NO_SYSCALL (-1)

#define WAKERS_MAX 4 /* of a wait: who ended it, who had woken that one, ... */

/* Who was where: samples, and waits, with equal keys are one count. */
struct count_key {
	__u64 user_stack;	  /* id, or STACK_ID_NONE */
	__u64 kernel_stack;	  /* id, or STACK_ID_NONE */
	__u64 cgroup;		  /* id, 0 unless grouped by it */
	__u64 wakers[WAKERS_MAX]; /* ids, or STACK_ID_NONE from the first that is not known on */
	__u32 tgid;
	__u32 tid;
	__u32 exec_id; /* changes when the process executes another program */
	__u32 cpu;     /* SHARED_NO_CPU unless grouped by it */
	char comm[SHARED_COMM_LEN];
	char rival[SHARED_COMM_LEN]; /* who ran instead, where that is asked for */
	__s16 syscall;		     /* that the thread waited in; WAIT_NO_SYSCALL */
	__u8 activity;		     /* enum count_activity */
	__u8 cut;		     /* COUNT_CUT_... */
	__u8 object;		     /* enum wait_object */
	__u8 flags;		     /* COUNT_NEW, ... */
	__u16 pad;
};

/*
 * The lengths of waits. Squares are of microseconds, and of milliseconds for those that are longer
 * than WAIT_SQUARE_US_MAX, so that neither sum overflows between two readings.
 */
struct wait_sum {
	__u64 waits;
	__u64 ns;
	__u64 longest_ns;
	__u64 squares_us;
	__u64 squares_ms;
};

#define WAIT_SQUARE_US_MAX (1 << 20)

/*
 * Times are CLOCK_MONOTONIC: with them an address is looked up among the mappings of that time, and
 * they are when the event was; of waits, when they began. A wait is counted when its thread leaves the
 * CPU next. So only the first one of a row may have begun before the table was empty last; its lengths
 * tell how much of the row is older.
 */
struct count_value {
	__u64 count; /* of events, never scaled */
	__u64 first_ns;
	__u64 last_ns;
	struct wait_sum blocked; /* all zero for samples, like the rest */
	struct wait_sum queued;
	__u64 first_blocked_ns;
	__u64 first_queued_ns;
	__u64 first_weight; /* that it is in the sums with */
};

/* Whoever ended a wait. In the table of wakers by a hash of all of it but the time. */
enum waker_context {
	WAKER_THREAD,
	WAKER_INTERRUPT, /* and what the kernel does after one before it goes back */
};

struct waker_record {
	__u64 user_stack;   /* ids, or STACK_ID_NONE */
	__u64 kernel_stack;
	__u32 tgid, tid; /* 0 of interrupts */
	__u32 exec_id;
	__u32 context; /* enum waker_context */
	char comm[SHARED_COMM_LEN];
	__u64 time_ns; /* when it was met first, for its addresses */
};

/*
 * The waits of a thread of which only some were looked at, all of them: what those that were have to
 * be scaled to.
 */
struct estimated {
	__u64 waits, blocked_ns;
	__u64 queueings, queued_ns;	 /* that followed them */
	__u64 preemptions, preempted_ns; /* queueing of its own */
};

/* What a thread's waits will be counted under; 0 and STACK_ID_NONE where there is nothing. */
struct thread_stacks {
	__u64 stacks[4];
	__u64 wakers[WAKERS_MAX];
};

/* The books of a thread, when it ended or the capture did. */
struct thread_record {
	__u64 begin_ns, end_ns; /* of its life within the capture */
	__u64 cpu_ns, blocked_ns, queued_ns;
	struct estimated estimated;
	__u32 tgid, tid;
	char comm[SHARED_COMM_LEN];
	__u32 interval; /* 0: there are none */
	__u32 pad;
};

/*
 * A thread that is taken on to the next interval: its books in the one that ends (a lifetime of 0: it has
 * none), and the names of all stacks and wakers that it may still be counted under.
 */
#define THREAD_STACKS 4

struct interval_record {
	struct thread_record books;
	__u64 stacks[THREAD_STACKS];
	__u64 wakers[WAKERS_MAX];
};

/*
 * A sample whose user stack the walker could not finish, with what it takes to finish it elsewhere.
 * It is in no table. stack_bytes bytes of the stack, from stack_addr on, follow the structure; the
 * pieces of SNAPSHOT_PAGE_BYTES among them that were not in memory are zeros. stack_missing says which:
 * bit 0 is the piece that stack_addr lies in.
 */
struct unwind_snapshot {
	/*
	 * Its stacks are below. If it names a user stack, this is no sample, but the stack of that
	 * name, which counts refer to.
	 */
	struct count_key key;
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
_Static_assert(sizeof(struct count_key) == 112, "keys have no hidden padding");
_Static_assert(sizeof(struct waker_record) == 56, "what is hashed has no hidden padding");
_Static_assert(sizeof(struct thread_record) == 120, "no hidden padding");
_Static_assert(sizeof(struct interval_record) == 184, "no hidden padding");
_Static_assert(sizeof(struct stack_chunk) == 256, "words only");
_Static_assert(sizeof(struct unwind_snapshot) % 8 == 0, "the stack that follows is aligned");

#endif
