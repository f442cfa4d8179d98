// SPDX-License-Identifier: GPL-2.0-or-later
/* Jitdumps: what their records say, when, and what is done with damaged ones. */
#include "tests/unit/symbolizer_fixture.h"

#include "profiler/model/alloc.h"

static struct symbolizer *symbolizer;
static int source;

/* ---- writing one (tools/perf/Documentation/jitdump-specification.txt) -------------------------- */

static char image[64 * 1024];
static size_t image_len;

static void put(const void *bytes, size_t len)
{
	assert_true(image_len + len <= sizeof(image));
	memcpy(image + image_len, bytes, len);
	image_len += len;
}

static void put32(uint32_t value)
{
	put(&value, sizeof(value));
}

static void put64(uint64_t value)
{
	put(&value, sizeof(value));
}

static void begin_as(uint32_t magic, uint32_t version, uint64_t flags)
{
	image_len = 0;
	put32(magic);
	put32(version);
	put32(40);
	put32(62);
	put32(0);
	put32(1);
	put64(1);
	put64(flags);
}

static void begin(void)
{
	begin_as(0x4a695444, 1, 0);
}

static void put_record(uint32_t id, size_t size, uint64_t time_ns)
{
	put32(id);
	put32((uint32_t)size + 16);
	put64(time_ns);
}

static void put_load(uint64_t time_ns, uint64_t addr, uint64_t size, uint64_t index,
		     const char *name)
{
	put_record(0, 40 + strlen(name) + 1 + size, time_ns);
	put32(1);
	put32(1);
	put64(addr);
	put64(addr);
	put64(size);
	put64(index);
	put(name, strlen(name) + 1);
	for (uint64_t i = 0; i < size; i++)
		put("\x90", 1);
}

static void put_move(uint64_t time_ns, uint64_t from, uint64_t to, uint64_t size, uint64_t index)
{
	put_record(1, 48, time_ns);
	put32(1);
	put32(1);
	put64(to);
	put64(from);
	put64(to);
	put64(size);
	put64(index);
}

struct line {
	uint64_t addr;
	int32_t line;
	const char *file;
};

static void put_lines(uint64_t addr, const struct line *lines, size_t count)
{
	size_t size = 16;

	for (size_t i = 0; i < count; i++)
		size += 16 + strlen(lines[i].file) + 1;
	put_record(2, size, 1);
	put64(addr);
	put64(count);
	for (size_t i = 0; i < count; i++) {
		put64(lines[i].addr);
		put32((uint32_t)lines[i].line);
		put32(0);
		put(lines[i].file, strlen(lines[i].file) + 1);
	}
}

static void write_dump(void)
{
	FILE *file = fopen(in_dir("dump"), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(image, 1, image_len, file), image_len);
	fclose(file);
}

static const struct symbol_jit_moment moments[] = {{100, 0}, {200, UINT64_MAX}, {300, UINT64_MAX}};

static void load_with(const char *map)
{
	struct symbolizer_options options = {.lines = true, .debug_root = "/nonexistent"};
	struct symbol_jit jit = {
		.map_fd = -1, .open_error = ENOENT, .moments = moments, .nr_moments = 3};

	symbolizer_free(symbolizer);
	symbolizer = symbolizer_new(&options);
	write_dump();
	jit.dump_fd = open(in_dir("dump"), O_RDONLY | O_CLOEXEC);
	if (map) {
		write_file("map", map);
		jit.map_fd = open(in_dir("map"), O_RDONLY | O_CLOEXEC);
	}
	source = symbolizer_add_jit(symbolizer, &jit);
	close(jit.dump_fd);
	if (map)
		close(jit.map_fd);
	assert_true(source >= 0);
}

static void load(void)
{
	load_with(NULL);
}

static int teardown_dump(void **state)
{
	symbolizer_free(symbolizer);
	symbolizer = NULL;
	return 0;
}

/* ---- contents ---------------------------------------------------------------------------------- */

static void loads_name_their_code(void **state)
{
	begin();
	put_load(10, 0x1000, 0x20, 1, "JS:*run /srv/app.js:10:3");
	put_record(4, 24 + 8, 20); /* unwind tables, and records that nobody knows yet */
	put64(8);
	put64(8);
	put64(8);
	put64(0);
	put_record(77, 3, 20);
	put("abc", 3);
	put_load(30, 0x2000, 0x10, 2, "LHot;hot(J)J");
	load();
	assert_named(symbolizer, source, 0x1000, "run /srv/app.js:10:3");
	assert_named(symbolizer, source, 0x101f, "run /srv/app.js:10:3");
	assert_unnamed(symbolizer, source, 0x1020, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, 0xfff, SYMBOL_NO_SYMBOL_HERE);
	assert_named(symbolizer, source, 0x2000, "LHot;hot(J)J");
	assert_int_equal(resolve(symbolizer, source, 0x2008)->kind, FRAME_JIT);
	assert_int_equal(resolve(symbolizer, source, 0x2008)->start, 0x2000);
	assert_string_equal(notices_of(symbolizer), "");
}

static const char *name_at(uint64_t addr, uint32_t moment)
{
	struct symbol symbol = {0};

	assert_int_equal(symbolizer_resolve_at(symbolizer, source, &addr, &moment, 1, &symbol), 0);
	return symbol.frames->function ? symbol.frames->function : "";
}

static void code_is_where_it_was_at_the_time(void **state)
{
	begin();
	put_load(50, 0x1000, 0x20, 1, "first");
	put_move(150, 0x1000, 0x2000, 0x20, 1);
	put_load(160, 0x1000, 0x20, 2, "second");
	put_load(250, 0x2000, 0x10, 3, "third");
	put_move(260, 0x2000, 0x3000, 0x20, 1);
	put_move(270, 0x9000, 0xa000, 0x20, 99); /* of code that was never loaded */
	load();
	assert_string_equal(name_at(0x1000, 0), "first");
	assert_string_equal(name_at(0x1000, 1), "second");
	assert_string_equal(name_at(0x2008, 0), "first"); /* not yet: the first one there is */
	assert_string_equal(name_at(0x2008, 1), "first");
	assert_string_equal(name_at(0x2008, 2), "third");
	assert_string_equal(name_at(0x2018, 2), "first");
	assert_string_equal(name_at(0x3000, 2), "first");
	assert_string_equal(name_at(0xa000, 2), "");
	/* Not known of when: the last. */
	assert_named(symbolizer, source, 0x2008, "third");
}

static void counters_of_a_cpu_are_no_times(void **state)
{
	begin_as(0x4a695444, 1, 1);
	put_load(1000000, 0x1000, 0x20, 1, "first");
	put_load(2000000, 0x1000, 0x20, 2, "second");
	load();
	assert_string_equal(name_at(0x1000, 0), "second");
}

static void assert_line(uint64_t addr, const char *file, uint32_t line)
{
	const struct symbol_frame *frame = resolve(symbolizer, source, addr);

	assert_int_equal(frame->line, line);
	if (file)
		assert_string_equal(frame->file, file);
	else
		assert_null(frame->file);
}

static void lines_are_those_of_the_code_before_it_moved(void **state)
{
	static const struct line lines[] = {{0x1004, 10, "/srv/a.js"},
					    {0x1008, 11, "\377"},
					    {0x1010, 3, "/srv/b.js"},
					    {0x1018, 0, "\377"}};

	begin();
	put_lines(0x1000, lines, ARRAY_LEN(lines));
	put_load(10, 0x1000, 0x20, 1, "run");
	put_lines(0x5000, lines, ARRAY_LEN(lines)); /* of other code, which does not come */
	put_load(20, 0x3000, 0x20, 2, "plain");
	put_move(30, 0x1000, 0x2000, 0x20, 1);
	load();
	assert_line(0x1000, NULL, 0);
	assert_line(0x1004, "/srv/a.js", 10);
	assert_line(0x100f, "/srv/a.js", 11);
	assert_line(0x1010, "/srv/b.js", 3);
	assert_line(0x1018, NULL, 0);
	assert_line(0x2009, "/srv/a.js", 11);
	assert_line(0x3009, NULL, 0);
}

static void what_it_does_not_have_the_map_has(void **state)
{
	begin();
	put_load(10, 0x1000, 0x20, 1, "dumped");
	load_with("1000 100 mapped\n");
	assert_named(symbolizer, source, 0x1000, "dumped");
	assert_named(symbolizer, source, 0x1020, "mapped");
}

/* ---- damage ------------------------------------------------------------------------------------ */

static void ends_are_ends(void **state)
{
	begin();
	put_load(10, 0x1000, 0x20, 1, "first");
	put_record(3, 0, 20); /* close */
	put_load(30, 0x2000, 0x20, 2, "after the end");
	load();
	assert_named(symbolizer, source, 0x1000, "first");
	assert_unnamed(symbolizer, source, 0x2000, SYMBOL_NO_SYMBOL_HERE);
	/* A record that is being written, and room that is not filled yet. */
	begin();
	put_load(10, 0x1000, 0x20, 1, "first");
	put_load(30, 0x2000, 0x20, 2, "second");
	image_len -= 0x21;
	load();
	assert_named(symbolizer, source, 0x1000, "first");
	assert_unnamed(symbolizer, source, 0x2000, SYMBOL_NO_SYMBOL_HERE);
	begin();
	put_load(10, 0x1000, 0x20, 1, "first");
	memset(image + image_len, 0, 100);
	image_len += 100;
	load();
	assert_named(symbolizer, source, 0x1000, "first");
	assert_string_equal(notices_of(symbolizer), "");
}

static void other_files_are_refused(void **state)
{
	begin_as(0x4454694a, 0x01000000, 0);
	put_load(10, 0x1000, 0x20, 1, "first");
	load();
	assert_unnamed(symbolizer, source, 0x1000, SYMBOL_NO_SYMBOL_HERE);
	assert_non_null(strstr(notices_of(symbolizer), "other byte order"));
	begin_as(0x4a695444, 2, 0);
	put_load(10, 0x1000, 0x20, 1, "first");
	load();
	assert_unnamed(symbolizer, source, 0x1000, SYMBOL_NO_SYMBOL_HERE);
	assert_non_null(strstr(notices_of(symbolizer), "version"));
	image_len = 0;
	load();
	assert_unnamed(symbolizer, source, 0x1000, SYMBOL_NO_SYMBOL_HERE);
}

static void change32(size_t off, uint32_t value)
{
	memcpy(image + off, &value, sizeof(value));
}

static void damaged_records_end_it(void **state)
{
	size_t second;

	/* A size that no record has; code that does not fit its record; a record that wraps. */
	for (int how = 0; how < 3; how++) {
		begin();
		put_load(10, 0x1000, 0x20, 1, "first");
		second = image_len;
		put_load(30, 0x2000, 0x20, 2, "second");
		put_load(30, 0x3000, 0x20, 3, "third");
		if (how == 0)
			change32(second + 4, 15);
		else if (how == 1)
			change32(second + 16 + 24, 0x7fffffff);
		else
			change32(second + 4, 40);
		load();
		assert_named(symbolizer, source, 0x1000, "first");
		assert_unnamed(symbolizer, source, 0x3000, SYMBOL_NO_SYMBOL_HERE);
		assert_non_null(strstr(notices_of(symbolizer), "damaged"));
	}
}

static void odd_ranges_and_names_do_no_harm(void **state)
{
	static char long_name[10000];

	memset(long_name, 'x', sizeof(long_name) - 1);
	begin();
	put_load(10, UINT64_MAX - 4, 0x20, 1, "over the end");
	put_load(10, 0x1000, 0, 2, "empty");
	put_load(10, 0x2000, 0x20, 3, "");
	put_load(10, 0x3000, 0x20, 4, long_name);
	load();
	assert_unnamed(symbolizer, source, UINT64_MAX, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, 0x1000, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, 0x2000, SYMBOL_NO_SYMBOL_HERE);
	assert_int_equal(strlen(resolve(symbolizer, source, 0x3000)->function), 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(loads_name_their_code, teardown_dump),
		cmocka_unit_test_teardown(code_is_where_it_was_at_the_time, teardown_dump),
		cmocka_unit_test_teardown(counters_of_a_cpu_are_no_times, teardown_dump),
		cmocka_unit_test_teardown(lines_are_those_of_the_code_before_it_moved,
					  teardown_dump),
		cmocka_unit_test_teardown(what_it_does_not_have_the_map_has, teardown_dump),
		cmocka_unit_test_teardown(ends_are_ends, teardown_dump),
		cmocka_unit_test_teardown(other_files_are_refused, teardown_dump),
		cmocka_unit_test_teardown(damaged_records_end_it, teardown_dump),
		cmocka_unit_test_teardown(odd_ranges_and_names_do_no_harm, teardown_dump),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
