// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of the files of a series: what is made, what is recognised, what is refused. */
#include "profiler/series_name.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "profiler/model/alloc.h"
#include "tests/unit/unit.h"

#define MOMENT 1767323045 /* 2026-01-02 03:04:05 UTC */

static int setup(void **state)
{
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

static void check_pattern(const char *path, const char *wanted)
{
	char *pattern = series_name_pattern(path);

	assert_string_equal(pattern, wanted);
	free(pattern);
}

static void patterns(void **state)
{
	check_pattern("cpu.svg", "cpu-%Y%m%d-%H%M%S.svg");
	check_pattern("a.b/cpu", "a.b/cpu-%Y%m%d-%H%M%S");
	check_pattern("x/cpu.pb.gz", "x/cpu-%Y%m%d-%H%M%S.pb.gz");
	check_pattern("cpu.firefox.json", "cpu-%Y%m%d-%H%M%S.firefox.json");
	check_pattern("cpu.other", "cpu-%Y%m%d-%H%M%S.other");
	check_pattern(".hidden", ".hidden-%Y%m%d-%H%M%S");
	check_pattern("cpu-%H.svg", "cpu-%H.svg");
	check_pattern("100%%.svg", "100%%-%Y%m%d-%H%M%S.svg");
}

static void what_is_wrong(void **state)
{
	static const char *const right[] = {"%Y%m%d.svg", "%F_%T.pb.gz", "a/%j-%s", "5%%-%H%M%S.svg"};
	static const char *const wrong[] = {"%A.svg",  "%", "a%.svg", "%Y/a.svg", "%Ex.svg",
					    "%5Y.svg", "%c", "%n", "a%"};

	for (size_t i = 0; i < ARRAY_LEN(right); i++)
		assert_null(series_name_wrong(right[i]));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_non_null(series_name_wrong(wrong[i]));
}

static void check_made(const char *pattern, unsigned int number, const char *wanted)
{
	char *path = series_name_make(pattern, MOMENT, number);

	assert_string_equal(path, wanted);
	assert_true(series_name_matches(pattern, strrchr(path, '/') ? strrchr(path, '/') + 1 : path));
	free(path);
}

static void names(void **state)
{
	check_made("cpu-%Y%m%d-%H%M%S.svg", 1, "cpu-20260102-030405.svg");
	check_made("cpu-%Y%m%d-%H%M%S.svg", 2, "cpu-20260102-030405-2.svg");
	check_made("a/cpu-%F.pb.gz", 12, "a/cpu-2026-01-02-12.pb.gz");
	check_made("%T", 3, "03:04:05-3");
	check_made("%j-%s.x", 1, "002-1767323045.x");
	check_made("5%%-%H.svg", 1, "5%-03.svg");
}

static void others_are_not_recognised(void **state)
{
	static const char pattern[] = "folder/cpu-%Y%m%d-%H%M%S.svg";
	static const char *const others[] = {
		"",
		"cpu",
		"cpu-20260102-030405",
		"cpu-20260102-030405.svg.bak",
		"cpu-20260102-030405.svgz",
		"xcpu-20260102-030405.svg",
		"cpu-20261302-030405.svg",
		"cpu-20260132-030405.svg",
		"cpu-20260102-240405.svg",
		"cpu-20260102-036005.svg",
		"cpu-2026010-030405.svg",
		"cpu-202601020-030405.svg",
		"cpu-20260102-030405-.svg",
		"cpu-20260102-030405-0.svg",
		"cpu-20260102-030405-1.svg",
		"cpu-20260102-030405-02.svg",
		"cpu-20260102-030405-2-3.svg",
		"cpu-20260102-030405-1234567890.svg",
		"cpu-%Y%m%d-%H%M%S.svg",
		"folder/cpu-20260102-030405.svg",
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_false(series_name_matches(pattern, others[i]));
	assert_true(series_name_matches(pattern, "cpu-20260102-030405-123.svg"));
	assert_true(series_name_matches(pattern, "cpu-20260102-030460.svg")); /* a leap second */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(what_is_wrong),
		cmocka_unit_test(names),
		cmocka_unit_test(others_are_not_recognised),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
