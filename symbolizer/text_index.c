// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The compact index of functions; see text_index.h.
 *
 * Symbols are sorted by address. The last one that starts at or before an
 * address answers for it, if it reaches that far. If it does not, an earlier
 * symbol may still cover the address, as after the end of a nested one; those
 * places are found once, while finishing, and kept as `tails`. So a search
 * looks at one symbol and one tail and never walks back.
 */
#include "symbolizer/text_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

static uint64_t end_of(const struct text_symbol *symbol)
{
	uint64_t end;

	return __builtin_add_overflow(symbol->addr, symbol->size, &end) ? UINT64_MAX : end;
}

void text_index_fini(struct text_index *index)
{
	free(index->symbols);
	free(index->tails);
	*index = (struct text_index){0};
}

int text_index_add(struct text_index *index, const struct text_symbol *symbol)
{
	int err = ARRAY_RESERVE(index->symbols, index->cap, index->count + 1);

	assert(symbol->size);
	if (!err)
		index->symbols[index->count++] = *symbol;
	return err;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/*
 * By address; at one address the symbols with sizes first, larger before smaller, so that the last
 * is the innermost. The rest only makes the order total, and so the answers reproducible.
 */
static int by_address(const void *a_, const void *b_)
{
	const struct text_symbol *a = a_, *b = b_;
	int order = ORDER(a->addr, b->addr);

	if (!order)
		order = ORDER(a->unsized_reach, b->unsized_reach);
	if (!order)
		order = ORDER(b->size, a->size);
	if (!order)
		order = ORDER(a->table, b->table);
	if (!order)
		order = ORDER(a->rank, b->rank);
	return order ? order : ORDER(a->name, b->name);
}

/* ---- sorting --------------------------------------------------------------------------------- */

#define DIGIT_BITS 11
#define NR_DIGITS  (1U << DIGIT_BITS)

/* Fewer than this are sorted sooner by comparing them. */
#define MANY 1024

static uint64_t lowest_addr(const struct text_index *index, uint64_t *ret_highest)
{
	uint64_t low = UINT64_MAX;

	*ret_highest = 0;
	for (size_t i = 0; i < index->count; i++) {
		uint64_t addr = index->symbols[i].addr;

		low = addr < low ? addr : low;
		*ret_highest = addr > *ret_highest ? addr : *ret_highest;
	}
	return low;
}

/* Puts symbols in the order of one digit of how far above `low` they are, and else as they were. */
static void sort_by_digit(const struct text_symbol *from, struct text_symbol *to, size_t count,
			  uint64_t low, unsigned int shift)
{
	size_t starts[NR_DIGITS + 1] = {0};

	for (size_t i = 0; i < count; i++)
		starts[((from[i].addr - low) >> shift) % NR_DIGITS + 1]++;
	for (size_t i = 1; i < NR_DIGITS; i++)
		starts[i] += starts[i - 1];
	for (size_t i = 0; i < count; i++)
		to[starts[((from[i].addr - low) >> shift) % NR_DIGITS]++] = from[i];
}

/*
 * By address alone, digit by digit from the lowest one: the symbols of a browser take a fifth of the
 * time that comparing takes. False when there is no memory for it.
 */
static bool sort_by_digits(struct text_index *index)
{
	struct text_symbol *other = malloc(size_mul(index->count, sizeof(*other)));
	uint64_t highest, low = lowest_addr(index, &highest);

	if (!other)
		return false;
	for (unsigned int shift = 0; shift < 64 && (highest - low) >> shift; shift += DIGIT_BITS) {
		struct text_symbol *sorted = other;

		sort_by_digit(index->symbols, sorted, index->count, low, shift);
		other = index->symbols;
		index->symbols = sorted;
	}
	free(other);
	index->cap = index->count;
	return true;
}

/* Puts in order those that have one address, once all are in the order of their addresses. */
static void sort_aliases(struct text_index *index)
{
	struct text_symbol *symbols = index->symbols;

	for (size_t i = 0, end; i < index->count; i = end) {
		for (end = i + 1; end < index->count && symbols[end].addr == symbols[i].addr;)
			end++;
		if (end - i > 1)
			qsort(&symbols[i], end - i, sizeof(*symbols), by_address);
	}
}

/* Tables often are in order already; then sorting would be most of the work. */
static void sort(struct text_index *index)
{
	size_t i = 1;

	while (i < index->count && by_address(&index->symbols[i - 1], &index->symbols[i]) <= 0)
		i++;
	if (i >= index->count)
		return;
	if (index->count >= MANY && sort_by_digits(index))
		sort_aliases(index);
	else
		qsort(index->symbols, index->count, sizeof(*index->symbols), by_address);
}

/* ---- dropping -------------------------------------------------------------------------------- */

/*
 * Says again what the symbol before says: the same addresses, from a table that repeats the one
 * before (.dynsym repeats .symtab), or the very same name.
 */
static bool repeats(const struct text_symbol *before, const struct text_symbol *symbol)
{
	return before->addr == symbol->addr && before->size == symbol->size &&
	       (before->table != symbol->table || before->name == symbol->name);
}

/* Drops repetitions, and symbols without a size that start within or together with a sized one. */
static void drop_useless(struct text_index *index)
{
	const struct text_symbol *kept = NULL;
	uint64_t sized_end = 0;
	size_t count = 0;

	for (size_t i = 0; i < index->count; i++) {
		struct text_symbol symbol = index->symbols[i];

		if (symbol.unsized_reach && symbol.addr < sized_end)
			continue;
		if (!symbol.unsized_reach && end_of(&symbol) > sized_end)
			sized_end = end_of(&symbol);
		if (kept && repeats(kept, &symbol))
			continue;
		index->symbols[count] = symbol;
		kept = &index->symbols[count++];
	}
	index->count = count;
}

/* Ends symbols without a size where the next symbol starts. */
static void end_unsized(struct text_index *index)
{
	uint64_t next = UINT64_MAX; /* the lowest address above that of the symbol at hand */

	for (size_t i = index->count; i-- > 0;) {
		struct text_symbol *symbol = &index->symbols[i];

		if (i + 1 < index->count && index->symbols[i + 1].addr > symbol->addr)
			next = index->symbols[i + 1].addr;
		if (symbol->unsized_reach && next - symbol->addr < symbol->size)
			symbol->size = (uint32_t)(next - symbol->addr);
	}
}

/* The symbols that are open at the address a sweep has reached; ends fall from bottom to top. */
struct open {
	uint32_t *symbols;
	size_t count, cap;
};

/* Closes the symbols that end up to `addr`; where one is left below, it goes on there. */
static int close_up_to(struct text_index *index, struct open *open, uint64_t addr)
{
	int err;

	while (open->count) {
		uint64_t end = end_of(&index->symbols[open->symbols[open->count - 1]]);

		if (end > addr)
			break;
		open->count--;
		if (!open->count || end == addr)
			continue;
		err = ARRAY_RESERVE(index->tails, index->cap_tails, index->nr_tails + 1);
		if (err)
			return err;
		index->tails[index->nr_tails++] =
			(struct text_tail){end, open->symbols[open->count - 1]};
	}
	return 0;
}

/* Opens symbol i; those that end no later than it are never seen again. */
static int open_symbol(struct text_index *index, struct open *open, uint32_t i)
{
	int err;

	while (open->count && end_of(&index->symbols[open->symbols[open->count - 1]]) <=
				      end_of(&index->symbols[i]))
		open->count--;
	err = ARRAY_RESERVE(open->symbols, open->cap, open->count + 1);
	if (!err)
		open->symbols[open->count++] = i;
	return err;
}

static int find_tails(struct text_index *index)
{
	struct open open = {0};
	int err = 0;

	for (size_t i = 0; i < index->count && !err; i++) {
		err = close_up_to(index, &open, index->symbols[i].addr);
		if (!err)
			err = open_symbol(index, &open, (uint32_t)i);
	}
	if (!err)
		err = close_up_to(index, &open, UINT64_MAX);
	free(open.symbols);
	return err;
}

int text_index_finish(struct text_index *index)
{
	struct text_symbol *fitted;

	assert(index->count < UINT32_MAX);
	sort(index);
	drop_useless(index);
	end_unsized(index);
	fitted = index->count ? realloc(index->symbols, index->count * sizeof(*fitted)) : NULL;
	if (fitted) {
		index->symbols = fitted;
		index->cap = index->count;
	}
	return find_tails(index);
}

/* The number of symbols that start at or before addr. */
static size_t symbols_up_to(const struct text_index *index, uint64_t addr)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->symbols[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t tails_up_to(const struct text_index *index, uint64_t addr)
{
	size_t low = 0, high = index->nr_tails;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->tails[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The symbols equal to i in address and size, which stand before it. */
static void take_aliases(const struct text_index *index, size_t i, struct text_hit *hit)
{
	const struct text_symbol *symbol = &index->symbols[i];
	size_t first = i;

	while (first && index->symbols[first - 1].addr == symbol->addr &&
	       index->symbols[first - 1].size == symbol->size)
		first--;
	hit->aliases = &index->symbols[first];
	hit->count = i - first + 1;
}

bool text_index_find(const struct text_index *index, uint64_t addr, struct text_hit *ret)
{
	size_t next = symbols_up_to(index, addr);
	size_t next_tail = tails_up_to(index, addr);
	uint64_t end;
	size_t found;

	if (!next)
		return false;
	if (addr < end_of(&index->symbols[next - 1])) {
		found = next - 1;
		ret->first = index->symbols[found].addr;
	} else if (next_tail &&
		   addr < end_of(&index->symbols[index->tails[next_tail - 1].symbol])) {
		found = index->tails[next_tail - 1].symbol;
		ret->first = index->tails[next_tail - 1].addr;
	} else {
		return false;
	}
	end = end_of(&index->symbols[found]);
	if (next < index->count && index->symbols[next].addr < end)
		end = index->symbols[next].addr;
	if (next_tail < index->nr_tails && index->tails[next_tail].addr < end)
		end = index->tails[next_tail].addr;
	take_aliases(index, found, ret);
	ret->last = end - 1;
	return true;
}

void text_index_hole(const struct text_index *index, uint64_t addr, uint64_t *ret_first,
		     uint64_t *ret_last)
{
	size_t next = symbols_up_to(index, addr);
	size_t next_tail = tails_up_to(index, addr);
	uint64_t first = next ? end_of(&index->symbols[next - 1]) : 0;

	/* The one that was open last ended last, or one in which it lay. */
	if (next_tail && end_of(&index->symbols[index->tails[next_tail - 1].symbol]) > first)
		first = end_of(&index->symbols[index->tails[next_tail - 1].symbol]);
	*ret_first = first;
	*ret_last = next < index->count ? index->symbols[next].addr - 1 : UINT64_MAX;
}
