// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Of a large file that is asked for a few addresses not all debug information is read: each address
 * alone has the answer that it has among all of them.
 */
#include "tests/unit/symbolizer_fixture.h"

#define STEP 97

/* As many bytes of a section are read for one address; less would be read as a whole. */
#define LARGE (64 * 1024)

/* Copies of one unit, which is all that matters here. */
static void make_program(const char *flags)
{
	run("rm -f *.o *.dwo && gcc -O2 -g %s -c -o one.o unit.c && "
	    "for u in $(seq 12); do objcopy --prefix-symbols=u${u}_ one.o $u.o || exit 1; done && "
	    "gcc -O2 -g %s -shared -o prog *.o",
	    flags, flags);
}

static void is_large(const char *section)
{
	FILE *output = output_of("readelf -SW prog");
	char line[512], wanted[64];
	uint64_t len = 0;

	snprintf(wanted, sizeof(wanted), " %s ", section);
	while (fgets(line, sizeof(line), output))
		if (strstr(line, wanted))
			sscanf(strstr(line, "PROGBITS"), "PROGBITS %*x %*x %lx", &len);
	pclose(output);
	assert_true(len > LARGE);
}

static void compare(void)
{
	struct symbolizer_options options = {.lines = true, .debug_root = in_dir("debug")};
	struct symbolizer *symbolizer = symbolizer_new(&options);
	struct symbol_file file = {.path = in_dir("prog"), .root_fd = -1};
	uint64_t addr, off, len, offs[20000];
	static struct symbol all[20000];
	size_t count = 0, inlined = 0, lines = 0;
	int source;

	file.fd = open(file.path, O_RDONLY | O_CLOEXEC);
	assert_true(file.fd >= 0);
	source = symbolizer_add_file(symbolizer, &file);
	find_text("prog", &addr, &off, &len);
	for (uint64_t i = 0; i < len && count < 20000; i += STEP)
		offs[count++] = off + i;
	assert_true(count > 100);
	assert_int_equal(symbolizer_resolve(symbolizer, source, offs, count, all), 0);
	for (size_t i = 0; i < count; i++) {
		struct symbol one;

		assert_int_equal(symbolizer_resolve(symbolizer, source, &offs[i], 1, &one), 0);
		/* Equal lists of frames are kept once. */
		assert_ptr_equal(one.frames, all[i].frames);
		inlined += one.count > 1;
		lines += one.frames->line != 0;
	}
	assert_true(inlined > 30 && lines > 80);
	symbolizer_free(symbolizer);
	close(file.fd);
}

static void plain_units(void **state)
{
	make_program("-fPIC");
	is_large(".debug_info");
	is_large(".debug_line");
	compare();
}

static void older_version(void **state)
{
	make_program("-fPIC -gdwarf-4");
	is_large(".debug_info");
	compare();
}

/* Names of inlined functions are in other units. */
static void units_that_name_others(void **state)
{
	run("for u in 1 2 3 4 5 6; do gcc -O2 -g -fPIC -flto -DUNIT=$u -c -o lto$u.o unit.c || "
	    "exit 1; "
	    "done && "
	    "gcc -O2 -g -fPIC -flto -shared -o prog lto?.o");
	is_large(".debug_info");
	run("readelf -wa prog | grep -q 'DW_AT_abstract_origin *DW_FORM_ref_addr'");
	compare();
}

static void skeletons(void **state)
{
	make_program("-fPIC -gsplit-dwarf");
	is_large(".debug_line");
	compare();
}

static int make_unit(void **state)
{
	if (fixture_setup(state))
		return -1;
	run("{ echo 'static volatile unsigned sink;'; "
	    "echo '#define PASTE(a, b) a##b'; echo '#define NAME(a, b) PASTE(a, b)'; "
	    "for i in $(seq 80); do "
	    "echo \"struct s$i { int a$i, b$i; struct s$i *next$i; char text$i[$i]; };\"; "
	    "echo \"static inline unsigned twist$i(unsigned a)\"; "
	    "echo '{'; echo \" return (a ^ a << 13) * $i;\"; echo '}'; "
	    "echo \"unsigned NAME(NAME(f${i}_, UNIT), _)(struct s$i *s, unsigned a)\"; echo '{'; "
	    "echo \" for (; s; s = s->next$i)\"; echo \"  sink = twist$i(a += s->a$i);\"; "
	    "echo \" return twist$i(a);\"; echo '}'; done; } >unit.c");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_units),
		cmocka_unit_test(older_version),
		cmocka_unit_test(units_that_name_others),
		cmocka_unit_test(skeletons),
	};

	return cmocka_run_group_tests(tests, make_unit, fixture_teardown);
}
