// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Inlined functions and lines of the kernel: a small one made for the purpose, which was loaded
 * elsewhere than it was linked, as kernels are.
 */
#include "tests/unit/symbolizer_fixture.h"

#include <sys/utsname.h>

#include "profiler/model/frame_kind.h"

#define LINKED "0xffffffff81000000"
#define SLIDE  0x1a200000UL

static const char code[] =
	"static inline int twist(int a) { return (a ^ a << 13) * 40503; }\n"
	"static inline int turn(int a, int n)\n"
	"{\n\tfor (int i = 0; i < n; i++)\n\t\ta = twist(a) + twist(a + i);\n\treturn a;\n}\n"
	"__attribute__((noinline)) int read_it(volatile int *p)\n{\n\treturn turn(*p, 3) + "
	"twist(*p);\n}\n"
	"int do_syscall(volatile int *p)\n{\n\tif (*p)\n\t\treturn turn(read_it(p), *p);\n"
	"\treturn twist(*p);\n}\n";

static uint64_t text_addr, text_off, text_len;
static char release[128];

static struct symbolizer *new_reader(bool no_inline)
{
	struct symbolizer_options options = {
		.lines = !no_inline,
		.no_inline = no_inline,
		.debug_root = in_dir("debug"),
		.kallsyms_path = in_dir("kallsyms"),
		.kernel_notes_path = in_dir("notes"),
	};
	struct symbolizer *symbolizer = symbolizer_new(&options);

	assert_non_null(symbolizer);
	return symbolizer;
}

static const struct symbol *answer(struct symbolizer *symbolizer, int source, uint64_t addr)
{
	static struct symbol symbol;

	assert_int_equal(symbolizer_resolve(symbolizer, source, &addr, 1, &symbol), 0);
	return &symbol;
}

/* Its symbols where it was loaded, and a module's that lies where vmlinux has something else. */
static void write_kallsyms(void)
{
	FILE *output = output_of("nm vmlinux"), *file = fopen(in_dir("kallsyms"), "w");
	char line[256], type, name[128];
	uint64_t addr;

	assert_non_null(file);
	while (fgets(line, sizeof(line), output))
		if (sscanf(line, "%lx %c %127s", &addr, &type, name) == 3 && addr >> 32)
			fprintf(file, "%016lx %c %s\n", addr + SLIDE,
				strcmp(name, "_stext") ? type : 'T', name);
	fprintf(file, "%016lx T _etext\n", text_addr + text_len + SLIDE);
	fprintf(file, "%016lx t of_module\t[module]\n", text_addr);
	pclose(output);
	assert_int_equal(fclose(file), 0);
}

static int make_kernel(void **state)
{
	struct utsname host;

	if (fixture_setup(state) || uname(&host))
		return -1;
	snprintf(release, sizeof(release), "%s", host.release);
	write_file("kernel.c", code);
	run("gcc -O2 -g -fno-pic -no-pie -nostdlib -static -Wl,--build-id,-e,do_syscall,"
	    "--defsym=_stext=" LINKED ",-Ttext=" LINKED " $(gcc -mcmodel=kernel -E -x c /dev/null "
	    ">/dev/null 2>&1 && echo -mcmodel=kernel) -o vmlinux kernel.c");
	run("objcopy -O binary --only-section=.note.gnu.build-id vmlinux notes");
	run("mkdir -p debug/boot && cp vmlinux debug/boot/vmlinux-%s", release);
	find_text("vmlinux", &text_addr, &text_off, &text_len);
	write_kallsyms();
	return 0;
}

/* The same as of the file itself, an address at a time and all at once. */
static void inlined_functions_and_lines(void **state)
{
	struct symbolizer *symbolizer = new_reader(false);
	int kernel = symbolizer_add_kernel(symbolizer), file = add_path(symbolizer, "vmlinux");
	size_t inlined = 0;

	for (uint64_t i = 0; i < text_len; i++) {
		struct symbol ours = *answer(symbolizer, kernel, text_addr + i + SLIDE);
		struct symbol wanted = *answer(symbolizer, file, text_off + i);

		if (!wanted.frames->function)
			continue;
		assert_int_equal(ours.count, wanted.count);
		for (size_t f = 0; f < ours.count; f++) {
			assert_string_equal(ours.frames[f].function, wanted.frames[f].function);
			assert_int_equal(ours.frames[f].line, wanted.frames[f].line);
			assert_int_equal(ours.frames[f].kind,
					 f + 1 < ours.count ? FRAME_INLINED : FRAME_KERNEL);
			assert_string_equal(ours.frames[f].module, "kernel");
			assert_true(ours.frames[f].start > text_addr);
		}
		assert_non_null(strstr(ours.frames->file, "kernel.c"));
		inlined += ours.count > 1;
	}
	assert_true(inlined > 50);
	assert_string_equal(notices_of(symbolizer), "");
	/* What a module has there has nothing to do with it. */
	assert_int_equal(answer(symbolizer, kernel, text_addr)->count, 1);
	assert_named(symbolizer, kernel, text_addr, "of_module");
	symbolizer_free(symbolizer);
}

static void all_at_once(void **state)
{
	struct symbolizer *symbolizer = new_reader(false);
	int kernel = symbolizer_add_kernel(symbolizer);
	uint64_t *addrs = calloc(text_len, sizeof(*addrs));
	struct symbol *symbols = calloc(text_len, sizeof(*symbols));

	for (uint64_t i = 0; i < text_len; i++)
		addrs[i] = text_addr + SLIDE + i;
	assert_int_equal(symbolizer_resolve(symbolizer, kernel, addrs, text_len, symbols), 0);
	for (uint64_t i = 0; i < text_len; i++) {
		const struct symbol *alone = answer(symbolizer, kernel, addrs[i]);

		/* What is the same is kept once. */
		assert_ptr_equal(alone->frames, symbols[i].frames);
	}
	free(addrs);
	free(symbols);
	symbolizer_free(symbolizer);
}

static bool has_inlined(struct symbolizer *symbolizer, int kernel)
{
	for (uint64_t i = 0; i < text_len; i++)
		if (answer(symbolizer, kernel, text_addr + i + SLIDE)->count > 1)
			return true;
	return false;
}

static void not_where_they_are_not_wanted(void **state)
{
	struct symbolizer *symbolizer = new_reader(true);

	assert_false(has_inlined(symbolizer, symbolizer_add_kernel(symbolizer)));
	symbolizer_free(symbolizer);
}

/* Under its other name. */
static void folder_of_modules(void **state)
{
	struct symbolizer *symbolizer;

	run("mkdir -p debug/lib/modules/%s && mv debug/boot/vmlinux-%s "
	    "debug/lib/modules/%s/vmlinux",
	    release, release, release);
	symbolizer = new_reader(false);
	assert_true(has_inlined(symbolizer, symbolizer_add_kernel(symbolizer)));
	symbolizer_free(symbolizer);
	run("mv debug/lib/modules/%s/vmlinux debug/boot/vmlinux-%s", release, release);
}

/* Another build's would say what is not so. */
static void another_build_is_refused(void **state)
{
	struct symbolizer *symbolizer;
	int kernel;

	run("cp notes kept && head -c -1 kept >notes && printf '\\377' >>notes");
	symbolizer = new_reader(false);
	kernel = symbolizer_add_kernel(symbolizer);
	assert_false(has_inlined(symbolizer, kernel));
	assert_named(symbolizer, kernel, text_addr + SLIDE, "read_it");
	assert_non_null(strstr(notices_of(symbolizer), "its build id is not the kernel's"));
	symbolizer_free(symbolizer);
	/* Nor is anything taken for it when the kernel does not say which it is. */
	run("head -c 10 kept >notes");
	symbolizer = new_reader(false);
	assert_false(has_inlined(symbolizer, symbolizer_add_kernel(symbolizer)));
	symbolizer_free(symbolizer);
	run("mv kept notes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inlined_functions_and_lines),
		cmocka_unit_test(all_at_once),
		cmocka_unit_test(not_where_they_are_not_wanted),
		cmocka_unit_test(folder_of_modules),
		cmocka_unit_test(another_build_is_refused),
	};

	return cmocka_run_group_tests(tests, make_kernel, fixture_teardown);
}
