// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What Go's own tables say of inlined functions and lines, in the layouts of Go 1.18 and 1.20. How a
 * real program compares with its debug information is in tests/symbols.
 */
#include "tests/unit/symbolizer_fixture.h"

#include "profiler/model/frame_kind.h"
#include "tests/unit/unit.h"

static uint64_t text_addr, text_off;

/*
 * main.main has 32 bytes: 8 of its own, 8 of main.deeper within main.inlined, 8 of main.inlined, 8 of
 * its own. Numbers are written as twice, those below zero as twice less one, each with how many bytes
 * it goes for; they are differences, from -1 on.
 */
#define TABLE(magic, start_line, calls, module)                                       \
	".text\n.globl _start\n_start: f: .skip 32\n"                                 \
	".section .gopclntab, \"a\"\n"                                                \
	"t: .long " magic "\n.byte 0, 0, 1, 8\n"                                      \
	".quad 1, 2, f, names - t, units - t, files - t, values - t, funcs - t\n"     \
	"names: .asciz \"main.main\"\n"                                               \
	"inlined: .asciz \"main.inlined\"\ndeeper: .asciz \"main.deeper\"\n"          \
	"units: .long 0, second - files\n"                                            \
	"files: .asciz \"/src/a.go\"\nsecond: .asciz \"/src/b.go\"\n"                 \
	"values: .byte 0\n"                                                           \
	"tree: .byte 0, 8, 4, 8, 1, 8, 1, 8, 0\n"                                     \
	"places: .byte 2, 16, 2, 16, 0\n"                                             \
	"lines: .byte 26, 8, 36, 8, 49, 16, 0\n.balign 8\n"                           \
	"calls: " calls ".balign 8\n"                                                 \
	"funcs: .long 0, r1 - funcs, 32, 0\n"                                         \
	"r1: .long 0, 0, 0, 0, 0, places - values, lines - values, 3, 0\n" start_line \
	".byte 0, 0, 0, 4\n.long 0, 0, tree - values, -1, -1, -1, 0\n"                \
	".section .noptrdata, \"aw\"\n.quad 5, t, 7, t, names\n.skip 36 * 8\n" module

#define TABLE_18                                                \
	TABLE("0xfffffff0", "",                                 \
	      ".short -1, 0\n.long 0, 5, inlined - names, 26\n" \
	      ".short 0, 0\n.long 1, 7, deeper - names, 18\n",  \
	      ".quad calls, 3, 3\n")
#define TABLE_20                                                             \
	TABLE("0xfffffff1", ".long 1\n",                                     \
	      ".long 0, inlined - names, 26, 3, 0, deeper - names, 18, 9\n", \
	      ".quad 3, 3, calls\n")

static void make_with(const char *flags, const char *text)
{
	write_file("go.s", text);
	run("gcc -nostdlib %s -o go go.s && strip go", flags);
	find_section("go", ".text", &text_addr, &text_off);
}

static void make(const char *text)
{
	make_with("-no-pie", text);
}

/* "FUNCTION FILE:LINE" of each frame at an offset of the function. Valid until the next call. */
static const char *answer(struct symbolizer *symbolizer, int source, uint64_t off)
{
	static char text[1024];
	struct symbol symbol;
	size_t len = 0;

	off += text_off;
	assert_int_equal(symbolizer_resolve(symbolizer, source, &off, 1, &symbol), 0);
	text[0] = '\0';
	for (size_t i = 0; i < symbol.count; i++) {
		const struct symbol_frame *frame = &symbol.frames[i];

		assert_int_equal(frame->kind, i + 1 < symbol.count ? FRAME_INLINED : FRAME_USER);
		assert_int_equal(frame->start, text_off);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s %s:%u;",
					frame->function, frame->file ? frame->file : "-",
					frame->line);
	}
	return text;
}

static struct symbolizer *new_reader(bool lines, bool no_inline)
{
	struct symbolizer_options options = {
		.lines = lines,
		.no_inline = no_inline,
		.debug_root = in_dir("debug"),
	};
	struct symbolizer *symbolizer = symbolizer_new(&options);

	assert_non_null(symbolizer);
	return symbolizer;
}

static void check_layout(void)
{
	struct symbolizer *both = new_reader(true, false), *lines = new_reader(true, true);
	struct symbolizer *inlines = new_reader(false, false), *none = new_reader(false, true);
	int source = add_path(both, "go"), own;

	for (uint64_t off = 0; off < 32; off++) {
		static const char *const wanted[] = {
			"main.main /src/a.go:12;",
			"main.deeper /src/a.go:30;main.inlined /src/b.go:5;main.main /src/b.go:5;",
			"main.inlined /src/b.go:5;main.main /src/b.go:5;",
			"main.main /src/b.go:5;",
		};

		assert_string_equal(answer(both, source, off), wanted[off / 8]);
	}
	own = add_path(lines, "go");
	assert_string_equal(answer(lines, own, 8), "main.main /src/b.go:5;");
	own = add_path(inlines, "go");
	assert_string_equal(answer(inlines, own, 8),
			    "main.deeper -:0;main.inlined -:0;main.main -:0;");
	own = add_path(none, "go");
	assert_string_equal(answer(none, own, 8), "main.main -:0;");
	symbolizer_free(both);
	symbolizer_free(lines);
	symbolizer_free(inlines);
	symbolizer_free(none);
}

static void every_layout_is_read(void **state)
{
	make(TABLE_18);
	check_layout();
	make(TABLE_20);
	check_layout();
}

/* lld leaves words of position-independent programs to their relocations, GNU ld writes them, too. */
static void position_independent_programs_are_read(void **state)
{
	static const char *const flags[] = {"-pie -fuse-ld=lld -Wl,-z,notext",
					    "-pie -fuse-ld=bfd -Wl,-z,notext"};

	for (size_t i = 0; i < 2; i++) {
		make_with(flags[i], TABLE_18);
		check_layout();
		make_with(flags[i], TABLE_20);
		check_layout();
	}
}

/* All at once there is the same as of each alone. */
static void ranges_end_where_answers_change(void **state)
{
	struct symbolizer *symbolizer = new_reader(true, false);
	struct symbol symbols[32], alone;
	uint64_t offs[32];
	int source;

	make(TABLE_20);
	source = add_path(symbolizer, "go");
	for (uint64_t i = 0; i < 32; i++)
		offs[i] = text_off + i;
	assert_int_equal(symbolizer_resolve(symbolizer, source, offs, 32, symbols), 0);
	for (size_t i = 32; i-- > 0;) {
		assert_int_equal(symbolizer_resolve(symbolizer, source, &offs[i], 1, &alone), 0);
		assert_ptr_equal(alone.frames, symbols[i].frames);
	}
	symbolizer_free(symbolizer);
}

/* Without the runtime's structure there are still names; with a false one, too. */
static void module_that_is_not_there(void **state)
{
	struct symbolizer *symbolizer = new_reader(true, false);

	make(TABLE("0xfffffff1", ".long 1\n", ".long 0, inlined - names, 26, 3\n", ".quad 3, 3\n"));
	assert_string_equal(answer(symbolizer, add_path(symbolizer, "go"), 8), "main.main -:0;");
	make(TABLE("0xfffffff1", ".long 1\n", ".long 0, inlined - names, 26, 3\n",
		   ".quad 3, 3, 0x7fffffffffff\n"));
	assert_string_equal(answer(symbolizer, add_path(symbolizer, "go"), 16),
			    "main.main /src/b.go:5;");
	symbolizer_free(symbolizer);
}

/* A call whose place is in itself has no end. */
static void calls_in_a_circle_end(void **state)
{
	struct symbolizer *symbolizer = new_reader(false, false);
	uint64_t off;
	struct symbol symbol;

	make(TABLE("0xfffffff1", ".long 1\n",
		   ".long 0, inlined - names, 18, 3, 0, deeper - names, 10, 9\n",
		   ".quad 3, 3, calls\n"));
	off = text_off + 16;
	assert_int_equal(
		symbolizer_resolve(symbolizer, add_path(symbolizer, "go"), &off, 1, &symbol), 0);
	assert_int_equal(symbol.count, 65);
	assert_string_equal(symbol.frames[64].function, "main.main");
	symbolizer_free(symbolizer);
	symbolizer = new_reader(true, true);
	assert_string_equal(answer(symbolizer, add_path(symbolizer, "go"), 16),
			    "main.main /src/b.go:5;");
	symbolizer_free(symbolizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_is_read),
		cmocka_unit_test(position_independent_programs_are_read),
		cmocka_unit_test(ranges_end_where_answers_change),
		cmocka_unit_test(module_that_is_not_there),
		cmocka_unit_test(calls_in_a_circle_end),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
