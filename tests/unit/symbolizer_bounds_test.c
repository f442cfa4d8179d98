// SPDX-License-Identifier: GPL-2.0-or-later
/* Bounds of functions in stripped files, against the symbols that were stripped, and under damage. */
#include "tests/unit/symbolizer_fixture.h"

#include "profiler/model/alloc.h"
#include "tests/unit/unit.h"

static struct symbolizer *symbolizer;

static int teardown_made(void **state)
{
	symbolizer_free(symbolizer);
	symbolizer = NULL;
	return 0;
}

static const char program[] =
	"#include <stdlib.h>\n"
	"__attribute__((noinline)) static int one(int a) { return rand() + a; }\n"
	"__attribute__((noinline)) static int two(int a) { return one(a) * 3; }\n"
	"int shown(int a) { return two(a) + one(a); }\n"
	"int main(int c, char **v) { return shown(c); }\n";

/* Where a program's function is, by nm: address and size; 0 when it has none of the name. */
static uint64_t address_of(const char *file, const char *function, uint64_t *ret_size)
{
	FILE *output = output_of("nm -S %s", file);
	char line[256], name[128];
	unsigned long addr, size, found = 0;

	while (fgets(line, sizeof(line), output))
		if (sscanf(line, "%lx %lx %*c %127s", &addr, &size, name) == 3 &&
		    !strcmp(name, function)) {
			found = addr;
			*ret_size = size;
		}
	pclose(output);
	return found;
}

/* The function has no name in the stripped file, from its first byte to its last, but a start. */
static void assert_bounds(const char *whole, const char *stripped, int source, const char *function)
{
	uint64_t text, off, size = 0, addr = address_of(whole, function, &size);
	const struct symbol_frame *frame;

	assert_int_not_equal(addr, 0);
	find_section(stripped, ".text", &text, &off);
	for (uint64_t at = 0; at < size; at++) {
		frame = resolve(symbolizer, source, addr + at - text + off);
		assert_null(frame->function);
		assert_int_equal(frame->kind, FRAME_UNNAMED);
		assert_int_equal(frame->unnamed_addr, addr);
		assert_int_equal(frame->start, 0);
	}
	frame = resolve(symbolizer, source, addr + size - text + off);
	assert_int_not_equal(frame->unnamed_addr, addr);
	frame = resolve(symbolizer, source, addr - 1 - text + off);
	assert_int_not_equal(frame->unnamed_addr, addr);
}

static void functions_of_stripped_programs_are_apart(void **state)
{
	static const char *const links[] = {"-no-pie", "-pie", "-static", "-static-pie"};

	write_file("program.c", program);
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		int source;

		run("gcc -O1 -fPIE %s -o whole program.c && strip -o stripped whole", links[i]);
		symbolizer_free(symbolizer);
		symbolizer = new_symbolizer(false);
		source = add_path(symbolizer, "stripped");
		assert_bounds("whole", "stripped", source, "one");
		assert_bounds("whole", "stripped", source, "two");
		assert_bounds("whole", "stripped", source, "main");
	}
}

/* As some tools for musl link: without the table that finds entries fast. */
static void functions_without_a_table_of_entries(void **state)
{
	static const char *const flags[] = {"-static -no-pie", "-static-pie"};

	write_file("program.c", program);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		int source;

		run("gcc -O1 %s -Wl,--no-eh-frame-hdr -o whole program.c && strip -o stripped whole && "
		    "! readelf -SW stripped | grep -q eh_frame_hdr",
		    flags[i]);
		symbolizer_free(symbolizer);
		symbolizer = new_symbolizer(false);
		source = add_path(symbolizer, "stripped");
		assert_bounds("whole", "stripped", source, "one");
		assert_bounds("whole", "stripped", source, "two");
		assert_bounds("whole", "stripped", source, "main");
	}
}

/* The reason is still that the file has no symbols at all. */
static void reason_stays(void **state)
{
	uint64_t text, off;
	int source;

	write_file("hidden.c",
		   "__attribute__((visibility(\"hidden\"))) int f(void) { return 1; }\n");
	run("gcc -O1 -shared -nostdlib -o hidden.so hidden.c && strip hidden.so");
	symbolizer = new_symbolizer(false);
	source = add_path(symbolizer, "hidden.so");
	find_section("hidden.so", ".text", &text, &off);
	assert_unnamed(symbolizer, source, off, SYMBOL_NO_SYMBOLS);
	assert_int_equal(resolve(symbolizer, source, off)->unnamed_addr, text);
}

/* In a library, what is exported keeps its name and what is not is still a function. */
static void exported_names_win(void **state)
{
	uint64_t text, off, size, addr;
	int source;

	write_file("library.c", program);
	run("gcc -O1 -shared -fPIC -o whole.so library.c && strip -o stripped.so whole.so");
	symbolizer = new_symbolizer(false);
	source = add_path(symbolizer, "stripped.so");
	find_section("stripped.so", ".text", &text, &off);
	addr = address_of("whole.so", "shown", &size);
	assert_named(symbolizer, source, addr - text + off, "shown");
	assert_named(symbolizer, source, addr + size - 1 - text + off, "shown");
	assert_int_equal(resolve(symbolizer, source, addr - text + off)->unnamed_addr, 0);
	assert_bounds("whole.so", "stripped.so", source, "one");
}

static void without_an_entry_nothing_is_known(void **state)
{
	const struct symbol_frame *frame;
	uint64_t text, off;
	int source;

	write_file("bare.s", ".text\n.globl shown\n.type shown, %function\nshown: .skip 16\n"
			     ".size shown, 16\n.skip 64\n");
	run("gcc -shared -nostdlib -o bare.so bare.s");
	symbolizer = new_symbolizer(false);
	source = add_path(symbolizer, "bare.so");
	find_section("bare.so", ".text", &text, &off);
	frame = resolve(symbolizer, source, off + 32);
	assert_null(frame->function);
	assert_int_equal(frame->unnamed_addr, 0);
	assert_int_equal(frame->reason, SYMBOL_NO_SYMBOL_HERE);
}

static size_t read_all(const char *name, unsigned char *bytes, size_t cap)
{
	FILE *file = fopen(in_dir(name), "r");
	size_t len;

	assert_non_null(file);
	len = fread(bytes, 1, cap, file);
	fclose(file);
	return len;
}

/* Random damage to the section: every address still gets an answer that lies in the file's code. */
static void damage_does_no_harm(void **state)
{
	static unsigned char bytes[1 << 16], damaged[1 << 16];
	uint64_t text, text_off, addr, off, seed = 1;
	size_t len;

	write_file("program.c", program);
	run("gcc -O1 -no-pie -o whole program.c && strip -o stripped whole");
	len = read_all("stripped", bytes, sizeof(bytes));
	find_section("stripped", ".text", &text, &text_off);
	find_section("stripped", ".eh_frame", &addr, &off);
	for (size_t round = 0; round < 2000; round++) {
		struct symbolizer *own = new_symbolizer(false);
		int source;

		memcpy(damaged, bytes, len);
		for (size_t i = 0; i <= round % 8; i++)
			damaged[off + random_below(&seed, 0x100)] =
				(unsigned char)random_below(&seed, round % 2 ? 256 : 4);
		source = symbolizer_add_image(own, "damaged", damaged, len);
		for (uint64_t at = 0; at < 0x200; at += 8) {
			uint64_t start = resolve(own, source, text_off + at)->unnamed_addr;

			assert_true(!start || (start <= text + at && start >= text - 0x1000));
		}
		symbolizer_free(own);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(functions_of_stripped_programs_are_apart, teardown_made),
		cmocka_unit_test_teardown(functions_without_a_table_of_entries, teardown_made),
		cmocka_unit_test_teardown(reason_stays, teardown_made),
		cmocka_unit_test_teardown(exported_names_win, teardown_made),
		cmocka_unit_test_teardown(without_an_entry_nothing_is_known, teardown_made),
		cmocka_unit_test(damage_does_no_harm),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
