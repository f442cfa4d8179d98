// SPDX-License-Identifier: GPL-2.0-or-later
/* Perf maps: what is in them, and which are safe to open. */
#include "tests/unit/symbolizer_fixture.h"

#include <sys/stat.h>

#include "profiler/model/alloc.h"
#include "symbolizer/safe_open.h"

static struct symbolizer *symbolizer;
static int source;

static void load(const char *map)
{
	struct symbol_jit jit = {.dump_fd = -1};

	symbolizer_free(symbolizer);
	symbolizer = new_symbolizer(false);
	write_file("map", map);
	jit.map_fd = open(in_dir("map"), O_RDONLY | O_CLOEXEC);
	source = symbolizer_add_jit(symbolizer, &jit);
	close(jit.map_fd);
	assert_true(source >= 0);
}

static int teardown_jit(void **state)
{
	symbolizer_free(symbolizer);
	symbolizer = NULL;
	return 0;
}

/* ---- contents -------------------------------------------------------------------------------- */

static void names_are_whole_lines(void **state)
{
	const struct symbol_frame *frame;

	load("7f0000001000 20 LazyCompile:*run /srv/app.js:10:3\n"
	     "0x7F0000002000 0x10 java.lang.String::<init>(I)V\n"
	     "7f0000003000 10 _ZN1a1bEv\n");
	assert_named(symbolizer, source, 0x7f0000001000, "run /srv/app.js:10:3");
	assert_named(symbolizer, source, 0x7f000000101f, "run /srv/app.js:10:3");
	assert_unnamed(symbolizer, source, 0x7f0000001020, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, 0x7f0000000fff, SYMBOL_NO_SYMBOL_HERE);
	assert_named(symbolizer, source, 0x7f0000002005, "java.lang.String::<init>(I)V");
	assert_named(symbolizer, source, 0x7f0000003005, "a::b()");
	frame = resolve(symbolizer, source, 0x7f0000001010);
	assert_int_equal(frame->kind, FRAME_JIT);
	assert_int_equal(frame->start, 0x7f0000001000);
	assert_null(frame->module);
	assert_string_equal(notices_of(symbolizer), "");
}

/* What V8 has compiled, with what, becomes the kind; one name is left of all of them. */
static void tiers_are_kinds(void **state)
{
	static const struct {
		const char *written, *name;
		enum frame_kind kind;
	} rows[] = {
		{"JS:~run /srv/app.js:1:2", "run /srv/app.js:1:2", FRAME_INTERPRETER},
		{"JS:^run /srv/app.js:1:2", "run /srv/app.js:1:2", FRAME_JIT},
		{"JS:+run /srv/app.js:1:2", "run /srv/app.js:1:2", FRAME_JIT},
		{"JS:*run /srv/app.js:1:2", "run /srv/app.js:1:2", FRAME_JIT},
		{"LazyCompile:~run app.js:1", "run app.js:1", FRAME_INTERPRETER},
		{"LazyCompile:run app.js:1", "run app.js:1", FRAME_JIT},
		{"Function:*run app.js:1", "run app.js:1", FRAME_JIT},
		{"JS:~ /srv/app.js:1:1", "(anonymous) /srv/app.js:1:1", FRAME_INTERPRETER},
		{"Script:~ /srv/app.js:1:1", "(anonymous) /srv/app.js:1:1", FRAME_INTERPRETER},
		{"Eval:~", "(anonymous)", FRAME_INTERPRETER},
		/* not those */
		{"Builtin:ArrayMap", "Builtin:ArrayMap", FRAME_JIT},
		{"BytecodeHandler:LdaZero", "BytecodeHandler:LdaZero", FRAME_JIT},
		{"Function:run", "Function:run", FRAME_JIT},
		{"JS:", "JS:", FRAME_JIT},
		{"py::main:/srv/a.py", "py::main:/srv/a.py", FRAME_JIT},
		{"~run", "~run", FRAME_JIT},
	};
	char map[128];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(map, sizeof(map), "1000 10 %s\n", rows[i].written);
		load(map);
		assert_named(symbolizer, source, 0x1000, rows[i].name);
		assert_int_equal(resolve(symbolizer, source, 0x1000)->kind, rows[i].kind);
	}
}

static void last_written_entry_wins(void **state)
{
	load("1000 100 first\n1040 20 second\n1000 10 third\n2000 10 old\n2000 10 new\n");
	assert_named(symbolizer, source, 0x1000, "third");
	assert_named(symbolizer, source, 0x1010, "first");
	assert_int_equal(resolve(symbolizer, source, 0x1010)->start, 0x1000);
	assert_named(symbolizer, source, 0x1040, "second");
	assert_named(symbolizer, source, 0x1060, "first");
	assert_int_equal(resolve(symbolizer, source, 0x1060)->start, 0x1000);
	assert_named(symbolizer, source, 0x2000, "new");
}

/* The process went on writing, or began anew, between load and lookup. */
static void map_that_grows_or_shrinks_is_no_harm(void **state)
{
	load("1000 10 first\n2000 10 second\n3000 10 thi");
	assert_named(symbolizer, source, 0x1000, "first");
	run("printf 'rd\\n4000 10 fourth\\n' >> map");
	assert_named(symbolizer, source, 0x3000, "third");
	assert_unnamed(symbolizer, source, 0x4000, SYMBOL_NO_SYMBOL_HERE);
	run("printf '1000 10 other\\n9000 10 elsewhere\\n' > map");
	assert_unnamed(symbolizer, source, 0x2000, SYMBOL_NO_SYMBOL_HERE);
	load("1000 10 first\n2000 10 second\n");
	assert_named(symbolizer, source, 0x1000, "first");
	run("printf '1000 10 first\\n9000 10 second\\n' > map");
	assert_unnamed(symbolizer, source, 0x2000, SYMBOL_NO_SYMBOL_HERE);
}

/* What does not fit the buffer is the end of a name, and not a line, whatever it looks like. */
static void long_lines_are_cut(void **state)
{
	char *map = malloc(70000);
	int head = sprintf(map, "1000 10 ");

	memset(map + head, 'x', 65536 - (size_t)head);
	strcpy(map + 65536, "5000 10 evil\n6000 10 good\n");
	load(map);
	assert_named(symbolizer, source, 0x6000, "good");
	assert_unnamed(symbolizer, source, 0x5000, SYMBOL_NO_SYMBOL_HERE);
	assert_int_equal(strlen(resolve(symbolizer, source, 0x1000)->function), 65536 - head);
	assert_string_equal(notices_of(symbolizer), "");
	free(map);
}

static void malformed_lines_are_skipped_and_counted(void **state)
{
	load("\n"
	     "hello world\n"
	     "1000 10\n"
	     "1000 10 \n"
	     "1000 10   \n"
	     "1000  10 two_spaces\n"
	     "-1000 10 negative\n"
	     "10000000000000000 10 too_large\n"
	     "ffffffffffffffff 2 over_the_end\n"
	     "2000 10 good\n"
	     "3000 0 empty\n"
	     "4000 1");
	assert_named(symbolizer, source, 0x2000, "good");
	assert_unnamed(symbolizer, source, 0x1000, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, 0x3000, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, UINT64_MAX, SYMBOL_NO_SYMBOL_HERE);
	assert_string_equal(notices_of(symbolizer), "perf map: 10 malformed lines skipped\n");
}

static void huge_files_are_cut(void **state)
{
	load("1000 10 first\n");
	run("truncate -s 10G map");
	assert_named(symbolizer, source, 0x1000, "first");
	assert_non_null(strstr(notices_of(symbolizer), "only the first 256 MB"));
}

static void empty_map_names_nothing(void **state)
{
	load("");
	assert_unnamed(symbolizer, source, 0x1000, SYMBOL_NO_SYMBOL_HERE);
}

static void missing_maps_say_why(void **state)
{
	struct symbolizer *own = new_symbolizer(false);
	struct symbol_jit jit = {.map_fd = -1, .open_error = ENOENT, .dump_fd = -1};

	assert_unnamed(own, symbolizer_add_jit(own, &jit), 1, SYMBOL_NO_JIT_MAP);
	assert_string_equal(notices_of(own), "");
	jit.open_error = EPERM;
	jit.pid = 17;
	assert_unnamed(own, symbolizer_add_jit(own, &jit), 1, SYMBOL_UNSAFE_JIT_MAP);
	assert_non_null(strstr(notices_of(own), "perf map of pid 17: not used"));
	jit.map_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_unnamed(own, symbolizer_add_jit(own, &jit), 1, SYMBOL_UNSAFE_JIT_MAP);
	close(jit.map_fd);
	symbolizer_free(own);
}

/* ---- opening --------------------------------------------------------------------------------- */

static int root = -1;

/* Makes root/tmp/perf-1.map by the command, in that folder, and tries to open it. */
static int try_map(const char *command)
{
	int fd;

	run("rm -rf root && mkdir -p root/tmp && cd root/tmp && %s", command);
	root = open(in_dir("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(root >= 0);
	fd = symbol_jit_open(root, 1, getuid());
	close(root);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

#define GOOD "printf '1000 10 f\\n' > perf-1.map && chmod 644 perf-1.map"

static void good_map_is_opened(void **state)
{
	assert_int_equal(try_map(GOOD), 0);
	assert_int_equal(try_map(GOOD " && chmod 664 perf-1.map"), 0);
	assert_int_equal(try_map("true"), -ENOENT);
	assert_int_equal(try_map("rmdir ../tmp"), -ENOENT);
}

static void descriptor_is_read_only_and_not_inherited(void **state)
{
	int fd, fresh;

	assert_int_equal(try_map(GOOD), 0);
	fresh = open(in_dir("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = symbol_jit_open(fresh, 1, getuid());
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	close(fresh);
}

static void unsafe_maps_are_refused(void **state)
{
	assert_int_equal(try_map(GOOD " && mv perf-1.map x && ln -s x perf-1.map"), -EPERM);
	assert_int_equal(try_map("ln -s /etc/passwd perf-1.map"), -EPERM);
	assert_int_equal(try_map("mkfifo perf-1.map"), -EPERM);
	assert_int_equal(try_map("mkdir perf-1.map"), -EPERM);
	/* Devices, where root may make any: reading this one never ends. */
	assert_int_equal(try_map("mknod perf-1.map c 1 5 2>/dev/null || mkfifo perf-1.map"),
			 -EPERM);
	assert_int_equal(try_map(GOOD " && chmod 666 perf-1.map"), -EPERM);
	assert_int_equal(try_map(GOOD " && chmod 646 perf-1.map"), -EPERM);
}

static void folder_may_be_a_link_within_the_root(void **state)
{
	assert_int_equal(
		try_map(GOOD " && cd .. && mkdir var && mv tmp var/ && ln -s /var/tmp tmp"), 0);
	/* The folder as somebody else may have put it. */
	assert_int_not_equal(try_map("cd .. && rmdir tmp && mkfifo tmp"), 0);
	/* The same leading out: to a good file, which is not the one in the root. */
	run("mkdir -p out && cd out && " GOOD);
	assert_int_equal(try_map("cd .. && rmdir tmp && ln -s ../out tmp"), -ENOENT);
	assert_int_not_equal(try_map("cd .. && rmdir tmp && ln -s $PWD/../out tmp"), 0);
	/* Nor through the magic links of /proc. */
	assert_int_not_equal(try_map("cd .. && rmdir tmp && ln -s /proc/self/cwd tmp"), 0);
}

/* Root may, unless it has no capabilities. */
static bool may_give_files_away(void)
{
	const char *path = in_dir("given-away");
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	bool may = fd >= 0 && !fchown(fd, 12345, (gid_t)-1);

	if (fd >= 0)
		close(fd);
	unlink(path);
	return may;
}

static void owner_is_checked(void **state)
{
	int fd;

	if (!may_give_files_away())
		skip();
	assert_int_equal(try_map(GOOD " && chown 12345 perf-1.map"), -EPERM);
	/* Root's files are good for everybody, one's own for oneself. */
	root = open(in_dir("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = symbol_jit_open(root, 1, 12345);
	assert_true(fd >= 0);
	close(fd);
	run("chown 0 root/tmp/perf-1.map");
	fd = symbol_jit_open(root, 1, 12345);
	assert_true(fd >= 0);
	close(fd);
	run("chown 54321 root/tmp/perf-1.map");
	assert_int_equal(symbol_jit_open(root, 1, 12345), -EPERM);
	close(root);
}

static void own_root_is_the_default(void **state)
{
	assert_int_equal(symbol_jit_open(-1, 2147483647, getuid()), -ENOENT);
}

/* ---- the way for kernels without openat2() --------------------------------------------------- */

static int walk(const char *path)
{
	int fd = safe_open_walking(root, path);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static void walking_follows_no_links(void **state)
{
	run("rm -rf root && mkdir -p root/a/b && echo x > root/a/b/file && ln -s a root/link && "
	    "ln -s file root/a/b/filelink && mkfifo root/a/fifo");
	root = open(in_dir("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(walk("a/b/file"), 0);
	assert_int_equal(walk("/a//b/file"), 0);
	assert_int_equal(walk("a/./b/file"), 0);
	assert_int_equal(walk("a/b/none"), -ENOENT);
	assert_int_equal(walk("link/b/file"), -ENOTDIR);
	assert_int_equal(walk("a/b/filelink"), -EPERM);
	assert_int_equal(walk("a/../a/b/file"), -EPERM);
	assert_int_equal(walk("../root/a/b/file"), -EPERM);
	assert_int_equal(walk("a/fifo"), -EPERM);
	assert_int_equal(walk("a/b"), -EPERM);
	assert_int_equal(walk(""), -EPERM);
	assert_int_equal(walk("/"), -EPERM);
	close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(names_are_whole_lines, teardown_jit),
		cmocka_unit_test_teardown(tiers_are_kinds, teardown_jit),
		cmocka_unit_test_teardown(last_written_entry_wins, teardown_jit),
		cmocka_unit_test_teardown(map_that_grows_or_shrinks_is_no_harm, teardown_jit),
		cmocka_unit_test_teardown(long_lines_are_cut, teardown_jit),
		cmocka_unit_test_teardown(malformed_lines_are_skipped_and_counted, teardown_jit),
		cmocka_unit_test_teardown(huge_files_are_cut, teardown_jit),
		cmocka_unit_test_teardown(empty_map_names_nothing, teardown_jit),
		cmocka_unit_test(missing_maps_say_why),
		cmocka_unit_test(good_map_is_opened),
		cmocka_unit_test(descriptor_is_read_only_and_not_inherited),
		cmocka_unit_test(unsafe_maps_are_refused),
		cmocka_unit_test(folder_may_be_a_link_within_the_root),
		cmocka_unit_test(owner_is_checked),
		cmocka_unit_test(own_root_is_the_default),
		cmocka_unit_test(walking_follows_no_links),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
