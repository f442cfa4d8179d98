// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One step of the kernel walker by each kind of row, over stacks that are made
 * for it. Built for x86-64 and for arm64; what holds for one of them only says so.
 */
#include "tests/unit/walker_fixture.h"

/* The return address of a function that saved nothing: the stack's, or the link register. */
static void put_return(uint64_t cfa, uint64_t ip)
{
#if defined(__TARGET_ARCH_x86)
	put_word(cfa - 8, ip);
#else
	walker.regs[REG_LR] = ip;
#endif
}

/* The row leads from LEAF with these registers to OUTER with those. */
static void check_step(struct unwind_row row, uint64_t sp, uint64_t fp, uint64_t cfa,
		       uint64_t caller_fp)
{
	const struct unwind_row rows[] = {row, OUTERMOST};

	LOAD_CODE(rows);
	CHECK_FRAMES(walk_from(LEAF, sp, fp), ROOT, LEAF, OUTER);
	assert_int_equal(walker.sp, cfa);
	assert_int_equal(walker.fp, caller_fp);
}
#define CHECK_STEP(sp, fp, cfa, caller_fp, ...) \
	check_step((struct unwind_row)ROW(0, __VA_ARGS__), sp, fp, cfa, caller_fp)

/* ---- where the CFA is ------------------------------------------------------------------------ */

static void from_the_stack_pointer(void **state)
{
	put_record(SP(14), SP(99), OUTER);
	CHECK_STEP(SP(10), 5, SP(14), SP(99), SP, 4, FP_AT_CFA, -2);
	put_record(SP(10 + 2000), SP(98), OUTER);
	CHECK_STEP(SP(10), 5, SP(2010), SP(98), SP, 2000, FP_AT_CFA, -2);
}

static void from_the_frame_pointer(void **state)
{
	put_record(SP(22), SP(99), OUTER);
	CHECK_STEP(SP(10), SP(20), SP(22), SP(99), FP, 2, FP_AT_CFA, -2);
	CHECK_STEP(SP(10), SP(27), SP(22), SP(99), FP, -5, FP_AT_CFA, -2);
}

/* Any register can be named, and the frame pointer may be saved as in other rows. */
static void from_another_register(void **state)
{
	put_return(SP(33), OUTER);
	walker.regs[10] = SP(30);
	CHECK_STEP(SP(10), SP(50), SP(33), SP(50), REG, UNWIND_REG_CFA(10, 3), FP_SAME, 0);
	walker.regs[10] = SP(38);
	CHECK_STEP(SP(10), SP(50), SP(33), SP(50), REG, UNWIND_REG_CFA(10, -5), FP_SAME, 0);
	walker.regs[10] = SP(33) - UNWIND_REG_WORDS_MAX * 8;
	CHECK_STEP(SP(10), SP(50), SP(33), SP(50), REG,
		   UNWIND_REG_CFA(10, UNWIND_REG_WORDS_MAX), FP_SAME, 0);
	walker.regs[0] = SP(30);
	put_record(SP(33), SP(99), OUTER);
	CHECK_STEP(SP(10), SP(50), SP(33), SP(99), REG, UNWIND_REG_CFA(0, 3), FP_AT_CFA, -2);
}

/* Callers' registers are not known. */
static void from_a_register_of_a_caller(void **state)
{
	static const struct unwind_row rows[] = {
		ROW(0x000, SP, 4, FP_AT_CFA, -2),
		ROW(0x100, REG, UNWIND_REG_CFA(10, 3), FP_SAME, 0),
	};

	LOAD_CODE(rows);
	put_record(SP(14), SP(99), OUTER);
	walker.regs[10] = SP(30);
	CHECK_FRAMES(walk_from(LEAF, SP(10), 5), NO_RULE, LEAF, OUTER);
}

/* Where the return address waits while a child uses the same stack. Callers' registers are not known. */
static void the_return_address_is_in_a_register(void **state)
{
	static const struct unwind_row rows[] = {
		ROW(0x000, SP, 4, FP_AT_CFA, -2),
		ROW(0x100, LINK, 0, FP_SAME, 5),
	};

	walker.regs[5] = OUTER;
	CHECK_STEP(SP(10), SP(50), SP(10), SP(50), LINK, 0, FP_SAME, 5);
	CHECK_STEP(SP(10), SP(50), SP(13), SP(50), LINK, 3, FP_SAME, 5);
	LOAD_CODE(rows);
	put_record(SP(14), SP(99), OUTER);
	CHECK_FRAMES(walk_from(LEAF, SP(10), 5), NO_RULE, LEAF, OUTER);
}

/* The stub pushes a word in its middle: which half holds the address tells where the CFA is. */
static void in_a_plt_stub(void **state)
{
	static const struct unwind_row rows[] = {ROW(0, PLT, 1, FP_SAME, 11), OUTERMOST};

	LOAD_CODE(rows);
	for (uint64_t ip = CODE; ip < CODE + 0x30; ip++) {
		uint64_t cfa = SP(ip % 16 >= 11 ? 12 : 11);

		put_return(SP(11), 1);
		put_return(SP(12), 1);
		put_return(cfa, OUTER);
		CHECK_FRAMES(walk_from(ip, SP(10), 5), ROOT, ip, OUTER);
		assert_int_equal(walker.sp, cfa);
		assert_int_equal(walker.fp, 5);
	}
}

/* The old stack pointer is on the new stack. */
static void on_a_stack_that_was_moved(void **state)
{
	put_word(SP(13), SP(40) - 8);
	put_return(SP(40), OUTER);
	CHECK_STEP(SP(10), SP(50), SP(40), SP(50), SP_DEREF, 3, FP_SAME, 0);
	put_record(SP(40), SP(60), OUTER);
	CHECK_STEP(SP(10), SP(50), SP(40), SP(60), SP_DEREF, 3, FP_AT_CFA, -2);
}

/* main() of i386 and functions with aligned arrays: FP is kept where it points to, not by the CFA. */
static void in_a_realigned_frame(void **state)
{
	put_word(SP(19), SP(40));
	put_saved(SP(40), -2, SP(60), OUTER);
	CHECK_STEP(SP(10), SP(20), SP(40), SP(60), FP_DEREF, -1, FP_AT_CFA, -2);
	put_word(SP(20), SP(61));
#if !defined(__TARGET_ARCH_x86)
	put_word(SP(21), OUTER);
#endif
	CHECK_STEP(SP(10), SP(20), SP(40), SP(61), FP_DEREF, -1, FP_AT_FP, 0);
}

static void kinds_that_end_a_walk(void **state)
{
	CHECK_NO_STEP(ROOT, SP(10), SP(20), END, 0, FP_SAME, 0);
	CHECK_NO_STEP(NO_RULE, SP(10), SP(20), OTHER, 1, FP_SAME, 0);
	for (unsigned int kind = UNWIND_CFA_COUNT; kind < 16; kind++)
		check_no_step((struct unwind_row){.cfa = 1, .rule = (__u8)kind}, SP(10), SP(20),
			      STACK_END_NO_RULE);
}

/* ---- where the caller's registers are -------------------------------------------------------- */

static void the_frame_pointer_is_not_saved(void **state)
{
	put_return(SP(11), OUTER);
	CHECK_STEP(SP(10), SP(50), SP(11), SP(50), SP, 1, FP_SAME, 0);
}

static void the_frame_pointer_is_among_other_registers(void **state)
{
	put_saved(SP(20), -6, SP(50), OUTER);
	CHECK_STEP(SP(10), 5, SP(20), SP(50), SP, 10, FP_AT_CFA, -6);
}

#if !defined(__TARGET_ARCH_x86)
/* The code of authentication is not part of an address. */
static void signed_return_addresses(void **state)
{
	put_record(SP(14), SP(99), OUTER | 0x5a3f000000000000);
	CHECK_STEP(SP(10), 5, SP(14), SP(99), SP, 4, FP_AT_CFA, -2);
	walker.regs[REG_LR] = OUTER | 0xffff000000000000;
	CHECK_STEP(SP(10), 5, SP(10), 5, SP, 0, FP_SAME, 0);
}

static void only_the_link_register_is_saved(void **state)
{
	put_word(SP(12), OUTER);
	CHECK_STEP(SP(10), SP(50), SP(14), SP(50), SP, 4, LR_AT_CFA, -2);
}

/* A large frame has its record at the low end. */
static void the_record_is_at_the_stack_pointer(void **state)
{
	put_word(SP(11), SP(50));
	put_word(SP(12), OUTER);
	CHECK_STEP(SP(10), 5, SP(1010), SP(50), SP, 1000, FP_AT_SP, 1);
	put_word(SP(20), SP(51));
	put_word(SP(21), OUTER);
	CHECK_STEP(SP(10), SP(20), SP(1010), SP(51), FP, 990, FP_AT_FP, 0);
}

/* A caller has called: its return address is no longer in the link register. */
static void a_caller_must_have_saved_its_link_register(void **state)
{
	static const struct unwind_row rows[] = {
		ROW(0x000, SP, 4, FP_AT_CFA, -2),
		ROW(0x100, SP, 4, FP_SAME, 0),
	};

	LOAD_CODE(rows);
	put_record(SP(14), SP(99), OUTER);
	walker.regs[REG_LR] = OUTER;
	CHECK_FRAMES(walk_from(LEAF, SP(10), 5), NO_RULE, LEAF, OUTER);
}
#endif

/* ---- signal frames --------------------------------------------------------------------------- */

#define HANDLER	    (CODE + 0x10)
#define TRAMPOLINE  (CODE + 0x101)
#define INTERRUPTED (CODE + 0x300)

/*
 * The interrupted instruction is the first of its function: what holds one byte before it is not
 * what holds there. It has saved nothing yet.
 */
static const struct unwind_row signal_rows[] = {
	ROW(0x000, SP, 2, FP_AT_CFA, -2), ROW(0x100, SIGNAL, 5, FP_SAME, 0),
	ROW(0x200, OTHER, 0, FP_SAME, 0),
#if defined(__TARGET_ARCH_x86)
	ROW(0x300, SP, 1, FP_SAME, 0),
#else
	ROW(0x300, SP, 0, FP_SAME, 0),
#endif
	ROW(0x400, END, 0, FP_SAME, 0),
};

/* What the kernel leaves on the stack at SP(at); sp is the interrupted one. */
static void put_signal_frame(unsigned int at, uint64_t ip, uint64_t sp, uint64_t fp, uint64_t ra)
{
	uint64_t ucontext = SP(at + 5);

	put_word(ucontext + UCONTEXT_IP, ip);
	put_word(ucontext + UCONTEXT_SP, sp);
	put_word(ucontext + UCONTEXT_FP, fp);
#if defined(__TARGET_ARCH_x86)
	put_word(sp, ra);
#else
	put_word(ucontext + UCONTEXT_LR, ra);
#endif
}

static void check_signal(uint64_t interrupted_sp)
{
	LOAD_CODE(signal_rows);
	put_record(SP(1002), 5, TRAMPOLINE);
	put_signal_frame(1002, INTERRUPTED, interrupted_sp, SP(3000), CODE + 0x410);
	CHECK_FRAMES(walk_from(HANDLER, SP(1000), 5), ROOT, HANDLER, TRAMPOLINE + 1, INTERRUPTED + 1,
		     CODE + 0x410);
	assert_int_equal(walker.fp, SP(3000));
#if defined(__TARGET_ARCH_x86)
	assert_int_equal(walker.sp, interrupted_sp + 8);
#else
	assert_int_equal(walker.sp, interrupted_sp);
#endif
}

static void a_signal_on_the_same_stack(void **state)
{
	check_signal(SP(1500));
}

/* The handler's stack lies above the one that it interrupted. */
static void a_signal_on_a_stack_of_its_own(void **state)
{
	check_signal(SP(20));
}

/* A handler may be interrupted before it has a frame, too. */
static void a_signal_in_a_signal_handler(void **state)
{
	LOAD_CODE(signal_rows);
	put_record(SP(1002), 5, TRAMPOLINE);
	put_signal_frame(1002, HANDLER, SP(500), 6, 0);
	put_record(SP(502), 7, TRAMPOLINE);
	put_signal_frame(502, INTERRUPTED, SP(2000), SP(3000), CODE + 0x410);
	CHECK_FRAMES(walk_from(HANDLER, SP(1000), 5), ROOT, HANDLER, TRAMPOLINE + 1,
		     HANDLER + 1, TRAMPOLINE + 1, INTERRUPTED + 1, CODE + 0x410);
}

/* A program may have jumped to null. */
static void a_signal_at_null(void **state)
{
	LOAD_CODE(signal_rows);
	put_record(SP(1002), 5, TRAMPOLINE);
	put_signal_frame(1002, 0, SP(500), 6, 0);
	CHECK_FRAMES(walk_from(HANDLER, SP(1000), 5), NO_MAPPING, HANDLER, TRAMPOLINE + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WALKER_TEST(from_the_stack_pointer),
		WALKER_TEST(from_the_frame_pointer),
		WALKER_TEST(from_another_register),
		WALKER_TEST(from_a_register_of_a_caller),
		WALKER_TEST(the_return_address_is_in_a_register),
		WALKER_TEST(in_a_plt_stub),
		WALKER_TEST(on_a_stack_that_was_moved),
		WALKER_TEST(in_a_realigned_frame),
		WALKER_TEST(kinds_that_end_a_walk),
		WALKER_TEST(the_frame_pointer_is_not_saved),
		WALKER_TEST(the_frame_pointer_is_among_other_registers),
#if !defined(__TARGET_ARCH_x86)
		WALKER_TEST(signed_return_addresses),
		WALKER_TEST(only_the_link_register_is_saved),
		WALKER_TEST(the_record_is_at_the_stack_pointer),
		WALKER_TEST(a_caller_must_have_saved_its_link_register),
#endif
		WALKER_TEST(a_signal_on_the_same_stack),
		WALKER_TEST(a_signal_on_a_stack_of_its_own),
		WALKER_TEST(a_signal_in_a_signal_handler),
		WALKER_TEST(a_signal_at_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
