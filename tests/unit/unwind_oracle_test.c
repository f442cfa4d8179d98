// SPDX-License-Identifier: GPL-2.0-or-later
/* Real files: every row is what libdw says. `make check-cfi` compares every file there is. */
#include "tests/unit/unit.h"

#include <sys/auxv.h>
#include <sys/mman.h>

#include "tests/unit/unwind_check.h"
#include "tests/unit/unwind_oracle.h"

/* libdw allocates for every question: where from is not worth half a minute. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "malloc_context_size=0:quarantine_size_mb=1";
}

/* Of code without a row kind there is a little, in assembly. */
#define OTHER_PERCENT_MAX 1

static void check_fd(int fd, const char *name)
{
	struct oracle oracle;

	assert_int_equal(oracle_check(fd, name, &oracle), 0);
	assert_null(table_check(&oracle.table));
	assert_int_equal(oracle.differences, 0);
	assert_true(oracle.checked >= 2 * oracle.table.nr_rows);
	assert_true(oracle.table.nr_units * UNWIND_UNIT_BYTES <= 12 * oracle.table.nr_rows + 64);
	assert_true(oracle.table.nr_other * 100 <= oracle.table.nr_rows * OTHER_PERCENT_MAX);
	oracle_fini(&oracle);
}

/* The first of these that exists; skips when none does. */
static void check_first(const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int fd = open(paths[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		check_fd(fd, paths[i]);
		close(fd);
		return;
	}
	skip();
}
#define CHECK_FIRST(...)                                \
	check_first((const char *const[]){__VA_ARGS__}, \
		    ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

static void the_c_library(void **state)
{
	CHECK_FIRST("/lib/x86_64-linux-gnu/libc.so.6", "/lib64/libc.so.6",
		    "/lib/aarch64-linux-gnu/libc.so.6");
}

static void the_dynamic_linker(void **state)
{
	CHECK_FIRST("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1");
}

static void the_mathematical_library(void **state)
{
	CHECK_FIRST("/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6",
		    "/lib/aarch64-linux-gnu/libm.so.6");
}

static void cxx(void **state)
{
	CHECK_FIRST("/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "/usr/lib64/libstdc++.so.6",
		    "/usr/lib/aarch64-linux-gnu/libstdc++.so.6");
}

static void gcc_runtime(void **state)
{
	CHECK_FIRST("/lib/x86_64-linux-gnu/libgcc_s.so.1", "/lib64/libgcc_s.so.1",
		    "/lib/aarch64-linux-gnu/libgcc_s.so.1");
}

static void openssl_assembly(void **state)
{
	CHECK_FIRST("/usr/lib/x86_64-linux-gnu/libcrypto.so.3", "/usr/lib64/libcrypto.so.3",
		    "/usr/lib/aarch64-linux-gnu/libcrypto.so.3");
}

static void python(void **state)
{
	CHECK_FIRST("/usr/bin/python3");
}

static void this_program(void **state)
{
	CHECK_FIRST("/proc/self/exe");
}

/* For the other architecture's rows: its library, where the cross compiler's package is there. */
static void the_c_library_of_arm64(void **state)
{
	CHECK_FIRST("/usr/aarch64-linux-gnu/lib/libc.so.6");
}

static void the_vdso(void **state)
{
	const void *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	int fd = memfd_create("vdso", MFD_CLOEXEC);

	if (!vdso || fd < 0)
		skip();
	assert_int_equal(write(fd, vdso, 2 * 4096), 2 * 4096);
	check_fd(fd, "vdso");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_c_library),
		cmocka_unit_test(the_dynamic_linker),
		cmocka_unit_test(the_mathematical_library),
		cmocka_unit_test(cxx),
		cmocka_unit_test(gcc_runtime),
		cmocka_unit_test(openssl_assembly),
		cmocka_unit_test(python),
		cmocka_unit_test(this_program),
		cmocka_unit_test(the_c_library_of_arm64),
		cmocka_unit_test(the_vdso),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
