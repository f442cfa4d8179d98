// SPDX-License-Identifier: GPL-2.0-or-later
/* Names in ELF files: small files made for one question each. */
#include "tests/unit/symbolizer_fixture.h"

#include "profiler/model/alloc.h"

static struct symbolizer *symbolizer;
static int source;
static uint64_t text_off;

/* A function of so many bytes, and another name for the function f of 16 bytes. */
static const char macros[] = ".macro function name bind len\n"
			     ".\\bind \\name\n"
			     ".type \\name, %function\n"
			     "\\name: .skip \\len\n"
			     ".size \\name, \\len\n"
			     ".endm\n"
			     ".macro alias name bind\n"
			     ".\\bind \\name\n"
			     ".type \\name, %function\n"
			     ".set \\name, f\n"
			     ".size \\name, 16\n"
			     ".endm\n"
			     ".text\n";

/* Assembles `text` into a shared object whose .text starts with it, at the offset text_off. */
static void assemble(const char *text, const char *options)
{
	uint64_t addr;

	symbolizer_free(symbolizer);
	write_file("macros.s", macros);
	write_file("text.s", text);
	run("cat macros.s text.s > made.s && gcc -c -o made.o made.s && gcc -shared -nostdlib -o "
	    "made.so made.o %s",
	    options);
	find_section("made.so", ".text", &addr, &text_off);
	symbolizer = new_symbolizer(false);
	source = add_path(symbolizer, "made.so");
}

static int teardown_made(void **state)
{
	symbolizer_free(symbolizer);
	symbolizer = NULL;
	return 0;
}

static void local_symbol_is_not_shadowed_by_a_far_export(void **state)
{
	assemble("function exported globl 32\n"
		 "function hidden local 512\n"
		 "function after globl 16\n",
		 "");
	assert_named(symbolizer, source, text_off, "exported");
	assert_named(symbolizer, source, text_off + 31, "exported");
	assert_named(symbolizer, source, text_off + 32, "hidden");
	assert_named(symbolizer, source, text_off + 543, "hidden");
	assert_named(symbolizer, source, text_off + 544, "after");
}

static void hole_has_no_name(void **state)
{
	assemble("function before globl 32\n"
		 ".skip 512\n"
		 "function after globl 16\n"
		 ".skip 64\n",
		 "");
	assert_named(symbolizer, source, text_off + 31, "before");
	assert_unnamed(symbolizer, source, text_off + 32, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, text_off + 543, SYMBOL_NO_SYMBOL_HERE);
	assert_named(symbolizer, source, text_off + 544, "after");
	assert_unnamed(symbolizer, source, text_off + 560, SYMBOL_NO_SYMBOL_HERE);
}

/* The same with the local symbols stripped: what they covered has become a hole. */
static void stripped_local_symbol_leaves_a_hole(void **state)
{
	assemble("function exported globl 32\n"
		 "function hidden local 512\n"
		 "function after globl 16\n",
		 "-Wl,-s");
	assert_named(symbolizer, source, text_off + 31, "exported");
	assert_unnamed(symbolizer, source, text_off + 32, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, text_off + 543, SYMBOL_NO_SYMBOL_HERE);
	assert_named(symbolizer, source, text_off + 544, "after");
}

static void symbol_without_size_reaches_to_the_next(void **state)
{
	assemble(".globl start\n"
		 "start: .skip 16\n"
		 ".type typed, %function\n"
		 "typed: .skip 16\n"
		 "function sized globl 16\n"
		 "inside_gap: .skip 16\n"
		 ".section .other, \"ax\"\n"
		 ".skip 16\n"
		 "last: .skip 8\n",
		 "");
	assert_named(symbolizer, source, text_off, "start");
	assert_named(symbolizer, source, text_off + 15, "start");
	assert_named(symbolizer, source, text_off + 16, "typed");
	assert_named(symbolizer, source, text_off + 31, "typed");
	assert_named(symbolizer, source, text_off + 32, "sized");
	assert_named(symbolizer, source, text_off + 48, "inside_gap");
	assert_named(symbolizer, source, text_off + 63, "inside_gap");
	/* .text ends here, and with it every symbol in it. */
	assert_unnamed(symbolizer, source, text_off + 64, SYMBOL_NO_SYMBOL_HERE);
	assert_named(symbolizer, source, text_off + 80, "last");
	assert_unnamed(symbolizer, source, text_off + 88, SYMBOL_NO_SYMBOL_HERE);
}

static void label_inside_a_function_is_not_a_function(void **state)
{
	assemble(".globl f\n"
		 ".type f, %function\n"
		 "f: .skip 16\n"
		 "label: .skip 16\n"
		 ".size f, 32\n"
		 ".skip 16\n",
		 "");
	assert_named(symbolizer, source, text_off + 20, "f");
	assert_unnamed(symbolizer, source, text_off + 32, SYMBOL_NO_SYMBOL_HERE);
}

static void nested_symbols_give_the_innermost(void **state)
{
	assemble(".globl outer, inner\n"
		 ".type outer, %function\n"
		 ".type inner, %function\n"
		 "outer: .skip 16\n"
		 "inner: .skip 8\n"
		 ".size inner, 8\n"
		 ".skip 40\n"
		 ".size outer, 64\n",
		 "");
	assert_named(symbolizer, source, text_off + 15, "outer");
	assert_named(symbolizer, source, text_off + 16, "inner");
	assert_named(symbolizer, source, text_off + 23, "inner");
	assert_named(symbolizer, source, text_off + 24, "outer");
	assert_int_equal(resolve(symbolizer, source, text_off + 24)->start, text_off);
	assert_named(symbolizer, source, text_off + 63, "outer");
}

/* The name that is shown for a local function f with these aliases. */
static const char *best_of(const char *aliases)
{
	char text[512];

	snprintf(text, sizeof(text), "function f local 16\n%s", aliases);
	assemble(text, "");
	return resolve(symbolizer, source, text_off)->function;
}

static void aliases_give_the_name_people_expect(void **state)
{
	assert_string_equal(best_of("alias write weak\nalias __write globl\n"
				    "alias __GI_write local\n"),
			    "write");
	assert_string_equal(best_of("alias weak weak\nalias global_and_longer globl\n"),
			    "global_and_longer");
	assert_string_equal(best_of("alias open64 globl\nalias open globl\nalias nepo globl\n"),
			    "nepo");
	assert_string_equal(best_of("alias _ZN1a1bEv weak\nalias _ZN1a1cEv weak\n"), "a::b()");
}

static void arm64_files(void **state)
{
	static const struct {
		const char *options;
		uint64_t stub_len;
	} rows[] = {{"", 16}, {"-z now", 16}, {"-z force-bti", 24}, {"-z pac-plt", 24}};
	static const char *const functions[] = {"puts@plt", "atoi@plt", "getenv@plt"};
	uint64_t addr, off;

	if (system("command -v ld.lld >/dev/null && echo nop | "
		   "clang -target aarch64-linux-gnu -x assembler -c -o /dev/null - 2>/dev/null"))
		skip();
	write_file("arm.s", ".text\n.globl f\n.type f, %function\nf: bl puts\nbl atoi\nbl getenv\n"
			    "ret\n.size f, 16\n.word 1\nlabel: nop\n.word 2\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		run("clang -target aarch64-linux-gnu -c -o arm.o arm.s && "
		    "ld.lld %s -shared -o arm.so arm.o 2>/dev/null",
		    rows[i].options);
		symbolizer_free(symbolizer);
		symbolizer = new_symbolizer(false);
		source = add_path(symbolizer, "arm.so");
		find_section("arm.so", ".plt", &addr, &off);
		assert_unnamed(symbolizer, source, off + 8, SYMBOL_NO_SYMBOL_HERE);
		for (size_t k = 0; k < ARRAY_LEN(functions); k++) {
			uint64_t stub = off + 32 + k * rows[i].stub_len;

			assert_named(symbolizer, source, stub, functions[k]);
			assert_named(symbolizer, source, stub + rows[i].stub_len - 4, functions[k]);
		}
		find_section("arm.so", ".text", &addr, &off);
		assert_named(symbolizer, source, off + 12, "f");
		/* Here the marks of data and code, $d and $x, are the nearest symbols. */
		assert_unnamed(symbolizer, source, off + 16, SYMBOL_NO_SYMBOL_HERE);
		assert_named(symbolizer, source, off + 20, "label");
		assert_named(symbolizer, source, off + 24, "label");
	}
}

static void files_of_32_bits(void **state)
{
	uint64_t addr, off;

	if (system("echo nop | gcc -m32 -x assembler -c -o /dev/null - 2>/dev/null"))
		skip();
	write_file("narrow.s", ".globl f\n.type f, %function\nf: .skip 16\n.size f, 16\n"
			       ".type g, %function\ng: .skip 16\n.size g, 16\n");
	run("gcc -m32 -c -o narrow.o narrow.s && ld -m elf_i386 -shared -o narrow.so narrow.o");
	symbolizer = new_symbolizer(false);
	source = add_path(symbolizer, "narrow.so");
	find_section("narrow.so", ".text", &addr, &off);
	assert_named(symbolizer, source, off + 15, "f");
	assert_named(symbolizer, source, off + 16, "g");
	assert_unnamed(symbolizer, source, off + 32, SYMBOL_NO_SYMBOL_HERE);
	assert_int_equal(resolve(symbolizer, source, off)->kind, FRAME_LIBRARY);
}

static void default_version_is_not_shown(void **state)
{
	write_file("versions", "V1 { };\nV2 { global: now; local: *; } V1;\n");
	assemble("function now_impl globl 16\n"
		 "function old_impl globl 16\n"
		 ".symver now_impl, now@@V2\n"
		 ".symver old_impl, now@V1\n",
		 "-Wl,--version-script=versions");
	assert_named(symbolizer, source, text_off, "now");
	/* The other one is another function, and .symtab says so. */
	assert_named(symbolizer, source, text_off + 16, "now@V1");
}

static void data_is_not_named(void **state)
{
	uint64_t addr, off;

	/* The linker puts .text at 0x1000, so the absolute symbol has an address in it. */
	assemble("function code globl 16\n"
		 ".globl table, absolute\n"
		 ".type table, %object\n"
		 "table: .skip 16\n"
		 ".size table, 16\n"
		 ".skip 32\n"
		 ".equ absolute, 0x1028\n",
		 "");
	find_section("made.so", ".text", &addr, &off);
	assert_int_equal(addr, 0x1000);
	assert_named(symbolizer, source, text_off, "code");
	assert_unnamed(symbolizer, source, text_off + 16, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, text_off + 44, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, 8, SYMBOL_NO_SYMBOL_HERE);
}

static void odd_names_pass_through(void **state)
{
	assemble(".globl \"a b;c\033[0m\"\n"
		 ".type \"a b;c\033[0m\", %function\n"
		 "\"a b;c\033[0m\": .skip 16\n"
		 ".size \"a b;c\033[0m\", 16\n",
		 "");
	assert_named(symbolizer, source, text_off, "a b;c\033[0m");
}

/* ---- what is said about files ---------------------------------------------------------------- */

static void kinds_and_modules(void **state)
{
	struct symbol_frame frame;

	assemble("function f globl 16\n", "");
	frame = *resolve(symbolizer, source, text_off);
	assert_int_equal(frame.kind, FRAME_LIBRARY);
	assert_string_equal(frame.module, "made.so");
	assert_int_equal(frame.start, text_off);
	frame = *resolve(symbolizer, source, text_off + 100);
	assert_int_equal(frame.kind, FRAME_UNNAMED);
	assert_string_equal(frame.module, "made.so");

	write_file("kind.s", ".globl _start\n.type _start, %function\n_start: .skip 16\n"
			     ".size _start, 16\n");
	run("gcc -nostdlib -pie -o kind kind.s && gcc -nostdlib -no-pie -o kind-fixed kind.s");
	for (size_t i = 0; i < 2; i++) {
		int program = add_path(symbolizer, i ? "kind-fixed" : "kind");
		uint64_t off = 0x1000;

		assert_int_equal(resolve(symbolizer, program, off)->kind, FRAME_USER);
		assert_string_equal(resolve(symbolizer, program, off)->function, "_start");
	}
}

static void image_is_like_a_file(void **state)
{
	FILE *file;
	size_t len;
	char *image = malloc(1 << 20);
	int image_source;

	assemble("function in_memory globl 16\n", "");
	file = fopen(in_dir("made.so"), "r");
	assert_non_null(file);
	len = fread(image, 1, 1 << 20, file);
	fclose(file);
	image_source = symbolizer_add_image(symbolizer, "[vdso]", image, len);
	free(image);
	assert_true(image_source >= 0);
	assert_named(symbolizer, image_source, text_off + 3, "in_memory");
	assert_string_equal(resolve(symbolizer, image_source, text_off)->module, "[vdso]");
	image_source = symbolizer_add_image(symbolizer, "[vdso]", "", 0);
	assert_unnamed(symbolizer, image_source, 0, SYMBOL_NOT_ELF);
}

static void own_vdso_is_named(void **state)
{
	struct symbolizer *own = new_symbolizer(false);
	unsigned long start = 0, end = 0, found = 0;
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	int vdso;

	while (fgets(line, sizeof(line), maps))
		if (strstr(line, "[vdso]"))
			sscanf(line, "%lx-%lx", &start, &end);
	fclose(maps);
	if (!start)
		skip();
	vdso = symbolizer_add_image(own, "[vdso]", (void *)start, end - start);
	for (uint64_t off = 0; off < end - start; off += 16) {
		const struct symbol_frame *frame = resolve(own, vdso, off);

		found += frame->function && strstr(frame->function, "clock_gettime");
	}
	assert_int_not_equal(found, 0);
	symbolizer_free(own);
}

static void unusable_files_say_why(void **state)
{
	struct symbolizer *own = new_symbolizer(false);
	struct symbol_file gone = {.fd = -1, .open_error = ENOENT, .path = "/gone", .root_fd = -1};
	struct symbol_file shut = {.fd = -1, .open_error = EACCES, .path = "/shut", .root_fd = -1};

	assert_unnamed(own, symbolizer_add_file(own, &gone), 0, SYMBOL_FILE_GONE);
	assert_unnamed(own, symbolizer_add_file(own, &shut), 0, SYMBOL_FILE_UNREADABLE);
	write_file("text", "hello\n");
	assert_unnamed(own, add_path(own, "text"), 0, SYMBOL_NOT_ELF);
	write_file("empty", "");
	assert_unnamed(own, add_path(own, "empty"), 0, SYMBOL_NOT_ELF);
	run("gcc -shared -nostdlib -x c /dev/null -o bare.so -Wl,--strip-all");
	assert_unnamed(own, add_path(own, "bare.so"), 0x1000, SYMBOL_NO_SYMBOLS);
	symbolizer_free(own);
}

static void answers_live_as_long_as_the_symbolizer(void **state)
{
	const struct symbol_frame *first, *again;

	assemble("function f globl 16\n"
		 "function g globl 16\n",
		 "");
	first = resolve(symbolizer, source, text_off);
	resolve(symbolizer, source, text_off + 16);
	again = resolve(symbolizer, source, text_off + 5);
	assert_ptr_equal(first, again);
	assert_string_equal(first->function, "f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(local_symbol_is_not_shadowed_by_a_far_export,
					  teardown_made),
		cmocka_unit_test_teardown(hole_has_no_name, teardown_made),
		cmocka_unit_test_teardown(stripped_local_symbol_leaves_a_hole, teardown_made),
		cmocka_unit_test_teardown(symbol_without_size_reaches_to_the_next, teardown_made),
		cmocka_unit_test_teardown(label_inside_a_function_is_not_a_function, teardown_made),
		cmocka_unit_test_teardown(nested_symbols_give_the_innermost, teardown_made),
		cmocka_unit_test_teardown(aliases_give_the_name_people_expect, teardown_made),
		cmocka_unit_test_teardown(arm64_files, teardown_made),
		cmocka_unit_test_teardown(files_of_32_bits, teardown_made),
		cmocka_unit_test_teardown(default_version_is_not_shown, teardown_made),
		cmocka_unit_test_teardown(data_is_not_named, teardown_made),
		cmocka_unit_test_teardown(odd_names_pass_through, teardown_made),
		cmocka_unit_test_teardown(kinds_and_modules, teardown_made),
		cmocka_unit_test_teardown(image_is_like_a_file, teardown_made),
		cmocka_unit_test(own_vdso_is_named),
		cmocka_unit_test(unusable_files_say_why),
		cmocka_unit_test_teardown(answers_live_as_long_as_the_symbolizer, teardown_made),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
