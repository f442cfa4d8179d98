// SPDX-License-Identifier: GPL-2.0-or-later
/* Instructions to rows: every instruction, every kind of row, and what has none. */
#include "tests/unit/unwind_fixture.h"

#include "profiler/unwind/table/cfi_rows.h"

/* DW_CFA_* by their numbers in DWARF 5, section 7.24. */
enum {
	NOP,
	SET_LOC,
	ADVANCE1,
	ADVANCE2,
	ADVANCE4,
	OFFSET_EXTENDED,
	RESTORE_EXTENDED,
	UNDEFINED,
	SAME_VALUE,
	REGISTER,
	REMEMBER,
	RESTORE_STATE,
	DEF_CFA,
	DEF_CFA_REGISTER,
	DEF_CFA_OFFSET,
	DEF_CFA_EXPRESSION,
	EXPRESSION,
	OFFSET_EXTENDED_SF,
	DEF_CFA_SF,
	DEF_CFA_OFFSET_SF,
	VAL_OFFSET,
	VAL_OFFSET_SF,
	VAL_EXPRESSION,
	ADVANCE8 = 0x1d,
	NEGATE_RA_STATE_WITH_PC = 0x2c,
	NEGATE_RA_STATE = 0x2d,
	ARGS_SIZE = 0x2e,
	NEGATIVE_OFFSET_EXTENDED = 0x2f,
	ADVANCE = 0x40,
	OFFSET = 0x80,
	RESTORE = 0xc0,
};
enum { RAX, RDX, RCX, RBX, RSI, RDI, RBP, RSP, R10 = 10, RIP = 16 };
enum { FP = 29, LR, SP };
enum { DEREF = 0x06, PLUS = 0x22, PLUS_UCONST = 0x23, LIT8 = 0x38, BREG = 0x70, BREGX = 0x92 };

/* The rows that these instructions give for code from 1000 to 1040. */
static void assert_x86(const char *rows, const uint8_t *instructions, size_t len)
{
	struct bytes bytes = {0};

	put_fde(&bytes, put_x86_cie(&bytes), 0x1000, 0x40, instructions, len);
	assert_rows(&bytes, EM_X86_64, rows, 0);
}

static void assert_arm64(const char *rows, const uint8_t *instructions, size_t len)
{
	struct bytes bytes = {0};
	size_t cie = put_cie(&bytes, "zR", PCREL, 4, LR, ARM64_START);

	put_fde(&bytes, cie, 0x1000, 0x40, instructions, len);
	assert_rows(&bytes, EM_AARCH64, rows, 0);
}

static void assert_signal(const char *rows, const uint8_t *instructions, size_t len)
{
	struct bytes bytes = {0};
	size_t cie = put_cie(&bytes, "zRS", PCREL, 1, 16, X86_START);

	put_fde(&bytes, cie, 0x1000, 0x40, instructions, len);
	assert_rows(&bytes, EM_X86_64, rows, 0);
}

/* Instructions that make no sense: what was before holds, and the rest is of no kind. */
static void assert_damage(const char *rows, const uint8_t *instructions, size_t len)
{
	struct bytes bytes = {0};

	put_fde(&bytes, put_x86_cie(&bytes), 0x1000, 0x40, instructions, len);
	assert_rows(&bytes, EM_X86_64, rows, 1);
}

/* ---- instructions ---------------------------------------------------------------------------- */

static void a_function_with_a_frame_pointer(void **state)
{
	assert_x86("1000 sp+1; 1001 sp+2 fp@cfa-2; 1004 fp+2 fp@cfa-2; 103f sp+1 fp@cfa-2; "
		   "1040 none",
		   BYTES(ADVANCE | 1, DEF_CFA_OFFSET, 16, OFFSET | RBP, 2, ADVANCE | 3,
			 DEF_CFA_REGISTER, RBP, ADVANCE | 0x3b, DEF_CFA, RSP, 8));
}

static void locations(void **state)
{
	assert_x86("1000 sp+1; 1001 sp+2; 1003 sp+3; 1006 sp+4; 100a sp+5; 1040 none",
		   BYTES(ADVANCE | 1, DEF_CFA_OFFSET, 16, ADVANCE1, 2, DEF_CFA_OFFSET, 24, ADVANCE2,
			 3, 0, DEF_CFA_OFFSET, 32, ADVANCE4, 4, 0, 0, 0, DEF_CFA_OFFSET, 40));
	assert_x86("1000 sp+1; 1005 sp+2; 1040 none",
		   BYTES(ADVANCE8, 5, 0, 0, 0, 0, 0, 0, 0, DEF_CFA_OFFSET, 16));
	/* Advancing by nothing changes what holds here. */
	assert_x86("1000 sp+2; 1040 none", BYTES(ADVANCE1, 0, DEF_CFA_OFFSET, 16));
	/* What lies beyond the end of the entry is not of this entry. */
	assert_x86("1000 sp+1; 1040 none", BYTES(ADVANCE1, 0x40, DEF_CFA_OFFSET, 16));
	assert_x86("1000 sp+1; 1040 none",
		   BYTES(ADVANCE4, 0xff, 0xff, 0xff, 0xff, DEF_CFA_OFFSET, 16));
	assert_x86("1000 sp+1; 1040 none", BYTES(ADVANCE8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
						 0xff, DEF_CFA_OFFSET, 16));
	assert_arm64("1000 sp+0; 1008 sp+2; 1040 none", BYTES(ADVANCE | 2, DEF_CFA_OFFSET, 16));
}

static void locations_that_are_set(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_cie(&bytes, "zR", CFI_PE_UDATA4, 1, 16, X86_START);
	size_t at = entry_begin(&bytes, (uint32_t)(bytes.len + 4 - cie));

	put(&bytes, BYTES(0, 0x10, 0, 0, 0x40, 0, 0, 0, 0));
	put(&bytes, BYTES(SET_LOC, 0x20, 0x10, 0, 0, DEF_CFA_OFFSET, 16));
	put(&bytes, BYTES(SET_LOC, 0x10, 0x10, 0, 0, DEF_CFA_OFFSET, 24));
	entry_end(&bytes, at);
	assert_rows(&bytes, EM_X86_64, "1000 sp+1; 1020 other; 1040 none", 1); /* backwards */
}

static void cfa_definitions(void **state)
{
	assert_x86("1000 fp+3; 1001 fp+4; 1002 fp-1; 1003 sp-2; 1040 none",
		   BYTES(DEF_CFA, RBP, 24, ADVANCE | 1, DEF_CFA_SF, RBP, 0x7c, ADVANCE | 1,
			 DEF_CFA_OFFSET_SF, 1, ADVANCE | 1, DEF_CFA_SF, RSP, 2));
	assert_x86("1000 r10+0; 1001 r0+1; 1040 none",
		   BYTES(DEF_CFA, R10, 0, ADVANCE | 1, DEF_CFA, RAX, 8));
	assert_x86("1000 r10+0 fp@cfa-2; 1040 none", BYTES(DEF_CFA, R10, 0, OFFSET | RBP, 2));
	assert_x86("1000 r0+1023; 1001 other; 1002 r0-1023; 1003 other; 1040 none",
		   BYTES(DEF_CFA, RAX, 0xf8, 0x3f, ADVANCE | 1, DEF_CFA, RAX, 0x80, 0x40,
			 ADVANCE | 1, DEF_CFA_SF, RAX, 0xff, 0x07, ADVANCE | 1, DEF_CFA_SF, RAX,
			 0x80, 0x08));
	assert_x86("1000 other; 1001 sp+1; 1040 none",
		   BYTES(DEF_CFA, RIP, 0, ADVANCE | 1, DEF_CFA, RSP, 8));
}

static void saved_registers(void **state)
{
	assert_x86("1000 sp+1 fp@cfa-2; 1001 sp+1 fp@cfa-3; 1002 sp+1 fp@cfa-4; "
		   "1003 sp+1 fp@cfa+5; 1004 sp+1; 1040 none",
		   BYTES(OFFSET | RBP, 2, ADVANCE | 1, OFFSET_EXTENDED, RBP, 3, ADVANCE | 1,
			 OFFSET_EXTENDED_SF, RBP, 4, ADVANCE | 1, NEGATIVE_OFFSET_EXTENDED, RBP, 5,
			 ADVANCE | 1, SAME_VALUE, RBP));
	assert_x86("1000 sp+1 fp@cfa-2; 1001 sp+1; 1002 sp+1 fp@cfa-2; 1003 sp+1; 1040 none",
		   BYTES(OFFSET | RBP, 2, ADVANCE | 1, RESTORE | RBP, ADVANCE | 1, OFFSET | RBP, 2,
			 ADVANCE | 1, RESTORE_EXTENDED, RBP));
	/* Other registers make no rows. */
	assert_x86("1000 sp+1; 1040 none",
		   BYTES(OFFSET | RBX, 2, ADVANCE | 1, OFFSET | 12, 3, ADVANCE | 1, RESTORE | RBX,
			 UNDEFINED, RAX, REGISTER, RDX, RCX, VAL_OFFSET, RCX, 1, EXPRESSION, RDI, 1,
			 0x30, VAL_EXPRESSION, RSI, 1, 0x30, ARGS_SIZE, 0x90, 1, NOP));
}

static void states_that_are_remembered(void **state)
{
	assert_x86("1000 sp+1; 1001 sp+2 fp@cfa-2; 1002 sp+1; 1003 sp+2 fp@cfa-2; 1004 sp+1; "
		   "1040 none",
		   BYTES(REMEMBER, ADVANCE | 1, DEF_CFA_OFFSET, 16, OFFSET | RBP, 2, REMEMBER,
			 ADVANCE | 1, DEF_CFA_OFFSET, 8, RESTORE | RBP, ADVANCE | 1, RESTORE_STATE,
			 ADVANCE | 1, RESTORE_STATE));
}

/* ---- kinds of rows --------------------------------------------------------------------------- */

static void rules_without_a_row_kind(void **state)
{
	/* The frame pointer lost, computed, in another register, or at an unknown address. */
	assert_x86("1000 other; 1040 none", BYTES(UNDEFINED, RBP));
	assert_x86("1000 other; 1040 none", BYTES(VAL_OFFSET, RBP, 2));
	assert_x86("1000 other; 1040 none", BYTES(VAL_OFFSET_SF, RBP, 2));
	assert_x86("1000 other; 1040 none", BYTES(REGISTER, RBP, RBX));
	assert_x86("1000 other; 1040 none", BYTES(VAL_EXPRESSION, RBP, 2, BREG | RSP, 0));
	assert_x86("1000 other; 1040 none", BYTES(EXPRESSION, RBP, 2, BREG | RAX, 0));
	assert_x86("1000 other; 1040 none", BYTES(EXPRESSION, RBP, 3, BREG | RSP, 0, DEREF));
	/* The return address elsewhere. */
	assert_x86("1000 other; 1040 none", BYTES(OFFSET | RIP, 2));
	assert_x86("1000 other; 1040 none", BYTES(SAME_VALUE, RIP));
	assert_x86("1000 other; 1040 none", BYTES(EXPRESSION, RIP, 2, BREG | RSP, 0));
	/* A stack pointer that is not the CFA. */
	assert_x86("1000 other; 1040 none", BYTES(VAL_EXPRESSION, RSP, 2, BREG | RSP, 0));
	/* Too far, and no whole words. */
	assert_x86("1000 sp+1 fp@cfa-128; 1001 other; 1002 sp+1 fp@cfa+127; 1003 other; 1040 none",
		   BYTES(OFFSET | RBP, 0x80, 1, ADVANCE | 1, OFFSET | RBP, 0x81, 1, ADVANCE | 1,
			 OFFSET_EXTENDED_SF, RBP, 0x81, 0x7f, ADVANCE | 1, OFFSET_EXTENDED_SF, RBP,
			 0x80, 0x7f));
	assert_x86("1000 sp+32767; 1001 other; 1002 fp-32768; 1003 other; 1040 none",
		   BYTES(DEF_CFA_OFFSET, 0xf8, 0xff, 0x0f, ADVANCE | 1, DEF_CFA_OFFSET, 0x80, 0x80,
			 0x10, ADVANCE | 1, DEF_CFA_SF, RBP, 0x80, 0x80, 2, ADVANCE | 1, DEF_CFA_SF,
			 RBP, 0x81, 0x80, 2));
	assert_x86("1000 other; 1040 none", BYTES(DEF_CFA_OFFSET, 12));
}

static void plt_stubs(void **state)
{
	/* breg7 8, breg16 0, lit15, and, lit11, ge, lit3, shl, plus */
	assert_x86("1000 sp+2; 1006 sp+3; 1010 plt(sp+1, 11); 1040 none",
		   BYTES(DEF_CFA_OFFSET, 16, ADVANCE | 6, DEF_CFA_OFFSET, 24, ADVANCE | 10,
			 DEF_CFA_EXPRESSION, 11, BREG | RSP, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a,
			 0x33, 0x24, 0x22));
	/* The same with lit10 (x32) and lit5 (-z ibtplt); and one that is something else. */
	assert_x86("1000 plt(sp+1, 10); 1001 plt(sp+1, 5); 1002 other; 1040 none",
		   BYTES(DEF_CFA_EXPRESSION, 11, BREG | RSP, 8, 0x80, 0, 0x3f, 0x1a, 0x3a, 0x2a,
			 0x33, 0x24, 0x22, ADVANCE | 1, DEF_CFA_EXPRESSION, 11, BREG | RSP, 8, 0x80,
			 0, 0x3f, 0x1a, 0x35, 0x2a, 0x33, 0x24, 0x22, ADVANCE | 1,
			 DEF_CFA_EXPRESSION, 11, BREG | RSP, 8, 0x80, 0, 0x3f, 0x1a, 0x35, 0x2a,
			 0x34, 0x24, 0x22));
	assert_x86("1000 other; 1040 none",
		   BYTES(OFFSET | RBP, 2, DEF_CFA_EXPRESSION, 11, BREG | RSP, 8, 0x80, 0, 0x3f,
			 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22));
}

/* Assembly that aligns the stack keeps the old one on it; compilers keep it below RBP. */
static void stacks_that_were_moved(void **state)
{
	assert_x86("1000 *(sp+19)+8 fp@cfa-3; 1040 none",
		   BYTES(OFFSET | RBP, 3, DEF_CFA_EXPRESSION, 6, BREG | RSP, 0x98, 1, DEREF,
			 PLUS_UCONST, 8));
	assert_x86("1000 *(sp+1)+8; 1040 none",
		   BYTES(DEF_CFA_EXPRESSION, 5, BREG | RSP, 8, DEREF, LIT8, PLUS));
	assert_x86("1000 *(sp+1)+8; 1040 none",
		   BYTES(DEF_CFA_EXPRESSION, 6, BREGX, RSP, 8, DEREF, PLUS_UCONST, 8));
	assert_x86("1000 *(fp-2) fp@fp+0; 1040 none",
		   BYTES(DEF_CFA_EXPRESSION, 3, BREG | RBP, 0x70, DEREF, EXPRESSION, RBP, 2,
			 BREG | RBP, 0));
	assert_x86("1000 sp+3; 1001 fp+2; 1040 none",
		   BYTES(DEF_CFA_EXPRESSION, 2, BREG | RSP, 24, ADVANCE | 1, DEF_CFA_EXPRESSION, 2,
			 BREG | RBP, 16));
	/* RBP kept at RSP + 8, where the CFA is RSP + 24. */
	assert_x86("1000 sp+3 fp@cfa-2; 1040 none",
		   BYTES(DEF_CFA_OFFSET, 24, EXPRESSION, RBP, 2, BREG | RSP, 8));
	/* Neighbours of those that have no kind. */
	assert_x86("1000 other; 1040 none",
		   BYTES(DEF_CFA_EXPRESSION, 3, BREG | RSP, 8, DEREF)); /* not + 8 */
	assert_x86("1000 other; 1040 none",
		   BYTES(DEF_CFA_EXPRESSION, 5, BREG | RBP, 8, DEREF, PLUS_UCONST, 8));
	assert_x86("1000 other; 1040 none",
		   BYTES(DEF_CFA_EXPRESSION, 4, BREG | RBP, 8, DEREF, DEREF));
	assert_x86("1000 other; 1040 none", BYTES(DEF_CFA_EXPRESSION, 1, BREG | RBP));
	assert_x86("1000 other; 1040 none", BYTES(DEF_CFA_EXPRESSION, 0));
}

static void outermost_frames(void **state)
{
	assert_x86("1000 end; 1040 none", BYTES(UNDEFINED, RIP));
	assert_x86("1000 sp+1; 1010 end; 1040 none",
		   BYTES(ADVANCE | 16, UNDEFINED, RIP, UNDEFINED, RBP));
	assert_arm64("1000 end; 1040 none", BYTES(UNDEFINED, LR));
}

/* breg7 160, deref; and RBP, RIP within the same struct ucontext. */
static void signal_frames(void **state)
{
	assert_signal("1000 signal(sp+0); 1040 none",
		      BYTES(DEF_CFA_EXPRESSION, 4, BREG | RSP, 0xa0, 1, DEREF, EXPRESSION, RBP, 3,
			    BREG | RSP, 0xf8, 0, EXPRESSION, RIP, 3, BREG | RSP, 0xa8, 1,
			    EXPRESSION, RSP, 3, BREG | RSP, 0xa0, 1));
	assert_signal("1000 signal(sp+1); 1040 none",
		      BYTES(DEF_CFA_EXPRESSION, 4, BREG | RSP, 0xa8, 1, DEREF, EXPRESSION, RBP, 3,
			    BREG | RSP, 0x80, 1, EXPRESSION, RIP, 3, BREG | RSP, 0xb0, 1));
	/* RIP elsewhere: no struct ucontext. */
	assert_signal("1000 other; 1040 none",
		      BYTES(DEF_CFA_EXPRESSION, 4, BREG | RSP, 0xa0, 1, DEREF, EXPRESSION, RBP, 3,
			    BREG | RSP, 0xf8, 0, EXPRESSION, RIP, 3, BREG | RSP, 0xb0, 1));
	/* Assembly marks other frames, too. */
	assert_signal("1000 sp+2; 1040 none", BYTES(DEF_CFA_OFFSET, 16));
	/* And what is not marked is none. */
	assert_x86("1000 other; 1040 none",
		   BYTES(DEF_CFA_EXPRESSION, 4, BREG | RSP, 0xa0, 1, DEREF, EXPRESSION, RBP, 3,
			 BREG | RSP, 0xf8, 0, EXPRESSION, RIP, 3, BREG | RSP, 0xa8, 1));
}

/* ---- arm64 ----------------------------------------------------------------------------------- */

static void arm64_frames(void **state)
{
	assert_arm64("1000 sp+0; 1004 sp+4 fp@cfa-4; 1008 fp+4 fp@cfa-4; 100c sp+0; 1040 none",
		     BYTES(ADVANCE | 1, DEF_CFA_OFFSET, 32, OFFSET | FP, 4, OFFSET | LR, 3,
			   ADVANCE | 1, DEF_CFA_REGISTER, FP, ADVANCE | 1, DEF_CFA, SP, 0,
			   RESTORE | FP, RESTORE | LR));
	assert_arm64("1000 sp+0; 1004 sp+2 lr@cfa-2; 1040 none",
		     BYTES(ADVANCE | 1, DEF_CFA_OFFSET, 16, OFFSET | LR, 2, OFFSET | 19, 1));
	/* Signed addresses are no other rule. */
	assert_arm64("1000 sp+0; 1008 sp+2 fp@cfa-2; 1040 none",
		     BYTES(ADVANCE | 1, NEGATE_RA_STATE, ADVANCE | 1, DEF_CFA_OFFSET, 16,
			   OFFSET | FP, 2, OFFSET | LR, 1, NEGATE_RA_STATE_WITH_PC));
	assert_arm64("1000 r9+0; 1040 none", BYTES(DEF_CFA, 9, 0));
}

/* The pair at the low end of a frame of 4096 bytes. */
static void arm64_large_frames(void **state)
{
	assert_arm64("1000 sp+128 fp@cfa-128; 1004 sp+512 fp@sp+0; 1008 fp+512 fp@fp+0; "
		     "100c sp+512 fp@sp+2; 1040 none",
		     BYTES(DEF_CFA_OFFSET, 0x80, 8, OFFSET | FP, 0x80, 1, OFFSET | LR, 0x7f,
			   ADVANCE | 1, DEF_CFA_OFFSET, 0x80, 0x20, OFFSET | FP, 0x80, 4,
			   OFFSET | LR, 0xff, 3, ADVANCE | 1, DEF_CFA_REGISTER, FP, ADVANCE | 1,
			   DEF_CFA_REGISTER, SP, OFFSET | FP, 0xfe, 3, OFFSET | LR, 0xfd, 3));
	/* In the middle, far from both. */
	assert_arm64("1000 other; 1040 none",
		     BYTES(DEF_CFA_OFFSET, 0x80, 0x20, OFFSET | FP, 0x80, 2, OFFSET | LR, 0xff, 1));
	assert_arm64("1000 other; 1040 none",
		     BYTES(DEF_CFA_OFFSET, 0x80, 0x20, OFFSET | LR, 0x80, 2));
}

static void arm64_rules_without_a_row_kind(void **state)
{
	assert_arm64("1000 other; 1040 none", BYTES(OFFSET | FP, 2)); /* FP alone */
	assert_arm64("1000 other; 1040 none", BYTES(OFFSET | FP, 1, OFFSET | LR, 2));
	assert_arm64("1000 other; 1040 none", BYTES(REGISTER, LR, 9));
	assert_arm64("1000 other; 1040 none",
		     BYTES(DEF_CFA, 9, 0, OFFSET | FP, 0x81, 1, OFFSET | LR, 0x80, 1));
	assert_arm64("1000 other; 1040 none", BYTES(DEF_CFA, 32, 0));
	assert_arm64("1000 other; 1040 none", BYTES(DEF_CFA_EXPRESSION, 2, BREG | 31, 0));
}

/* Before Linux 5.8: the vdso's trampoline, with the frame record that follows the context. */
static void arm64_signal_frames(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_cie(&bytes, "zRS", PCREL, 4, LR, ARM64_START);

	put_fde(&bytes, cie, 0x1000, 0x40,
		BYTES(DEF_CFA, FP, 0, OFFSET | FP, 0, OFFSET_EXTENDED_SF, LR, 0x7f));
	assert_rows(&bytes, EM_AARCH64, "1000 signal(sp+16); 1040 none", 0);
}

/* vfork keeps it in a register of its own choice: the row for LR would be wrong. */
static void a_return_register_of_its_own(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_cie(&bytes, "zR", PCREL, 4, 15, ARM64_START);

	put_fde(&bytes, cie, 0x1000, 0x40, BYTES(ADVANCE | 5, NOP));
	assert_rows(&bytes, EM_AARCH64, "1000 other; 1040 none", 0);
}

/* As vfork() of x86-64 says it. */
static void a_return_address_in_a_register(void **state)
{
	assert_x86("1000 sp+1; 1001 link(sp+0, r5); 1003 sp+1; 1040 none",
		   BYTES(ADVANCE | 1, DEF_CFA_OFFSET, 0, REGISTER, RIP, RDI, ADVANCE | 2,
			 DEF_CFA_OFFSET, 8, OFFSET | RIP, 1));
	assert_x86("1000 other; 1040 none", BYTES(REGISTER, RIP, RIP));
	assert_x86("1000 other; 1040 none", BYTES(REGISTER, RIP, 0x90, 0x01));
	assert_x86("1000 other; 1040 none", BYTES(REGISTER, RIP, RDI, OFFSET | RBP, 2));
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void instructions_that_make_no_sense(void **state)
{
	const char *all = "1000 other; 1040 none";
	const char *rest = "1000 sp+1; 1001 sp+2; 1002 other; 1040 none";

	assert_damage(rest, BYTES(ADVANCE | 1, DEF_CFA_OFFSET, 16, ADVANCE | 1, 0x3f));
	assert_damage(rest, BYTES(ADVANCE | 1, DEF_CFA_OFFSET, 16, ADVANCE | 1, RESTORE_STATE));
	assert_damage(all, BYTES(0x17));
	assert_damage(all, BYTES(NEGATE_RA_STATE)); /* of arm64 only */
	assert_damage(all, BYTES(DEF_CFA_EXPRESSION, 2, BREG | RAX, 0, DEF_CFA_OFFSET, 8));
	assert_damage(all, BYTES(DEF_CFA_EXPRESSION, 2, BREG | RAX, 0, DEF_CFA_REGISTER, RSP));
	assert_damage(all, BYTES(DEF_CFA_EXPRESSION, 100, BREG | RAX, 0));
	assert_damage(all, BYTES(EXPRESSION, RBP, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				 0xff, 1));
	assert_damage(all, BYTES(DEF_CFA_OFFSET, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				 0xff, 0xff, 0xff, 1));
	assert_damage(all, BYTES(DEF_CFA_SF, RSP, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				 0xff, 2));
	/* -8 times this is no number of 64 bits. */
	assert_damage(all, BYTES(DEF_CFA_SF, RSP, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
				 0x80, 0x7f));
	assert_damage(all, BYTES(NOP, ADVANCE4, 1)); /* cut off */
}

static void states_remembered_without_end(void **state)
{
	uint8_t instructions[4000];
	size_t depth = 32; /* is possible */

	memset(instructions, REMEMBER, sizeof(instructions));
	assert_damage("1000 other; 1040 none", instructions, sizeof(instructions));
	assert_x86("1000 sp+1; 1040 none", instructions, depth);
	assert_damage("1000 other; 1040 none", instructions, depth + 4);
}

static void cies_whose_instructions_make_no_sense(void **state)
{
	static const uint8_t starts[][3] = {
		{0x3f},		 /* unknown */
		{RESTORE | RBP}, /* to what? */
		{REMEMBER},
		{ADVANCE | 1, NOP, NOP}, /* there is no location yet */
	};

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		struct bytes bytes = {0};
		size_t bad = put_cie(&bytes, "zR", PCREL, 1, 16, starts[i], sizeof(starts[i]));
		size_t good = put_x86_cie(&bytes);

		put_fde(&bytes, bad, 0x1000, 0x10, BYTES(0));
		put_fde(&bytes, good, 0x1010, 0x10, BYTES(0));
		put_fde(&bytes, bad, 0x1020, 0x10, BYTES(0));
		assert_rows(&bytes, EM_X86_64, "1000 other; 1010 sp+1; 1020 other; 1030 none", 2);
	}
}

/* Within an entry, too: there it ends, however many the entry would have. */
static int add_to_many(void *data, const struct cfi_fde *fde)
{
	struct cfi_rows *rows = data;
	bool damaged;

	rows->count = CFI_ROWS_MAX - 2;
	return cfi_rows_add(rows, fde, &damaged);
}

static void more_rows_than_an_object_may_have(void **state)
{
	struct bytes bytes = {0};
	struct cfi_damage damage = {0};
	struct cfi_section section;
	struct cfi_rows rows;

	put_fde(&bytes, put_x86_cie(&bytes), 0x1000, 0x40,
		BYTES(ADVANCE | 1, DEF_CFA_OFFSET, 16, ADVANCE | 1, DEF_CFA_OFFSET, 24, ADVANCE | 1,
		      DEF_CFA_OFFSET, 32));
	section = section_of(&bytes, EM_X86_64);
	cfi_rows_init(&rows, &section, 0);
	assert_int_equal(cfi_each_fde(&section, &damage, add_to_many, &rows), -EFBIG);
	assert_int_equal(rows.count, CFI_ROWS_MAX);
	cfi_rows_fini(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_with_a_frame_pointer),
		cmocka_unit_test(locations),
		cmocka_unit_test(locations_that_are_set),
		cmocka_unit_test(cfa_definitions),
		cmocka_unit_test(saved_registers),
		cmocka_unit_test(states_that_are_remembered),
		cmocka_unit_test(rules_without_a_row_kind),
		cmocka_unit_test(plt_stubs),
		cmocka_unit_test(stacks_that_were_moved),
		cmocka_unit_test(outermost_frames),
		cmocka_unit_test(signal_frames),
		cmocka_unit_test(arm64_frames),
		cmocka_unit_test(arm64_large_frames),
		cmocka_unit_test(arm64_rules_without_a_row_kind),
		cmocka_unit_test(arm64_signal_frames),
		cmocka_unit_test(a_return_register_of_its_own),
		cmocka_unit_test(a_return_address_in_a_register),
		cmocka_unit_test(instructions_that_make_no_sense),
		cmocka_unit_test(states_remembered_without_end),
		cmocka_unit_test(cies_whose_instructions_make_no_sense),
		cmocka_unit_test(more_rows_than_an_object_may_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
