// SPDX-License-Identifier: GPL-2.0-or-later
/* Perf maps as logs: whatever happens to the file, what was in it once is in the log. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/proc/jit_log.h"

static char folder[] = "/tmp/bolometer-jit-log-XXXXXX", path[64];
static struct jit_budget budget;
static struct jit_log log_;
static uint64_t now_ns;

static int setup(void **state)
{
	jit_log_init(&log_);
	budget.bytes_left = 4096;
	now_ns = 0;
	return 0;
}

static int teardown(void **state)
{
	jit_log_fini(&log_);
	unlink(path);
	return 0;
}

static void write_map(int flags, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* A look at what is there by path now, ten nanoseconds after the one before. */
static void look(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	now_ns += 10;
	jit_log_hold(&log_, fd < 0 ? -errno : fd, &budget);
	assert_int_equal(jit_log_look(&log_, now_ns, 0, &budget), 0);
}

/* The log, as far as it was there at a moment. */
static const char *log_text(uint32_t moment)
{
	static char text[8192];
	size_t len = log_.moments[moment].map_end;

	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	len = (size_t)pread(jit_log_fd(&log_), text, len, 0);
	text[len] = '\0';
	return text;
}

static void what_is_appended_is_of_later_moments(void **state)
{
	write_map(O_EXCL, "1000 10 a\n");
	look();
	write_map(O_APPEND, "2000 10 b\n3000 10 hal");
	look();
	look();
	write_map(O_APPEND, "f\n");
	look();
	assert_int_equal(log_.nr_moments, 3);
	assert_string_equal(log_text(0), "1000 10 a\n");
	assert_string_equal(log_text(1), "1000 10 a\n2000 10 b\n");
	assert_string_equal(log_text(2), "1000 10 a\n2000 10 b\n3000 10 half\n");
	/* The second one held until the third look, at 30. */
	assert_int_equal(jit_log_moment(&log_, 5), 0);
	assert_int_equal(jit_log_moment(&log_, 10), 0);
	assert_int_equal(jit_log_moment(&log_, 11), 1);
	assert_int_equal(jit_log_moment(&log_, 30), 1);
	assert_int_equal(jit_log_moment(&log_, 31), 2);
	assert_false(jit_log_is_behind(&log_, 40));
	assert_true(jit_log_is_behind(&log_, 41));
}

static void what_is_written_over_is_kept(void **state)
{
	write_map(O_EXCL, "1000 10 a\n2000 10 b");
	look();
	write_map(O_TRUNC, "1000 10 c\n");
	look();
	/* Of the same size, and then a longer one. */
	write_map(O_TRUNC, "1000 10 d\n");
	look();
	write_map(O_TRUNC, "1000 10 e\n3000 10 f\n");
	look();
	assert_int_equal(log_.nr_moments, 4);
	assert_string_equal(log_text(0), "1000 10 a\n");
	assert_string_equal(log_text(1), "1000 10 a\n2000 10 b\n1000 10 c\n");
	assert_string_equal(log_text(3), "1000 10 a\n2000 10 b\n1000 10 c\n1000 10 d\n"
					 "1000 10 e\n3000 10 f\n");
}

static void other_files_take_its_place(void **state)
{
	write_map(O_EXCL, "1000 10 a\n");
	look();
	write_map(O_APPEND, "2000 10 b");
	unlink(path);
	look(); /* deleted, and read all the same */
	write_map(O_EXCL, "1000 10 c\n");
	look();
	assert_string_equal(log_text((uint32_t)log_.nr_moments - 1),
			    "1000 10 a\n2000 10 b\n1000 10 c\n");
}

static void no_file_is_said_to_be_none(void **state)
{
	look();
	assert_int_equal(jit_log_fd(&log_), -1);
	assert_int_equal(log_.error, ENOENT);
	jit_log_hold(&log_, -EPERM, &budget);
	assert_int_equal(log_.error, EPERM);
	/* What is there in the end is read, if it is at all. */
	write_map(O_EXCL, "1000 10 a\n");
	look();
	assert_int_equal(log_.error, 0);
	assert_string_equal(log_text((uint32_t)log_.nr_moments - 1), "1000 10 a\n");
}

/* Then the file itself has to do, and room that was taken is there for others. */
static void large_files_take_no_room(void **state)
{
	write_map(O_EXCL, "1000 10 a\n");
	look();
	assert_int_equal(budget.bytes_left, 4086);
	assert_int_equal(truncate(path, 10LL << 30), 0);
	look();
	assert_true(log_.direct);
	assert_int_equal(budget.bytes_left, 4096);
	assert_int_equal(jit_log_fd(&log_), log_.map_fd);
	assert_true(log_.moments[0].map_end == UINT64_MAX);
	write_map(O_TRUNC, "1000 10 b\n");
	look();
	assert_string_equal(log_text(0), "1000 10 b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_appended_is_of_later_moments, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_written_over_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(other_files_take_its_place, setup, teardown),
		cmocka_unit_test_setup_teardown(no_file_is_said_to_be_none, setup, teardown),
		cmocka_unit_test_setup_teardown(large_files_take_no_room, setup, teardown),
	};

	int failed;

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/map", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
