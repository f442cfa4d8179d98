// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No memory for debug information: it costs inlined functions and lines, and no function its name.
 * The program that is run (tests/bench/symbols.c) is built as for use: a sanitizer has a malloc() of
 * its own, and address space without end.
 */
#include "tests/unit/symbolizer_fixture.h"

#include <limits.h>
#include <sys/wait.h>

#define RUNS 10

static char here[PATH_MAX];

/* Named by `symbols`, under the conditions: "ADDRESS FUNCTION" of the functions that hold the code. */
static int name(const char *conditions, const char *output)
{
	char command[PATH_MAX + 512];

	snprintf(command, sizeof(command),
		 "cd %s && %s %s/build/tests/bench/symbols ./prog <addrs >raw 2>errors",
		 fixture_dir, conditions, here);
	int status = system(command);

	run("awk '/^0x/ { if (addr) print addr, held; addr = $0; next } !/:[0-9]+$/ { held = $0 } "
	    "END { print addr, held }' raw >%s",
	    output);
	return status;
}

/* libdw keeps something of each unit of a file, and of each file that a split unit has. */
static void build(const char *flags)
{
	run("rm -f *.dwo *.o && gcc -O1 -g %s -c -o one.o unit.c && "
	    "for u in $(seq 60); do objcopy --prefix-symbols=u${u}_ one.o $u.o || exit 1; "
	    "done && gcc -O2 -g %s -o prog prog.c *.o && "
	    "%s/build/tests/bench/symbols ./prog 300 >addrs",
	    flags, flags, here);
}

static int number_in(const char *file)
{
	FILE *output = output_of("cat %s", file);
	int number = -1;

	assert_int_equal(fscanf(output, "%d", &number), 1);
	pclose(output);
	return number;
}

static void every_allocation_may_fail(const char *flags)
{
	char conditions[PATH_MAX + 128];
	int count, worse = 0;

	build(flags);
	snprintf(conditions, sizeof(conditions),
		 "NO_MEMORY_COUNT=count LD_PRELOAD=%s/build/tests/unit/no_memory.so", here);
	assert_int_equal(name(conditions, "wanted"), 0);
	run("grep -c twist raw >inlined && mv raw whole");
	count = number_in("count");
	assert_true(count > 10 && number_in("inlined") > 20);
	for (int i = 0; i < RUNS; i++) {
		int at = count <= RUNS ? i % count + 1
				       : 1 + (int)((long)i * (count - 1) / (RUNS - 1));

		snprintf(conditions, sizeof(conditions),
			 "NO_MEMORY_AT=%d LD_PRELOAD=%s/build/tests/unit/no_memory.so", at, here);
		if (name(conditions, "got"))
			fail_msg("%s: ended without memory for allocation %d of %d", flags, at,
				 count);
		run("cmp wanted got || exit 1; cmp -s raw whole; echo $? >worse");
		worse += number_in("worse");
	}
	/* It mattered to some. */
	assert_true(worse > 2);
}

static void split_units(void **state)
{
	every_allocation_may_fail("-gsplit-dwarf");
}

/* Of a plain file's units libdw is asked so little that what is set aside for each will do. */
static void plain_file(void **state)
{
	char conditions[PATH_MAX + 128];

	build("");
	snprintf(conditions, sizeof(conditions),
		 "NO_MEMORY_COUNT=count LD_PRELOAD=%s/build/tests/unit/no_memory.so", here);
	assert_int_equal(name(conditions, "wanted"), 0);
	run("grep -c twist raw >inlined");
	assert_true(number_in("inlined") > 20);
	assert_int_equal(number_in("count"), 0);
}

/* With less and less memory the program may fail, but in its own words, and is not killed. */
static void address_space_runs_out(void **state)
{
	char conditions[64];
	int done = 0, failed = 0;

	/* As the test before left it. */
	assert_int_equal(name("", "wanted"), 0);
	for (int kib = 8000; kib < 24000; kib += 1600) {
		int status;

		snprintf(conditions, sizeof(conditions), "ulimit -v %d;", kib);
		status = name(conditions, "got");
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 128);
		run("! grep -q '^libdw' errors");
		done += !status;
		failed += status != 0;
		if (!status)
			run("cmp wanted got");
	}
	assert_true(done > 0 && failed > 0);
}

static int make_source(void **state)
{
	if (fixture_setup(state) || !getcwd(here, sizeof(here)))
		return -1;
	/* So much that libdw needs more than what is set aside for its beginning. */
	write_file(
		"unit.c",
		"static inline unsigned twist(unsigned a) { return (a ^ a << 13) * 77; }\n"
		"static inline unsigned turn(unsigned a, unsigned n)\n"
		"{ while (n--)\n a = twist(a) + n;\n return a; }\n"
		"#define PASTE(a, b) a##b\n#define NAME(a, b) PASTE(a, b)\n"
		"#define F(n) unsigned NAME(f, n)(unsigned a) { return turn(a, n) + twist(n); }\n"
		"#define G(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7)\n"
		"#define H(n) G(n##0) G(n##1) G(n##2) G(n##3) G(n##4) G(n##5) G(n##6) G(n##7)\n"
		"H(1)\n");
	run("seq 1500 | sed 's/.*/# 1 \"folder\\/file&.c\"\\n"
	    "__attribute__((used)) static int v&;/' >>unit.c");
	write_file("prog.c", "int main(void) { return 0; }\n");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_units),
		cmocka_unit_test(plain_file),
		cmocka_unit_test(address_space_runs_out),
	};

	return cmocka_run_group_tests(tests, make_source, fixture_teardown);
}
