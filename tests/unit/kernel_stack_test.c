// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernel stacks that are recognised by where their return addresses are: only those whose addresses
 * fit into the stack in exactly one way are remembered, and only the same ones are recognised.
 */
#include "tests/unit/waits_host.h"

#define ROUNDS 20000

static struct kernel_memory memory;
static struct remembered known;
static struct stack_words walked;

static uint32_t below(uint32_t limit)
{
	static uint64_t state = 88172645463325252ULL; /* xorshift64 */

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % limit;
}

/* In how many ways the walked addresses are in the stack, one above the other; 2 stands for more. */
static uint32_t ways(uint32_t depth, uint32_t frames)
{
	uint32_t ways_to[STACK_FRAMES_MAX + 1] = {1};

	for (uint32_t place = 0; place < depth; place++)
		for (uint32_t n = frames; n-- > 0;)
			if (memory.raw[place] == walked.words[n + 2] && ways_to[n])
				ways_to[n + 1] = ways_to[n + 1] + ways_to[n] > 1 ? 2 : 1;
	return ways_to[frames];
}

/* A stack of so many words out of few values, and a walk whose frames are somewhere in it. */
static uint32_t make_stack(uint32_t depth, uint32_t values, uint32_t frames)
{
	uint32_t left = frames < depth ? frames : depth;

	frames = left;
	for (uint32_t place = depth; place-- > 0;) {
		memory.raw[place] = 0xffffffff81000000ULL + below(values);
		if (left && below(place + 1) < left)
			walked.words[2 + --left] = memory.raw[place];
	}
	for (uint32_t place = depth; place < KERNEL_RAW_WORDS; place++)
		memory.raw[place] = 0xffffffff81000000ULL + below(values); /* of another stack */
	walked.words[0] = STACK_HEADER(frames + 1, 0, STACK_END_ROOT);
	return frames;
}

static void remembered_if_there_is_one_way(void **state)
{
	uint32_t remembers = 0, ambiguous = 0;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t depth = 1 + below(40), values = 1 + below(200);
		uint32_t frames = make_stack(depth, values, 1 + below(10));
		int is = remember(&known, &memory, &walked, depth);

		assert_int_equal(is, ways(depth, frames) == 1);
		assert_int_equal(is_remembered(&known, &memory), is);
		remembers += (uint32_t)is;
		ambiguous += !is;
	}
	assert_in_range(remembers, ROUNDS / 10, ROUNDS); /* both were tried */
	assert_in_range(ambiguous, ROUNDS / 10, ROUNDS);
}

static void another_address_is_another_stack(void **state)
{
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t depth = 20 + below(KERNEL_RAW_WORDS - 19);
		uint32_t frames = make_stack(depth, 1U << 24, 1 + below(KERNEL_PLACES_MAX));
		uint32_t changed = below(depth);
		bool is_frame = false;

		if (!remember(&known, &memory, &walked, depth))
			continue;
		for (uint32_t n = 0; n < frames; n++)
			is_frame |= known.place[n] == changed;
		memory.raw[changed] ^= 0x10;
		assert_int_equal(is_remembered(&known, &memory), !is_frame);
	}
}

static void too_many_frames_are_not_remembered(void **state)
{
	make_stack(200, 1U << 24, KERNEL_PLACES_MAX);
	assert_int_equal(remember(&known, &memory, &walked, 200), 1);
	make_stack(200, 1U << 24, KERNEL_PLACES_MAX + 1);
	assert_int_equal(remember(&known, &memory, &walked, 200), 0);
	assert_int_equal(is_remembered(&known, &memory), 0); /* nor is what was there before */
	make_stack(200, 1U << 24, 0);
	assert_int_equal(remember(&known, &memory, &walked, 200), 0);
	assert_int_equal(is_remembered(&known, &memory), 0);
}

#if defined(__TARGET_ARCH_arm64)
/* Each thread signs return addresses with a key of its own, in the bits that addresses do not use. */
static void signed_addresses_are_the_same(void **state)
{
	const uint64_t code_bits = 0xff7fULL << 48;
	uint32_t remembered = 0;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t depth = 20 + below(KERNEL_RAW_WORDS - 19);

		make_stack(depth, 1U << 24, 1 + below(KERNEL_PLACES_MAX));
		for (uint32_t place = 0; place < depth; place++)
			memory.raw[place] ^= (uint64_t)below(UINT32_MAX) << 32 & code_bits;
		if (!remember(&known, &memory, &walked, depth))
			continue;
		for (uint32_t place = 0; place < depth; place++)
			memory.raw[place] ^= (uint64_t)below(UINT32_MAX) << 32 & code_bits;
		assert_int_equal(is_remembered(&known, &memory), 1);
		remembered++;
		memory.raw[known.place[0]] ^= 0x10;
		assert_int_equal(is_remembered(&known, &memory), 0);
	}
	assert_true(remembered > ROUNDS / 2);
	assert_int_equal(plain_kernel_address(0x2), 0x2);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembered_if_there_is_one_way),
#if defined(__TARGET_ARCH_arm64)
		cmocka_unit_test(signed_addresses_are_the_same),
#endif
		cmocka_unit_test(another_address_is_another_stack),
		cmocka_unit_test(too_many_frames_are_not_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
