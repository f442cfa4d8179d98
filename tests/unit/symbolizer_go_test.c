// SPDX-License-Identifier: GPL-2.0-or-later
/* Go's table of functions: each layout, a real program, and tables that lie. */
#include "tests/unit/symbolizer_fixture.h"

#include "profiler/model/alloc.h"
#include "tests/unit/unit.h"

static struct symbolizer *symbolizer;
static int source;
static uint64_t text_addr, text_off;

static int teardown_made(void **state)
{
	symbolizer_free(symbolizer);
	symbolizer = NULL;
	return 0;
}

/* Two functions of 32 and 16 bytes, and 16 bytes behind them that no function has. */
#define CODE                     \
	".text\n.globl _start\n" \
	"_start: f: .skip 32\n"  \
	"g: .skip 16\n"          \
	"end: .skip 16\n"

#define NAMES "names: .asciz \"main.main\"\nsecond: .asciz \"main.(*T).m\"\n"

/* Where the functions are, in the layouts of 1.18 and later. */
#define OFFSETS                                               \
	"funcs: .long 0, r1 - funcs, 32, r2 - funcs, 48, 0\n" \
	"r1: .long 0, 0\n"                                    \
	"r2: .long 32, second - names\n"

#define TABLE_20(section, flags, start)                \
	CODE ".section " section ", \"" flags "\"\n"   \
	     "t: .long 0xfffffff1\n.byte 0, 0, 1, 8\n" \
	     ".quad 2, 0, " start ", names - t, 0, 0, 0, funcs - t\n" NAMES OFFSETS

static void make(const char *text, const char *options)
{
	write_file("go.s", text);
	run("gcc -nostdlib -o go %s go.s && strip go", options);
	find_section("go", ".text", &text_addr, &text_off);
	symbolizer_free(symbolizer);
	symbolizer = new_symbolizer(false);
	source = add_path(symbolizer, "go");
}

static void assert_both_are_named(void)
{
	assert_named(symbolizer, source, text_off, "main.main");
	assert_named(symbolizer, source, text_off + 31, "main.main");
	assert_named(symbolizer, source, text_off + 32, "main.(*T).m");
	assert_named(symbolizer, source, text_off + 47, "main.(*T).m");
	assert_unnamed(symbolizer, source, text_off + 48, SYMBOL_NO_SYMBOL_HERE);
	assert_int_equal(resolve(symbolizer, source, text_off + 40)->start, text_off + 32);
	assert_int_equal(resolve(symbolizer, source, text_off)->kind, FRAME_USER);
}

static void every_layout_is_read(void **state)
{
	make(CODE ".section .gopclntab, \"a\"\n"
		  "t: .long 0xfffffffb\n.byte 0, 0, 1, 8\n.quad 2\n"
		  "funcs: .quad f, r1 - t, g, r2 - t, end, 0\n"
		  "r1: .quad f\n.long names - t\nr2: .quad g\n.long second - t\n" NAMES,
	     "-no-pie");
	assert_both_are_named();
	make(CODE ".section .gopclntab, \"a\"\n"
		  "t: .long 0xfffffffa\n.byte 0, 0, 1, 8\n"
		  ".quad 2, 0, names - t, 0, 0, 0, funcs - t\n" NAMES
		  "funcs: .quad f, r1 - funcs, g, r2 - funcs, end, 0\n"
		  "r1: .quad f\n.long 0\nr2: .quad g\n.long second - names\n",
	     "-no-pie");
	assert_both_are_named();
	make(CODE ".section .gopclntab, \"a\"\n"
		  "t: .long 0xfffffff0\n.byte 0, 0, 1, 8\n"
		  ".quad 2, 0, f, names - t, 0, 0, 0, funcs - t\n" NAMES OFFSETS,
	     "-no-pie");
	assert_both_are_named();
	make(TABLE_20(".gopclntab", "a", "f"), "-no-pie");
	assert_both_are_named();
}

/* Position-independent programs keep the start of the code in a relocation; the newest nowhere. */
static void start_of_the_code_is_found(void **state)
{
	make(TABLE_20(".data.rel.ro.gopclntab", "aw", "f"),
	     "-pie -Wl,--unique=.data.rel.ro.gopclntab");
	assert_both_are_named();
	/* The C linker puts the section into another one. */
	make(".section .data.rel.ro.before, \"aw\"\n.quad 1, 2, 0xfffffff1\n"
	     ".section .go.buildinfo, \"aw\"\n.quad 1\n" TABLE_20(".data.rel.ro.gopclntab", "aw",
								  "f"),
	     "-pie");
	assert_both_are_named();
	make(TABLE_20(".gopclntab", "a", "0"), "-no-pie");
	assert_both_are_named();
}

static void symbols_are_believed_first(void **state)
{
	write_file("go.s",
		   TABLE_20(".gopclntab", "a", "f") ".text\n.type f, %function\n.size f, 32\n");
	run("gcc -nostdlib -no-pie -o go go.s");
	find_section("go", ".text", &text_addr, &text_off);
	symbolizer = new_symbolizer(false);
	source = add_path(symbolizer, "go");
	assert_string_not_equal(resolve(symbolizer, source, text_off)->function, "main.main");
}

static const char program[] =
	"package main\n"
	"type T struct{ n int }\n"
	"//go:noinline\nfunc (t *T) spin(k int) int { return k ^ t.n }\n"
	"//go:noinline\nfunc work(f func(int) int) int { return f(3) }\n"
	"func main() { t := &T{3}; println(work(func(k int) int { return t.spin(k) + k })) }\n";

/* Every function that the symbol table of the same program, not stripped, has in package main. */
static void real_program_keeps_its_names(void **state)
{
	char line[512], name[400];
	unsigned long addr;
	size_t count = 0, same = 0, own = 0;
	FILE *output;

	if (system("command -v go >/dev/null 2>&1"))
		skip();
	write_file("m.go", program);
	run("export GOCACHE=$PWD/cache HOME=$PWD GO111MODULE=off GOFLAGS= GOTOOLCHAIN=local && "
	    "go build -o whole m.go && go build -ldflags='-s -w' -o bare m.go && chmod -R u+w .");
	find_section("bare", ".text", &text_addr, &text_off);
	symbolizer = new_symbolizer(false);
	source = add_path(symbolizer, "bare");
	output = output_of("nm whole");
	while (fgets(line, sizeof(line), output)) {
		const struct symbol_frame *frame;

		if (sscanf(line, "%lx %*1[Tt] %399[^\n]", &addr, name) != 2)
			continue;
		frame = resolve(symbolizer, source, addr - text_addr + text_off);
		count++;
		/* In the symbol table wrappers of assembly have ".abi0" behind their names. */
		same += frame->function && !strncmp(name, frame->function, strlen(frame->function));
		if (!strncmp(name, "main.", 5)) {
			assert_non_null(frame->function);
			assert_string_equal(frame->function, name);
			own++;
		}
	}
	pclose(output);
	assert_true(own >= 4);
	assert_true(count > 500);
	/* What the linker adds (runtime.text, _rt0_amd64_linux's labels) is in no table. */
	assert_true(same * 100 >= count * 98);
}

/* ---- tables that lie ------------------------------------------------------------------------- */

static unsigned char bytes[1 << 16], damaged[1 << 16];
static size_t len;
static uint64_t table_off;

static void make_image(void)
{
	uint64_t addr;
	FILE *file;

	make(TABLE_20(".gopclntab", "a", "f"), "-no-pie");
	find_section("go", ".gopclntab", &addr, &table_off);
	file = fopen(in_dir("go"), "r");
	assert_non_null(file);
	len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
}

/* The image with `value` at an offset of the table. */
static const struct symbol_frame *with(size_t off, const void *value, size_t value_len,
				       struct symbolizer *own)
{
	memcpy(damaged, bytes, len);
	memcpy(damaged + table_off + off, value, value_len);
	return resolve(own, symbolizer_add_image(own, "damaged", damaged, len), text_off);
}

static void numbers_that_lie_are_not_followed(void **state)
{
	static const uint64_t lies[] = {UINT64_MAX, INT64_MAX, 1ULL << 61, 1ULL << 32, 1 << 20};
	struct symbolizer *own = new_symbolizer(false);

	make_image();
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		/* More functions than there are: those that are there keep their names. */
		assert_string_equal(with(8, &lies[i], 8, own)->function, "main.main");
		assert_null(with(8 + 3 * 8, &lies[i], 8, own)->function); /* names */
		assert_null(with(8 + 7 * 8, &lies[i], 8, own)->function); /* functions */
		assert_null(with(8 + 2 * 8, &lies[i], 8, own)->function); /* start of the code */
	}
	assert_null(with(0, "\xf2\xff\xff\xff", 4, own)->function);
	assert_null(with(4, "\1", 1, own)->function);
	assert_null(with(7, "\3", 1, own)->function);
	symbolizer_free(own);
}

static void damage_does_no_harm(void **state)
{
	uint64_t seed = 1;

	make_image();
	for (size_t round = 0; round < 3000; round++) {
		struct symbolizer *own = new_symbolizer(false);
		int image;

		memcpy(damaged, bytes, len);
		for (size_t i = 0; i <= round % 4; i++)
			damaged[table_off + 8 + random_below(&seed, 150)] =
				(unsigned char)random_below(&seed, round % 2 ? 256 : 8);
		image = symbolizer_add_image(own, "damaged", damaged, len);
		for (uint64_t at = 0; at < 64; at += 8)
			resolve(own, image, text_off + at);
		symbolizer_free(own);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_layout_is_read, teardown_made),
		cmocka_unit_test_teardown(start_of_the_code_is_found, teardown_made),
		cmocka_unit_test_teardown(symbols_are_believed_first, teardown_made),
		cmocka_unit_test_teardown(real_program_keeps_its_names, teardown_made),
		cmocka_unit_test_teardown(numbers_that_lie_are_not_followed, teardown_made),
		cmocka_unit_test_teardown(damage_does_no_harm, teardown_made),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
