// SPDX-License-Identifier: GPL-2.0-or-later
/* Which processes generate code, and where what they say of it is found: by this test as the process. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/proc/host.h"
#include "profiler/proc/tracker.h"
#include "profiler/proc/tracker_jit.h"
#include "symbolizer/symbolizer.h"

#define CODE 0x700000000000ULL

static char folder[] = "/tmp/bolometer-tracker-jit-XXXXXX";
static struct tracker tracker;
static uint32_t self;

/* Instead of /tmp: a folder with a map for whatever number. */
static int open_folder(int root_fd)
{
	return open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static const struct jit_opener opener = {open_folder, symbol_jit_open_in};

static int setup(void **state)
{
	tracker_init(&tracker, true);
	tracker.jit_opener = &opener;
	self = (uint32_t)getpid();
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	tracker_fini(&tracker);
	snprintf(command, sizeof(command), "rm -f %s/*", folder);
	return system(command);
}

static void path_of(char *path, size_t size, const char *form, uint32_t number)
{
	char name[64];

	snprintf(name, sizeof(name), form, number);
	snprintf(path, size, "%s/%s", folder, name);
}

static void write_map(const char *text)
{
	char path[128];
	FILE *file;

	path_of(path, sizeof(path), "perf-%u.map", self);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0644), 0);
	fputs(text, file);
	fclose(file);
}

static void map_code(uint64_t ns, uint32_t tgid)
{
	const struct binary_id none = {0};

	assert_int_equal(tracker_map(&tracker, ns, tgid, CODE, 4096, 0, &none, "//anon"), 0);
}

static const struct code_map *code_of(uint32_t tgid, uint64_t ns)
{
	const struct process *process = spaces_find(&tracker.spaces, tgid);

	assert_non_null(process);
	return image_code(process_image(process, ns), ns, CODE);
}

static uint32_t moment(uint32_t jit, uint64_t ns)
{
	uint32_t at = UINT32_MAX;

	assert_int_equal(tracker_jit_moment(&tracker, jit, ns, &at), 0);
	return at;
}

static void maps_may_come_late(void **state)
{
	map_code(10, self);
	assert_int_equal(tracker.nr_jits, 1);
	assert_int_equal(tracker.jits[0].tgid, self);
	assert_int_equal(tracker.jits[0].uid, geteuid());
	assert_int_equal(tracker.jits[0].log.map_fd, -1);
	write_map("1000 10 a\n");
	map_code(20, self); /* not looked for again at once */
	assert_int_equal(tracker.jits[0].log.map_fd, -1);
	map_code(1000000000, self);
	assert_int_equal(tracker.nr_jits, 1);
	assert_true(tracker.jits[0].log.map_fd >= 0);
	/* Held, but nobody has asked for it. */
	assert_int_equal(jit_log_fd(&tracker.jits[0].log), -1);
	assert_int_equal(moment(0, 20), 0);
	assert_true(jit_log_fd(&tracker.jits[0].log) >= 0);
}

static void moments_are_those_after_the_time(void **state)
{
	uint64_t before_ns, between_ns;

	write_map("1000 10 a\n");
	map_code(10, self);
	before_ns = host_monotonic_ns();
	assert_int_equal(moment(0, before_ns), 0);
	write_map("1000 10 a\n2000 10 b\n");
	between_ns = host_monotonic_ns();
	assert_int_equal(moment(0, between_ns), 1);
	/* What was before is not changed by what came later. */
	assert_int_equal(moment(0, before_ns), 0);
	assert_int_equal(tracker_jit_finish(&tracker), 0);
	assert_int_equal(tracker.jits[0].log.nr_moments, 2);
}

/* A child has its parent's code, and what that said of it. */
static void children_have_their_parents_code(void **state)
{
	map_code(10, self);
	assert_int_equal(tracker_fork(&tracker, 20, self + 1, self), 0);
	assert_int_equal(code_of(self + 1, 30)->type, CODE_JIT);
	assert_int_equal(code_of(self + 1, 30)->binary, 0);
	assert_int_equal(tracker.nr_jits, 1);
}

/* Whoever has the number next, or runs in the process then, is another one. */
static void programs_end(void **state)
{
	write_map("1000 10 a\n");
	map_code(10, self);
	assert_int_equal(tracker_name(&tracker, 20, self, "other", true), 0);
	assert_int_equal(tracker.jits[0].ended_ns, 20);
	map_code(30, self);
	assert_int_equal(tracker.nr_jits, 2);
	assert_int_equal(code_of(self, 15)->binary, 0);
	assert_int_equal(code_of(self, 35)->binary, 1);
	assert_int_equal(tracker.jits[1].ended_ns, 0);
	/* Maps that no sample asked for are closed. */
	assert_true(tracker.jits[0].log.map_fd >= 0);
	tracker_jit_forget(&tracker, 20);
	assert_true(tracker.jits[0].log.map_fd >= 0);
	tracker_jit_forget(&tracker, 21);
	assert_int_equal(tracker.jits[0].log.map_fd, -1);
	assert_true(tracker.jits[1].log.map_fd >= 0);
}

/* Of many that were never asked for only those are kept that others have the code of. */
static void those_that_are_over_are_forgotten(void **state)
{
	const uint32_t heir = 0x7ffffff0; /* a child that has code of the third */

	for (uint32_t i = 0; i < JITS_RELEASE_MIN; i++) {
		uint64_t ns = 10 + 10ULL * i;

		map_code(ns, self);
		if (i == 2)
			assert_int_equal(tracker_fork(&tracker, ns + 1, heir, self), 0);
		if (i == 4)
			moment(i, ns);
		assert_int_equal(tracker_name(&tracker, ns + 5, self, "next", true), 0);
	}
	assert_int_equal(tracker.nr_jits, JITS_RELEASE_MIN);
	spaces_forget(&tracker.spaces, 100000);
	tracker_jit_forget(&tracker, 100000);
	for (size_t i = 0; i < JITS_RELEASE_MIN; i++)
		assert_int_equal(tracker.jits[i].is_free, i != 2 && i != 4);
	assert_int_equal(code_of(heir, 200000)->binary, 2);
	map_code(200000, self);
	assert_int_equal(code_of(self, 200000)->binary, 0);
	assert_int_equal(tracker.nr_jits, JITS_RELEASE_MIN);
}

static bool nobody_needs(void *data, uint32_t binary)
{
	return false;
}

/* Places of those that ended are used again, when no process has the code any more. */
static void those_that_ended_are_forgotten(void **state)
{
	const uint32_t parent = (uint32_t)getppid();

	map_code(5, self);
	map_code(6, parent);
	assert_int_equal(tracker.nr_jits, 2);
	tracker_jit_end(&tracker, 10, self);
	for (int i = 0; i < 3; i++)
		assert_int_equal(tracker_forget(&tracker, 11, nobody_needs, NULL), 0);
	assert_false(tracker.jits[0].is_free); /* it is still mapped */
	spaces_exit(&tracker.spaces, 12, self);
	spaces_forget(&tracker.spaces, 13);
	assert_int_equal(tracker_forget(&tracker, 13, nobody_needs, NULL), 0);
	assert_false(tracker.jits[0].is_free); /* a profile may have it */
	assert_int_equal(tracker_forget(&tracker, 14, nobody_needs, NULL), 0);
	assert_true(tracker.jits[0].is_free);
	assert_false(tracker.jits[1].is_free);
	map_code(20, self);
	assert_int_equal(tracker.nr_jits, 2);
	assert_int_equal(tracker.jits[0].tgid, self);
	map_code(21, parent);
	assert_int_equal(tracker.nr_jits, 2);
}

static void see_dump(const char *form, uint32_t number, mode_t mode)
{
	char path[128];
	struct binary_id id = {0};
	struct stat st;
	int fd;

	path_of(path, sizeof(path), form, number);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	assert_true(fd >= 0 && !fstat(fd, &st));
	close(fd);
	id.inode = st.st_ino;
	assert_int_equal(tracker_map(&tracker, 10, self, 0x10000, 4096, 0, &id, path), 0);
}

static void dumps_are_known_by_their_names(void **state)
{
	map_code(5, self);
	see_dump("jit-%u.dump.old", self, 0600);
	assert_int_equal(tracker.jits[0].dump, BINARY_NONE);
	see_dump("jit-%u.dump", self + 1, 0600); /* such as the parent's */
	assert_int_equal(tracker.jits[0].dump, BINARY_NONE);
	see_dump("jit-%u.dump", self, 0600);
	assert_int_not_equal(tracker.jits[0].dump, BINARY_NONE);
	assert_true(tracker.binaries.binaries[tracker.jits[0].dump].fd >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(maps_may_come_late, setup, teardown),
		cmocka_unit_test_setup_teardown(moments_are_those_after_the_time, setup, teardown),
		cmocka_unit_test_setup_teardown(children_have_their_parents_code, setup, teardown),
		cmocka_unit_test_setup_teardown(programs_end, setup, teardown),
		cmocka_unit_test_setup_teardown(those_that_are_over_are_forgotten, setup, teardown),
		cmocka_unit_test_setup_teardown(those_that_ended_are_forgotten, setup, teardown),
		cmocka_unit_test_setup_teardown(dumps_are_known_by_their_names, setup, teardown),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
