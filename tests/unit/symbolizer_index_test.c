// SPDX-License-Identifier: GPL-2.0-or-later
/* The indexes of functions against the plainest possible search, over many small random tables. */
#include "tests/unit/symbolizer_fixture.h"

#include "profiler/model/alloc.h"
#include "symbolizer/jit_index.h"
#include "symbolizer/text_index.h"

#define SPACE  64 /* addresses in a table, so that everything overlaps with everything */
#define ROUNDS 20000

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % limit;
}

/* ---- text_index ------------------------------------------------------------------------------ */

static uint64_t end_of(const struct text_symbol *symbol)
{
	return symbol->addr + symbol->size;
}

/* How far a symbol without a size reaches, by the words of text_index.h; 0: it does not count. */
static uint64_t reach(const struct text_symbol *all, size_t count, const struct text_symbol *symbol)
{
	uint64_t end = end_of(symbol);

	for (size_t i = 0; i < count; i++) {
		if (!all[i].unsized_reach && all[i].addr <= symbol->addr &&
		    end_of(&all[i]) > symbol->addr)
			return 0;
		if (all[i].addr > symbol->addr && all[i].addr < end)
			end = all[i].addr;
	}
	return end;
}

/* The winner among all symbols: start last, then shortest; aliases are equal in both. */
static const struct text_symbol *expected(const struct text_symbol *all, size_t count,
					  uint64_t addr)
{
	const struct text_symbol *best = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct text_symbol *symbol = &all[i];
		uint64_t end = symbol->unsized_reach ? reach(all, count, symbol) : end_of(symbol);

		if (addr < symbol->addr || addr >= end)
			continue;
		if (!best || symbol->addr > best->addr ||
		    (symbol->addr == best->addr && symbol->size < best->size))
			best = symbol;
	}
	return best;
}

static bool has_alias(const struct text_hit *hit, uint32_t name)
{
	for (size_t i = 0; i < hit->count; i++)
		if (hit->aliases[i].name == name)
			return true;
	return false;
}

/* All of the addresses around one that no symbol covers. */
static void check_hole(const struct text_index *index, const struct text_symbol *all, size_t count,
		       uint64_t addr)
{
	uint64_t first, last, from = addr, to = addr;

	while (from && !expected(all, count, from - 1))
		from--;
	while (to < 2 * SPACE && !expected(all, count, to + 1))
		to++;
	text_index_hole(index, addr, &first, &last);
	assert_int_equal(first, from);
	assert_int_equal(last, to < 2 * SPACE ? to : UINT64_MAX);
}

static void check_table(const struct text_symbol *all, size_t count)
{
	struct text_index index = {0};
	struct text_hit hit, before = {0};

	for (size_t i = 0; i < count; i++)
		assert_int_equal(text_index_add(&index, &all[i]), 0);
	assert_int_equal(text_index_finish(&index), 0);
	for (uint64_t addr = 0; addr < 2 * SPACE; addr++) {
		const struct text_symbol *wanted = expected(all, count, addr);
		bool found = text_index_find(&index, addr, &hit);

		assert_int_equal(found, wanted != NULL);
		if (!found) {
			check_hole(&index, all, count, addr);
			continue;
		}
		assert_true(has_alias(&hit, wanted->name));
		assert_int_equal(hit.aliases->addr, wanted->addr);
		assert_true(hit.first <= addr && addr <= hit.last);
		/* The range is right: inside the one before there is no other answer. */
		if (before.count && addr <= before.last)
			assert_ptr_equal(hit.aliases, before.aliases);
		before = hit;
	}
	text_index_fini(&index);
}

static void innermost_covering_symbol_wins(void **state)
{
	struct text_symbol all[12];

	for (size_t round = 0; round < ROUNDS; round++) {
		size_t count = random_below(12) + 1;

		for (size_t i = 0; i < count; i++) {
			bool unsized = random_below(4) == 0;
			uint64_t addr = random_below(SPACE);

			all[i] = (struct text_symbol){
				.addr = addr,
				.name = (uint32_t)i + 1,
				.size = unsized ? SPACE + 10 - (uint32_t)addr
						: random_below(24) + 1,
				.unsized_reach = unsized,
				.rank = random_below(3),
			};
		}
		check_table(all, count);
	}
}

/* Many are put in order in another way than few: near each other, and all over an address space. */
static void large_tables_are_in_order(void **state)
{
	static const uint64_t spaces[] = {1 << 12, 1 << 20, 1ULL << 33, UINT64_MAX >> 1,
					  UINT64_MAX};
	enum { MANY = 5000, ASKED = 300 };
	struct text_symbol *all = calloc(MANY, sizeof(*all));

	for (size_t s = 0; s < sizeof(spaces) / sizeof(spaces[0]); s++) {
		struct text_index index = {0};
		struct text_hit hit;

		for (uint32_t i = 0; i < MANY; i++) {
			uint64_t addr =
				((uint64_t)random_below(1U << 31) << 33 ^
				 (uint64_t)random_below(1U << 31) << 15 ^ random_below(1U << 15)) %
				(spaces[s] - 32);

			all[i] = (struct text_symbol){
				.addr = addr, .name = i + 1, .size = random_below(24) + 1};
			assert_int_equal(text_index_add(&index, &all[i]), 0);
		}
		assert_int_equal(text_index_finish(&index), 0);
		for (size_t i = 1; i < index.count; i++)
			assert_true(index.symbols[i - 1].addr < index.symbols[i].addr ||
				    (index.symbols[i - 1].addr == index.symbols[i].addr &&
				     index.symbols[i - 1].size >= index.symbols[i].size));
		for (size_t i = 0; i < ASKED; i++) {
			uint64_t addr = all[i].addr + random_below(all[i].size);
			const struct text_symbol *wanted = expected(all, MANY, addr);

			assert_true(text_index_find(&index, addr, &hit));
			assert_true(has_alias(&hit, wanted->name));
		}
		text_index_fini(&index);
	}
	free(all);
}

static void repeated_tables_are_kept_once(void **state)
{
	struct text_index index = {0};
	struct text_symbol symbol = {.addr = 16, .size = 8, .name = 1, .table = 1};

	assert_int_equal(text_index_add(&index, &symbol), 0);
	symbol.name = 7;
	symbol.table = 0;
	assert_int_equal(text_index_add(&index, &symbol), 0);
	assert_int_equal(text_index_finish(&index), 0);
	assert_int_equal(index.count, 1);
	assert_int_equal(index.symbols[0].name, 7);
	text_index_fini(&index);
}

static void empty_index_finds_nothing(void **state)
{
	struct text_index index = {0};
	struct text_hit hit;

	assert_int_equal(text_index_finish(&index), 0);
	assert_false(text_index_find(&index, 0, &hit));
	assert_false(text_index_find(&index, UINT64_MAX, &hit));
	text_index_fini(&index);
}

static void symbol_at_the_end_of_the_world(void **state)
{
	struct text_index index = {0};
	struct text_symbol symbol = {.addr = UINT64_MAX - 7, .size = 100, .name = 1};
	struct text_hit hit;

	assert_int_equal(text_index_add(&index, &symbol), 0);
	assert_int_equal(text_index_finish(&index), 0);
	assert_true(text_index_find(&index, UINT64_MAX - 1, &hit));
	assert_false(text_index_find(&index, UINT64_MAX - 8, &hit));
	text_index_fini(&index);
}

/* Nesting as deep as the table is long must not make searching slow: this would take minutes. */
static void deep_nesting_is_searched_fast(void **state)
{
	const uint32_t depth = 200000;
	struct text_index index = {0};
	struct text_hit hit;

	for (uint32_t i = 0; i < depth; i++) {
		struct text_symbol symbol = {.addr = i, .size = 2 * (depth - i), .name = i + 1};

		assert_int_equal(text_index_add(&index, &symbol), 0);
	}
	assert_int_equal(text_index_finish(&index), 0);
	for (uint32_t i = 0; i < depth; i++) {
		assert_true(text_index_find(&index, 2 * depth - 1 - i, &hit));
		assert_int_equal(hit.aliases->addr, i < depth ? i : depth - 1);
	}
	text_index_fini(&index);
}

/* ---- jit_index ------------------------------------------------------------------------------- */

/* Of what was known the last entry, else of what was not the first. */
static uint32_t right_entry(const struct jit_index *index, const struct jit_query *query)
{
	uint32_t right = JIT_ENTRY_NONE;

	for (uint32_t i = 0; i < index->count; i++) {
		const struct jit_range *range = &index->ranges[i];

		if (query->addr < range->start || query->addr - range->start >= range->size)
			continue;
		if (i < query->known || right == JIT_ENTRY_NONE)
			right = i;
	}
	return right;
}

static void entries_are_those_of_their_time(void **state)
{
	for (size_t round = 0; round < ROUNDS / 4; round++) {
		static struct jit_query queries[64];
		struct jit_index index = {0};
		/* Now and then so many that the numbers take three levels of summaries. */
		uint32_t count = random_below(round % 200 ? 60 : 5000);
		uint32_t space = round % 2 ? SPACE : 100 * SPACE;

		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(
				jit_index_add(&index, random_below(space), random_below(24) + 1, i),
				0);
		for (size_t q = 0; q < ARRAY_LEN(queries); q++)
			queries[q] = (struct jit_query){.addr = random_below(space + 30),
							.known = random_below(count + 2)};
		assert_int_equal(jit_index_answer(&index, queries, ARRAY_LEN(queries)), 0);
		for (size_t q = 0; q < ARRAY_LEN(queries); q++)
			assert_int_equal(queries[q].entry, right_entry(&index, &queries[q]));
		jit_index_fini(&index);
	}
}

/* As many entries at one address as there are: no query looks at all of them. */
static void much_used_memory_is_searched_fast(void **state)
{
	const uint32_t count = 1 << 20, asked = 1 << 16;
	struct jit_query *queries = calloc(asked, sizeof(*queries));
	struct jit_index index = {0};

	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(jit_index_add(&index, 0x1000, 0x100000, i), 0);
	for (uint32_t q = 0; q < asked; q++)
		queries[q] = (struct jit_query){.addr = 0x1000 + q, .known = q * 16};
	assert_int_equal(jit_index_answer(&index, queries, asked), 0);
	for (uint32_t q = 0; q < asked; q++)
		assert_int_equal(queries[q].entry, q ? q * 16 - 1 : 0);
	jit_index_fini(&index);
	free(queries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(innermost_covering_symbol_wins),
		cmocka_unit_test(large_tables_are_in_order),
		cmocka_unit_test(repeated_tables_are_kept_once),
		cmocka_unit_test(empty_index_finds_nothing),
		cmocka_unit_test(symbol_at_the_end_of_the_world),
		cmocka_unit_test(deep_nesting_is_searched_fast),
		cmocka_unit_test(entries_are_those_of_their_time),
		cmocka_unit_test(much_used_memory_is_searched_fast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
