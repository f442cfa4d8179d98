// SPDX-License-Identifier: GPL-2.0-or-later
/* Folded text: exact lines, the order of sort, nothing lost and nothing twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/render_fixture.h"

static void check(struct fixture *fixture, bool annotate, const char *wanted)
{
	char *text;

	fixture_finish(fixture);
	fixture->input.annotate = annotate;
	text = fixture_render(&fixture->input, "folded");
	assert_string_equal(text, wanted);
	free(text);
	fixture_free(fixture);
}

static void test_plain(void **state)
{
	struct fixture *f = fixture_new("samples count");

	fixture_stack(f, "main;b", 2, 0);
	fixture_stack(f, "main;a;deep", 3, 0);
	fixture_stack(f, "main", 1, 0);
	check(f, false, "main 1\nmain;a;deep 3\nmain;b 2\n");
}

static void test_no_samples(void **state)
{
	check(fixture_new("samples count"), false, "");
}

static void test_annotations(void **state)
{
	struct fixture *f = fixture_new("samples count");

	fixture_stack(f, "main;read|kernel", 1, 0);
	fixture_stack(f, "main;code|jit;helper|inlined", 1, 0);
	check(f, true, "main;code_[j];helper_[i] 1\nmain;read_[k] 1\n");
}

/* Where a name begins another, the number and ';' decide. */
static void test_order_of_sort(void **state)
{
	struct fixture *f = fixture_new("samples count");

	fixture_stack(f, "a", 7, 0);
	fixture_stack(f, "a!b", 1, 0);
	fixture_stack(f, "a;c", 2, 0);
	fixture_stack(f, "a 7", 3, 0);
	fixture_stack(f, "a 6;x", 3, 0);
	fixture_stack(f, "ab", 4, 0);
	check(f, false, "a 6;x 3\na 7\na 7 3\na!b 1\na;c 2\nab 4\n");
}

static void test_cleaning(void **state)
{
	static const char bytes[] = "a;b\nc\x7f\xff\xc2\x85\xc3\xa9";
	struct fixture *f = fixture_new("samples count");
	uint32_t frame = fixture_frame(f, bytes, sizeof(bytes) - 1, NULL, FRAME_USER);

	fixture_sample(f, &frame, 1, (int64_t[]){5});
	check(f, false, "a:b?c???\xc3\xa9 5\n");
}

/* A reader takes spaces before the number for one, and a line with "# " for a remark. */
static void test_what_readers_leave_out(void **state)
{
	struct fixture *f = fixture_new("samples count");

	fixture_stack(f, "# pool;a b  ;x ", 1, 0);
	fixture_stack(f, "#1;#", 2, 0);
	fixture_stack(f, "m;  ", 3, 0);
	check(f, false, "#1;? 2\n? pool;a b;x 1\nm;? 3\n");
}

/* Frames that differ in what is not printed are one, with all that is below them. */
static void test_alike(void **state)
{
	struct fixture *f = fixture_new("samples count");

	fixture_stack(f, "main;copy|library|a.so;x", 1, 0);
	fixture_stack(f, "main;copy|library|b.so;x", 2, 0);
	fixture_stack(f, "main;copy|kernel;x", 4, 0);
	fixture_stack(f, "main;copy|kernel;y", 8, 0);
	fixture_stack(f, "main;copy|user", 16, 0);
	fixture_stack(f, "main;copy|library|b.so", 32, 0);
	check(f, false, "main;copy 48\nmain;copy;x 7\nmain;copy;y 8\n");
}

static void test_time_is_rounded_once(void **state)
{
	struct fixture *f = fixture_new("time nanoseconds");

	fixture_stack(f, "a", 1499, 0);
	fixture_stack(f, "b", 1500, 0);
	fixture_stack(f, "c|library|a.so", 300, 0);
	fixture_stack(f, "c|library|b.so", 300, 0);
	check(f, false, "a 1\nb 2\nc 1\n");
}

/* No stack that has time is lost for being short, and the largest times do not overflow. */
static void test_short_and_long_times(void **state)
{
	struct fixture *f = fixture_new(FIXTURE_WAITS);

	fixture_values(f, "none", (int64_t[]){0, 3, 0, 0});
	fixture_values(f, "one", (int64_t[]){1, 1, 1, 0});
	fixture_values(f, "short", (int64_t[]){499, 1, 499, 0});
	fixture_values(f, "half", (int64_t[]){500, 1, 500, 0});
	fixture_values(f, "long", (int64_t[]){INT64_MAX - 1000, 1, 1, 0});
	check(f, false, "half 1\nlong 9223372036854775\none 1\nshort 1\n");
}

static void test_negative_times(void **state)
{
	struct fixture *f = fixture_new("time nanoseconds");

	fixture_stack(f, "a", -1, 0);
	fixture_stack(f, "b", -1499, 0);
	fixture_stack(f, "c", -1500, 0);
	check(f, false, "a -1\nb -1\nc -2\n");
}

static void test_stack_without_frames(void **state)
{
	struct fixture *f = fixture_new("samples count");

	fixture_sample(f, NULL, 0, (int64_t[]){3});
	fixture_stack(f, "main", 1, 0);
	check(f, false, "[no stack] 3\nmain 1\n");
}

static void test_deep(void **state)
{
	enum { DEPTH = 100000 };
	struct fixture *f = fixture_new("samples count");
	uint32_t *frames = malloc(DEPTH * sizeof(*frames));
	char *text;

	frames[0] = fixture_frame(f, "f", 1, NULL, FRAME_USER);
	for (int i = 1; i < DEPTH; i++)
		frames[i] = frames[0];
	fixture_sample(f, frames, DEPTH, (int64_t[]){1});
	text = fixture_render(fixture_finish(f), "folded");
	assert_int_equal(strlen(text), 2 * DEPTH - 1 + 3);
	free(text);
	free(frames);
	fixture_free(f);
}

/* ---- random trees ------------------------------------------------------------------------ */

static char *random_stack(void)
{
	static const char *const names[] = {
		"a",	   "a!",       "a 1", "a 10", "a:", "a?", "b", "a|kernel", "a|library|x.so",
		"a 1|jit", "b|kernel", " a",  "~"};
	char text[512] = "";

	for (int depth = 1 + rand() % 6; depth > 0; depth--) {
		if (*text)
			strcat(text, ";");
		strcat(text, names[rand() % (int)(sizeof(names) / sizeof(*names))]);
	}
	return strdup(text);
}

/* `stack` as it is printed, kinds and modules left out. */
static void printed(const char *stack, char *out)
{
	bool skip = false;

	for (; *stack; stack++) {
		skip = *stack == '|' || (skip && *stack != ';');
		if (!skip)
			*out++ = *stack;
	}
	*out = '\0';
}

static int64_t line_value(char *line)
{
	char *space = strrchr(line, ' ');

	assert_non_null(space);
	*space = '\0';
	return atoll(space + 1);
}

static void test_random_trees(void **state)
{
	enum { STACKS = 60 };

	srand(3);
	for (int round = 0; round < 300; round++) {
		struct fixture *f = fixture_new("samples count");
		char *stacks[STACKS], *text, *rest, *line, before[512] = "", plain[512];
		int64_t values[STACKS], sum = 0, printed_sum = 0;

		for (int i = 0; i < STACKS; i++) {
			stacks[i] = random_stack();
			values[i] = 1 + rand() % 200;
			sum += values[i];
			fixture_stack(f, stacks[i], values[i], 0);
		}
		text = rest = fixture_render(fixture_finish(f), "folded");
		while ((line = strsep(&rest, "\n")) && *line) {
			int64_t value, wanted = 0;

			assert_true(strcmp(before, line) < 0);
			strcpy(before, line);
			value = line_value(line);
			for (int i = 0; i < STACKS; i++) {
				printed(stacks[i], plain);
				if (strcmp(plain, line) == 0)
					wanted += values[i];
			}
			assert_int_equal(value, wanted);
			printed_sum += value;
		}
		assert_int_equal(printed_sum, sum);
		free(text);
		for (int i = 0; i < STACKS; i++)
			free(stacks[i]);
		fixture_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_no_samples),
		cmocka_unit_test(test_annotations),
		cmocka_unit_test(test_order_of_sort),
		cmocka_unit_test(test_cleaning),
		cmocka_unit_test(test_what_readers_leave_out),
		cmocka_unit_test(test_alike),
		cmocka_unit_test(test_time_is_rounded_once),
		cmocka_unit_test(test_short_and_long_times),
		cmocka_unit_test(test_negative_times),
		cmocka_unit_test(test_stack_without_frames),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_random_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
