// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * speedscope's format: what is written is read back as what draws the same, also
 * through pprof; files and lines of functions; numbers of JSON.
 */
#include "tests/unit/unit.h"

#include <errno.h>

#include "profiler/file/json.h"
#include "tests/unit/pprof_fixture.h"
#include "tests/unit/view_fixture.h"

static uint32_t text_id(struct profile *profile, const char *text)
{
	uint32_t id;

	assert_int_equal(strings_intern_z(profile->strings, text, &id), 0);
	return id;
}

static struct profile *read_again(const char *format, const char *bytes, size_t len)
{
	struct profile *profile = profile_new();
	struct pprof_told told;
	int err = format_parse(profile, format, bytes, len, &told);

	if (err)
		fail_msg("%d: %s", err, told.line);
	assert_string_equal(told.line, "");
	return profile;
}

static char *render(struct profile *profile, const char *format, enum group_key group, size_t *ret_len)
{
	return pprof_render(profile, format, &views[VIEW_PLAIN], group, ret_len);
}

/* The same profile, by way of a format. */
static struct profile *through(struct profile *profile, const char *format, enum group_key group)
{
	size_t len;
	char *bytes = render(profile, format, group, &len);
	struct profile *again = read_again(format, bytes, len);

	free(bytes);
	return again;
}

static void draws_same(struct profile *a, struct profile *b, const char *format, enum group_key group)
{
	size_t len;
	char *wanted = render(a, format, group, &len), *drawn = render(b, format, group, &len);

	assert_string_equal(drawn, wanted);
	free(wanted);
	free(drawn);
}

/* ---- parse(print(x)) = x ---- */

static const char *const names[] = {
	"main", "work", "std::map<int, int>::find(int const&)", "\xc3\xbcnic\xc3\xb6" "de",
	"with;semicolon", "quote\"back\\slash", "line\nbreak\ttab", "[x", "\xf0\x9f\x98\x80",
	"[waits: futex]", "[libz.so.1]+0x3af0", "[unknown]",
};

static uint32_t random_location(struct profile *profile, uint64_t *random, bool places)
{
	const char *name = names[random_below(random, ARRAY_LEN(names))];
	struct given_frame given = {.name = text_id(profile, name), .kind = FRAME_USER};
	enum frame_kind kind;
	uint32_t location;

	if (marker_is_bracketed(name, strlen(name), &kind))
		given.kind = kind;
	else if (random_below(random, 3) == 0)
		given.kind = random_below(random, FRAME_INTERPRETER + 1);
	if (given.kind <= FRAME_INTERPRETER && random_below(random, 3) == 0)
		given.module = text_id(profile, "libfoo.so.1");
	if (places && random_below(random, 2)) {
		given.place.file = text_id(profile, random_below(random, 2) ? "a.c" : "/src/b.c");
		given.place.start_line = random_below(random, 3);
		given.place.column = random_below(random, 2);
	}
	assert_int_equal(profile_add_given(profile, MAPPING_NONE, 0, &given, 1, &location), 0);
	return location;
}

static void add_random_sample(struct profile *profile, uint64_t *random, bool places)
{
	static const char *const threads[] = {"main", "worker \"1\"", "t\xc3\xa9"};
	struct sample sample = {.task = TASK_NONE, .cpu = CPU_NONE};
	struct task task = {0};
	int64_t value = random_below(random, 1000000);

	if (random_below(random, 3)) {
		task.thread_name = text_id(profile, threads[random_below(random, 3)]);
		assert_int_equal(profile_add_task(profile, &task, &sample.task), 0);
	}
	for (uint32_t depth = random_below(random, 6); depth; depth--)
		assert_int_equal(stack_table_push(&profile->stacks, sample.stack,
						  random_location(profile, random, places),
						  &sample.stack), 0);
	/* A large one, to see that all digits are kept. */
	value = random_below(random, 50) ? value : value << 40;
	assert_int_equal(profile_add_sample(profile, &sample, &value), 0);
}

static struct profile *random_profile(uint64_t *random, bool places)
{
	static const struct value_type types[] = {
		{"samples", "count", VALUE_AMOUNT},	   {"time", "nanoseconds", VALUE_AMOUNT},
		{"inuse_space", "bytes", VALUE_AMOUNT},	   {"wall", "microseconds", VALUE_AMOUNT},
		{"delay", "milliseconds", VALUE_AMOUNT}, {"age", "seconds", VALUE_AMOUNT},
	};
	struct profile *profile = profile_new();

	assert_int_equal(profile_add_value_type(profile,
						&types[random_below(random, ARRAY_LEN(types))]), 0);
	profile->about.title = strdup("a \"title\"\nof two lines");
	profile->about.start_unix_ns = 1700000000123456789;
	profile->about.duration_ns = random_below(random, 1000000000);
	for (uint32_t i = random_below(random, 40); i; i--)
		add_random_sample(profile, random, places);
	return profile;
}

static void what_is_written_comes_back(void **state)
{
	uint64_t random = 20261126;

	for (int i = 0; i < 200; i++) {
		struct profile *profile = random_profile(&random, i % 2);
		struct profile *again = through(profile, "speedscope", GROUP_THREAD);
		struct profile *pprof = through(again, "pprof", GROUP_THREAD);
		struct profile *last = through(pprof, "speedscope", GROUP_THREAD);

		draws_same(profile, again, "folded", GROUP_THREAD);
		draws_same(profile, again, "speedscope", GROUP_THREAD);
		draws_same(again, pprof, "folded", GROUP_THREAD);
		draws_same(again, last, "folded", GROUP_THREAD);
		assert_int_equal(again->totals[0], profile->totals[0]);
		assert_string_equal(last->about.values[0].name, profile->about.values[0].name);
		assert_string_equal(last->about.values[0].unit, profile->about.values[0].unit);
		profile_free(profile);
		profile_free(again);
		profile_free(pprof);
		profile_free(last);
	}
}

/* Text has neither threads nor files; of what it has, nothing is changed on the way. */
static void text_comes_back(void **state)
{
	uint64_t random = 7;

	for (int i = 0; i < 50; i++) {
		struct profile *profile = random_profile(&random, false);
		struct profile *text = through(profile, "folded", GROUP_THREAD);
		struct profile *again = through(text, "speedscope", GROUP_THREAD);

		draws_same(text, again, "folded", GROUP_THREAD);
		draws_same(text, again, "svg", GROUP_THREAD);
		profile_free(profile);
		profile_free(text);
		profile_free(again);
	}
}

/* Of a capture, each of its views: waits, rivals and wakers are frames. */
static void views_come_back(void **state)
{
	for (int view = VIEW_CPU; view < VIEW_COUNT; view++) {
		struct profile *profile = busy_profile();
		size_t len;
		char *bytes = pprof_render(profile, "speedscope", &views[view], GROUP_THREAD, &len);
		struct profile *again = read_again("speedscope", bytes, len);
		char *wanted = pprof_render(profile, "folded", &views[view], GROUP_THREAD, &len);
		char *drawn = render(again, "folded", GROUP_THREAD, &len);

		assert_string_equal(drawn, wanted);
		free(bytes);
		free(wanted);
		free(drawn);
		profile_free(profile);
		profile_free(again);
	}
}

/* ---- lines ---- */

/* Two lines of one function were reached; of another one it is known where it begins. */
static void functions_have_one_line(void **state)
{
	struct profile *profile = profile_new();
	struct value_type type = {"samples", "count", VALUE_AMOUNT};
	static const struct {
		const char *name;
		uint32_t line, start_line;
	} reached[] = {{"f", 31, 0}, {"f", 12, 0}, {"f", 0, 0}, {"g", 50, 40}, {"g", 60, 40}};
	size_t len;
	char *bytes;

	assert_int_equal(profile_add_value_type(profile, &type), 0);
	for (size_t i = 0; i < ARRAY_LEN(reached); i++) {
		struct given_frame given = {.name = text_id(profile, reached[i].name),
					    .kind = FRAME_USER,
					    .place.file = text_id(profile, "f.c"),
					    .place.line = reached[i].line,
					    .place.start_line = reached[i].start_line};
		struct sample sample = {.task = TASK_NONE, .cpu = CPU_NONE};
		uint32_t location;
		int64_t value = 1;

		assert_int_equal(profile_add_given(profile, MAPPING_NONE, i, &given, 1, &location), 0);
		assert_int_equal(stack_table_push(&profile->stacks, 0, location, &sample.stack), 0);
		assert_int_equal(profile_add_sample(profile, &sample, &value), 0);
	}
	bytes = render(profile, "speedscope", GROUP_NONE, &len);
	assert_non_null(strstr(bytes, "\"frames\":[\n"
				      "{\"name\":\"f\",\"file\":\"f.c\",\"line\":12},\n"
				      "{\"name\":\"g\",\"file\":\"f.c\",\"line\":40}]"));
	assert_non_null(strstr(bytes, "\"samples\":[\n[0],\n[1]],\n\"weights\":[3,2]"));
	free(bytes);
	bytes = render(profile, "firefox", GROUP_NONE, &len);
	assert_non_null(strstr(bytes, "\"line\":[null,12,31,50,60]"));
	assert_non_null(strstr(bytes, "\"func\":[0,0,0,1,1]"));
	assert_non_null(strstr(bytes, "\"lineNumber\":[null,40]"));
	free(bytes);
	profile_free(profile);
}

/* ---- numbers ---- */

static void numbers_are_exact(void **state)
{
	static const struct {
		const char *text;
		int digits;
		int64_t whole;
		int thousandths;
	} good[] = {
		{"0", 0, 0, 0}, {"-0", 9, 0, 0}, {"7", 0, 7, 0}, {"7", 9, 7000000000, 0},
		{"0.25", 9, 250000000, 0}, {"1e-3", 9, 1000000, 0}, {"1E+2", 0, 100, 0},
		{"1.5", 0, 1, 500}, {"-1.5", 0, -1, -500}, {"0.0004", 0, 0, 0}, {"1e-400", 9, 0, 0},
		{"9223372036854775807", 0, INT64_MAX, 0}, {"9223372036.854775807", 9, INT64_MAX, 0},
		{"0.1000000000000000055511151231257827", 9, 100000000, 0},
		{"123456789012345678.9999999999999999999999", 0, 123456789012345678, 999},
	};
	static const char *const bad[] = {
		"", "-", "+1", ".5", "01", "1.", "1.e3", "1e", "1e+", "nan", "null", "\"1\"",
		"9223372036854775808", "1e19", "1e400", "99999999999999999999999999999999999999999999",
	};
	struct json json;
	int thousandths;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		json_open(&json, good[i].text, strlen(good[i].text));
		assert_int_equal(json_scaled(&json, good[i].digits, &thousandths), good[i].whole);
		assert_int_equal(thousandths, good[i].thousandths);
		assert_null(json_close(&json));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		json_open(&json, bad[i], strlen(bad[i]));
		assert_int_equal(json_scaled(&json, 0, &thousandths), 0);
		if (!json_close(&json))
			fail_msg("%s is taken for a number", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_comes_back),
		cmocka_unit_test(text_comes_back),
		cmocka_unit_test(views_come_back),
		cmocka_unit_test(functions_have_one_line),
		cmocka_unit_test(numbers_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
