// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frame records, where there are no rows, and where a walk by them ends: what is
 * a thread's root, and what only looks so. And depth: which frames are kept of
 * stacks of any size.
 */
#include "tests/unit/walker_fixture.h"

/* Addresses that have no rows, at JIT. */
#define JITTED(n) (JIT + 0x100 + (uint64_t)(n))

/* Functions that keep frame pointers and have rows, from CODE on; one that is the first. */
static const struct unwind_row rows_of_functions[] = {
	ROW(0x000, SP, 2, FP_AT_CFA, -2),
	ROW(0x100, END, 0, FP_SAME, 0),
	ROW(0x200, OTHER, 0, FP_SAME, 0),
};

/* The record at SP(at) leads to the one at SP(next). */
static void put_link(unsigned int at, unsigned int next, uint64_t ip)
{
	put_record(SP(at) + 16, SP(next), ip);
}

/* ---- frame records --------------------------------------------------------------------------- */

static void records_without_tables(void **state)
{
	unwind_by_tables = false; /* neither tables nor the process are looked for */
	put_link(20, 30, 0x111);
	put_link(30, 50, 0x222);
	put_link(50, 40, 0x333);
	CHECK_FRAMES(walk_from(0x10, SP(25), SP(20)), NO_FRAME_POINTER, 0x10, 0x111, 0x222, 0x333);
	assert_int_equal(host.pool_reads, 0);
}

static void records_between_rows(void **state)
{
	LOAD_CODE(rows_of_functions);
	put_record(SP(12), SP(20), JITTED(1));
	put_link(20, 30, JITTED(2));
	put_link(30, 60, CODE + 0x20); /* the next frame starts behind this record */
	put_record(SP(34), SP(60), OUTER);
	CHECK_FRAMES(walk_from(CODE + 0x10, SP(10), 5), ROOT, CODE + 0x10, JITTED(1), JITTED(2),
		     CODE + 0x20, OUTER);
	assert_true(walker.guessed);
	assert_int_equal(walker.record, SP(30));
}

static void a_record_that_points_at_itself(void **state)
{
	LOAD_CODE(rows_of_functions);
	put_link(20, 20, JITTED(1));
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), NO_FRAME_POINTER, JITTED(0), JITTED(1));
	unwind_by_tables = false;
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), NO_FRAME_POINTER, JITTED(0), JITTED(1));
}

static void records_that_point_at_each_other(void **state)
{
	LOAD_CODE(rows_of_functions);
	put_link(20, 30, JITTED(1));
	put_link(30, 20, JITTED(2));
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), NO_FRAME_POINTER, JITTED(0), JITTED(1),
		     JITTED(2));
}

/* A frame pointer register that holds something else may point below the stack pointer. */
static void a_record_below_the_stack_pointer(void **state)
{
	LOAD_CODE(rows_of_functions);
	put_link(20, 30, JITTED(1));
	CHECK_FRAMES(walk_from(JITTED(0), SP(21), SP(20)), NO_FRAME_POINTER, JITTED(0));
	CHECK_FRAMES(walk_from(JITTED(0), SP(20), SP(20)), NO_FRAME_POINTER, JITTED(0), JITTED(1));
}

static void a_record_that_is_not_there(void **state)
{
	LOAD_CODE(rows_of_functions);
	put_link(STACK_WORDS - 2, 0, JITTED(1));
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(STACK_WORDS - 2)), NO_FRAME_POINTER, JITTED(0),
		     JITTED(1));
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(STACK_WORDS - 1)), NO_FRAME_POINTER,
		     JITTED(0));
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20) + 4), NO_FRAME_POINTER, JITTED(0));
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), UINT64_MAX - 7), NO_FRAME_POINTER, JITTED(0));
}

/* What was read was no return address: it is the frame pointer that was none. */
static void a_record_that_leads_nowhere(void **state)
{
	LOAD_CODE(rows_of_functions);
	put_link(20, 30, 0x1234);
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), NO_FRAME_POINTER, JITTED(0), 0x1234);
}

/* After a signal the stack may be another one, at lower addresses. */
static void records_on_the_other_side_of_a_signal(void **state)
{
	static const struct unwind_row rows[] = {
		ROW(0x000, SIGNAL, 0, FP_SAME, 0),
		ROW(0x100, END, 0, FP_SAME, 0),
	};

	LOAD_CODE(rows);
	put_link(1000, 1100, CODE + 0x10);
	put_word(SP(1002) + UCONTEXT_IP, JITTED(3));
	put_word(SP(1002) + UCONTEXT_SP, SP(10));
	put_word(SP(1002) + UCONTEXT_FP, SP(20));
	put_link(20, 30, OUTER);
	CHECK_FRAMES(walk_from(JITTED(0), SP(990), SP(1000)), ROOT, JITTED(0), CODE + 0x11,
		     JITTED(3) + 1, OUTER);
}

#if defined(__TARGET_ARCH_x86)
/* Code at JIT: what stands before its address JITTED(0x20) are these bytes, the last one last. */
static void put_code(const char *before)
{
	static uint8_t code[0x200];
	size_t len = strlen(before);

	memset(code, 0x90, sizeof(code));
	memcpy(code + 0x120 - len, before, len);
	nr_user_regions = 1; /* the stack; and this instead of what was there */
	user_region_add(JIT, code, sizeof(code));
}

/* The caller of a function without a record is not passed over. */
static void check_leaf(bool behind_call)
{
	LOAD_CODE(rows_of_functions);
	put_link(20, 30, OUTER);
	/* It has not pushed the frame pointer. */
	put_word(SP(10), JITTED(0x20));
	if (behind_call)
		CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), ROOT, JITTED(0), JITTED(0x20), OUTER);
	else
		CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), ROOT, JITTED(0), OUTER);
	/* It has, and not moved it. */
	put_record(SP(12), SP(20), JITTED(0x20));
	if (behind_call)
		CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), ROOT, JITTED(0), JITTED(0x20), OUTER);
	else
		CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), ROOT, JITTED(0), OUTER);
}

static void a_leaf_without_a_record(void **state)
{
	/* The first says whom it calls: JITTED(0), and among the others a function elsewhere. */
	static const char *const calls[] = {"\xe8\xe0\xff\xff\xff", "\xff\xd0", "\x41\xff\xd4", "\xff\x50z",
					    "\xff\x90zzzz", "\xff\x15zzzz", "\xff\x94zzzzz"};
	static const char *const others[] = {"\xe9zzzz", "\xff\xe0", "\xff\x70z", "\xff\x35zzzz",
					     "\xe8zzz", "\xe8zzzzz", "\xe8zzzz",
					     "\xe8\xe1\xff\xff\xff"};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		put_code(calls[i]);
		check_leaf(true);
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		put_code(others[i]);
		check_leaf(false);
	}
	nr_user_regions = 1; /* code that cannot be read */
	check_leaf(false);
	/* Only the innermost frame, and one that a signal interrupted, can be without. */
	put_code(calls[0]);
	put_word(SP(10), 0);
	put_link(20, 30, JITTED(0x20));
	put_link(30, 40, OUTER);
	put_word(SP(22), JITTED(0x20));
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), ROOT, JITTED(0), JITTED(0x20), OUTER);
}
#endif

/* ---- roots ----------------------------------------------------------------------------------- */

/* A chain of `links` records from SP(20) on whose last one has a null frame pointer. */
static void put_chain(unsigned int links)
{
	for (unsigned int i = 0; i < links; i++)
		put_record(SP(22 + 10 * i), i + 1 < links ? SP(30 + 10 * i) : 0, JITTED(i + 1));
}

/* It takes more than a step to believe that a null is an end. */
static void a_null_frame_pointer(void **state)
{
	for (int by_tables = 0; by_tables < 2; by_tables++) {
		unwind_by_tables = by_tables;
		LOAD_CODE(rows_of_functions);
		CHECK_FRAMES(walk_from(JITTED(0), SP(10), 0), NO_FRAME_POINTER, JITTED(0));
		put_chain(1);
		CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), NO_FRAME_POINTER, JITTED(0),
			     JITTED(1));
		put_chain(NULL_ROOT_RECORDS);
		CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), ROOT, JITTED(0), JITTED(1),
			     JITTED(2));
		put_chain(NULL_ROOT_RECORDS + 1);
		CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), ROOT, JITTED(0), JITTED(1),
			     JITTED(2), JITTED(3));
	}
}

/* In code that has rows the register holds anything, and zero most of all. */
static void a_null_frame_pointer_of_a_callee(void **state)
{
	LOAD_CODE(rows_of_functions);
	put_record(SP(12), 0, CODE + 0x10);
	put_record(SP(14), 0, CODE + 0x20);
	put_record(SP(16), 0, JITTED(1));
	CHECK_FRAMES(walk_from(CODE, SP(10), 0), NO_FRAME_POINTER, CODE, CODE + 0x10, CODE + 0x20,
		     JITTED(1));
}

/* Two zeros are no frame record. */
static void a_null_return_address_in_a_record(void **state)
{
	LOAD_CODE(rows_of_functions);
	put_chain(2);
	put_word(SP(31), 0);
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), NO_FRAME_POINTER, JITTED(0), JITTED(1));
	put_chain(NULL_ROOT_RECORDS + 2);
	put_word(SP(21 + 10 * (NULL_ROOT_RECORDS + 1)), 0);
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), NO_FRAME_POINTER, JITTED(0), JITTED(1),
		     JITTED(2), JITTED(3));
}

#if defined(__TARGET_ARCH_x86)
/* What the code at a return address does next says where its caller is, without a frame pointer. */
static void callers_that_only_return(void **state)
{
	static const struct {
		uint8_t code[5];
		uint64_t words; /* that it gives back */
		bool returns;
	} cases[] = {
		{{0x48, 0x83, 0xc4, 0x08, 0xc3}, 1, true},
		{{0x48, 0x83, 0xc4, 0x78, 0xc3}, 15, true},
		{{0x48, 0x83, 0xc4, 0x08, 0xcb}, 1, false}, /* does not return yet */
		{{0x48, 0x83, 0xec, 0x08, 0xc3}, 1, false}, /* takes words */
		{{0x48, 0x83, 0xc4, 0xf8, 0xc3}, 1, false}, /* takes words, likewise */
		{{0x48, 0x83, 0xc4, 0x04, 0xc3}, 1, false}, /* half a word */
		{{0x90, 0x83, 0xc4, 0x08, 0xc3}, 1, false},
	};
	uint8_t code[8] = {0};

	user_region_add(JITTED(1), code, sizeof(code));
	LOAD_CODE(rows_of_functions);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t at = 12 + cases[i].words;

		memset(user_stack, 0, sizeof(user_stack));
		memcpy(code, cases[i].code, sizeof(cases[i].code));
		put_record(SP(12), 5, JITTED(1));
		put_word(SP(at), CODE + 0x20);
		put_record(SP(at + 3), 6, OUTER);
		if (cases[i].returns)
			CHECK_FRAMES(walk_from(CODE + 0x10, SP(10), 5), ROOT, CODE + 0x10,
				     JITTED(1), CODE + 0x20, OUTER);
		else
			CHECK_FRAMES(walk_from(CODE + 0x10, SP(10), 5), NO_FRAME_POINTER,
				     CODE + 0x10, JITTED(1));
	}
}

/* Where nothing can be read above it ends, and nobody is invented. */
static void returns_to_nowhere(void **state)
{
	static const uint8_t code[8] = {0x48, 0x83, 0xc4, 0x78, 0xc3};

	user_region_add(JITTED(1), code, sizeof(code));
	LOAD_CODE(rows_of_functions);
	put_record(STACK_BASE + sizeof(user_stack), 5, JITTED(1));
	CHECK_FRAMES(walk_from(CODE + 0x10, STACK_BASE + sizeof(user_stack) - 16, 5), UNREADABLE,
		     CODE + 0x10, JITTED(1));
}
#endif

/* By rows alone, a null return address is a root at once; after a guess, not near the leaf. */
static void a_null_return_address_behind_a_guess(void **state)
{
	LOAD_CODE(rows_of_functions);
	put_record(SP(12), 5, 0);
	CHECK_FRAMES(walk_from(CODE, SP(10), 5), ROOT, CODE);

	put_link(20, 30, CODE + 0x20);
	put_record(SP(24), 5, 0);
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), NO_FRAME_POINTER, JITTED(0),
		     CODE + 0x20);
	put_record(SP(24), 5, CODE + 0x30);
	put_record(SP(26), 5, 0);
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), ROOT, JITTED(0), CODE + 0x20,
		     CODE + 0x30);
}

static void set_thread_base(uint64_t base)
{
#if defined(__TARGET_ARCH_x86)
	host.task.thread.fsbase = base;
#else
	host.task.thread.uw.tp_value = base;
#endif
}

/* The chain of a thread that libc started ends in its first frames, whatever they keep there. */
static void records_near_the_base_of_the_stack(void **state)
{
	const struct {
		uint64_t main_base, thread_base;
		bool is_root;
	} cases[] = {
		{0, 0, false},
		{SP(20) + 8, 0, true},
		{SP(20), 0, true},
		{SP(20) - 8, 0, false},
		{SP(20) + MAIN_ROOT_BYTES - 1, 0, true},
		{SP(20) + MAIN_ROOT_BYTES, 0, false},
		{0, SP(20) + 8, true},
		{0, SP(20) - 8, false},
		{0, SP(20) + THREAD_ROOT_BYTES - 1, true},
		{0, SP(20) + THREAD_ROOT_BYTES, false},
	};

	put_link(20, 1, JITTED(1));
	LOAD_CODE(rows_of_functions);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const uint64_t frames[] = {JITTED(0), JITTED(1)};
		uint32_t end = cases[i].is_root ? STACK_END_ROOT : STACK_END_NO_FRAME_POINTER;

		host.mm.start_stack = cases[i].main_base;
		set_thread_base(cases[i].thread_base);
		check_frames(walk_from(JITTED(0), SP(10), SP(20)), end, frames, 2);
	}
}

/* A walk that followed no record has nothing to say of the base; other ends stay what they are. */
static void only_a_record_can_be_near_the_base(void **state)
{
	host.mm.start_stack = 8;
	set_thread_base(8);
	LOAD_CODE(rows_of_functions);
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20) + 4), NO_FRAME_POINTER, JITTED(0));
	host.mm.start_stack = SP(30);
	put_link(20, 1, CODE + 0x210);
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), NO_RULE, JITTED(0), CODE + 0x210);
}

/* ---- depth ----------------------------------------------------------------------------------- */

/* The n-th frame of a deep stack, the last one of which is the thread's first. */
static uint64_t deep_frame(uint32_t number, uint32_t frames)
{
	return number + 1 == frames ? OUTER : CODE + 1 + number % 0xf0;
}

#define DEEP 0x10000

/* Whole pages with a stack of this many frames from DEEP + sp_offset on. Not the fixture's. */
static uint64_t *put_deep_stack(uint32_t frames, uint64_t sp_offset)
{
	size_t len = (16 * (size_t)frames + sp_offset + PAGE_BYTES) & ~(size_t)(PAGE_BYTES - 1);
	uint64_t *words = calloc(1, len);

	assert_non_null(words);
	for (uint32_t i = 0; i < frames; i++) {
		words[2 * i + sp_offset / 8] = 5;
		words[2 * i + sp_offset / 8 + 1] = deep_frame(i + 1, frames);
	}
	user_region_add(DEEP, words, len);
	return words;
}

static void check_kept(uint64_t header, uint32_t frames)
{
	uint32_t kept = frames < STACK_FRAMES_MAX ? frames : STACK_FRAMES_MAX;

	assert_int_equal(STACK_HEADER_FRAMES(header), kept);
	assert_int_equal(STACK_HEADER_CUT(header), frames > kept ? STACK_LEAF_FRAMES : 0);
	for (uint32_t i = 0; i < kept; i++) {
		uint32_t number = i < STACK_LEAF_FRAMES ? i : i + frames - kept;

		assert_int_equal(walker.stack.words[1 + i], deep_frame(number, frames));
	}
}

static void check_depth(uint32_t frames, uint64_t sp_offset)
{
	uint64_t *words = put_deep_stack(frames, sp_offset);
	uint64_t header = walk_from(deep_frame(0, frames), DEEP + sp_offset, 5);

	assert_int_equal(STACK_HEADER_END(header), STACK_END_ROOT);
	check_kept(header, frames);
	nr_user_regions--;
	free(words);
}

static void stacks_of_any_depth(void **state)
{
	static const uint32_t depths[] = {1,	2,    511,  512,  513,	514,   1022,	       1023,
					  1024, 1025, 1535, 1536, 5000, 65536, 220000};

	LOAD_CODE(rows_of_functions);
	for (size_t i = 0; i < ARRAY_LEN(depths); i++) {
		check_depth(depths[i], 0);
		check_depth(depths[i], 8);
	}
}

/* Only the innermost frames are known then: those that came last are no root's. */
static void check_given_up(uint64_t header)
{
	assert_int_equal(STACK_HEADER_END(header), STACK_END_LIMIT);
	assert_int_equal(STACK_HEADER_FRAMES(header),
			 walker.frames < STACK_LEAF_FRAMES ? walker.frames : STACK_LEAF_FRAMES);
	assert_int_equal(STACK_HEADER_CUT(header), 0);
	assert_in_range(walk_steps(&walker), walk_steps_max,
			walk_steps_max + RUN_STEPS * (1 + STEPS_OF_SEARCH + STEPS_OF_READ));
}

static void a_stack_deeper_than_a_walk(void **state)
{
	static const uint32_t limits[] = {STACK_LEAF_FRAMES, 1000, 1024, 65536, WALK_STEPS_MAX};
	uint32_t frames = WALK_STEPS_MAX + 1;
	uint64_t *words = put_deep_stack(frames, 0);

	LOAD_CODE(rows_of_functions);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		walk_steps_max = limits[i];
		check_given_up(walk_from(deep_frame(0, frames), DEEP, 5));
		for (uint32_t number = 0; number < STACK_LEAF_FRAMES && number < walker.frames;
		     number++)
			assert_int_equal(walker.stack.words[1 + number],
					 deep_frame(number, frames));
	}
	free(words);
}

/* A signal frame may lead anywhere, to itself too. */
static void a_walk_that_never_ends(void **state)
{
	static const struct unwind_row rows[] = {ROW(0, SIGNAL, 0, FP_SAME, 0)};

	LOAD_CODE(rows);
	put_word(SP(100) + UCONTEXT_IP, CODE + 0x20);
	put_word(SP(100) + UCONTEXT_SP, SP(100));
	check_given_up(walk_from(CODE + 0x10, SP(100), 5));
	for (uint32_t i = 1; i < STACK_LEAF_FRAMES; i++)
		assert_int_equal(walker.stack.words[1 + i], CODE + 0x20 + 1);
}

/* What a walk leaves behind is not seen by the next one. */
static void walks_do_not_see_each_other(void **state)
{
	LOAD_CODE(rows_of_functions);
	check_depth(5000, 0);
	put_chain(2);
	CHECK_FRAMES(walk_from(JITTED(0), SP(10), SP(20)), ROOT, JITTED(0), JITTED(1), JITTED(2));
	put_record(SP(12), 5, 0);
	CHECK_FRAMES(walk_from(CODE, SP(10), 5), ROOT, CODE);
	put_record(SP(12), 5, OUTER); /* the stack that was read last has changed */
	CHECK_FRAMES(walk_from(CODE, SP(10), 5), ROOT, CODE, OUTER);
}

/* ---- reading the stack ----------------------------------------------------------------------- */

/* Nothing is read beyond the page of what is wanted: the next one may be missing. */
static void frames_at_the_ends_of_pages(void **state)
{
	static uint64_t page[512];

	LOAD_CODE(rows_of_functions);
	user_region_add(0x10000, page, sizeof(page));
	page[508] = 5;
	page[509] = CODE + 0x20;
	page[510] = 6;
	page[511] = OUTER;
	CHECK_FRAMES(walk_from(CODE, 0x10000 + 8 * 508, 5), ROOT, CODE, CODE + 0x20, OUTER);
	CHECK_FRAMES(walk_from(CODE, 0x10000 + 8 * 511, 5), UNREADABLE, CODE);
	CHECK_FRAMES(walk_from(CODE, 0x10000 - 8, 5), UNREADABLE, CODE);
}

/* A frame across the border of two pages, which need not lie together in the test's memory. */
static void a_record_across_two_pages(void **state)
{
	static uint64_t low[512], high[512];

	LOAD_CODE(rows_of_functions);
	user_region_add(0x10000, low, sizeof(low));
	user_region_add(0x11000, high, sizeof(high));
	low[511] = 5;
	high[0] = CODE + 0x20;
	high[1] = 6;
	high[2] = OUTER;
	CHECK_FRAMES(walk_from(CODE, 0x10000 + 8 * 511, 5), ROOT, CODE, CODE + 0x20, OUTER);
}

/* Many frames are read at once. */
static void the_stack_is_read_in_pieces(void **state)
{
	uint64_t *words = put_deep_stack(1000, 0);

	LOAD_CODE(rows_of_functions);
	user_reads = 0;
	walk_from(deep_frame(0, 1000), DEEP, 5);
	assert_int_equal(user_reads, (16 * 999 + WINDOW_BYTES - 1) / WINDOW_BYTES);
	free(words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WALKER_TEST(records_without_tables),
		WALKER_TEST(records_between_rows),
		WALKER_TEST(a_record_that_points_at_itself),
		WALKER_TEST(records_that_point_at_each_other),
		WALKER_TEST(a_record_below_the_stack_pointer),
		WALKER_TEST(a_record_that_is_not_there),
		WALKER_TEST(a_record_that_leads_nowhere),
		WALKER_TEST(records_on_the_other_side_of_a_signal),
#if defined(__TARGET_ARCH_x86)
		WALKER_TEST(a_leaf_without_a_record),
#endif
		WALKER_TEST(a_null_frame_pointer),
		WALKER_TEST(a_null_frame_pointer_of_a_callee),
		WALKER_TEST(a_null_return_address_in_a_record),
		WALKER_TEST(a_null_return_address_behind_a_guess),
#if defined(__TARGET_ARCH_x86)
		WALKER_TEST(callers_that_only_return),
		WALKER_TEST(returns_to_nowhere),
#endif
		WALKER_TEST(records_near_the_base_of_the_stack),
		WALKER_TEST(only_a_record_can_be_near_the_base),
		WALKER_TEST(stacks_of_any_depth),
		WALKER_TEST(a_stack_deeper_than_a_walk),
		WALKER_TEST(a_walk_that_never_ends),
		WALKER_TEST(walks_do_not_see_each_other),
		WALKER_TEST(frames_at_the_ends_of_pages),
		WALKER_TEST(a_record_across_two_pages),
		WALKER_TEST(the_stack_is_read_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
