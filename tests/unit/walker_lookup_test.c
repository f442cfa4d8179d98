// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the kernel walker finds the row of an address: spans, page indexes and
 * rows anywhere in the pool, against a search one by one; its cache; and what
 * becomes of a process's memory when it forks, executes and ends.
 */
#include "tests/unit/walker_fixture.h"

/* As a search finds it, past the cache. Returns STACK_END_ROOT for found. */
static uint32_t look_up(uint64_t addr)
{
	walker.finder.addr = addr;
	return (uint32_t)find_row(&walker.finder);
}

static void begin(void)
{
	assert_true(finder_begin(&walker.finder, TGID));
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define ROWS_MAX 3000

/* Ascending rows that all differ, with gaps below `gap_max`. The last one's address is returned. */
static uint32_t random_rows(uint64_t *random, struct unwind_row *rows, uint32_t count,
			    uint32_t start, uint32_t gap_max)
{
	uint32_t addr = start;

	for (uint32_t i = 0; i < count; i++) {
		rows[i] = (struct unwind_row){.addr = addr, .cfa = (int16_t)i, .rule = 1};
		rows[i].saved = (int8_t)random_u64(random);
		addr += 1 + random_below(random, gap_max);
	}
	return rows[count - 1].addr;
}

static void check_row(const struct unwind_row *rows, uint32_t count, uint64_t base, uint64_t offset,
		      uint64_t pages_end)
{
	struct unwind_row wanted = {.rule = UNWIND_RULE(UNWIND_CFA_NONE, UNWIND_FP_SAME)};

	if (offset >= rows[0].addr && offset < pages_end)
		wanted = rows[row_number(rows, count, offset)];
	assert_int_equal(look_up(base + offset), STACK_END_ROOT);
	assert_int_equal(walker.finder.row.cfa, wanted.cfa);
	assert_int_equal(walker.finder.row.saved, wanted.saved);
	assert_int_equal(walker.finder.row.rule, wanted.rule);
}

/* Every row's first and last address, every page's, and some between. */
static void check_table(const struct unwind_row *rows, uint32_t count, uint64_t base, uint64_t end,
			uint32_t page_shift)
{
	uint64_t start = rows[0].addr, page_bytes = 1ULL << page_shift;
	uint64_t pages_end = start + ((end - start + page_bytes - 1) & ~(page_bytes - 1));

	for (uint32_t i = 0; i < count; i++) {
		check_row(rows, count, base, rows[i].addr, pages_end);
		check_row(rows, count, base, (uint64_t)rows[i].addr + 1, pages_end);
		check_row(rows, count, base, (uint64_t)rows[i].addr - 1, pages_end);
	}
	for (uint64_t at = start; at <= pages_end; at += page_bytes) {
		check_row(rows, count, base, at - 1, pages_end);
		check_row(rows, count, base, at, pages_end);
		check_row(rows, count, base, at + 1, pages_end);
	}
	check_row(rows, count, base, pages_end + (1 << 20), pages_end);
	check_row(rows, count, base, (1ULL << 32) + start, pages_end);
}

/* One object all over the address space, so that its edges are rows' and not the span's. */
static void use_table(const struct unwind_row *rows, uint32_t count, uint64_t base, uint64_t end,
		      uint32_t page_shift)
{
	const struct unwind_span span = {.start = 1, .end = UINT64_MAX, .base = base, .object = 1};

	host.objects[1].table = put_table(rows, count, end, page_shift);
	publish(&span, 1);
	begin();
}

static void rows_of_random_tables(void **state)
{
	static struct unwind_row rows[ROWS_MAX];
	uint64_t random = 11;

	for (uint32_t round = 0; round < 60; round++) {
		uint32_t page_shift = 4 + round % 9, count = 1 + random_below(&random, 150);
		uint32_t start = 0x1000 + random_below(&random, 100000);
		uint64_t end = random_rows(&random, rows, count, start, 1 + round * 7) + 40ULL;

		use_table(rows, count, 0x555500000000 + 4096 * round, end, page_shift);
		check_table(rows, count, 0x555500000000 + 4096 * round, end, page_shift);
	}
}

/* The pool's segments are blocks of their own: a table may begin in one and end in another. */
static void tables_across_segments(void **state)
{
	static struct unwind_row rows[ROWS_MAX];
	uint64_t random = 12, end = random_rows(&random, rows, 300, 0x40, 90) + 9ULL;
	uint32_t units = UNWIND_HEADER_UNITS + 300 + (uint32_t)end / 512;

	for (uint32_t before = 0; before <= units; before += before < 8 ? 1 : 11) {
		pool_next = 3 * UNWIND_SEGMENT_UNITS - before;
		use_table(rows, 300, CODE, end, UNWIND_PAGE_SHIFT);
		check_table(rows, 300, CODE, end, UNWIND_PAGE_SHIFT);
	}
}

static void a_table_over_several_segments(void **state)
{
	enum { COUNT = 2 * UNWIND_SEGMENT_UNITS + 5000 };
	struct unwind_row *rows = calloc(COUNT, sizeof(*rows));
	uint64_t random = 13;

	assert_non_null(rows);
	for (uint32_t i = 0; i < COUNT; i++)
		rows[i] = (struct unwind_row){.addr = 16 * i, .cfa = (int16_t)i, .rule = 1};
	pool_next = UNWIND_SEGMENT_UNITS - 100;
	host.objects[1].table = put_table(rows, 2, 1, UNWIND_PAGE_SHIFT); /* another one before */
	host.objects[1].table = pool_next;
	/* Each page of 256 bytes holds 16 rows: the index is written as it must be. */
	pool_put(&(struct unwind_table_header){0, COUNT / 16, 8, COUNT}, UNWIND_HEADER_UNITS);
	for (uint32_t page = 0; page < COUNT / 16 + 2; page += 2) {
		uint64_t even = page <= COUNT / 16 ? 16 * page : 0;
		uint64_t odd = page + 1 < COUNT / 16 ? 16 * (page + 1) : COUNT - 1;

		pool_put(&(uint64_t){even | odd << 32}, 1);
	}
	pool_put(rows, COUNT);
	publish(&(struct unwind_span){1, UINT64_MAX, CODE, 1, 0}, 1);
	begin();
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t number = random_below(&random, COUNT / 16 * 16);

		assert_int_equal(look_up(CODE + 16 * number + i % 16), STACK_END_ROOT);
		assert_int_equal(walker.finder.row.cfa, (int16_t)number);
	}
	free(rows);
}

/* Row addresses have 32 bits, and all of them can be used. */
static void rows_at_the_end_of_an_object(void **state)
{
	static const struct unwind_row rows[] = {
		ROW(0xfffff000, SP, 1, FP_SAME, 0),
		ROW(0xffffff80, SP, 2, FP_SAME, 0),
		ROW(0xffffffff, SP, 3, FP_SAME, 0),
	};

	use_table(rows, ARRAY_LEN(rows), CODE, 1ULL << 32, UNWIND_PAGE_SHIFT);
	check_table(rows, ARRAY_LEN(rows), CODE, 1ULL << 32, UNWIND_PAGE_SHIFT);
}

static void a_table_of_one_row(void **state)
{
	static const struct unwind_row rows[] = {ROW(0x123, SP, 1, FP_SAME, 0)};

	use_table(rows, 1, CODE, 0x124, 4);
	check_table(rows, 1, CODE, 0x124, 4);
}

static void objects_without_rows(void **state)
{
	const struct unwind_span spans[] = {{1, 100, 0, 1, 0}, {100, 200, 0, 2, 0}};

	publish(spans, 2);
	begin();
	host.objects[1].table = UNWIND_TABLE_NONE;
	assert_int_equal(look_up(50), STACK_END_ROOT);
	assert_int_equal(walker.finder.row.rule, UNWIND_CFA_NONE);
	assert_int_equal(look_up(150), STACK_END_NO_TABLE);
	assert_int_equal(walker.finder.object, 2);
	assert_int_equal(host.objects[1].touched, 1);
	assert_int_equal(host.objects[2].touched, 1);
	assert_int_equal(host.objects[3].touched, 0);
}

/* What the loader never writes must do no harm. */
static void numbers_that_name_nothing(void **state)
{
	const struct unwind_span spans[] = {{1, 100, 0, UNWIND_OBJECTS_MAX, 0},
					    {100, 200, 0, 2, 0}};
	__u32 tgid = TGID;
	struct unwind_space *space;

	publish(spans, 2);
	begin();
	assert_int_equal(look_up(50), STACK_END_NO_MAPPING);
	host.objects[2].table = UINT32_MAX;
	assert_int_equal(look_up(150), STACK_END_ROOT);
	assert_int_equal(walker.finder.row.rule, UNWIND_CFA_NONE);
	space = bpf_map_lookup_elem(&unwind_spaces, &tgid);
	space->spans = 5 * UNWIND_SEGMENT_UNITS;
	assert_false(finder_begin(&walker.finder, TGID));
	space->spans = 0;
	assert_false(finder_begin(&walker.finder, TGID));
}

/* The map's element may be written while it is read. */
static void half_of_an_entry(void **state)
{
	const struct unwind_span span = {CODE, CODE_END, CODE, 1, 0};
	__u32 tgid = TGID;
	struct unwind_space *space, old;

	publish(&span, 1);
	space = bpf_map_lookup_elem(&unwind_spaces, &tgid);
	old = *space;
	publish(&span, 1);
	begin();
	space->generation = old.generation;
	assert_false(finder_begin(&walker.finder, TGID));
	space->spans = old.spans;
	begin();
	CHECK_FRAMES(walk_from(CODE, SP(10), 5), NO_TABLE, CODE);
	space->generation++;
	CHECK_FRAMES(walk_from(CODE, SP(10), 5), NO_PROCESS, CODE);
}

/* ---- spans ----------------------------------------------------------------------------------- */

static struct unwind_span *many_spans(uint32_t count)
{
	struct unwind_span *spans = calloc(count + 1, sizeof(*spans));

	assert_non_null(spans);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t start = 0x10000 * (1 + (uint64_t)i);

		/* Some meet the next one, most leave a gap. */
		spans[i] = (struct unwind_span){
			.start = start,
			.end = start + (i % 5 ? 0x1000 : 0x10000),
			.base = start - 0x2000,
			.object = 1 + i % (UNWIND_OBJECTS_MAX - 1),
		};
	}
	return spans;
}

static void check_span(const struct unwind_span *spans, uint32_t number)
{
	const struct unwind_span *span = &spans[number], *found = &walker.finder.span;
	const uint64_t inside[] = {span->start, span->start + 8, span->end - 1};
	bool meets = spans[number + 1].start == span->end; /* all zero behind the last one */

	for (size_t i = 0; i < ARRAY_LEN(inside); i++) {
		assert_int_equal(look_up(inside[i]), STACK_END_ROOT);
		assert_memory_equal(found, span, sizeof(*span));
		assert_int_equal(walker.finder.object, span->object);
	}
	assert_int_equal(look_up(span->end), meets ? STACK_END_ROOT : STACK_END_NO_MAPPING);
	assert_int_equal(look_up(span->start - 1),
			 number && number % 5 == 1 ? STACK_END_ROOT : STACK_END_NO_MAPPING);
}

static void spans_of_every_number(void **state)
{
	static const uint32_t counts[] = {1, 2, 3, 4, 5, 63, 64, 65, 1000, 50000, 65536};

	for (uint32_t i = 0; i < UNWIND_OBJECTS_MAX; i++)
		host.objects[i].table = UNWIND_TABLE_NONE;
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct unwind_span *spans = many_spans(counts[i]);
		uint32_t step = counts[i] > 1000 ? 97 : 1;

		pool_next = UNWIND_SEGMENT_UNITS - 2; /* the first one, and others, in two */
		publish(spans, counts[i]);
		begin();
		for (uint32_t number = 0; number < counts[i]; number += step)
			check_span(spans, number);
		check_span(spans, counts[i] - 1);
		free(spans);
	}
}

static void a_process_without_spans(void **state)
{
	publish(NULL, 0);
	begin();
	assert_int_equal(look_up(CODE), STACK_END_NO_MAPPING);
}

/* ---- the cache ------------------------------------------------------------------------------- */

static const struct unwind_row cache_rows[] = {
	ROW(0x000, SP, 2, FP_AT_CFA, -2),
	ROW(0x100, END, 0, FP_SAME, 0),
};

static const struct unwind_row other_rows[] = {ROW(0x000, END, 0, FP_SAME, 0)};

static void check_cached_walk(void)
{
	CHECK_FRAMES(walk_from(CODE + 0x10, SP(10), 5), ROOT, CODE + 0x10, CODE + 0x110);
}

static void found_once_is_not_searched_again(void **state)
{
	LOAD_CODE(cache_rows);
	put_record(SP(12), 5, CODE + 0x110);
	check_cached_walk();
	assert_true(host.pool_reads > 0);
	host.pool_reads = 0;
	check_cached_walk();
	assert_int_equal(host.pool_reads, 1); /* the generation */
}

/* Another generation has other code at the same address. */
static void another_generation_is_searched(void **state)
{
	const struct unwind_span span = {CODE, CODE_END, CODE, 2, 0};

	LOAD_CODE(cache_rows);
	put_record(SP(12), 5, CODE + 0x110);
	check_cached_walk();
	host.objects[2].table = put_table(other_rows, 1, CODE_END - CODE, UNWIND_PAGE_SHIFT);
	publish(&span, 1);
	CHECK_FRAMES(walk_from(CODE + 0x10, SP(10), 5), ROOT, CODE + 0x10);
}

static void another_epoch_is_searched(void **state)
{
	LOAD_CODE(cache_rows);
	put_record(SP(12), 5, CODE + 0x110);
	check_cached_walk();
	host.objects[1].touched = 0;
	check_cached_walk();
	assert_int_equal(host.objects[1].touched, 0); /* nobody looked */
	unwind_epoch++;
	check_cached_walk();
	assert_int_equal(host.objects[1].touched, 1);
}

/* Rows are kept by value: the table may go while they are used. */
static void a_table_is_given_up(void **state)
{
	LOAD_CODE(cache_rows);
	put_record(SP(12), 5, CODE + 0x110);
	check_cached_walk();
	host.objects[1].table = UNWIND_TABLE_ABSENT;
	check_cached_walk();
	CHECK_FRAMES(walk_from(CODE + 0x11, SP(10), 5), NO_TABLE, CODE + 0x11);
	unwind_epoch++;
	CHECK_FRAMES(walk_from(CODE + 0x10, SP(10), 5), NO_TABLE, CODE + 0x10);
}

/* That something is missing is not kept: it may come. At CODE no address before can help. */
static void what_was_missing_is_searched_again(void **state)
{
	uint32_t table;

	LOAD_CODE(cache_rows);
	put_record(SP(12), 5, CODE + 0x110);
	table = host.objects[1].table;
	host.objects[1].table = UNWIND_TABLE_ABSENT;
	CHECK_FRAMES(walk_from(CODE, SP(10), 5), NO_TABLE, CODE);
	host.objects[1].table = table;
	CHECK_FRAMES(walk_from(CODE, SP(10), 5), ROOT, CODE, CODE + 0x110);
}

/* Far more addresses than the cache has rows, again and again: each answer is the address's own. */
static void addresses_share_places(void **state)
{
	static struct unwind_row rows[ROWS_MAX];
	uint64_t random = 14, end = random_rows(&random, rows, ROWS_MAX, 0, 50) + 1ULL;

	use_table(rows, ROWS_MAX, CODE, end, UNWIND_PAGE_SHIFT);
	for (uint32_t i = 0; i < 100000; i++) {
		uint32_t offset = random_below(&random, (uint32_t)end);
		uint32_t number = row_number(rows, ROWS_MAX, offset);

		assert_int_equal(finder_row(&walker.finder, CODE + offset), STACK_END_ROOT);
		assert_int_equal(walker.finder.row.cfa, rows[number].cfa);
	}
}

/* ---- processes come and go ------------------------------------------------------------------- */

static struct unwind_space *space_of(__u32 tgid)
{
	return bpf_map_lookup_elem(&unwind_spaces, &tgid);
}

static void a_child_has_its_parents_memory(void **state)
{
	struct task_struct parent = {.pid = 80, .tgid = TGID}, child = {.pid = 90, .tgid = 90};

	unwind_fork(&parent, &child);
	assert_null(space_of(90));
	LOAD_CODE(cache_rows);
	unwind_fork(&parent, &child);
	assert_memory_equal(space_of(90), space_of(TGID), sizeof(struct unwind_space));
	assert_int_equal(space_of(90)->generation, generation);
}

static void a_thread_is_no_child(void **state)
{
	struct task_struct task = {.pid = TGID, .tgid = TGID}, thread = {.pid = 91, .tgid = TGID};

	LOAD_CODE(cache_rows);
	unwind_fork(&task, &thread);
	assert_null(space_of(91));
	unwind_free(&thread);
	assert_non_null(space_of(TGID));
	unwind_free(&task);
	assert_null(space_of(TGID));
	unwind_free(&task);
}

static void an_executed_program_has_none_of_it(void **state)
{
	struct task_struct thread = {.pid = 91, .tgid = TGID};

	LOAD_CODE(cache_rows);
	unwind_exec(&thread);
	assert_null(space_of(TGID));
}

static void children_that_find_no_room_are_counted(void **state)
{
	struct task_struct parent = {.pid = TGID, .tgid = TGID};

	LOAD_CODE(cache_rows);
	unwind_spaces_full = 0;
	for (int tgid = 1; tgid <= HOST_SPACES + 2; tgid++)
		unwind_fork(&parent, &(struct task_struct){.pid = tgid, .tgid = tgid});
	assert_int_equal(unwind_spaces_full, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WALKER_TEST(rows_of_random_tables),
		WALKER_TEST(tables_across_segments),
		WALKER_TEST(a_table_over_several_segments),
		WALKER_TEST(rows_at_the_end_of_an_object),
		WALKER_TEST(a_table_of_one_row),
		WALKER_TEST(objects_without_rows),
		WALKER_TEST(numbers_that_name_nothing),
		WALKER_TEST(half_of_an_entry),
		WALKER_TEST(spans_of_every_number),
		WALKER_TEST(a_process_without_spans),
		WALKER_TEST(found_once_is_not_searched_again),
		WALKER_TEST(another_generation_is_searched),
		WALKER_TEST(another_epoch_is_searched),
		WALKER_TEST(a_table_is_given_up),
		WALKER_TEST(what_was_missing_is_searched_again),
		WALKER_TEST(addresses_share_places),
		WALKER_TEST(a_child_has_its_parents_memory),
		WALKER_TEST(a_thread_is_no_child),
		WALKER_TEST(an_executed_program_has_none_of_it),
		WALKER_TEST(children_that_find_no_room_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
