// SPDX-License-Identifier: GPL-2.0-or-later
/* Address spaces of processes that fork, map and unmap without end (profiler/proc/space.h). */
#include <unistd.h>

#include "profiler/proc/tracker.h"
#include "tests/unit/space_fixture.h"
#include "tests/unit/unit.h"

#define PAGE 4096ULL

static const struct image *newest(const struct spaces *spaces, uint32_t tgid)
{
	return spaces_find(spaces, tgid)->newest;
}

/* A child has what its parent has, and not in memory of its own until either maps something. */
static void forks_share_their_mappings(void **state)
{
	enum { MAPS = 50000, CHILDREN = 200 };
	struct spaces spaces;

	spaces_init(&spaces);
	for (uint32_t i = 0; i < MAPS; i++)
		map(&spaces, 1, 1, i * PAGE, (i + 1) * PAGE, i);
	for (uint32_t child = 2; child < 2 + CHILDREN; child++) {
		assert_int_equal(spaces_fork(&spaces, child, child, child / 2), 0);
		assert_ptr_equal(newest(&spaces, child)->maps, newest(&spaces, 1)->maps);
		assert_int_equal(binary_at(&spaces, child, child, 777 * PAGE), 777);
	}
	map(&spaces, 1000, 3, 777 * PAGE, 778 * PAGE, 1);
	map(&spaces, 1000, 1, 777 * PAGE, 778 * PAGE, 2);
	assert_int_equal(binary_at(&spaces, 1000, 1, 777 * PAGE), 2);
	assert_int_equal(binary_at(&spaces, 1000, 2, 777 * PAGE), 777);
	assert_int_equal(binary_at(&spaces, 1000, 3, 777 * PAGE), 1);
	assert_int_equal(binary_at(&spaces, 999, 3, 777 * PAGE), 777);
	for (uint32_t child = 2; child < 2 + CHILDREN; child += 2)
		spaces_exit(&spaces, 2000, child);
	spaces_forget(&spaces, 3000);
	assert_int_equal(binary_at(&spaces, 3000, 5, 777 * PAGE), 777);
	spaces_fini(&spaces);
}

/* What a fork told late of has to have what was there then, and not what came after. */
static void a_fork_that_is_told_late(void **state)
{
	struct spaces spaces;

	spaces_init(&spaces);
	map(&spaces, 1, 1, 0, PAGE, 1);
	map(&spaces, 5, 1, 0, PAGE, 2);
	assert_int_equal(spaces_fork(&spaces, 3, 2, 1), 0);
	assert_int_equal(binary_at(&spaces, 9, 2, 0), 1);
	assert_int_equal(binary_at(&spaces, 9, 1, 0), 2);
	spaces_fini(&spaces);
}

/* Mapped over and over: the past is bounded, and what is not known of it is not made up. */
static void the_past_is_bounded(void **state)
{
	enum { TIMES = 3 * SPACE_PAST_MAX };
	struct spaces spaces;

	spaces_init(&spaces);
	for (uint32_t i = 1; i <= TIMES; i++)
		map(&spaces, i, 1, 0, PAGE, i);
	assert_in_range(newest(&spaces, 1)->nr_past, SPACE_PAST_MAX / 2, SPACE_PAST_MAX);
	assert_int_equal(binary_at(&spaces, TIMES, 1, 8), TIMES);
	assert_int_equal(binary_at(&spaces, TIMES - 100, 1, 8), TIMES - 100);
	assert_int_equal(binary_at(&spaces, 100, 1, 8), BINARY_NONE);
	spaces_forget(&spaces, TIMES - 10);
	assert_in_range(newest(&spaces, 1)->nr_past, 10, 11);
	assert_int_equal(binary_at(&spaces, TIMES - 10, 1, 8), TIMES - 10);
	spaces_forget(&spaces, TIMES + 1);
	assert_int_equal(newest(&spaces, 1)->nr_past, 0);
	assert_int_equal(binary_at(&spaces, TIMES + 1, 1, 8), TIMES);
	spaces_fini(&spaces);
}

/* Mapped at ever new addresses of this process, where nothing is: only what is there is kept. */
static void what_was_unmapped_is_forgotten(void **state)
{
	uint64_t begin_ns = 1000, far = 0x200000000000, code = (uintptr_t)&map;
	uint32_t self = (uint32_t)getpid(), count = 3 * SPACE_PRUNE_MIN;
	struct binary_id none = {0};
	struct tracker tracker;

	tracker_init(&tracker, false);
	assert_int_equal(tracker_add_process(&tracker, self), 0);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(tracker_map(&tracker, begin_ns + i, self, far + i * 2 * PAGE, PAGE,
					     0, &none, "/bin/none"), 0);
	assert_in_range(newest(&tracker.spaces, self)->nr_maps, 1, SPACE_PRUNE_MIN + 100);
	/* Until it was found gone it is known, as samples that met it may yet come. */
	assert_int_not_equal(binary_at(&tracker.spaces, begin_ns + count, self,
				       far + 2ULL * (count - 100) * PAGE), BINARY_NONE);
	assert_int_equal(binary_at(&tracker.spaces, UINT64_MAX, self, far), BINARY_NONE);
	assert_int_not_equal(binary_at(&tracker.spaces, begin_ns, self, code), BINARY_NONE);
	spaces_forget(&tracker.spaces, UINT64_MAX);
	assert_int_equal(newest(&tracker.spaces, self)->nr_past, 0);
	assert_int_not_equal(binary_at(&tracker.spaces, UINT64_MAX, self, code), BINARY_NONE);
	tracker_fini(&tracker);
}

/* The kernel could not deliver every record: who is not there any more has ended all the same. */
static void exits_that_were_not_told(void **state)
{
	uint32_t self = (uint32_t)getpid(), gone = 0x7ffffff0;
	struct binary_id none = {0};
	struct tracker tracker;

	tracker_init(&tracker, true);
	assert_int_equal(tracker_map(&tracker, 5, self, 4096, 4096, 0, &none, "/bin/none"), 0);
	assert_int_equal(tracker_map(&tracker, 5, gone, 4096, 4096, 0, &none, "/bin/none"), 0);
	tracker_find_exits(&tracker, 10); /* none was lost */
	assert_int_equal(tracker.spaces.nr_exited, 0);
	tracker.lost_records = 3;
	tracker_find_exits(&tracker, 10);
	assert_int_equal(tracker.spaces.nr_exited, 1);
	spaces_forget(&tracker.spaces, 11);
	assert_null(spaces_find(&tracker.spaces, gone));
	assert_non_null(spaces_find(&tracker.spaces, self));
	tracker_fini(&tracker);
}

/* Of a process that is gone nobody can tell; there is an end to it all the same. */
static void there_is_a_limit(void **state)
{
	struct spaces spaces;

	spaces_init(&spaces);
	for (uint64_t i = 0; i < SPACE_MAPS_MAX + 10; i++)
		map(&spaces, 1, 1, i * PAGE, (i + 1) * PAGE, 7);
	assert_int_equal(newest(&spaces, 1)->nr_maps, SPACE_MAPS_MAX);
	assert_int_equal(spaces.not_kept, 10);
	spaces_fini(&spaces);
}

static void without_memory_nothing_is_added(void **state)
{
	struct spaces spaces;

	spaces_init(&spaces);
	map(&spaces, 1, 1, 0, PAGE, 7);
	spaces.full = true;
	map(&spaces, 2, 1, PAGE, 2 * PAGE, 8);
	map(&spaces, 2, 2, 0, PAGE, 8);
	assert_int_equal(spaces_fork(&spaces, 3, 3, 1), 0);
	assert_int_equal(spaces_exec(&spaces, 3, 4, "name"), 0);
	assert_int_equal(spaces_name(&spaces, 3, 5, "name"), 0);
	assert_int_equal(spaces.count, 1);
	assert_int_equal(spaces.not_kept, 5);
	assert_int_equal(binary_at(&spaces, 9, 1, 0), 7);
	assert_int_equal(binary_at(&spaces, 9, 1, PAGE), BINARY_NONE);
	spaces.full = false;
	map(&spaces, 4, 1, PAGE, 2 * PAGE, 8);
	assert_int_equal(binary_at(&spaces, 9, 1, PAGE), 8);
	spaces_fini(&spaces);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forks_share_their_mappings),
		cmocka_unit_test(a_fork_that_is_told_late),
		cmocka_unit_test(the_past_is_bounded),
		cmocka_unit_test(what_was_unmapped_is_forgotten),
		cmocka_unit_test(exits_that_were_not_told),
		cmocka_unit_test(there_is_a_limit),
		cmocka_unit_test(without_memory_nothing_is_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
