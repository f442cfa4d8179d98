/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walking a user stack, from the registers of the innermost frame to the
 * thread's root. docs/design/unwinding.md tells the whole story.
 *
 * Each step looks up the row of call-frame information for the frame's
 * address, and finds from it the CFA, the caller's frame pointer, and the return
 * address. Code that has no rows (generated code, assembly, everything when
 * only frame pointers are asked for) is taken to keep frame pointers, in the
 * same walk. The step that cannot be taken says why.
 *
 * This also compiles for the host, where tests run it over recorded memory:
 * everything it needs of BPF is bpf_probe_read_user() and map lookups.
 */
#ifndef BOLOMETER_BPF_UNWIND_H
#define BOLOMETER_BPF_UNWIND_H

/* Frame pointers alone, when it is off. */
const volatile bool unwind_by_tables = false;

/* A frame record this near below the thread's stack base belongs to its first frames. */
#define MAIN_ROOT_BYTES	  1024 /* below the argument vector: _start, __libc_start_main */
#define THREAD_ROOT_BYTES 4096 /* below the thread control block: TLS, start_thread, clone */

/*
 * A null frame pointer ends the chain of a thread that no libc started, a goroutine for one. Data
 * holds many zeros, too, and so does the register in code that has rows: it has to end a chain of
 * more than one record.
 */
#define NULL_ROOT_RECORDS 2

/*
 * The piece of the stack that is read at once: a helper call for every word would cost more than
 * all the rest. Frames are 50 to 150 bytes as a rule; more would read what is not needed, and never
 * beyond a page, so that no part of it can be missing.
 */
#define WINDOW_WORDS 128
#define WINDOW_BYTES (WINDOW_WORDS * sizeof(__u64))
#define PAGE_BYTES   4096 /* or a multiple of it */

/*
 * Steps until a walk is given up. Fewer at high rates, so that even a stack made to be deep takes
 * only a part of the CPU; set by the loader. A step is a frame whose row is in the cache, some 4 ns;
 * a row that is not, and a piece of the stack that is read, take as long as these.
 */
const volatile __u32 walk_steps_max = WALK_STEPS_MAX;
#define STEPS_OF_SEARCH 32
#define STEPS_OF_READ	8

/* Loops in loops, so that the verifier sees the steps of one run and not all of them. */
#define RUN_STEPS 64
#define LAP_RUNS  64
#define WALK_LAPS (WALK_STEPS_MAX / RUN_STEPS / LAP_RUNS)

/* Frames behind the first STACK_LEAF_FRAMES go around in a ring, which ends up with the last. */
#define RING_WORDS 512

/* A stack: the header, and frames leaf first. */
struct stack_words {
	__u64 words[STACK_WORDS_MAX];
};

/* One walk, and where it is. */
struct walk {
	struct stack_words stack;
	__u64 ring[RING_WORDS];
	__u64 window[WINDOW_WORDS];
	__u64 window_base; /* address of window[0] */
	__u32 window_bytes;
	__u32 frames;  /* so far, kept or not */
	__u32 reads;   /* of pieces of the stack */
	__u32 records; /* that led to this frame, one after the other */
	__u32 end;    /* enum stack_end */
	bool exact;   /* ip is the instruction itself, not the one behind a call */
	bool guessed; /* a frame pointer was taken on trust: what follows may be wrong */
	bool has_lr;  /* the return address is in the link register */
	__u8 pad;
	__u64 ip, sp, fp, lr; /* of the frame whose caller is next */
	__u64 record;	      /* the last frame record that was followed; 0 before */
	__u64 regs[UNWIND_REGS_MAX]; /* of the innermost frame, in DWARF's order */
	struct row_finder finder;
};

/* ---- memory ---- */

/* Reads the piece of the stack that starts at `addr`. Returns 1, or 0 if it is not there. */
__noinline int window_read(struct walk *walk, __u64 addr)
{
	__u32 bytes = PAGE_BYTES - (addr & (PAGE_BYTES - 1));

	if (!walk)
		return 0;
	if (bytes > WINDOW_BYTES)
		bytes = WINDOW_BYTES;
	walk->reads++;
	walk->window_base = addr;
	walk->window_bytes = bytes;
	if (!bpf_probe_read_user(walk->window, bytes, (void *)addr))
		return 1;
	walk->window_bytes = 0;
	return 0;
}

/* The word of the stack at `addr`; false if it cannot be read. */
static __always_inline bool word_at(struct walk *walk, __u64 addr, __u64 *ret_word)
{
	__u64 offset = addr - walk->window_base;

	if (addr & (sizeof(__u64) - 1))
		return false;
	if (offset >= walk->window_bytes) {
		if (!window_read(walk, addr))
			return false;
		offset = 0;
	}
	*ret_word = walk->window[offset / sizeof(__u64) & (WINDOW_WORDS - 1)];
	return true;
}

/* ---- steps ---- */

static __always_inline int ends(struct walk *walk, __u32 end)
{
	walk->end = end;
	return 0;
}

static __always_inline void keep_frame(struct walk *walk, __u64 ip)
{
	__u32 number = walk->frames++;
	__u32 slot = number; /* the same, which the compiler must not know: it would drop the masks */

	barrier_var(slot);
	if (number < STACK_LEAF_FRAMES)
		walk->stack.words[(slot + 1) & (STACK_WORDS_MAX - 1)] = ip;
	else
		walk->ring[slot & (RING_WORDS - 1)] = ip;
}

/* The caller is at `ip`. A null address has none: such are the roots that no rule marks. */
static __always_inline int caller_at(struct walk *walk, __u64 ip)
{
	ip = plain_address(ip);
	if (!ip)
		return ends(walk, walk->records ? STACK_END_NO_FRAME_POINTER : STACK_END_ROOT);
	walk->ip = ip;
	walk->records = 0;
	walk->exact = false;
	walk->has_lr = false;
	keep_frame(walk, ip);
	return 1;
}

/*
 * Where there are no rows: the frame record at the frame pointer (the caller's frame pointer, the
 * return address). Callers lie above.
 */
static __always_inline int step_by_record(struct walk *walk)
{
	__u64 record = walk->fp, fp, ip;
	__u32 records = walk->records + 1;

	walk->guessed = true;
	if (!record && walk->records >= NULL_ROOT_RECORDS)
		return ends(walk, STACK_END_ROOT);
	if (record <= walk->record || (unwind_by_tables && record < walk->sp))
		return ends(walk, STACK_END_NO_FRAME_POINTER);
	if (!word_at(walk, record, &fp) || !word_at(walk, record + 8, &ip) || !ip)
		return ends(walk, STACK_END_NO_FRAME_POINTER);
	walk->record = record;
	walk->fp = fp;
	walk->sp = record + 16;
	if (!caller_at(walk, ip))
		return 0;
	walk->records = records;
	return 1;
}

#if defined(__TARGET_ARCH_x86)
/*
 * Whether `ip` is where a call returns to: behind a call instruction (E8 with four bytes, or FF /2
 * with none to five: Intel's manual, volume 2) in code of the process. Where the call says what it
 * calls, that must be the function in which the walk is: new frames hold what old calls left there.
 */
#define FUNCTION_BYTES_MAX (1 << 16)

__noinline int is_return_address(struct walk *walk, __u64 ip)
{
	__u8 code[8];

	if (!walk || !finder_has_code(&walk->finder, ip - 1) ||
	    bpf_probe_read_user(code, sizeof(code), (void *)(ip - sizeof(code))))
		return 0;
	if (code[3] == 0xe8) {
		__s32 distance = code[4] | code[5] << 8 | code[6] << 16 | (__u32)code[7] << 24;

		return walk->ip - (ip + distance) < FUNCTION_BYTES_MAX;
	}
	return (code[6] == 0xff && (code[7] & 0x38) == 0x10) ||
	       (code[5] == 0xff && (code[6] & 0x38) == 0x10) ||
	       (code[4] == 0xff && (code[5] & 0x38) == 0x10) ||
	       (code[2] == 0xff && (code[3] & 0x38) == 0x10) ||
	       (code[1] == 0xff && (code[2] & 0x38) == 0x10);
}

/*
 * The innermost frame of code without rows may not have its record yet, or any more, or never have
 * one: then the frame pointer is the caller's, and the return address is at the stack pointer, or,
 * between a push of the frame pointer and its move, above that. A step by the record would pass
 * over the caller.
 */
static __always_inline int step_without_record(struct walk *walk)
{
	__u64 top, above;

	if (!word_at(walk, walk->sp, &top))
		return step_by_record(walk);
	if (top == walk->fp && word_at(walk, walk->sp + 8, &above)) {
		if (!is_return_address(walk, above))
			return step_by_record(walk);
		walk->sp += 8;
		top = above;
	} else if (!is_return_address(walk, top)) {
		return step_by_record(walk);
	}
	walk->guessed = true;
	walk->sp += 8;
	if (!caller_at(walk, top))
		return 0;
	walk->records = 1;
	return 1;
}

/*
 * A caller in code without rows that only gives words of the stack back and returns ("add $N,%rsp;
 * ret", 48 83 C4 N C3) says so behind its call: where its own caller is needs no frame pointer, and it
 * may have none. Such are the stubs that python puts between functions for profilers (-X perf, its
 * Python/asm_trampoline.S).
 */
static __always_inline int step_past_stub(struct walk *walk)
{
	__u8 code[5];
	__u64 slot, ip;

	if (bpf_probe_read_user(code, sizeof(code), (void *)walk->ip) || code[0] != 0x48 ||
	    code[1] != 0x83 || code[2] != 0xc4 || code[3] & 0x87 || code[4] != 0xc3)
		return step_by_record(walk);
	slot = walk->sp + code[3];
	if (!word_at(walk, slot, &ip))
		return ends(walk, STACK_END_UNREADABLE);
	walk->sp = slot + 8;
	return caller_at(walk, ip);
}
#else
static __always_inline int step_without_record(struct walk *walk)
{
	return step_by_record(walk);
}

static __always_inline int step_past_stub(struct walk *walk)
{
	return step_by_record(walk);
}
#endif

/*
 * The kernel interrupted a frame to call a handler, which returns to this one, and left its
 * registers on the stack. Callers are kept as the address behind their call. Neither of these two
 * made a call, so both are kept as one more than the address of their instruction.
 */
static __always_inline int step_by_signal_frame(struct walk *walk, __u64 ucontext)
{
	__u64 ip, sp, fp;

	if (!word_at(walk, ucontext + UCONTEXT_FP, &fp) ||
	    !word_at(walk, ucontext + UCONTEXT_SP, &sp) ||
	    !word_at(walk, ucontext + UCONTEXT_IP, &ip))
		return ends(walk, STACK_END_UNREADABLE);
#ifdef UCONTEXT_LR
	if (!word_at(walk, ucontext + UCONTEXT_LR, &walk->lr))
		return ends(walk, STACK_END_UNREADABLE);
#endif
	walk->fp = fp;
	walk->sp = sp; /* of the interrupted stack, which may be another one */
	walk->record = 0;
	if (!walk->exact) {
		walk->frames--;
		keep_frame(walk, walk->ip + 1);
	}
	if (!ip)
		return ends(walk, STACK_END_NO_MAPPING);
	caller_at(walk, ip + 1);
	walk->ip = ip;
	walk->exact = true;
	walk->has_lr = true;
	return 1;
}

/* Where the row says that the caller's frame pointer, or its link register, is saved. */
static __always_inline __u64 saved_at(const struct walk *walk, __u64 cfa, struct row_rule row)
{
	__u64 base = cfa;

	if (UNWIND_RULE_FP(row.rule) == UNWIND_FP_AT_FP)
		base = walk->fp;
	else if (UNWIND_RULE_FP(row.rule) == UNWIND_FP_AT_SP)
		base = walk->sp;
	return base + row.saved * 8LL;
}

/* From the CFA to the caller: on x86-64 the return address is below the CFA. */
#if defined(__TARGET_ARCH_x86)
static __always_inline int step_to(struct walk *walk, __u64 cfa, struct row_rule row)
{
	__u64 ip;

	if (cfa <= walk->sp)
		return ends(walk, STACK_END_LOOP);
	if (UNWIND_RULE_FP(row.rule) != UNWIND_FP_SAME &&
	    !word_at(walk, saved_at(walk, cfa, row), &walk->fp))
		return ends(walk, STACK_END_UNREADABLE);
	if (!word_at(walk, cfa - 8, &ip))
		return ends(walk, STACK_END_UNREADABLE);
	walk->sp = cfa;
	return caller_at(walk, ip);
}
#else
/* On arm64 it is in the link register until a function saves it, with the frame pointer or alone. */
static __always_inline int step_to(struct walk *walk, __u64 cfa, struct row_rule row)
{
	__u64 slot = saved_at(walk, cfa, row), ip = walk->lr;
	__u32 rule = UNWIND_RULE_FP(row.rule);

	if (cfa < walk->sp || (cfa == walk->sp && !walk->has_lr))
		return ends(walk, STACK_END_LOOP);
	if (rule == UNWIND_FP_SAME) {
		if (!walk->has_lr)
			return ends(walk, STACK_END_NO_RULE);
	} else if (rule == UNWIND_LR_AT_CFA) {
		if (!word_at(walk, slot, &ip))
			return ends(walk, STACK_END_UNREADABLE);
	} else if (!word_at(walk, slot, &walk->fp) || !word_at(walk, slot + 8, &ip)) {
		return ends(walk, STACK_END_UNREADABLE);
	}
	walk->sp = cfa;
	return caller_at(walk, ip);
}
#endif

/* From a stack that was moved, to where it had been: that may lie anywhere. */
static __always_inline int step_off(struct walk *walk, __u64 cfa, struct row_rule row)
{
	walk->sp = 0;
	return step_to(walk, cfa, row);
}

/* By the row that holds at the frame's address. */
static __always_inline int step_by_row(struct walk *walk)
{
	struct row_rule row = walk->finder.row;
	__u64 cfa = row.cfa * 8LL;

	switch (UNWIND_RULE_CFA(row.rule)) {
	case UNWIND_CFA_SP:
		return step_to(walk, walk->sp + cfa, row);
	case UNWIND_CFA_FP:
		return step_to(walk, walk->fp + cfa, row);
	case UNWIND_CFA_NONE:
		return walk->exact ? step_without_record(walk) : step_past_stub(walk);
	case UNWIND_CFA_END:
		return ends(walk, STACK_END_ROOT);
	case UNWIND_CFA_PLT:
		cfa += walk->sp + ((walk->ip & 15) >= (__u8)row.saved ? 8 : 0);
		return step_to(walk, cfa, row);
	case UNWIND_CFA_SP_DEREF:
		if (!word_at(walk, walk->sp + cfa, &cfa))
			return ends(walk, STACK_END_UNREADABLE);
		return step_off(walk, cfa + 8, row);
	case UNWIND_CFA_FP_DEREF:
		if (!word_at(walk, walk->fp + cfa, &cfa))
			return ends(walk, STACK_END_UNREADABLE);
		return step_off(walk, cfa, row);
	case UNWIND_CFA_REG:
		if (walk->frames > 1)
			return ends(walk, STACK_END_NO_RULE);
		cfa = walk->regs[UNWIND_REG_NUMBER(row.cfa)] + UNWIND_REG_WORDS(row.cfa) * 8LL;
		return step_to(walk, cfa, row);
	case UNWIND_CFA_LINK:
		if (walk->frames > 1)
			return ends(walk, STACK_END_NO_RULE);
		walk->sp += cfa;
		return caller_at(walk, walk->regs[row.saved & 31]);
	case UNWIND_CFA_SIGNAL:
		return step_by_signal_frame(walk, walk->sp + cfa);
	default:
		return ends(walk, STACK_END_NO_RULE);
	}
}

/*
 * One frame up. Returns 1 while the walk goes on, else 0 with walk->end set.
 *
 * A return address may lie behind the last instruction of its function: the call is looked up, not
 * what follows it. Only in the innermost frame, and where a signal interrupted, ip is the
 * instruction itself. Where no row holds at the one address, the other may have it: a system call
 * that never returns is the last of its function, and a stack made by hand (makecontext()) returns
 * to the first instruction of one.
 */
__noinline int walk_step(struct walk *walk)
{
	__u32 end;

	if (!walk)
		return 0;
	if (!unwind_by_tables)
		return step_by_record(walk);
	end = finder_row(&walk->finder, walk->exact ? walk->ip : walk->ip - 1);
	if (end == STACK_END_ROOT && walk->finder.row.rule == UNWIND_CFA_NONE)
		finder_row(&walk->finder, walk->exact ? walk->ip - 1 : walk->ip);
	if (end == STACK_END_ROOT)
		return step_by_row(walk);
	if (end == STACK_END_NO_MAPPING && walk->record && walk->sp == walk->record + 16)
		end = STACK_END_NO_FRAME_POINTER; /* the last record was none: no return address */
	return ends(walk, end);
}

__noinline int walk_run(struct walk *walk)
{
	__u32 i;

	for (i = 0; i < RUN_STEPS; i++) {
		if (!walk_step(walk))
			return 0;
	}
	return 1;
}

static __u32 walk_steps(const struct walk *walk)
{
	return walk->frames + walk->finder.searches * STEPS_OF_SEARCH + walk->reads * STEPS_OF_READ;
}

__noinline int walk_lap(struct walk *walk)
{
	__u32 i;

	for (i = 0; i < LAP_RUNS && walk && walk_steps(walk) < walk_steps_max; i++) {
		if (!walk_run(walk))
			return 0;
	}
	return 1;
}

/* ---- a whole walk ---- */

/* Whether a frame record lies where a thread's first frames are. */
static bool near_root(__u64 record)
{
	struct task_struct *task = bpf_get_current_task_btf();
	/* Not task->mm->...: the verifier of 6.18 takes 90 ms for each pointer followed so. */
	__u64 main_base = BPF_CORE_READ(task, mm, start_stack);
	__u64 thread_base = TASK_TLS(task);

	return main_base - record < MAIN_ROOT_BYTES || thread_base - record < THREAD_ROOT_BYTES;
}

/* Puts the outermost frames behind the innermost ones. Returns how many frames there are then. */
__noinline int walk_join(struct walk *walk)
{
	__u32 frames, first = 0, i;

	if (!walk)
		return 0;
	frames = walk->frames;
	if (frames <= STACK_LEAF_FRAMES)
		return frames;
	frames -= STACK_LEAF_FRAMES;
	if (frames > STACK_ROOT_FRAMES) {
		first = frames - STACK_ROOT_FRAMES;
		frames = STACK_ROOT_FRAMES;
	}
	for (i = 0; i < STACK_ROOT_FRAMES && i < frames; i++)
		walk->stack.words[STACK_LEAF_FRAMES + 1 + i] =
			walk->ring[(first + i) & (RING_WORDS - 1)];
	return STACK_LEAF_FRAMES + frames;
}

/* From walk->regs to the root, or as far as it goes. Returns the header. */
static __u64 walk_registers(struct walk *walk, __u32 tgid)
{
	__u32 frames, cut, i;

	walk->ip = walk->regs[REG_IP];
	walk->sp = walk->regs[REG_SP];
	walk->fp = walk->regs[REG_FP];
#ifdef REG_LR
	walk->lr = walk->regs[REG_LR];
#else
	walk->lr = 0;
#endif
	walk->stack.words[1] = walk->ip;
	walk->frames = 1;
	walk->end = STACK_END_LIMIT;
	walk->exact = true;
	walk->guessed = false;
	walk->has_lr = true;
	walk->record = 0;
	walk->records = 0;
	walk->reads = 0;
	walk->finder.searches = 0;
	walk->window_bytes = 0;
	if (unwind_by_tables && !finder_begin(&walk->finder, tgid)) {
		walk->end = STACK_END_NO_PROCESS;
		return STACK_HEADER(1, 0, STACK_END_NO_PROCESS);
	}
	for (i = 0; i < WALK_LAPS; i++) {
		if (!walk_lap(walk))
			break;
	}
	if (walk->end == STACK_END_NO_FRAME_POINTER && walk->record && near_root(walk->record))
		walk->end = STACK_END_ROOT;
	if (walk->end == STACK_END_LIMIT) { /* what the ring holds is not the root end */
		frames = walk->frames < STACK_LEAF_FRAMES ? walk->frames : STACK_LEAF_FRAMES;
		return STACK_HEADER(frames, 0, STACK_END_LIMIT);
	}
	frames = walk_join(walk) & (STACK_WORDS_MAX - 1);
	cut = walk->frames > STACK_FRAMES_MAX ? STACK_LEAF_FRAMES : 0;
	return STACK_HEADER(frames, cut, walk->end);
}

#endif
