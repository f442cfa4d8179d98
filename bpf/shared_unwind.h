/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walker's memory: call-frame tables of objects (ELF files), and which
 * object lies where in a process. The loader writes it, the programs read it;
 * both compile this header. docs/design/unwinding.md explains it in full.
 *
 * One pool holds both, in units of 8 bytes numbered from 0. It grows by
 * segments. Unit 0 is never used, so that 0 can say "nothing".
 *
 *	unwind_spaces   tgid -> unwind_space: its spans, sorted by address
 *	span            [start, end) of a process holds code of object N
 *	unwind_objects  N -> where its table is in the pool
 *	table           header, page index, rows sorted by address
 */
#ifndef BOLOMETER_BPF_SHARED_UNWIND_H
#define BOLOMETER_BPF_SHARED_UNWIND_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* ---- the pool ---- */

#define UNWIND_UNIT_BYTES    8
#define UNWIND_SEGMENT_SHIFT 17 /* in units: segments of 1 MB */
#define UNWIND_SEGMENT_UNITS (1 << UNWIND_SEGMENT_SHIFT)
#define UNWIND_SEGMENTS_MAX  1024 /* 1 GB; the loader's cap is far below */

struct unwind_segment {
	__u64 units[UNWIND_SEGMENT_UNITS];
};

/* ---- rows ---- */

/*
 * How to find the CFA (canonical frame address: the stack pointer's value before the call, as DWARF
 * defines it). `cfa` is an offset in words of 8 bytes, SP and FP are RSP and RBP, or SP and X29.
 */
enum unwind_cfa {
	UNWIND_CFA_NONE,     /* no call-frame information here: the frame-pointer rule */
	UNWIND_CFA_SP,	     /* SP + cfa */
	UNWIND_CFA_FP,	     /* FP + cfa */
	UNWIND_CFA_PLT,	     /* SP + cfa, and a word more if (IP & 15) >= saved; FP as it is */
	UNWIND_CFA_SP_DEREF, /* *(SP + cfa) + 8: a stack that was moved, with the old SP kept */
	UNWIND_CFA_FP_DEREF, /* *(FP + cfa): a realigned stack */
	UNWIND_CFA_REG,	     /* another register, see below; known in the innermost frame only */
	UNWIND_CFA_SIGNAL,   /* SP + cfa is where the kernel's struct ucontext is */
	UNWIND_CFA_END,	     /* the outermost frame: there is no caller */
	UNWIND_CFA_OTHER,    /* a rule that has no row kind: the walk cannot go on */
	UNWIND_CFA_LINK,     /* SP + cfa, see below; known in the innermost frame only */
	UNWIND_CFA_COUNT
};

/*
 * Where the caller's registers are. On x86-64 the return address is at CFA - 8 always; on arm64 it
 * is kept with the frame pointer, which it follows.
 */
enum unwind_fp {
	UNWIND_FP_SAME,	  /* not saved. arm64: neither is the return address, it is in LR */
	UNWIND_FP_AT_CFA, /* FP at CFA + saved words. arm64: and LR in the word above */
	UNWIND_FP_AT_FP,  /* FP at FP + saved words. arm64: and LR in the word above */
	UNWIND_LR_AT_CFA, /* arm64: LR at CFA + saved words, FP not saved */
	UNWIND_FP_AT_SP,  /* arm64: FP at SP + saved words, LR in the word above: a large frame */
	UNWIND_FP_COUNT
};

/*
 * What holds from `addr` on, until the next row. Addresses count from the object's lowest PT_LOAD
 * address (p_vaddr, rounded down to UNWIND_BASE_ALIGN), which is 0 in most files.
 */
struct unwind_row {
	__u32 addr;
	__s16 cfa;
	__s8 saved;
	__u8 rule; /* UNWIND_RULE(cfa, fp) */
};

#define UNWIND_BASE_ALIGN 4096

/* Of UNWIND_CFA_REG: which register (DWARF's number), and how many words the CFA is above it. */
#define UNWIND_REG_CFA(reg, words) ((words) * 32 + (reg))
#define UNWIND_REG_NUMBER(cfa)	   ((cfa) & 31)
#define UNWIND_REG_WORDS(cfa)	   ((cfa) >> 5)
#define UNWIND_REG_WORDS_MAX	   1023 /* and as many below */

/*
 * UNWIND_CFA_LINK, of x86-64: the return address is in the register `saved` (DWARF's number), where
 * vfork() keeps it from the child, which has the same stack.
 */

#define UNWIND_RULE(cfa, fp)  ((cfa) | (fp) << 4)
#define UNWIND_RULE_CFA(rule) ((rule) & 15)
#define UNWIND_RULE_FP(rule)  ((rule) >> 4)

/* ---- tables ---- */

/*
 * A table is one run of units: this header, an index of nr_pages + 1 entries (__u32), filled up to
 * a whole unit, and nr_rows rows. Page p starts at address start + (p << page_shift); its entry is
 * the number of the row that holds at its first address, so that the row of any address within it
 * is found between entries p and p + 1, both included. The last entry is nr_rows - 1. The first
 * row's address is `start`. Addresses outside the pages have no call-frame information.
 */
struct unwind_table_header {
	__u32 start;
	__u32 nr_pages;
	__u32 page_shift;
	__u32 nr_rows;
};

#define UNWIND_HEADER_UNITS	     2
#define UNWIND_INDEX_UNITS(nr_pages) (((nr_pages) + 2) / 2)
#define UNWIND_PAGE_SHIFT	     8 /* where rows are as dense as in compiled code */

/* ---- walks ---- */

#define WALK_STEPS_MAX (1 << 18) /* a stack of 8 MB has hardly more */

/* ---- objects ---- */

/* Value of unwind_objects. Each field is read and written alone. */
struct unwind_object {
	__u32 table;   /* its first unit, or one of those below */
	__u32 touched; /* set by the programs when they look for it, cleared by the loader */
};

#define UNWIND_TABLE_ABSENT 0 /* not loaded: the programs ask for it */
#define UNWIND_TABLE_NONE   1 /* there is no call-frame information: frame pointers */

#define UNWIND_OBJECTS_MAX 16384
#define UNWIND_OBJECT_CODE 0 /* generated code: frame pointers. Its table is UNWIND_TABLE_NONE */

/* ---- processes ---- */

/* Executable mapping. Spans of a process are sorted and do not overlap. */
struct unwind_span {
	__u64 start, end;
	__u64 base; /* where the object's lowest address lies: row address = address - base */
	__u32 object;
	__u32 pad;
};

#define UNWIND_SPAN_UNITS (sizeof(struct unwind_span) / UNWIND_UNIT_BYTES)

/*
 * Value of unwind_spaces, replaced as a whole. A fork copies it in the kernel, an exec drops it.
 * The units it names are never changed, and not used for anything else before no entry names them.
 *
 * The unit before the spans holds their generation once more: an element of the kernel's hash map
 * that was removed is used again at once, so that who reads it meanwhile may get half of another.
 */
struct unwind_space {
	__u64 generation; /* differs for every set of spans that was ever published; never 0 */
	__u32 spans;	  /* first unit */
	__u32 nr_spans;	  /* at least 1 */
};

/* ---- snapshots ---- */

/* Registers in DWARF's order. */
#define UNWIND_REGS_X86	   17 /* rax rdx rcx rbx rsi rdi rbp rsp r8..r15 rip */
#define UNWIND_REGS_ARM64  33 /* x0..x30 sp pc */
#define UNWIND_REGS_MAX	   33
#define SNAPSHOT_WORDS	   128 /* of each stack that was walked */
#define SNAPSHOT_STACK_MAX 65536
#define SNAPSHOT_PAGE_BYTES 4096 /* the stack is copied by: a page, or a part of one */

_Static_assert(sizeof(struct unwind_row) == UNWIND_UNIT_BYTES, "a row is a unit");
_Static_assert(sizeof(struct unwind_table_header) == UNWIND_HEADER_UNITS * UNWIND_UNIT_BYTES,
	       "a header is whole units");
_Static_assert(sizeof(struct unwind_span) == 32, "no hidden padding");
_Static_assert(sizeof(struct unwind_space) == 16, "no hidden padding");

#endif
