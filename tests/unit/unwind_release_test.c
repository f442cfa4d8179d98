// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that nobody has mapped any more: their tables go, and others get their numbers. */
#include "tests/unit/loader_fixture.h"

#include <poll.h>

/* Turns, a millisecond apart, until what is wanted is built. */
static void settle(struct fixture *fixture)
{
	struct builder *builder = fixture->unwinder->builder;

	for (int i = 0; i < 100; i++) {
		struct pollfd ready = {.fd = unwinder_fd(fixture->unwinder), .events = POLLIN};

		fixture_now_ns += MS;
		update(fixture);
		if (!builder_pending(builder))
			return;
		poll(&ready, 1, 1000);
	}
	fail_msg("still building");
}

static uint32_t table_of(const struct fixture *fixture, uint32_t object)
{
	return fixture->kernel->objects[object].table;
}

static void load(struct fixture *fixture, uint32_t tgid, uint32_t file)
{
	map_file(fixture, tgid, 0x1000, file);
	update(fixture);
	touch(fixture, file + 1);
	settle(fixture);
}

/* All that the tracker knows somebody to have, as a capture does it. Returns what stayed. */
static size_t release(struct fixture *fixture)
{
	struct binary_table *files = &fixture->tracker.binaries;
	bool used[64] = {false};
	size_t kept = 0;

	assert_true(files->count <= ARRAY_LEN(used));
	tracker_mark_files(&fixture->tracker, used);
	assert_int_equal(unwinder_release(fixture->unwinder, used, files->count), 0);
	assert_int_equal(binary_table_release(files, used), 0);
	for (size_t i = 0; i < files->count; i++)
		kept += !files->binaries[i].released;
	return kept;
}

static void end(struct fixture *fixture, uint32_t tgid)
{
	kernel_drop(fixture->kernel, tgid);
	fixture_now_ns += MS;
	tracker_exit(&fixture->tracker, fixture_now_ns, tgid, tgid);
	spaces_forget(&fixture->tracker.spaces, UINT64_MAX);
}

static void tables_go_with_their_files(void **state)
{
	struct fixture fixture;
	uint32_t gone, stays;

	fixture_open(&fixture, 4 * MB);
	gone = add_file(&fixture, 1000);
	stays = add_file(&fixture, 1000);
	load(&fixture, TGID(1), gone);
	load(&fixture, TGID(2), stays);
	assert_int_equal(stats(&fixture).tables, 2);
	assert_int_equal(release(&fixture), 2); /* while it is mapped */
	end(&fixture, TGID(1));
	assert_int_equal(release(&fixture), 1);
	assert_int_equal(stats(&fixture).tables, 1);
	assert_int_equal(stats(&fixture).evicted, 0); /* that is not said to be for want of memory */
	assert_int_equal(table_of(&fixture, gone + 1), UNWIND_TABLE_NONE);
	assert_true(table_of(&fixture, stays + 1) > UNWIND_TABLE_NONE);
	assert_int_equal(fixture.tracker.binaries.binaries[gone].fd, -1);
	assert_true(fixture.tracker.binaries.binaries[stays].fd >= 0);
	fixture_close(&fixture);
}

/* The next file gets the number, and with it a table of its own. */
static void numbers_are_used_again(void **state)
{
	struct control control = {.nr_units = 500};
	struct binary_id id = {8, 1, 77};
	struct fixture fixture;
	uint32_t first, number, turn;

	fixture_open(&fixture, 4 * MB);
	first = add_file(&fixture, 1000);
	turn = fixture.tracker.binaries.binaries[first].turn;
	load(&fixture, TGID(1), first);
	end(&fixture, TGID(1));
	assert_int_equal(release(&fixture), 0);
	assert_int_equal(binary_table_get(&fixture.tracker.binaries, &id, "/no/such/file", 1, 0, 1,
					  &number), 0);
	assert_int_equal(number, first);
	assert_int_equal(fixture.tracker.binaries.count, 1);
	assert_int_equal(fixture.tracker.binaries.binaries[number].turn, turn + 1);
	fixture.tracker.binaries.binaries[number].fd = make_file(&control);
	load(&fixture, TGID(2), number);
	assert_true(table_of(&fixture, number + 1) > UNWIND_TABLE_NONE);
	assert_int_equal(objects_get(&fixture.unwinder->objects, number + 1)->nr_units, 500);
	assert_int_equal(release(&fixture), 1);
	fixture_close(&fixture);
}

/* A machine that runs new programs all the time: as many are kept as there are at a time. */
static void files_without_end(void **state)
{
	struct fixture fixture;

	fixture_open(&fixture, 4 * MB);
	for (uint32_t i = 0; i < 500; i++) {
		struct binary_id id = {8, 1, 100 + i};
		struct control control = {.nr_units = 100};
		uint32_t number;

		assert_int_equal(binary_table_get(&fixture.tracker.binaries, &id, "/no/such/file", 1,
						  0, 1, &number), 0);
		fixture.tracker.binaries.binaries[number].fd = make_file(&control);
		fixture.tracker.binaries.binaries[number].open_error = 0;
		load(&fixture, TGID(1 + i % 8), number);
		end(&fixture, TGID(1 + i % 8));
		if (i % 20 == 19)
			assert_int_equal(release(&fixture), 0);
	}
	assert_int_equal(fixture.tracker.binaries.count, 20);
	assert_true(fixture.unwinder->objects.count <= 21);
	assert_int_equal(stats(&fixture).tables, 0);
	assert_int_equal(stats(&fixture).built, 500);
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_go_with_their_files),
		cmocka_unit_test(numbers_are_used_again),
		cmocka_unit_test(files_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
