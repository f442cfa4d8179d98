// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel walker over processes made of the input's bytes: rows, spans,
 * registers, a stack, and a few words of its memory that nobody would write so.
 * Whatever they are, a walk ends, stays within its memory, and gives a stack
 * whose header is true.
 *
 * The input is read from its start; where it has ended, zeros follow. Stack
 * words mostly point into code or up the stack, so that walks get deep.
 */
#include <stdint.h>

#if !defined(__TARGET_ARCH_arm64)
#define __TARGET_ARCH_x86
#endif
#include "tests/unit/bpf_host.h"

#define TGID	    7
#define CODE	    0x400000ULL
#define STACK	    0x7ffe0000ULL
#define STACK_BYTES (16 * 4096)
#define HOLE_AT	    (12 * 4096) /* a page that cannot be read */
#define OBJECTS	    4
#define ROWS_MAX    64
#define SPANS_MAX   8
#define FRAMES_MAX  8192 /* of a walk */

/* Where tables begin: they lie across the border of two segments. */
#define POOL_START (UNWIND_SEGMENT_UNITS - 40)

struct input {
	const uint8_t *data;
	size_t size;
};

static uint64_t *stack;
static struct walk *walk;
static uint32_t pool_next;

/* ---- the input ------------------------------------------------------------------------------- */

static uint8_t take(struct input *input)
{
	if (!input->size)
		return 0;
	input->size--;
	return *input->data++;
}

static uint64_t take_bytes(struct input *input, int count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 8 | take(input);
	return value;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static bool read_stack(void *to, __u32 len, __u64 addr)
{
	uint64_t offset = addr - STACK;

	if (!len || len > WINDOW_BYTES)
		abort();
	if (offset >= STACK_BYTES || len > STACK_BYTES - offset ||
	    (offset < HOLE_AT + 4096 && offset + len > HOLE_AT))
		return false;
	memcpy(to, (char *)stack + offset, len);
	return true;
}

static void put_unit(uint64_t unit)
{
	host.segments[pool_next >> UNWIND_SEGMENT_SHIFT]
		->units[pool_next & (UNWIND_SEGMENT_UNITS - 1)] = unit;
	pool_next++;
}

/* What a word of the stack, or a register, may be. `at` is the number of the stack's word. */
static uint64_t take_word(struct input *input, uint64_t at)
{
	uint8_t kind = take(input);

	switch (kind >> 6) {
	case 0:
		return kind ? STACK + 8 * (at + kind) : 0;
	case 1:
		return CODE + 16 * (uint64_t)kind;
	case 2:
		return CODE + ((uint64_t)(kind & 0x3f) << 8) + take(input);
	default:
		return kind & 1 ? take_bytes(input, 8) : STACK + take_bytes(input, 2);
	}
}

/* ---- the process ----------------------------------------------------------------------------- */

/* Half of the rows are what compilers make; the others are anything. */
static struct unwind_row take_row(struct input *input, uint32_t addr)
{
	uint8_t how = take(input);
	struct unwind_row row = {.addr = addr, .cfa = 2 + (how >> 3 & 7), .saved = -2};

	if (how & 0x80) {
		row.rule = take(input);
		row.cfa = (int8_t)take(input);
		if (how & 0x40)
			row.cfa = (int16_t)(row.cfa * 256 + take(input));
		row.saved = (int8_t)take(input);
	} else if ((how & 7) < UNWIND_CFA_COUNT && (how & 0x40)) {
		row.rule = UNWIND_RULE(how & 7, UNWIND_FP_SAME);
	} else {
		row.rule = UNWIND_RULE(how & 1 ? UNWIND_CFA_FP : UNWIND_CFA_SP, UNWIND_FP_AT_CFA);
	}
	return row;
}

static uint32_t take_rows(struct input *input, struct unwind_row *rows)
{
	uint32_t count = 1 + take(input) % ROWS_MAX, addr = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint8_t gap = take(input);

		addr += (i > 0) + (gap & 0x80 ? (gap & 0x7fU) * 64 : gap);
		rows[i] = take_row(input, addr);
	}
	return count;
}

/* The row that holds at an address. */
static uint32_t row_at(const struct unwind_row *rows, uint32_t count, uint32_t addr)
{
	uint32_t row = 0;

	while (row + 1 < count && rows[row + 1].addr <= addr)
		row++;
	return row;
}

static uint32_t put_table(const struct unwind_row *rows, uint32_t count, uint32_t page_shift)
{
	uint32_t start = rows[0].addr, table = pool_next;
	uint32_t pages = 1 + ((rows[count - 1].addr - start) >> page_shift);

	put_unit(start | (uint64_t)pages << 32);
	put_unit(page_shift | (uint64_t)count << 32);
	for (uint32_t page = 0; page <= pages; page += 2) {
		uint64_t even = row_at(rows, count, start + (page << page_shift));
		uint64_t odd = row_at(rows, count, start + ((page + 1) << page_shift));

		put_unit(even | odd << 32);
	}
	for (uint32_t i = 0; i < count; i++) {
		uint64_t unit;

		memcpy(&unit, &rows[i], sizeof(unit));
		put_unit(unit);
	}
	return table;
}

static void put_objects(struct input *input)
{
	struct unwind_row rows[ROWS_MAX];

	for (uint32_t object = 1; object < OBJECTS; object++) {
		uint8_t kind = take(input);

		if (kind < 0xc0) {
			uint32_t count = take_rows(input, rows);

			host.objects[object].table = put_table(rows, count, 4 + kind % 8);
		} else {
			host.objects[object].table = kind & 1;
		}
	}
}

static void put_spans(struct input *input)
{
	struct host_space *space = &host.spaces[0];
	uint64_t at = CODE;

	space->tgid = take(input) == 0xff ? 0 : TGID;
	space->space.generation = 1 + take(input);
	put_unit(space->space.generation);
	space->space.spans = pool_next;
	space->space.nr_spans = 1 + take(input) % SPANS_MAX;
	for (uint32_t i = 0; i < space->space.nr_spans; i++) {
		uint64_t end = at + 64 * (1 + (uint64_t)take(input));
		uint8_t object = take(input);

		put_unit(at);
		put_unit(end);
		put_unit(object & 0x80 ? at : CODE);
		put_unit(object < 0xf8 ? (object + 1) % OBJECTS : object * 1000);
		at = end + (object & 0x40 ? 0x100 : 0);
	}
}

/* What the loader never writes: any words, anywhere in what was written. False for none. */
static bool damage(struct input *input)
{
	uint8_t count = take(input);
	bool any = count > 0xf0;

	for (; count > 0xf0; count--) {
		uint32_t unit =
			POOL_START + (uint32_t)take_bytes(input, 2) % (pool_next - POOL_START);

		host.segments[unit >> UNWIND_SEGMENT_SHIFT]
			->units[unit & (UNWIND_SEGMENT_UNITS - 1)] = take_bytes(input, 8);
	}
	return any;
}

/* The last words are repeated up to the end of the stack. */
static void put_stack(struct input *input)
{
	size_t words = STACK_BYTES / 8, given = 0;

	while (given < words && (input->size || given < 4)) {
		stack[given] = take_word(input, given);
		given++;
	}
	for (size_t i = given; i < words; i++) {
		stack[i] = stack[i - given];
		if (stack[i] - STACK < STACK_BYTES)
			stack[i] += 8 * given; /* what pointed up the stack does so again */
	}
}

static void put_registers(struct input *input)
{
	for (uint32_t i = 0; i < UNWIND_REGS_MAX; i++)
		walk->regs[i] = 0;
	for (uint32_t i = 0; i < 4; i++)
		walk->regs[i] = take_word(input, 8 * i);
	walk->regs[REG_SP] = STACK + 8 * (uint64_t)take(input) + (take(input) == 0xff ? 4 : 0);
	walk->regs[REG_FP] = take_word(input, 32);
	walk->regs[REG_IP] = take_word(input, 64);
#ifdef REG_LR
	walk->regs[REG_LR] = take_word(input, 64);
#endif
}

/* An input sees nothing of the one before. */
static void clear_pool(void)
{
	uint32_t end = pool_next;

	pool_next = POOL_START;
	while (pool_next < end)
		put_unit(0);
	pool_next = POOL_START;
}

static void reset(void)
{
	if (!stack) {
		stack = malloc(STACK_BYTES);
		walk = calloc(1, sizeof(*walk));
		host.segments[0] = calloc(1, sizeof(struct unwind_segment));
		host.segments[1] = calloc(1, sizeof(struct unwind_segment));
		if (!stack || !walk || !host.segments[0] || !host.segments[1])
			abort();
	}
	memset(host.objects, 0, OBJECTS * sizeof(host.objects[0]));
	host.objects[UNWIND_OBJECT_CODE].table = UNWIND_TABLE_NONE;
	memset(walk->finder.cache, 0, sizeof(walk->finder.cache));
	host.task.mm = &host.mm;
	host.read_user = read_stack;
	walk_steps_max = FRAMES_MAX;
	clear_pool();
}

/* ---- what must hold -------------------------------------------------------------------------- */

#define MUST(condition)           \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static void check(uint64_t header)
{
	uint32_t frames = STACK_HEADER_FRAMES(header), end = STACK_HEADER_END(header);

	MUST(end < STACK_END_COUNT);
	MUST(end == walk->end);
	MUST(frames >= 1 && frames <= STACK_FRAMES_MAX);
	MUST(walk->stack.words[1] == walk->regs[REG_IP]);
	MUST(walk->frames <= FRAMES_MAX + RUN_STEPS);
	for (uint32_t i = 2; i <= frames; i++)
		MUST(walk->stack.words[i]); /* null is nobody's caller */
	if (end == STACK_END_LIMIT) {
		MUST(walk_steps(walk) >= FRAMES_MAX);
		MUST(frames ==
		     (walk->frames < STACK_LEAF_FRAMES ? walk->frames : STACK_LEAF_FRAMES));
		MUST(!STACK_HEADER_CUT(header));
	} else if (walk->frames > STACK_FRAMES_MAX) {
		MUST(frames == STACK_FRAMES_MAX);
		MUST(STACK_HEADER_CUT(header) == STACK_LEAF_FRAMES);
	} else {
		MUST(frames == walk->frames && !STACK_HEADER_CUT(header));
	}
	/* The outermost is the last; or one more, at a signal. */
	if (end != STACK_END_LIMIT && frames > STACK_LEAF_FRAMES) {
		uint64_t outermost = walk->stack.words[frames];

		MUST(outermost == walk->ip || outermost == walk->ip + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	uint64_t header, first;
	bool damaged;

	reset();
	unwind_by_tables = take(&input) != 0xff;
	host.mm.start_stack = STACK + 64 * (uint64_t)take(&input);
	put_objects(&input);
	put_spans(&input);
	damaged = damage(&input);
	put_registers(&input);
	put_stack(&input);
	header = walk_registers(walk, TGID);
	check(header);
	first = header;
	header = walk_registers(walk, TGID); /* now from the cache */
	check(header);
	/* Where spans overlap, it matters which one was looked for last. What was found goes farther. */
	MUST(damaged || header == first || STACK_HEADER_END(first) == STACK_END_LIMIT);
	return 0;
}
