// SPDX-License-Identifier: GPL-2.0-or-later
/* Stacks and wakers that are kept by their ids. */
#include "tests/unit/unit.h"

#include "profiler/capture/stack_store.h"

static struct stack_store store;

static int setup(void **state)
{
	stack_store_init(&store);
	return 0;
}

static int teardown(void **state)
{
	stack_store_fini(&store);
	return 0;
}

/* A stack whose words follow from its id. Its block ends where it does, which the sanitizer sees. */
static uint64_t *stack_of(uint64_t id, uint32_t frames)
{
	uint64_t *words = malloc((1 + frames) * sizeof(*words));

	assert_non_null(words);
	words[0] = STACK_HEADER(frames, 0, STACK_END_ROOT);
	for (uint32_t i = 1; i <= frames; i++)
		words[i] = id * 1000 + i;
	return words;
}

static void add(uint64_t id, uint32_t frames)
{
	uint64_t *words = stack_of(id, frames);

	assert_int_equal(stack_store_add(&store, id, words), 0);
	free(words);
}

static void check(uint64_t id, uint32_t frames)
{
	uint64_t *words = stack_of(id, frames);

	assert_non_null(stack_store_find(&store, id));
	assert_memory_equal(stack_store_find(&store, id), words, (1 + frames) * sizeof(*words));
	free(words);
}

static void what_was_added_is_found(void **state)
{
	assert_null(stack_store_find(&store, 1));
	add(1, 3);
	add(UINT64_MAX, STACK_FRAMES_MAX);
	add(7, 0);
	check(1, 3);
	check(UINT64_MAX, STACK_FRAMES_MAX);
	check(7, 0);
	assert_null(stack_store_find(&store, 2));
	assert_null(stack_store_find(&store, STACK_ID_NONE));
}

static void the_first_of_an_id_stays(void **state)
{
	const uint64_t *first;

	add(5, 4);
	first = stack_store_find(&store, 5);
	add(5, 9);
	assert_ptr_equal(stack_store_find(&store, 5), first);
	check(5, 4);
	assert_int_equal(store.count, 1);
}

static void many_stay_where_they_are(void **state)
{
	const uint64_t *early = NULL;

	for (uint64_t i = 1; i <= 20000; i++) {
		add(i << 32 | i % 3, i % 40);
		if (i == 1)
			early = stack_store_find(&store, 1ULL << 32 | 1);
	}
	assert_ptr_equal(stack_store_find(&store, 1ULL << 32 | 1), early);
	for (uint64_t i = 1; i <= 20000; i++)
		check(i << 32 | i % 3, i % 40);
	assert_null(stack_store_find(&store, 20001ULL << 32));
}

static void wakers_are_found(void **state)
{
	for (uint32_t i = 1; i <= 1000; i++) {
		struct waker_record waker = {
			.tid = i, .time_ns = i * 10, .comm = "sixteen letters!"};

		assert_int_equal(stack_store_add_waker(&store, i, &waker), 0);
		waker.tid = 0;
		assert_int_equal(stack_store_add_waker(&store, i, &waker), 0);
	}
	for (uint32_t i = 1; i <= 1000; i++) {
		const struct waker_record *waker = stack_store_waker(&store, i);

		assert_non_null(waker);
		assert_int_equal(waker->tid, i);
		assert_int_equal(waker->time_ns, i * 10);
		assert_memory_equal(waker->comm, "sixteen letters!", 16);
	}
	assert_null(stack_store_waker(&store, 1001));
}

/* Of an interval what was added or kept in it is there in the next one. */
static void intervals_forget(void **state)
{
	add(1, 3);
	add(2, 5);
	add(3, 7);
	stack_store_end_interval(&store);
	check(1, 3);
	check(2, 5);
	check(3, 7);
	stack_store_keep(&store, 2);
	stack_store_keep(&store, 99); /* nobody's */
	add(3, 7);
	add(4, 1);
	stack_store_end_interval(&store);
	assert_null(stack_store_find(&store, 1));
	check(2, 5);
	check(3, 7);
	check(4, 1);
	stack_store_end_interval(&store);
	assert_int_equal(store.count, 0);
	assert_null(stack_store_find(&store, 4));
	add(1, 9);
	check(1, 9);
}

static void it_can_be_used_again(void **state)
{
	add(1, 1);
	stack_store_fini(&store);
	stack_store_init(&store);
	assert_null(stack_store_find(&store, 1));
	add(1, 2);
	check(1, 2);
}

/* What nobody marks goes, but not before a count of it may have been read. */
static void what_is_not_needed_is_forgotten(void **state)
{
	enum { STACKS = 30000, FRAMES = 20 };

	assert_false(stack_store_is_due(&store));
	for (uint64_t id = 1; id <= STACKS; id++)
		add(id, FRAMES);
	assert_true(stack_store_is_due(&store));
	for (int visit = 0; visit < 3; visit++) {
		assert_int_equal(stack_store_sweep(&store), 0);
		assert_int_equal(store.count, visit < 2 ? STACKS : 2);
		stack_store_visit(&store);
		stack_store_mark(&store, 77);
		stack_store_mark(&store, STACKS + 5); /* of the tables, or of none */
		if (visit == 1)
			add(88, FRAMES); /* met again */
	}
	check(77, FRAMES);
	check(88, FRAMES);
	assert_null(stack_store_find(&store, 1));
	assert_false(stack_store_is_due(&store));
	/* Another round: where stacks come and go without end there is an end to their memory. */
	for (uint64_t id = STACKS; id < 20 * STACKS; id++) {
		add(id, FRAMES);
		if (!stack_store_is_due(&store))
			continue;
		assert_int_equal(stack_store_sweep(&store), 0);
		stack_store_visit(&store);
		stack_store_mark(&store, 77);
	}
	assert_true(store.arena.bytes < 4 * STORE_SWEEP_MIN);
	check(77, FRAMES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(what_was_added_is_found),	TEST(the_first_of_an_id_stays),
		TEST(many_stay_where_they_are), TEST(wakers_are_found),
		TEST(intervals_forget),		TEST(it_can_be_used_again),
		TEST(what_is_not_needed_is_forgotten),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
