// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Address spaces over time, against a model that keeps every record and looks
 * through all of them, address by address.
 */
#include "tests/unit/space_fixture.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/proc/space_maps.h"
#include "profiler/proc/tracker.h"

#define ADDRESSES 48
#define TIMES	  20
#define RECORDS	  40

/* ---- mappings of one image ---- */

/* The last one from before, or else the first one after; of equal times the one told last. */
static const struct code_map *plain_code(const struct code_map *told, size_t count, uint64_t ns,
					 uint64_t addr)
{
	const struct code_map *before = NULL, *after = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct code_map *map = &told[i];

		if (addr < map->start || addr >= map->end)
			continue;
		if (map->from_ns <= ns && (!before || map->from_ns >= before->from_ns))
			before = map;
		if (map->from_ns > ns && (!after || map->from_ns <= after->from_ns))
			after = map;
	}
	return before ? before : after;
}

static struct code_map random_map(uint64_t *random, uint32_t id, bool ordered)
{
	uint64_t start = random_below(random, ADDRESSES);

	return (struct code_map){
		.start = start,
		.end = start + random_below(random, 14),
		.offset = 1000 * (uint64_t)id,
		.from_ns = ordered ? id / 2 : random_below(random, TIMES),
		.binary = id,
	};
}

static void check_maps(const struct image *image, const struct code_map *told, size_t count)
{
	for (size_t i = 0; i < image->nr_maps; i++) {
		assert_true(image->maps[i].start < image->maps[i].end);
		assert_true(!i || image->maps[i - 1].end <= image->maps[i].start);
	}
	for (uint64_t ns = 0; ns <= TIMES; ns++) {
		for (uint64_t addr = 0; addr < ADDRESSES + 16; addr++) {
			const struct code_map *wanted = plain_code(told, count, ns, addr);
			const struct code_map *got = image_code(image, ns, addr);

			assert_int_equal(got != NULL, wanted != NULL);
			if (!got)
				continue;
			assert_int_equal(got->binary, wanted->binary);
			assert_int_equal(got->offset + (addr - got->start),
					 wanted->offset + (addr - wanted->start));
			assert_int_equal(got->from_ns, wanted->from_ns);
		}
	}
}

static void mappings_are_those_of_the_model(void **state)
{
	struct code_map told[RECORDS];
	uint64_t random = 31;

	for (int round = 0; round < 300; round++) {
		struct image image = {0};

		for (uint32_t i = 0; i < RECORDS; i++) {
			told[i] = random_map(&random, i, round % 2);
			assert_int_equal(image_map(&image, &told[i]), 0);
			if (i % 13 == 0 || i + 1 == RECORDS)
				check_maps(&image, told, i + 1);
		}
		free(image.maps);
		free(image.past);
	}
}

static void ends_of_the_address_space(void **state)
{
	struct code_map low = {.start = 0, .end = 1, .binary = 1};
	struct code_map high = {.start = UINT64_MAX - 1, .end = UINT64_MAX, .binary = 2};
	struct code_map empty = {.start = 5, .end = 5, .binary = 3};
	struct code_map upside_down = {.start = 9, .end = 7, .binary = 4};
	struct image image = {0};

	assert_null(image_code(&image, 0, 0));
	assert_int_equal(image_map(&image, &high), 0);
	assert_int_equal(image_map(&image, &low), 0);
	assert_int_equal(image_map(&image, &empty), 0);
	assert_int_equal(image_map(&image, &upside_down), 0);
	assert_int_equal(image.nr_maps, 2);
	assert_int_equal(image_code(&image, 0, 0)->binary, 1);
	assert_null(image_code(&image, 0, 1));
	assert_null(image_code(&image, 0, UINT64_MAX));
	assert_int_equal(image_code(&image, 0, UINT64_MAX - 1)->binary, 2);
	free(image.maps);
}

static void many_mappings_are_fast(void **state)
{
	enum { COUNT = 60000 };
	struct image image = {0};
	double started = cpu_seconds();

	for (uint64_t i = 0; i < COUNT; i++) {
		struct code_map map = {.start = 16 * i, .end = 16 * i + 8, .binary = (uint32_t)i};

		assert_int_equal(image_map(&image, &map), 0);
	}
	for (uint64_t i = 0; i < COUNT; i++) {
		assert_int_equal(image_code(&image, 1, 16 * i + 7)->binary, i);
		assert_null(image_code(&image, 1, 16 * i + 8));
	}
	assert_true(cpu_seconds() - started < 1.0);
	free(image.maps);
}

/* ---- processes ---- */

static const char *name_at(const struct spaces *spaces, uint64_t ns, uint32_t tgid)
{
	return process_image(spaces_find(spaces, tgid), ns)->name;
}

/* A life with everything in it; each record in a place of its own, so that it can be told anytime. */
static void tell_record(struct spaces *spaces, uint32_t record)
{
	switch (record) {
	case 0:
		map(spaces, 0, 1, 100, 200, 1);
		return;
	case 1:
		map(spaces, 20, 1, 140, 160, 2);
		return;
	case 2:
		assert_int_equal(spaces_fork(spaces, 10, 2, 1), 0);
		return;
	case 3:
		map(spaces, 15, 2, 150, 160, 3);
		return;
	case 4:
		assert_int_equal(spaces_exec(spaces, 30, 2, "ls"), 0);
		return;
	case 5:
		map(spaces, 32, 2, 100, 120, 4);
		return;
	case 6:
		map(spaces, 34, 2, 110, 130, 5);
		return;
	case 7:
		assert_int_equal(spaces_exec(spaces, 50, 2, "cat"), 0);
		return;
	default:
		map(spaces, 52, 2, 100, 120, 6);
		return;
	}
}

#define LIFE_RECORDS 9

static void check_life(const struct spaces *spaces)
{
	static const struct {
		uint64_t ns;
		uint32_t tgid;
		uint64_t addr;
		uint32_t binary;
	} wanted[] = {
		{5, 1, 150, 1},
		{25, 1, 150, 2},
		{25, 1, 199, 1},
		{12, 2, 100, 1},
		{12, 2, 150, 1},
		{16, 2, 150, 3},
		{29, 2, 150, 3},
		{29, 2, 145, 1}, /* the parent's mapping after the fork is not the child's */
		{33, 2, 115, 4},
		{35, 2, 115, 5},
		{35, 2, 105, 4},
		{35, 2, 129, 5},
		{40, 2, 150, BINARY_NONE},
		{51, 2, 105, 6},
		{60, 2, 125, BINARY_NONE},
	};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		uint32_t got = binary_at(spaces, wanted[i].ns, wanted[i].tgid, wanted[i].addr);

		if (got != wanted[i].binary)
			fail_msg("process %u, address %llu at %llu: %u, not %u", wanted[i].tgid,
				 (unsigned long long)wanted[i].addr,
				 (unsigned long long)wanted[i].ns, got, wanted[i].binary);
	}
	assert_string_equal(name_at(spaces, 31, 2), "ls");
	assert_string_equal(name_at(spaces, 55, 2), "cat");
}

static void a_life_in_the_order_it_happened(void **state)
{
	static const uint32_t order[LIFE_RECORDS] = {0, 2, 3, 1, 4, 5, 6, 7, 8};
	struct spaces spaces;

	spaces_init(&spaces);
	for (size_t i = 0; i < LIFE_RECORDS; i++)
		tell_record(&spaces, order[i]);
	check_life(&spaces);
	spaces_fini(&spaces);
}

/*
 * Each CPU has a buffer of its own. Only what the parent was before a fork must be told before it,
 * as a fork copies what is known by then.
 */
static void a_life_in_any_order(void **state)
{
	uint64_t random = 5;

	for (int round = 0; round < 2000; round++) {
		uint32_t order[LIFE_RECORDS - 1];
		struct spaces spaces;

		spaces_init(&spaces);
		tell_record(&spaces, 0);
		random_order(&random, order, LIFE_RECORDS - 1);
		for (size_t i = 0; i < LIFE_RECORDS - 1; i++)
			tell_record(&spaces, order[i] + 1);
		check_life(&spaces);
		spaces_fini(&spaces);
	}
}

static void names_change(void **state)
{
	struct spaces spaces;

	spaces_init(&spaces);
	assert_int_equal(spaces_name(&spaces, 0, 1, "a name of twenty chars"), 0);
	assert_string_equal(name_at(&spaces, 5, 1), "a name of twent");
	assert_int_equal(spaces_fork(&spaces, 10, 2, 1), 0);
	assert_string_equal(name_at(&spaces, 10, 2), "a name of twent");
	assert_int_equal(spaces_name(&spaces, 11, 2, "child"), 0);
	assert_string_equal(name_at(&spaces, 12, 2), "child");
	assert_string_equal(name_at(&spaces, 12, 1), "a name of twent");
	spaces_fini(&spaces);
}

static void numbers_are_used_again(void **state)
{
	for (int exit_late = 0; exit_late < 2; exit_late++) {
		struct spaces spaces;

		spaces_init(&spaces);
		map(&spaces, 0, 1, 100, 200, 1);
		map(&spaces, 5, 7, 100, 200, 7);
		if (!exit_late)
			spaces_exit(&spaces, 10, 7);
		assert_int_equal(spaces_fork(&spaces, 20, 7, 1), 0);
		if (exit_late)
			spaces_exit(&spaces, 10, 7);
		assert_int_equal(binary_at(&spaces, 8, 7, 150), 7);
		assert_int_equal(binary_at(&spaces, 21, 7, 150), 1);
		/* The second one lives on. */
		spaces_forget(&spaces, 15);
		assert_int_equal(binary_at(&spaces, 21, 7, 150), 1);
		spaces_exit(&spaces, 30, 7);
		spaces_forget(&spaces, 30);
		assert_int_equal(binary_at(&spaces, 21, 7, 150), 1);
		spaces_forget(&spaces, 31);
		assert_null(spaces_find(&spaces, 7));
		spaces_fini(&spaces);
	}
}

/* The first thread may end while others go on. */
static void a_process_that_maps_has_not_exited(void **state)
{
	struct spaces spaces;

	spaces_init(&spaces);
	map(&spaces, 0, 1, 100, 200, 1);
	spaces_exit(&spaces, 10, 1);
	map(&spaces, 20, 1, 300, 400, 2);
	spaces_forget(&spaces, 30);
	assert_int_equal(binary_at(&spaces, 35, 1, 150), 1);
	assert_int_equal(binary_at(&spaces, 35, 1, 350), 2);
	spaces_exit(&spaces, 40, 99); /* never heard of */
	assert_null(spaces_find(&spaces, 99));
	spaces_fini(&spaces);
}

static void forgetting_keeps_what_is_still_needed(void **state)
{
	enum { PROCESSES = 500 };
	struct spaces spaces;

	spaces_init(&spaces);
	for (uint32_t tgid = 1; tgid <= PROCESSES; tgid++) {
		map(&spaces, tgid, tgid, 100, 200, tgid);
		if (tgid % 3)
			spaces_exit(&spaces, tgid + 10, tgid);
		else
			assert_int_equal(spaces_exec(&spaces, tgid + 10, tgid, "new"), 0);
		map(&spaces, tgid + 10, tgid, 100, 200, 1000 + tgid);
	}
	for (uint64_t ns = 0; ns < PROCESSES + 30; ns += 17) {
		spaces_forget(&spaces, ns);
		for (uint32_t tgid = 1; tgid <= PROCESSES; tgid++) {
			bool exited = tgid % 3 && tgid + 10 < ns;

			assert_int_equal(spaces_find(&spaces, tgid) == NULL, exited);
			if (!exited)
				assert_int_equal(binary_at(&spaces, ns, tgid, 150),
						 ns >= tgid + 10 ? 1000 + tgid : tgid);
		}
	}
	assert_int_equal(spaces.count, PROCESSES / 3);
	spaces_fini(&spaces);
}

/* ---- /proc ---- */

static void this_process_is_found(void **state)
{
	uint32_t self = (uint32_t)getpid();
	struct binary_id none = {0};
	struct tracker tracker;
	const struct code_map *code;
	const struct image *image;

	tracker_init(&tracker, false);
	/* Others are not followed, nor what they start. */
	assert_int_equal(tracker_map(&tracker, 5, self, 4096, 4096, 0, &none, "/bin/x"), 0);
	assert_int_equal(tracker_fork(&tracker, 5, self + 1, self), 0);
	assert_int_equal(tracker.spaces.count, 0);
	assert_int_equal(tracker_add_process(&tracker, self), 0);
	image = process_image(spaces_find(&tracker.spaces, self), 1);
	assert_string_equal(image->name, "space_test");
	code = image_code(image, 1, (uintptr_t)&this_process_is_found);
	assert_non_null(code);
	assert_int_equal(code->type, CODE_FILE);
	assert_non_null(strstr(tracker.binaries.binaries[code->binary].path, "space_test"));
	assert_true(tracker.binaries.binaries[code->binary].fd >= 0);
	assert_null(image_code(image, 1, (uintptr_t)&tracker)); /* the stack is no code */
	assert_int_equal(tracker_fork(&tracker, 5, self + 1, self), 0);
	assert_non_null(spaces_find(&tracker.spaces, self + 1));
	/* A range that wraps is no range. */
	assert_int_equal(tracker_map(&tracker, 9, self, UINT64_MAX - 8, 64, 0, &none, "/bin/x"), 0);
	assert_null(image_code(image, 9, UINT64_MAX - 4));
	tracker_fini(&tracker);
}

static void a_process_that_is_gone(void **state)
{
	struct tracker tracker;
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	tracker_init(&tracker, false);
	assert_int_equal(tracker_add_process(&tracker, (uint32_t)pid), -ESRCH);
	assert_int_equal(tracker.spaces.count, 0);
	tracker_fini(&tracker);
}

/* No process has these numbers: they can only be of some that ended. */
#define GONE 0x7ffffff0

static void note_change(void *data, uint32_t tgid)
{
	uint32_t *told = data;

	told[tgid - GONE]++;
}

static void others_are_told_of_changes(void **state)
{
	uint32_t told[4] = {0};
	struct binary_id none = {0};
	struct tracker tracker;

	tracker_init(&tracker, true);
	tracker.changed = note_change;
	tracker.changed_data = told;
	assert_int_equal(tracker_map(&tracker, 1, GONE, 4096, 4096, 0, &none, "//anon"), 0);
	assert_int_equal(told[0], 1);
	assert_int_equal(tracker_map(&tracker, 1, GONE, 4096, 4096, 0, &none, "[vsyscall]"), 0);
	assert_int_equal(tracker_fork(&tracker, 2, GONE, GONE), 0); /* a thread */
	assert_int_equal(tracker_name(&tracker, 3, GONE, "name", false), 0);
	assert_int_equal(told[0], 1);
	assert_int_equal(tracker_fork(&tracker, 4, GONE + 1, GONE), 0);
	assert_int_equal(told[0], 1);
	assert_int_equal(told[1], 1);
	assert_int_equal(tracker_name(&tracker, 5, GONE + 1, "exec", true), 0);
	assert_int_equal(told[1], 2);
	tracker_exit(&tracker, 6, GONE + 1, GONE + 3); /* another thread of it, the first lives */
	assert_int_equal(told[1], 2);
	tracker_exit(&tracker, 7, GONE + 1, GONE + 1);
	assert_int_equal(told[1], 3);
	tracker_exit(&tracker, 8, GONE + 2, GONE + 2); /* never heard of */
	assert_int_equal(told[2] + told[3], 0);
	tracker_fini(&tracker);
}

static void *sleep_on(void *data)
{
	alarm(20); /* ends the process even if the test is gone */
	pause();
	return data;
}

/* Its first thread may end before the others, which then are not yet to be forgotten. */
static void a_process_lives_as_long_as_a_thread(void **state)
{
	struct tracker tracker;
	int ready[2];
	uint32_t tgid;
	bool known;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, sleep_on, NULL) || write(ready[1], "", 1) != 1)
			_exit(1);
		pthread_exit(NULL);
	}
	tgid = (uint32_t)pid;
	assert_int_equal(read(ready[0], &byte, 1), 1);
	tracker_init(&tracker, false);
	assert_int_equal(tracker_add_process(&tracker, tgid), 0);
	tracker_exit(&tracker, 10, tgid, tgid);
	spaces_forget(&tracker.spaces, 20);
	known = spaces_find(&tracker.spaces, tgid);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(known);
	tracker_exit(&tracker, 30, tgid, tgid + 1); /* any other thread, the last one */
	spaces_forget(&tracker.spaces, 40);
	assert_null(spaces_find(&tracker.spaces, tgid));
	tracker_fini(&tracker);
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings_are_those_of_the_model),
		cmocka_unit_test(ends_of_the_address_space),
		cmocka_unit_test(many_mappings_are_fast),
		cmocka_unit_test(a_life_in_the_order_it_happened),
		cmocka_unit_test(a_life_in_any_order),
		cmocka_unit_test(names_change),
		cmocka_unit_test(numbers_are_used_again),
		cmocka_unit_test(a_process_that_maps_has_not_exited),
		cmocka_unit_test(forgetting_keeps_what_is_still_needed),
		cmocka_unit_test(this_process_is_found),
		cmocka_unit_test(a_process_that_is_gone),
		cmocka_unit_test(others_are_told_of_changes),
		cmocka_unit_test(a_process_lives_as_long_as_a_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
