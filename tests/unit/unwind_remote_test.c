// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unwinding snapshots of stopped processes whose calls are known, of damaged
 * snapshots, and of random ones. The processes are gone when it begins.
 */
#include "tests/unit/remote_fixture.h"

#include "profiler/unwind/remote/remote_arch.h"
#include "profiler/unwind/remote/remote_step.h"

static uint32_t unwind(const struct stopped *stopped, size_t bytes, uint64_t *words)
{
	struct remote *remote = remote_open(&stopped->tracker);

	assert_non_null(remote);
	assert_int_equal(remote_unwind(remote, stopped->snapshot, bytes, words), 0);
	remote_close(remote);
	return STACK_HEADER_END(words[0]);
}

/* The calls that were told follow the innermost frame; after them come libc's first functions. */
static void check_calls(const struct stopped *stopped, const uint64_t *words)
{
	uint32_t frames = STACK_HEADER_FRAMES(words[0]);

	assert_int_equal(STACK_HEADER_CUT(words[0]), 0);
	assert_in_range(frames, 1 + stopped->nr_calls, 40);
	for (uint32_t i = 0; i < stopped->nr_calls; i++)
		assert_int_equal(words[2 + i], stopped->calls[i]);
}

static void check_complete(void (*shape)(void))
{
	uint64_t words[STACK_WORDS_MAX];
	struct stopped stopped;

	stopped_init(&stopped, shape);
	assert_int_equal(unwind(&stopped, stopped.bytes, words), STACK_END_ROOT);
	check_calls(&stopped, words);
	stopped_fini(&stopped);
}

static void nested_functions(void **state)
{
	check_complete(shape_nested);
}

static void a_thread(void **state)
{
	check_complete(shape_thread);
}

/* ---- deeper than the limit ---- */

static void both_ends_of_a_deep_stack(void **state)
{
	uint64_t words[STACK_WORDS_MAX];
	struct stopped stopped;

	stopped_init(&stopped, shape_deep);
	assert_int_equal(unwind(&stopped, stopped.bytes, words), STACK_END_ROOT);
	assert_int_equal(STACK_HEADER_FRAMES(words[0]), STACK_FRAMES_MAX);
	assert_int_equal(STACK_HEADER_CUT(words[0]), STACK_LEAF_FRAMES);
	/* The leaf, its caller, and calls of the recursion to itself, on both sides of the cut. */
	assert_int_equal(words[2], stopped.calls[0]);
	for (uint32_t i = 4; i < 1 + STACK_LEAF_FRAMES + 400; i++)
		assert_int_equal(words[i], words[3]);
	/* The outermost calls: the one that was told lies between two that were not. */
	for (uint32_t i = STACK_FRAMES_MAX; words[i] != stopped.calls[1]; i--)
		assert_in_range(i, STACK_FRAMES_MAX - 20, STACK_FRAMES_MAX);
	stopped_fini(&stopped);
}

#ifdef __x86_64__

static void a_call_at_the_end_of_a_function(void **state)
{
	uint64_t words[STACK_WORDS_MAX];
	struct stopped stopped;

	stopped_init(&stopped, shape_last_instruction);
	assert_int_equal(unwind(&stopped, stopped.bytes, words), STACK_END_ROOT);
	assert_int_equal(words[2], stopped.calls[0]);
	assert_int_equal(words[4], stopped.calls[1]);
	stopped_fini(&stopped);
}

/* ---- signals ---- */

static void a_signal_on_the_same_stack(void **state)
{
	check_complete(shape_signal);
}

/* The stack of the handler lies above the one it interrupted: the stack pointer goes down, once. */
static void a_signal_on_a_stack_above(void **state)
{
	check_complete(shape_signal_above);
}

static void a_signal_on_a_stack_below(void **state)
{
	check_complete(shape_signal_below);
}

/* Of the other stack there is nothing: the interrupted function is the last that is known. */
static void a_signal_on_a_stack_elsewhere(void **state)
{
	uint64_t words[STACK_WORDS_MAX];
	struct stopped stopped;

	stopped_init(&stopped, shape_signal_elsewhere);
	assert_int_equal(unwind(&stopped, stopped.bytes, words), STACK_END_NOT_COPIED);
	assert_int_equal(STACK_HEADER_FRAMES(words[0]), 4);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(words[2 + i], stopped.calls[i]);
	stopped_fini(&stopped);
}

/* ---- generated code ---- */

/* The frame of the generated code, which nobody told of, and of what called it: see the fixture. */
static void generated_code_with_a_frame_pointer(void **state)
{
	uint64_t words[STACK_WORDS_MAX];
	struct stopped stopped;

	stopped_init(&stopped, shape_generated);
	assert_int_equal(unwind(&stopped, stopped.bytes, words), STACK_END_ROOT);
	check_calls(&stopped, words);
	assert_int_equal(stopped.nr_calls, 4);
	assert_int_equal(words[5] % 4096, 6);
	assert_true(STACK_HEADER_FRAMES(words[0]) > 7);
	stopped_fini(&stopped);
}

/* Where the frame pointer says, but no address of code. */
static void a_frame_pointer_that_leads_nowhere(void **state)
{
	uint64_t words[STACK_WORDS_MAX];
	struct stopped stopped;
	uint64_t *stack;

	stopped_init(&stopped, shape_generated);
	assert_int_equal(unwind(&stopped, stopped.bytes, words), STACK_END_ROOT);
	stack = (uint64_t *)(stopped.snapshot + 1);
	while (*stack != words[6])
		stack++;
	*stack = 4711;
	assert_int_equal(unwind(&stopped, stopped.bytes, words), STACK_END_NO_FRAME_POINTER);
	assert_int_equal(STACK_HEADER_FRAMES(words[0]), 5);
	stopped_fini(&stopped);
}

static void generated_code_without_a_frame_pointer(void **state)
{
	uint64_t words[STACK_WORDS_MAX];
	struct stopped stopped;

	stopped_init(&stopped, shape_generated_without);
	assert_int_equal(unwind(&stopped, stopped.bytes, words), STACK_END_NO_FRAME_POINTER);
	assert_int_equal(STACK_HEADER_FRAMES(words[0]), 5);
	check_calls(&stopped, words);
	stopped_fini(&stopped);
}

#endif

/* ---- chains of frame pointers ---- */

#define CHAIN_CODE  0x10000
#define CHAIN_STACK 0x7000
#define CHAIN_WORDS 16

/* A process that is nothing but generated code, and a stack made by hand. */
static uint32_t unwind_chain(uint64_t fp, const uint64_t *stack, uint64_t *words)
{
	const struct code_map code = {
		.start = CHAIN_CODE,
		.end = CHAIN_CODE + 4096,
		.binary = BINARY_NONE,
		.type = CODE_JIT,
	};
	struct {
		struct unwind_snapshot snapshot;
		uint64_t stack[CHAIN_WORDS];
	} made = {.snapshot = {.key.tgid = 7, .time_ns = 1000, .stack_addr = CHAIN_STACK}};
	struct stopped stopped = {.snapshot = &made.snapshot};
	uint32_t end;

	tracker_init(&stopped.tracker, true);
	assert_int_equal(spaces_map(&stopped.tracker.spaces, 0, 7, &code), 0);
	made.snapshot.stack_bytes = sizeof(made.stack);
	memcpy(made.stack, stack, sizeof(made.stack));
	made.snapshot.regs[remote_arch.ip] = CHAIN_CODE;
	made.snapshot.regs[remote_arch.sp] = CHAIN_STACK;
	made.snapshot.regs[remote_arch.fp] = fp;
	end = unwind(&stopped, sizeof(made), words);
	tracker_fini(&stopped.tracker);
	return end;
}

static void chains_end_where_they_end(void **state)
{
	const uint64_t at = CHAIN_STACK, code = CHAIN_CODE;
	uint64_t stack[CHAIN_WORDS] = {at + 32,	 code + 1, 0, 0, at + 64,
				       code + 2, 0,	   0, 0, code + 3};
	uint64_t words[STACK_WORDS_MAX];

	assert_int_equal(unwind_chain(at, stack, words), STACK_END_ROOT);
	assert_int_equal(words[0], STACK_HEADER(4, 0, STACK_END_ROOT));
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(words[1 + i], code + i);
	/* A null pointer so early is nothing but a register with a zero in it. */
	assert_int_equal(unwind_chain(0, stack, words), STACK_END_NO_FRAME_POINTER);
	assert_int_equal(unwind_chain(at + 64, stack, words), STACK_END_NO_FRAME_POINTER);
	assert_int_equal(unwind_chain(at - 8, stack, words), STACK_END_NO_FRAME_POINTER);
	assert_int_equal(unwind_chain(at + 4, stack, words), STACK_END_NO_FRAME_POINTER);
	assert_int_equal(unwind_chain(at + 8 * CHAIN_WORDS, stack, words), STACK_END_UNREADABLE);
	stack[8] = at; /* round and round */
	assert_int_equal(unwind_chain(at, stack, words), STACK_END_NO_FRAME_POINTER);
	assert_int_equal(STACK_HEADER_FRAMES(words[0]), 4);
	stack[9] = code + 4096; /* behind the last instruction: a call that does not return */
	assert_int_equal(unwind_chain(at, stack, words), STACK_END_NO_FRAME_POINTER);
	assert_int_equal(words[4], code + 4096);
	stack[9] = code;
	assert_int_equal(unwind_chain(at, stack, words), STACK_END_NO_FRAME_POINTER);
	assert_int_equal(STACK_HEADER_FRAMES(words[0]), 3);
}

/* ---- stacks with gaps ---- */

static bool stack_has(const struct remote_stack *stack, uint64_t offset)
{
	uint64_t word;

	return remote_stack_read(stack, stack->addr + offset, &word);
}

/* The first piece ends where a page does, before it is one whole. */
static void pages_that_were_not_there_are_not_read(void **state)
{
	static const uint8_t bytes[2 * SNAPSHOT_PAGE_BYTES];
	struct remote_stack stack = {
		.bytes = bytes,
		.addr = CHAIN_STACK + SNAPSHOT_PAGE_BYTES - 128,
		.size = sizeof(bytes),
	};
	const uint64_t second = 128, third = second + SNAPSHOT_PAGE_BYTES;

	assert_true(stack_has(&stack, 0) && stack_has(&stack, second) && stack_has(&stack, third));
	assert_true(stack_has(&stack, sizeof(bytes) - 8));
	assert_false(stack_has(&stack, sizeof(bytes) - 7) || stack_has(&stack, -8));
	stack.missing = 1 << 0;
	assert_false(stack_has(&stack, 0) || stack_has(&stack, second - 8));
	assert_true(stack_has(&stack, second));
	stack.missing = 1 << 1;
	assert_true(stack_has(&stack, second - 8) && stack_has(&stack, third));
	assert_false(stack_has(&stack, second) || stack_has(&stack, third - 8));
	assert_false(stack_has(&stack, second - 4) || stack_has(&stack, third - 4));
}

/* ---- many processes ---- */

#define PROCESSES 3000

/* Each with the code of the first, and all gone again; what they left behind would show as a leak. */
static void processes_that_come_and_go(void **state)
{
	uint64_t words[STACK_WORDS_MAX];
	struct stopped stopped;
	struct unwind_snapshot *snapshot;
	struct remote *remote;
	uint32_t first;

	stopped_init(&stopped, shape_nested);
	snapshot = stopped.snapshot;
	first = snapshot->key.tgid;
	remote = remote_open(&stopped.tracker);
	for (uint32_t i = 1; i <= PROCESSES; i++) {
		struct spaces *spaces = &stopped.tracker.spaces;

		snapshot->key.tgid = first + i;
		snapshot->time_ns = 1000 * i + 1;
		assert_int_equal(spaces_fork(spaces, 1000 * i, first + i, first), 0);
		assert_int_equal(remote_unwind(remote, snapshot, stopped.bytes, words), 0);
		assert_int_equal(STACK_HEADER_END(words[0]), STACK_END_ROOT);
		check_calls(&stopped, words);
		spaces_exit(spaces, 1000 * i + 2, first + i);
		spaces_forget(spaces, 1000 * i);
	}
	remote_close(remote);
	stopped_fini(&stopped);
}

/* ---- damaged snapshots ---- */

/* The shorter the stack, the fewer frames, and no other end than that there was no more of it. */
static void a_cut_snapshot_gives_the_innermost_frames(void **state)
{
	uint64_t whole[STACK_WORDS_MAX], words[STACK_WORDS_MAX];
	size_t bytes = sizeof(struct unwind_snapshot);
	uint32_t end = STACK_END_UNREADABLE, frames = 1;
	struct stopped stopped;

	stopped_init(&stopped, shape_nested);
	assert_int_equal(unwind(&stopped, stopped.bytes, whole), STACK_END_ROOT);
	for (; end != STACK_END_ROOT && bytes <= stopped.bytes; bytes += 8) {
		end = unwind(&stopped, bytes, words);
		assert_true(end == STACK_END_UNREADABLE || end == STACK_END_ROOT);
		assert_in_range(STACK_HEADER_FRAMES(words[0]), frames, frames + 1);
		frames = STACK_HEADER_FRAMES(words[0]);
		assert_memory_equal(whole + 1, words + 1, frames * sizeof(*words));
	}
	assert_int_equal(words[0], whole[0]);
	stopped_fini(&stopped);
}

static void what_is_not_known_is_said(void **state)
{
	uint64_t words[STACK_WORDS_MAX];
	struct stopped stopped;

	stopped_init(&stopped, shape_nested);
	stopped.snapshot->regs[remote_arch.ip] = 0x1000;
	assert_int_equal(unwind(&stopped, stopped.bytes, words), STACK_END_NO_MAPPING);
	assert_int_equal(STACK_HEADER_FRAMES(words[0]), 1);
	assert_int_equal(words[1], 0x1000);
	stopped.snapshot->key.tgid = 0;
	assert_int_equal(unwind(&stopped, stopped.bytes, words), STACK_END_NO_PROCESS);
	assert_int_equal(words[1], 0x1000);
	stopped_fini(&stopped);
}

static const struct image *image_of(const struct stopped *stopped)
{
	return spaces_find(&stopped->tracker.spaces, stopped->snapshot->key.tgid)->newest;
}

static uint64_t random_code(uint64_t *random, const struct stopped *stopped)
{
	const struct image *image = image_of(stopped);
	const struct code_map *map = &image->maps[random_below(random, (uint32_t)image->nr_maps)];

	return map->start + random_u64(random) % (map->end - map->start);
}

/* Something that may be found on a stack: code, an address of the stack itself, anything. */
static uint64_t random_word(uint64_t *random, const struct stopped *stopped)
{
	switch (random_below(random, 8)) {
	case 0:
		return random_u64(random);
	case 1:
		return random_below(random, 64) - 32ULL;
	case 2:
	case 3:
		return stopped->snapshot->stack_addr + 8ULL * random_below(random, 600);
	default:
		return random_code(random, stopped);
	}
}

/* Frames are addresses of code, whatever they were made of. */
static void check_possible(const struct stopped *stopped, const uint64_t *words)
{
	const struct image *image = image_of(stopped);
	uint32_t frames = STACK_HEADER_FRAMES(words[0]), cut = STACK_HEADER_CUT(words[0]);

	assert_in_range(frames, 1, STACK_FRAMES_MAX);
	assert_true(STACK_HEADER_END(words[0]) < STACK_END_COUNT);
	assert_true(!cut || (cut == STACK_LEAF_FRAMES && frames == STACK_FRAMES_MAX));
	for (uint32_t i = 1; i <= frames; i++)
		assert_true(image_code(image, 1000, words[i]) ||
			    image_code(image, 1000, words[i] - 1));
}

#define RANDOM_ROUNDS 20000
#define RANDOM_WORDS  512
/* Frames of a snapshot at the least. Where two words next to each other have to be right, fewer. */
#ifdef __aarch64__
#define LEADS_TO 1.25
#else
#define LEADS_TO 1.5
#endif

static void random_snapshots(void **state)
{
	uint64_t words[STACK_WORDS_MAX], random = 17, frames = 0;
	struct stopped stopped;
	struct remote *remote;

	stopped_init(&stopped, shape_nested);
	remote = remote_open(&stopped.tracker);
	for (uint32_t round = 0; round < RANDOM_ROUNDS; round++) {
		struct unwind_snapshot *snapshot = stopped.snapshot;
		uint64_t *stack = (uint64_t *)(snapshot + 1);
		size_t size = 8 * random_below(&random, RANDOM_WORDS);

		for (uint32_t i = 0; i < UNWIND_REGS_MAX; i++)
			snapshot->regs[i] = random_word(&random, &stopped);
		snapshot->regs[remote_arch.ip] = random_code(&random, &stopped);
		snapshot->regs[remote_arch.sp] = snapshot->stack_addr + 128;
		for (uint32_t i = 0; i < RANDOM_WORDS; i++)
			stack[i] = random_word(&random, &stopped);
		assert_int_equal(remote_unwind(remote, snapshot, sizeof(*snapshot) + size, words),
				 0);
		check_possible(&stopped, words);
		frames += STACK_HEADER_FRAMES(words[0]);
	}
	if (frames <= RANDOM_ROUNDS * LEADS_TO)
		fail_msg("only %llu frames: they lead nowhere", (unsigned long long)frames);
	remote_close(remote);
	stopped_fini(&stopped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_functions),
		cmocka_unit_test(a_thread),
		cmocka_unit_test(both_ends_of_a_deep_stack),
#ifdef __x86_64__
		cmocka_unit_test(a_call_at_the_end_of_a_function),
		cmocka_unit_test(a_signal_on_the_same_stack),
		cmocka_unit_test(a_signal_on_a_stack_above),
		cmocka_unit_test(a_signal_on_a_stack_below),
		cmocka_unit_test(a_signal_on_a_stack_elsewhere),
		cmocka_unit_test(generated_code_with_a_frame_pointer),
		cmocka_unit_test(a_frame_pointer_that_leads_nowhere),
		cmocka_unit_test(generated_code_without_a_frame_pointer),
#endif
		cmocka_unit_test(chains_end_where_they_end),
		cmocka_unit_test(pages_that_were_not_there_are_not_read),
		cmocka_unit_test(processes_that_come_and_go),
		cmocka_unit_test(a_cut_snapshot_gives_the_innermost_frames),
		cmocka_unit_test(what_is_not_known_is_said),
		cmocka_unit_test(random_snapshots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
