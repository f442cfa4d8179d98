// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernel symbols: tables written for the purpose, and this machine's own. */
#include "tests/unit/symbolizer_fixture.h"

static struct symbolizer *symbolizer;
static int source;

static void load(const char *table)
{
	struct symbolizer_options options = {.kallsyms_path = in_dir("kallsyms")};

	symbolizer_free(symbolizer);
	write_file("kallsyms", table);
	symbolizer = symbolizer_new(&options);
	assert_non_null(symbolizer);
	source = symbolizer_add_kernel(symbolizer);
	assert_true(source >= 0);
}

static int teardown_kernel(void **state)
{
	symbolizer_free(symbolizer);
	symbolizer = NULL;
	return 0;
}

static const char normal[] = "0000000000000000 A fixed_percpu_data\n"
			     "ffffffff81000000 T _stext\n"
			     "ffffffff81000000 T _text\n"
			     "ffffffff81000010 T do_syscall_64\n"
			     "ffffffff81000100 t helper\n"
			     "ffffffff81000200 W weak_one\n"
			     "ffffffff81000200 t __local_alias\n"
			     "ffffffff81000200 T ___global_alias\n"
			     "ffffffff81000300 T last_function\n"
			     "ffffffff81000400 T _etext\n"
			     "ffffffff81800000 D some_data\n"
			     "ffffffff81900000 T _sinittext\n"
			     "ffffffff81900000 t init_one\n"
			     "ffffffff81900100 T _einittext\n";

static void functions_reach_to_the_next_symbol(void **state)
{
	const struct symbol_frame *frame;

	load(normal);
	assert_named(symbolizer, source, 0xffffffff81000010, "do_syscall_64");
	assert_named(symbolizer, source, 0xffffffff810000ff, "do_syscall_64");
	assert_named(symbolizer, source, 0xffffffff81000100, "helper");
	assert_named(symbolizer, source, 0xffffffff810003ff, "last_function");
	assert_named(symbolizer, source, 0xffffffff81900080, "init_one");
	frame = resolve(symbolizer, source, 0xffffffff81000150);
	assert_int_equal(frame->start, 0xffffffff81000100);
	assert_int_equal(frame->kind, FRAME_KERNEL);
	assert_string_equal(frame->module, "kernel");
}

static void only_text_is_named(void **state)
{
	load(normal);
	assert_unnamed(symbolizer, source, 0xffffffff81000400, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, 0xffffffff81800000, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, 0xffffffff81900100, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, 0xffffffff80ffffff, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, 0, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, UINT64_MAX, SYMBOL_NO_SYMBOL_HERE);
	assert_string_equal(notices_of(symbolizer), "");
}

static void aliases_give_the_better_name(void **state)
{
	load(normal);
	assert_named(symbolizer, source, 0xffffffff81000210, "weak_one");
}

static const char modules[] = "ffffffff81000000 T _text\n"
			      "ffffffff81000010 T core\n"
			      "ffffffff81000400 T _etext\n"
			      "ffffffffc0402000 t second_of_b\t[mod_b]\n"
			      "ffffffffc0401000 t first_of_b\t[mod_b]\n"
			      "ffffffffc0403000 d data_of_b\t[mod_b]\n"
			      "ffffffffc0300000 t only_of_a\t[mod_a]\n"
			      "ffffffffc0201000 t ftrace_trampoline\t[__builtin__ftrace]\n"
			      "ffffffffc0500000 t bpf_prog_6deef7357e7b4530_sd_fw\t[bpf]\n";

static void modules_and_bpf_programs_are_named(void **state)
{
	load(modules);
	assert_named(symbolizer, source, 0xffffffffc0401800, "first_of_b");
	assert_string_equal(resolve(symbolizer, source, 0xffffffffc0401800)->module, "mod_b");
	assert_named(symbolizer, source, 0xffffffffc0402fff, "second_of_b");
	/* Data of a module ends its last function. */
	assert_unnamed(symbolizer, source, 0xffffffffc0403000, SYMBOL_NO_SYMBOL_HERE);
	assert_named(symbolizer, source, 0xffffffffc0300010, "only_of_a");
	assert_string_equal(resolve(symbolizer, source, 0xffffffffc0300010)->module, "mod_a");
	assert_named(symbolizer, source, 0xffffffffc0500020, "bpf_prog_6deef7357e7b4530_sd_fw");
	assert_string_equal(resolve(symbolizer, source, 0xffffffffc0500020)->module, "bpf");
	assert_int_equal(resolve(symbolizer, source, 0xffffffffc0500020)->kind, FRAME_KERNEL);
	assert_named(symbolizer, source, 0xffffffffc0201000, "ftrace_trampoline");
	assert_string_equal(resolve(symbolizer, source, 0xffffffffc0201000)->module, "kernel");
	assert_named(symbolizer, source, 0xffffffff81000010, "core");
	/* Nothing is known to end the last one, but it does not reach anywhere. */
	assert_unnamed(symbolizer, source, 0xffffffffc0700000, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, 0xffffffff81000500, SYMBOL_NO_SYMBOL_HERE);
}

/* On arm64 and others modules lie below the kernel. */
static void modules_below_the_kernel(void **state)
{
	load("ffff800080010000 T _stext\nffff800080010010 T core\nffff800080020000 T _etext\n"
	     "ffff80007a000000 t below\t[mod]\n");
	assert_named(symbolizer, source, 0xffff800080010020, "core");
	assert_named(symbolizer, source, 0xffff80007a000000, "below");
	assert_string_equal(resolve(symbolizer, source, 0xffff80007a000000)->module, "mod");
}

static void hidden_addresses_are_said_once(void **state)
{
	load("0000000000000000 T _text\n0000000000000000 T do_syscall_64\n"
	     "0000000000000000 t mod_function\t[mod]\n");
	assert_unnamed(symbolizer, source, 0xffffffff81000010, SYMBOL_KERNEL_HIDDEN);
	assert_unnamed(symbolizer, source, 0, SYMBOL_KERNEL_HIDDEN);
	assert_non_null(strstr(notices_of(symbolizer), "sysctl -w kernel.kptr_restrict=1"));
	assert_ptr_equal(strchr(notices_of(symbolizer), '\n') + 1,
			 strchr(notices_of(symbolizer), '\0'));
}

static void nothing_is_read_before_an_address_is_asked_for(void **state)
{
	load("0000000000000000 T _text\n");
	assert_string_equal(notices_of(symbolizer), "");
}

/* What privileges the tool gives up after the start is of no importance. */
static void table_is_opened_at_once(void **state)
{
	load(normal);
	run("rm kallsyms");
	assert_named(symbolizer, source, 0xffffffff81000010, "do_syscall_64");
}

static void missing_table_is_said(void **state)
{
	struct symbolizer_options options = {.kallsyms_path = in_dir("none")};

	symbolizer = symbolizer_new(&options);
	source = symbolizer_add_kernel(symbolizer);
	assert_unnamed(symbolizer, source, 1, SYMBOL_FILE_UNREADABLE);
	assert_non_null(strstr(notices_of(symbolizer), "No such file"));
}

static void malformed_lines_are_skipped(void **state)
{
	load("hello\n\n \nffffffff81000000\nffffffff81000000 T\nffffffff81000000 T \n"
	     "ffffffffffffffffff T too_large\n-1 T negative\nffffffff81000010  T spaces\n"
	     "ffffffff81000020 T good\nffffffff81000030 t odd\t[\nffffffff81000040 t odder\t[]\n"
	     "ffffffff81000050 T unended");
	assert_named(symbolizer, source, 0xffffffff81000020, "good");
	assert_unnamed(symbolizer, source, 0xffffffff8100001f, SYMBOL_NO_SYMBOL_HERE);
	assert_named(symbolizer, source, 0xffffffff81000030, "odd");
	assert_named(symbolizer, source, 0xffffffff81000050, "unended");
	assert_string_equal(notices_of(symbolizer), "");
	load("");
	assert_unnamed(symbolizer, source, 0xffffffff81000020, SYMBOL_NO_SYMBOL_HERE);
}

/* A line as long as the buffer, and one longer, do not disturb their neighbours. */
static void long_lines_are_cut(void **state)
{
	static const size_t lengths[] = {65535, 65536, 65537, 300000};
	char *table = malloc(400000);

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		int head = sprintf(table, "ffffffff81000010 T before\nffffffff81000020 T ");

		memset(table + head, 'x', lengths[i] - 19);
		strcpy(table + head + lengths[i] - 19, "\nffffffff81000030 T after\n");
		load(table);
		assert_named(symbolizer, source, 0xffffffff81000010, "before");
		assert_named(symbolizer, source, 0xffffffff81000030, "after");
		assert_int_equal(
			strspn(resolve(symbolizer, source, 0xffffffff81000020)->function, "x"),
			lengths[i] < 65536 ? lengths[i] - 19 : 65536 - 19);
	}
	free(table);
}

static bool is_boundary(const char *name)
{
	return name[0] == '_' && (strstr(name, "_text_start") || strstr(name, "_text_end") ||
				  strstr("_text _stext _etext _sinittext _einittext", name));
}

/* Every text symbol of this kernel, against the file read line by line here. */
static void own_kernel_is_named(void **state)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	struct symbolizer *own = symbolizer_new(NULL);
	int kernel = symbolizer_add_kernel(own);
	char line[1024], name[512], type;
	uint64_t addr, previous = 0;
	size_t named = 0;

	assert_non_null(own);
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx %c %511s", &addr, &type, name) != 3 || !addr ||
		    !strchr("tT", type) || addr == previous || is_boundary(name))
			continue;
		previous = addr;
		assert_int_equal(resolve(own, kernel, addr)->start, addr);
		named++;
	}
	if (file)
		fclose(file);
	symbolizer_free(own);
	if (!named)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(functions_reach_to_the_next_symbol, teardown_kernel),
		cmocka_unit_test_teardown(only_text_is_named, teardown_kernel),
		cmocka_unit_test_teardown(aliases_give_the_better_name, teardown_kernel),
		cmocka_unit_test_teardown(modules_and_bpf_programs_are_named, teardown_kernel),
		cmocka_unit_test_teardown(modules_below_the_kernel, teardown_kernel),
		cmocka_unit_test_teardown(hidden_addresses_are_said_once, teardown_kernel),
		cmocka_unit_test_teardown(nothing_is_read_before_an_address_is_asked_for,
					  teardown_kernel),
		cmocka_unit_test_teardown(table_is_opened_at_once, teardown_kernel),
		cmocka_unit_test_teardown(missing_table_is_said, teardown_kernel),
		cmocka_unit_test_teardown(malformed_lines_are_skipped, teardown_kernel),
		cmocka_unit_test_teardown(long_lines_are_cut, teardown_kernel),
		cmocka_unit_test(own_kernel_is_named),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
