// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * At which address the kernel walker looks for a frame's row, and everything
 * that can keep it from taking a step: every reason of bpf/stack_end.def that it
 * gives, but for those of walker_roots_test.c.
 */
#include "tests/unit/walker_fixture.h"

/* ---- which address is looked up -------------------------------------------------------------- */

/* The call is its function's last instruction: the return address is another one's first. */
static void callers_are_looked_up_at_their_call(void **state)
{
	static const struct unwind_row rows[] = {
		ROW(0x000, SP, 4, FP_AT_CFA, -2),
		ROW(0x100, END, 0, FP_SAME, 0),
		ROW(0x200, OTHER, 0, FP_SAME, 0),
	};

	LOAD_CODE(rows);
	put_record(SP(14), 5, CODE + 0x200);
	CHECK_FRAMES(walk_from(LEAF, SP(10), 5), ROOT, LEAF, CODE + 0x200);
	put_record(SP(14), 5, CODE + 0x201);
	CHECK_FRAMES(walk_from(LEAF, SP(10), 5), NO_RULE, LEAF, CODE + 0x201);
	put_record(SP(14), 5, CODE + 0x101);
	CHECK_FRAMES(walk_from(LEAF, SP(10), 5), ROOT, LEAF, CODE + 0x101);
}

static void the_innermost_is_looked_up_where_it_is(void **state)
{
	static const struct unwind_row rows[] = {
		ROW(0x000, OTHER, 0, FP_SAME, 0),
		ROW(0x100, END, 0, FP_SAME, 0),
		ROW(0x200, OTHER, 0, FP_SAME, 0),
	};

	LOAD_CODE(rows);
	CHECK_FRAMES(walk_from(CODE + 0x0ff, SP(10), 5), NO_RULE, CODE + 0x0ff);
	CHECK_FRAMES(walk_from(CODE + 0x100, SP(10), 5), ROOT, CODE + 0x100);
	CHECK_FRAMES(walk_from(CODE + 0x1ff, SP(10), 5), ROOT, CODE + 0x1ff);
	CHECK_FRAMES(walk_from(CODE + 0x200, SP(10), 5), NO_RULE, CODE + 0x200);
}

/* A system call that does not return may be the last thing of its function. */
static void the_innermost_may_be_behind_its_function(void **state)
{
	static const struct unwind_row rows[] = {
		ROW(0x000, END, 0, FP_SAME, 0),
		ROW(0x100, NONE, 0, FP_SAME, 0),
	};

	LOAD_CODE(rows);
	CHECK_FRAMES(walk_from(CODE + 0x100, SP(10), 5), ROOT, CODE + 0x100);
	CHECK_FRAMES(walk_from(CODE + 0x101, SP(10), 5), NO_FRAME_POINTER, CODE + 0x101);
}

/* Before the first instruction of a mapping there may be nothing. */
static void the_innermost_may_be_the_first_of_its_mapping(void **state)
{
	static const struct unwind_row rows[] = {OUTERMOST};

	LOAD_CODE(rows);
	put_record(SP(22), SP(30), OUTER);
	CHECK_FRAMES(walk_from(JIT, SP(10), SP(20)), ROOT, JIT, OUTER);
}

/* ---- what keeps a step from being taken ------------------------------------------------------ */

static void the_stack_is_not_there(void **state)
{
	uint64_t end = SP(STACK_WORDS);

	CHECK_NO_STEP(UNREADABLE, end - 8, 5, SP, 3, FP_AT_CFA, -2);
	CHECK_NO_STEP(UNREADABLE, end - 8, 5, SP, 3, FP_AT_CFA, -3);
	CHECK_NO_STEP(UNREADABLE, SP(10), end - 8, FP_DEREF, 1, FP_SAME, 0);
	CHECK_NO_STEP(UNREADABLE, end - 8, 5, SP_DEREF, 1, FP_SAME, 0);
	CHECK_NO_STEP(UNREADABLE, SP(10), 0, FP_DEREF, 0, FP_SAME, 0);
	CHECK_NO_STEP(UNREADABLE, SP(10), UINT64_MAX - 7, FP_DEREF, 0, FP_SAME, 0);
#if defined(__TARGET_ARCH_x86)
	CHECK_NO_STEP(UNREADABLE, end - 8, 5, SP, 2, FP_SAME, 0);
	CHECK_NO_STEP(UNREADABLE, end - 8, 5, SP, 3, FP_AT_CFA, -4);
#else
	CHECK_NO_STEP(UNREADABLE, end - 8, 5, SP, 2, LR_AT_CFA, -1);
#endif
}

static void a_signal_frame_is_not_all_there(void **state)
{
	uint64_t last = SP(STACK_WORDS - 1);

	CHECK_NO_STEP(UNREADABLE, last + 8 - UCONTEXT_IP, 5, SIGNAL, 0, FP_SAME, 0);
	CHECK_NO_STEP(UNREADABLE, last + 8 - UCONTEXT_SP, 5, SIGNAL, 0, FP_SAME, 0);
	CHECK_NO_STEP(UNREADABLE, last + 8 - UCONTEXT_FP, 5, SIGNAL, 0, FP_SAME, 0);
#if !defined(__TARGET_ARCH_x86)
	CHECK_NO_STEP(UNREADABLE, last + 8 - UCONTEXT_LR, 5, SIGNAL, 0, FP_SAME, 0);
#endif
}

static void a_stack_pointer_that_is_no_multiple_of_a_word(void **state)
{
	put_record(SP(14), SP(99), OUTER);
	CHECK_NO_STEP(UNREADABLE, SP(10) + 4, 5, SP, 4, FP_AT_CFA, -2);
	CHECK_NO_STEP(UNREADABLE, SP(10) + 1, 5, SP_DEREF, 4, FP_AT_CFA, -2);
}

static void a_stack_that_does_not_grow(void **state)
{
	for (unsigned int at = 0; at < 30; at++)
		put_word(SP(at), OUTER);
	CHECK_NO_STEP(LOOP, SP(10), SP(20), SP, -1, FP_AT_CFA, -2);
	CHECK_NO_STEP(LOOP, SP(10), SP(20), FP, -11, FP_AT_CFA, -2);
	CHECK_NO_STEP(LOOP, SP(10), SP(20), SP, INT16_MIN, FP_AT_CFA, -2);
#if defined(__TARGET_ARCH_x86)
	CHECK_NO_STEP(LOOP, SP(10), SP(20), SP, 0, FP_AT_CFA, -2);
#endif
}

/* Not even by nothing, once it is a caller's. */
static void a_caller_with_an_empty_frame(void **state)
{
	static const struct unwind_row rows[] = {
		ROW(0x000, SP, 4, FP_AT_CFA, -2),
		ROW(0x100, SP, 0, FP_AT_CFA, -2),
	};

	LOAD_CODE(rows);
	put_record(SP(14), SP(99), OUTER);
	CHECK_FRAMES(walk_from(LEAF, SP(10), 5), LOOP, LEAF, OUTER);
}

static void a_process_that_is_not_known(void **state)
{
	CHECK_FRAMES(walk_from(LEAF, SP(10), SP(20)), NO_PROCESS, LEAF);
	assert_int_equal(walker.end, STACK_END_NO_PROCESS);
}

static void an_address_in_no_mapping(void **state)
{
	static const struct unwind_row rows[] = {ROW(0, SP, 4, FP_AT_CFA, -2)};

	LOAD_CODE(rows);
	CHECK_FRAMES(walk_from(CODE - 1, SP(10), SP(20)), NO_MAPPING, CODE - 1);
	CHECK_FRAMES(walk_from(CODE_END, SP(10), SP(20)), NO_MAPPING, CODE_END);
	CHECK_FRAMES(walk_from(0, SP(10), SP(20)), NO_MAPPING, 0);
	CHECK_FRAMES(walk_from(UINT64_MAX, SP(10), SP(20)), NO_MAPPING, UINT64_MAX);
	put_record(SP(14), SP(99), 0x1234567);
	CHECK_FRAMES(walk_from(LEAF, SP(10), SP(20)), NO_MAPPING, LEAF, 0x1234567);
}

static void a_table_that_is_not_loaded(void **state)
{
	static const struct unwind_row rows[] = {OUTERMOST};

	LOAD_CODE(rows);
	host.objects[1] = (struct unwind_object){.table = UNWIND_TABLE_ABSENT};
	CHECK_FRAMES(walk_from(LEAF, SP(10), SP(20)), NO_TABLE, LEAF);
	assert_int_equal(host.objects[1].touched, 1);
	assert_int_equal(walker.finder.object, 1);
}

/* A caller whose return address is null is the first one, and nothing was guessed on the way. */
static void a_null_return_address(void **state)
{
	put_saved(SP(14), -2, SP(50), 0);
	CHECK_NO_STEP(ROOT, SP(10), 5, SP, 4, FP_AT_CFA, -2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WALKER_TEST(callers_are_looked_up_at_their_call),
		WALKER_TEST(the_innermost_is_looked_up_where_it_is),
		WALKER_TEST(the_innermost_may_be_behind_its_function),
		WALKER_TEST(the_innermost_may_be_the_first_of_its_mapping),
		WALKER_TEST(the_stack_is_not_there),
		WALKER_TEST(a_signal_frame_is_not_all_there),
		WALKER_TEST(a_stack_pointer_that_is_no_multiple_of_a_word),
		WALKER_TEST(a_stack_that_does_not_grow),
		WALKER_TEST(a_caller_with_an_empty_frame),
		WALKER_TEST(a_process_that_is_not_known),
		WALKER_TEST(an_address_in_no_mapping),
		WALKER_TEST(a_table_that_is_not_loaded),
		WALKER_TEST(a_null_return_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
