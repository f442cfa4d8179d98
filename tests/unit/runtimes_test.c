// SPDX-License-Identifier: GPL-2.0-or-later
/* Which files are a runtime's. */
#include "tests/unit/unit.h"

#include "profiler/runtimes.h"

static void runtimes_are_known_by_their_files(void **state)
{
	static const struct {
		const char *path;
		enum runtime runtime;
	} rows[] = {
		{"/usr/bin/node", RUNTIME_NODE},
		{"/usr/lib/x86_64-linux-gnu/libnode.so.108", RUNTIME_NODE},
		{"/usr/lib/jvm/java-17-openjdk-amd64/lib/server/libjvm.so", RUNTIME_JAVA},
		{"/usr/bin/python3.11", RUNTIME_PYTHON},
		{"/usr/lib/libpython3.12.so.1.0", RUNTIME_PYTHON},
		{"python3", RUNTIME_PYTHON},
		{"/usr/bin/node_exporter", RUNTIME_NONE},
		{"/usr/lib/libjvm.so.debug", RUNTIME_NONE},
		{"/opt/node/bin/server", RUNTIME_NONE},
		{"/usr/bin/java", RUNTIME_NONE}, /* what runs is in libjvm.so, which it opens */
		{"", RUNTIME_NONE},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(runtime_of_file(rows[i].path), rows[i].runtime);
}

/* The process's files, and nothing of one that is not known. */
static void processes_are_known_by_what_they_mapped(void **state)
{
	char libc[] = "/usr/lib/libc.so.6", jvm[] = "/usr/lib/libjvm.so";
	struct binary binaries[] = {{.path = libc}, {.path = jvm}};
	struct code_map maps[] = {{.start = 0, .end = 1, .binary = 0, .type = CODE_FILE},
				  {.start = 1, .end = 2, .binary = 1, .type = CODE_JIT},
				  {.start = 2, .end = 3, .binary = 1, .type = CODE_FILE}};
	struct tracker tracker;

	tracker_init(&tracker, false);
	for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
		assert_int_equal(spaces_map(&tracker.spaces, 1, 7, &maps[i]), 0);
		/* Until the last, nothing has been mapped that says so. */
		tracker.binaries.binaries = binaries;
		tracker.binaries.count = ARRAY_LEN(binaries);
		assert_int_equal(runtime_of_process(&tracker, 7),
				 i == 2 ? RUNTIME_JAVA : RUNTIME_NONE);
		assert_int_equal(runtime_of_process(&tracker, 8), RUNTIME_NONE);
		tracker.binaries.binaries = NULL;
		tracker.binaries.count = 0;
	}
	tracker_fini(&tracker);
}

static void each_has_its_advice(void **state)
{
	for (int runtime = RUNTIME_NONE + 1; runtime < RUNTIME_COUNT; runtime++)
		assert_non_null(strchr(runtime_advice((enum runtime)runtime), '-'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runtimes_are_known_by_their_files),
		cmocka_unit_test(processes_are_known_by_what_they_mapped),
		cmocka_unit_test(each_has_its_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
