// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables built in confined processes are those that are built here; what is no table is refused. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "profiler/unwind/table/table_confined.h"

static struct unwind_table build(const char *path, int (*how)(int fd, struct unwind_table *ret))
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct unwind_table table = {0};

	assert_true(fd >= 0);
	assert_int_equal(how(fd, &table), 0);
	close(fd);
	return table;
}

static void tables_are_the_same(void **state)
{
	static const char *const paths[] = {"/proc/self/exe", "/bin/sh", "/usr/bin/env"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct unwind_table here = build(paths[i], unwind_table_build);
		struct unwind_table there = build(paths[i], unwind_table_build_confined);

		assert_int_equal(here.nr_units, there.nr_units);
		assert_memory_equal(here.units, there.units, here.nr_units * UNWIND_UNIT_BYTES);
		assert_int_equal(here.nr_rows, there.nr_rows);
		assert_int_equal(here.nr_other, there.nr_other);
		assert_int_equal(here.base, there.base);
		assert_int_equal(here.damaged, there.damaged);
		unwind_table_fini(&here);
		unwind_table_fini(&there);
	}
}

static void errors_are_the_same(void **state)
{
	char name[] = "/tmp/bolometer-confined-XXXXXX";
	int fd = mkstemp(name);
	struct unwind_table table;

	(void)state;
	assert_int_equal(unwind_table_build_confined(fd, &table), unwind_table_build(fd, &table));
	assert_int_equal(unwind_table_build_confined(fd, &table), -ENOEXEC);
	unlink(name);
	close(fd);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(unwind_table_build_confined(fd, &table), unwind_table_build(fd, &table));
	close(fd);
}

/* Whatever is changed in a table: it is refused, or every address is still looked up inside of it. */
static void damaged_tables_are_refused(void **state)
{
	struct unwind_table table = build("/usr/bin/env", unwind_table_build);
	const struct unwind_table_header *header = (const void *)table.units;
	size_t len = table.nr_units * UNWIND_UNIT_BYTES, refused = 0;
	uint64_t random = 1, end = header->start + ((uint64_t)header->nr_pages << header->page_shift);
	struct unwind_table copy;

	(void)state;
	assert_true(unwind_table_check(&table));
	for (int i = 0; i < 3000; i++) {
		uint8_t *bytes = malloc(len);
		/* The header and the index are small: they are to have their share. */
		size_t at = random_below(&random, i % 3 ? (uint32_t)len : 64);

		memcpy(bytes, table.units, len);
		bytes[at] ^= (uint8_t)(1 + random_below(&random, 255));
		copy = table;
		copy.units = (uint64_t *)bytes;
		copy.nr_units -= i % 50 == 0; /* and some that were cut */
		if (!unwind_table_check(&copy)) {
			refused++;
		} else {
			for (uint64_t addr = 0; addr < end + 1000; addr += 16)
				unwind_table_find(&copy, addr);
		}
		free(bytes);
	}
	assert_true(refused > 1000);
	unwind_table_fini(&table);
}

static void no_table_at_all_is_refused(void **state)
{
	uint64_t units[4] = {0};
	struct unwind_table table = {.units = units};

	(void)state;
	for (table.nr_units = 0; table.nr_units <= ARRAY_LEN(units); table.nr_units++)
		assert_false(unwind_table_check(&table));
}

static void processes_are_replaced(void **state)
{
	struct unwind_table here = build("/usr/bin/env", unwind_table_build);

	(void)state;
	for (int i = 0; i < 70; i++) {
		struct unwind_table there = build("/usr/bin/env", unwind_table_build_confined);

		assert_int_equal(here.nr_units, there.nr_units);
		unwind_table_fini(&there);
	}
	unwind_table_fini(&here);
	unwind_table_end_confined();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_the_same),
		cmocka_unit_test(errors_are_the_same),
		cmocka_unit_test(damaged_tables_are_refused),
		cmocka_unit_test(no_table_at_all_is_refused),
		cmocka_unit_test(processes_are_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
