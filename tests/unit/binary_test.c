// SPDX-License-Identifier: GPL-2.0-or-later
/* Mapped files: opened once, kept open, and only if they are what was mapped. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/proc/binary.h"

static char folder[] = "/tmp/bolometer-binary-XXXXXX";

/* "/tmp/.../name", in a place of its own for each of four calls. */
static const char *in_folder(const char *name)
{
	static char paths[4][256];
	static size_t next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *out = fopen(in_folder(name), "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static int make_folder(void **state)
{
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"file", "link", "links/file", "links", "fifo", "real"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		remove(in_folder(names[i]));
	return rmdir(folder);
}

/* Asks for a file of this process by its path, as no mapping of it has this range. */
static const struct binary *get(struct binary_table *table, uint64_t inode, const char *path)
{
	struct binary_id id = {.major = 8, .minor = 1, .inode = inode};
	uint32_t number;

	assert_int_equal(binary_table_get(table, &id, path, getpid(), 0x1000, 0x2000, &number), 0);
	assert_true(number < table->count);
	return &table->binaries[number];
}

static uint64_t inode_of(const char *name)
{
	struct stat st;

	assert_int_equal(stat(in_folder(name), &st), 0);
	return st.st_ino;
}

static void files_are_opened_once_and_kept(void **state)
{
	const struct binary *binary;
	struct binary_table table;
	char text[8] = "";
	uint64_t inode;

	binary_table_init(&table);
	put("file", "before");
	inode = inode_of("file");
	binary = get(&table, inode, in_folder("file"));
	assert_true(binary->fd >= 0);
	assert_int_equal(remove(in_folder("file")), 0);
	/* Gone, and the same name is another file now: what was opened is still there. */
	put("file", "after");
	binary = get(&table, inode, in_folder("file"));
	assert_int_equal(table.count, 1);
	assert_int_equal(read(binary->fd, text, sizeof(text) - 1), 6);
	assert_string_equal(text, "before");
	binary_table_fini(&table);
	remove(in_folder("file"));
}

static void other_files_are_not_taken_for_it(void **state)
{
	const struct binary *binary;
	struct binary_table table;

	binary_table_init(&table);
	put("file", "another one");
	binary = get(&table, inode_of("file") + 1, in_folder("file"));
	assert_int_equal(binary->fd, -1);
	assert_int_equal(binary->open_error, ESTALE);
	binary = get(&table, 12345, in_folder("missing"));
	assert_int_equal(binary->fd, -1);
	assert_int_equal(binary->open_error, ENOENT);
	/* The kernel's remark is no part of the name. */
	binary = get(&table, 12346, "/no/such/file (deleted)");
	assert_string_equal(binary->path, "/no/such/file");
	binary_table_fini(&table);
}

/* A path as the kernel tells it has no links: one that has leads where somebody else wants. */
static void links_are_not_followed(void **state)
{
	const struct binary *binary;
	struct binary_table table;

	binary_table_init(&table);
	assert_int_equal(mkdir(in_folder("real"), 0755), 0);
	put("file", "x");
	assert_int_equal(symlink("file", in_folder("link")), 0);
	assert_int_equal(symlink(folder, in_folder("links")), 0);
	binary = get(&table, 0, in_folder("link"));
	assert_int_equal(binary->fd, -1);
	assert_int_equal(binary->open_error, ELOOP);
	binary = get(&table, 0, in_folder("links/file"));
	assert_int_equal(binary->fd, -1);
	binary = get(&table, 0, in_folder("real/../file"));
	assert_true(binary->fd >= 0);
	assert_int_equal(table.count, 3); /* without an identity each path is one */
	binary_table_fini(&table);
}

static void only_regular_files_are_opened(void **state)
{
	static const char *const paths[] = {"/dev/zero", "/tmp", "fifo"};
	struct binary_table table;

	binary_table_init(&table);
	assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const char *path = paths[i][0] == '/' ? paths[i] : in_folder(paths[i]);

		assert_int_equal(get(&table, 0, path)->fd, -1); /* and it does not wait */
	}
	binary_table_fini(&table);
}

/* What is not needed is closed, and forgotten: the same file is opened anew. */
static void files_are_released(void **state)
{
	bool used[3] = {true, false, true};
	struct binary_table table;
	const char *names[] = {"file", "link", "real"};
	uint64_t inodes[3];
	int fd;

	binary_table_init(&table);
	for (size_t i = 0; i < 3; i++) {
		remove(in_folder(names[i]));
		put(names[i], names[i]);
		inodes[i] = inode_of(names[i]);
		assert_int_equal(get(&table, inodes[i], in_folder(names[i])) - table.binaries, i);
	}
	fd = table.binaries[1].fd;
	assert_int_equal(binary_table_release(&table, used), 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(table.nr_released, 1);
	assert_int_equal(get(&table, inodes[0], in_folder(names[0])) - table.binaries, 0);
	assert_int_equal(get(&table, inodes[2], in_folder(names[2])) - table.binaries, 2);
	assert_int_equal(table.reused, 0);
	assert_int_equal(get(&table, inodes[1], in_folder(names[1])) - table.binaries, 1);
	assert_int_equal(table.reused, 1);
	assert_true(table.binaries[1].fd >= 0);
	assert_int_equal(table.count, 3);
	binary_table_fini(&table);
}

/* Where there are too many they are not kept open, and there is room for others. */
static void descriptors_are_left_for_others(void **state)
{
	struct rlimit limit, low;
	struct binary_table table;
	size_t held = 0;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = (struct rlimit){.rlim_cur = 100, .rlim_max = limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	binary_table_init(&table);
	for (size_t i = 0; i < 120; i++) {
		char name[64];

		snprintf(name, sizeof(name), "file%zu", i);
		put(name, "x");
		held += get(&table, inode_of(name), in_folder(name))->fd >= 0;
		remove(in_folder(name));
	}
	assert_in_range(held, 30, 50);
	assert_int_equal(table.not_held, 120 - held);
	assert_int_equal(table.binaries[119].open_error, EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	binary_table_fini(&table);
}

static void what_nobody_needs_is_closed_and_opened_again(void **state)
{
	struct binary_table table;
	const struct binary *binary;
	uint64_t inode;
	int fd;

	binary_table_init(&table);
	put("file", "the same");
	inode = inode_of("file");
	fd = get(&table, inode, in_folder("file"))->fd;
	binary_table_idle(&table, 0);
	assert_int_equal(table.binaries[0].fd, fd); /* it may be needed again at once */
	get(&table, inode, in_folder("file"));
	binary_table_idle(&table, 0);
	assert_int_equal(table.binaries[0].fd, fd);
	binary_table_idle(&table, 0);
	assert_int_equal(table.binaries[0].fd, -1);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	binary = get(&table, inode, in_folder("file"));
	assert_int_equal(table.count, 1);
	assert_true(binary->fd >= 0);
	/* Written anew, it is another file. */
	binary_table_idle(&table, 0);
	binary_table_idle(&table, 0);
	put("file", "another");
	binary = get(&table, inode, in_folder("file"));
	assert_int_equal(table.count, 2);
	assert_ptr_equal(binary, &table.binaries[1]);
	assert_true(binary->fd >= 0);
	assert_ptr_equal(get(&table, inode, in_folder("file")), &table.binaries[1]);
	binary_table_fini(&table);
	remove(in_folder("file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_opened_once_and_kept),
		cmocka_unit_test(other_files_are_not_taken_for_it),
		cmocka_unit_test(links_are_not_followed),
		cmocka_unit_test(only_regular_files_are_opened),
		cmocka_unit_test(files_are_released),
		cmocka_unit_test(descriptors_are_left_for_others),
		cmocka_unit_test(what_nobody_needs_is_closed_and_opened_again),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
