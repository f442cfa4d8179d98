/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A made-up process for the kernel walker: code with tables, spans, a stack,
 * registers. Everything is put where shared_unwind.h says that it lies, by code
 * that shares nothing with the loader's.
 */
#ifndef BOLOMETER_TESTS_WALKER_FIXTURE_H
#define BOLOMETER_TESTS_WALKER_FIXTURE_H

#include "tests/unit/unit.h"

#include "tests/unit/bpf_host.h"

#define TGID 77

/* ---- user memory ----------------------------------------------------------------------------- */

#define STACK_BASE  0x7ffe00000000ULL
#define STACK_WORDS 4096
#define SP(n)	    (STACK_BASE + 8 * (uint64_t)(n)) /* address of the stack's n-th word */

struct user_region {
	uint64_t addr, len;
	const uint8_t *data; /* not owned */
};

static struct user_region user_regions[8];
static size_t nr_user_regions;
static uint64_t user_stack[STACK_WORDS];
static uint64_t user_reads;

static inline void user_region_add(uint64_t addr, const void *data, uint64_t len)
{
	assert_true(nr_user_regions < ARRAY_LEN(user_regions));
	user_regions[nr_user_regions++] = (struct user_region){addr, len, data};
}

static const uint8_t *user_byte(uint64_t addr)
{
	for (size_t i = 0; i < nr_user_regions; i++)
		if (addr - user_regions[i].addr < user_regions[i].len)
			return user_regions[i].data + (addr - user_regions[i].addr);
	return NULL;
}

static bool user_regions_read(void *to, __u32 len, __u64 addr)
{
	uint8_t *bytes = to;

	user_reads++;
	for (__u32 i = 0; i < len; i++)
		if (!user_byte(addr + i))
			return false;
	for (__u32 i = 0; i < len; i++)
		bytes[i] = *user_byte(addr + i);
	return true;
}

static inline void put_word(uint64_t addr, uint64_t word)
{
	assert_true(addr - STACK_BASE < sizeof(user_stack) && addr % 8 == 0);
	user_stack[(addr - STACK_BASE) / 8] = word;
}

/* What a function with a frame pointer leaves below its CFA, on both machines. */
static inline void put_record(uint64_t cfa, uint64_t fp, uint64_t ip)
{
	put_word(cfa - 16, fp);
	put_word(cfa - 8, ip);
}

/* The return address, and the frame pointer if it is saved, as the rows here say of both machines. */
static inline void put_saved(uint64_t cfa, int saved, uint64_t fp, uint64_t ip)
{
	put_word(cfa + (uint64_t)saved * 8, fp);
#if defined(__TARGET_ARCH_x86)
	put_word(cfa - 8, ip);
#else
	put_word(cfa + (uint64_t)saved * 8 + 8, ip);
#endif
}

/* ---- the pool -------------------------------------------------------------------------------- */

static uint32_t pool_next;

/* Each segment is a block of its own, so that the sanitizer sees its ends. */
static inline uint64_t *pool_unit(uint32_t unit)
{
	struct unwind_segment **segment = &host.segments[unit >> UNWIND_SEGMENT_SHIFT];

	if (!*segment)
		*segment = calloc(1, sizeof(**segment));
	assert_non_null(*segment);
	return (uint64_t *)&(*segment)->units[unit & (UNWIND_SEGMENT_UNITS - 1)];
}

static inline uint32_t pool_put(const void *units, size_t count)
{
	const uint64_t *from = units;
	uint32_t first = pool_next;

	for (size_t i = 0; i < count; i++)
		*pool_unit(pool_next++) = from[i];
	return first;
}

#define ROW(address, cfa_kind, cfa_words, fp_kind, saved_words)                        \
	{                                                                              \
		.addr = (address), .cfa = (cfa_words), .saved = (int8_t)(saved_words), \
		.rule = UNWIND_RULE(UNWIND_CFA_##cfa_kind, UNWIND_##fp_kind)           \
	}

/* Which row holds at an address: looked for one by one. */
static inline uint32_t row_number(const struct unwind_row *rows, uint32_t count, uint64_t addr)
{
	uint32_t row = 0;

	while (row + 1 < count && rows[row + 1].addr <= addr)
		row++;
	return row;
}

/* A table of whole pages that hold the addresses up to `end`. Returns its first unit. */
static inline uint32_t put_table(const struct unwind_row *rows, uint32_t count, uint64_t end,
				 uint32_t page_shift)
{
	struct unwind_table_header header = {
		.start = rows[0].addr,
		.nr_pages =
			(uint32_t)((end - rows[0].addr + (1ULL << page_shift) - 1) >> page_shift),
		.page_shift = page_shift,
		.nr_rows = count,
	};
	size_t index_units = UNWIND_INDEX_UNITS((size_t)header.nr_pages);
	uint32_t *index = calloc(index_units, UNWIND_UNIT_BYTES);
	uint32_t table;

	assert_non_null(index);
	for (uint32_t page = 0; page < header.nr_pages; page++)
		index[page] =
			row_number(rows, count, header.start + ((uint64_t)page << page_shift));
	index[header.nr_pages] = count - 1;
	table = pool_put(&header, UNWIND_HEADER_UNITS);
	pool_put(index, index_units);
	pool_put(rows, count);
	free(index);
	return table;
}

/* ---- the process ----------------------------------------------------------------------------- */

#define CODE	 0x400000ULL /* object 1 */
#define CODE_END 0x500000ULL
#define JIT	 0x900000ULL /* generated code */
#define JIT_END	 0x910000ULL

/* A function of object 1 whose row is tested, and one that is the thread's first. */
#define LEAF  (CODE + 0x10)
#define OUTER (CODE + 0x110)

#define OUTERMOST ROW(0x100, END, 0, FP_SAME, 0)

static struct walk walker;
static uint64_t generation;

/* These spans are the process's from now on; their generation stands before them. */
static inline void publish(const struct unwind_span *spans, uint32_t count)
{
	__u32 tgid = TGID;
	struct unwind_space space = {.generation = ++generation, .nr_spans = count};

	pool_put(&generation, 1);
	space.spans = pool_put(spans, count * UNWIND_SPAN_UNITS);
	bpf_map_update_elem(&unwind_spaces, &tgid, &space, BPF_ANY);
}

/* Object 1 has these rows, at CODE; behind it lies generated code. */
static inline void load_code(const struct unwind_row *rows, uint32_t count)
{
	static const struct unwind_span spans[] = {
		{.start = CODE, .end = CODE_END, .base = CODE, .object = 1},
		{.start = JIT, .end = JIT_END, .base = JIT, .object = UNWIND_OBJECT_CODE},
	};

	host.objects[1].table = put_table(rows, count, CODE_END - CODE, UNWIND_PAGE_SHIFT);
	publish(spans, ARRAY_LEN(spans));
}
#define LOAD_CODE(rows) load_code(rows, ARRAY_LEN(rows))

/* A process without anything but a stack of zeros. */
static inline int fixture_setup(void **state)
{
	for (size_t i = 0; i < UNWIND_SEGMENTS_MAX; i++)
		free(host.segments[i]);
	memset(&host, 0, sizeof(host));
	memset(&walker, 0, sizeof(walker));
	memset(user_stack, 0, sizeof(user_stack));
	nr_user_regions = 0;
	user_region_add(STACK_BASE, user_stack, sizeof(user_stack));
	host.read_user = user_regions_read;
	host.task.mm = &host.mm;
	host.objects[UNWIND_OBJECT_CODE].table = UNWIND_TABLE_NONE;
	unwind_by_tables = true;
	walk_steps_max = WALK_STEPS_MAX;
	unwind_epoch = 0;
	pool_next = 2; /* 0 and 1 mean that there is no table */
	generation = 0;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	for (size_t i = 0; i < UNWIND_SEGMENTS_MAX; i++)
		free(host.segments[i]);
	memset(host.segments, 0, sizeof(host.segments));
	return 0;
}

#define WALKER_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* ---- walks ----------------------------------------------------------------------------------- */

/* Walks from these registers; the others are as they are in walker.regs. Returns the header. */
static inline uint64_t walk_from(uint64_t ip, uint64_t sp, uint64_t fp)
{
	walker.regs[REG_IP] = ip;
	walker.regs[REG_SP] = sp;
	walker.regs[REG_FP] = fp;
	return walk_registers(&walker, TGID);
}

static inline const char *end_word(uint32_t end)
{
	static const char *const words[] = {
#define END(name, text) #name,
#include "bpf/stack_end.def"
#undef END
	};

	return end < ARRAY_LEN(words) ? words[end] : "?";
}

/* Fails unless the walk gave these frames, none missing, and ended so. */
static inline void check_frames(uint64_t header, uint32_t end, const uint64_t *frames,
				uint32_t count)
{
	assert_string_equal(end_word(STACK_HEADER_END(header)), end_word(end));
	assert_int_equal(STACK_HEADER_FRAMES(header), count);
	assert_int_equal(STACK_HEADER_CUT(header), 0);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(walker.stack.words[1 + i], frames[i]);
}
#define CHECK_FRAMES(header, end, ...)                                         \
	check_frames(header, STACK_END_##end, (const uint64_t[]){__VA_ARGS__}, \
		     ARRAY_LEN(((const uint64_t[]){__VA_ARGS__})))

/* The row leads nowhere from LEAF, for this reason. */
static inline void check_no_step(struct unwind_row row, uint64_t sp, uint64_t fp, uint32_t end)
{
	const struct unwind_row rows[] = {row, OUTERMOST};
	uint64_t leaf = LEAF;

	LOAD_CODE(rows);
	check_frames(walk_from(LEAF, sp, fp), end, &leaf, 1);
}
#define CHECK_NO_STEP(end, sp, fp, ...) \
	check_no_step((struct unwind_row)ROW(0, __VA_ARGS__), sp, fp, STACK_END_##end)

#endif
