// SPDX-License-Identifier: GPL-2.0-or-later
/* What readers of lines stand on: the lines of a file however they arrive, and the memory of texts. */
#include <errno.h>
#include <fcntl.h>

#include "profiler/file/input.h"
#include "profiler/file/memo.h"
#include "tests/unit/file_fixture.h"

/* Reads all lines, at most `max` at once, and joins them by '|'; "!" is one that is too long. */
static char *join(const char *text, size_t len, size_t head, int max)
{
	int fd = memory_file(text + head, len - head), got;
	struct piece lines[64];
	struct input input;
	char *joined;
	size_t joined_len;
	FILE *out = open_memstream(&joined, &joined_len);

	assert_int_equal(input_init(&input, fd, text, head), 0);
	while ((got = input_lines(&input, lines, max)) != 0) {
		assert_true(got == -EFBIG || (got > 0 && got <= max));
		if (got < 0)
			fputs("!|", out);
		for (int i = 0; i < got; i++)
			fprintf(out, "%.*s|", (int)lines[i].len, lines[i].text);
	}
	assert_int_equal(input_lines(&input, lines, max), 0);
	input_fini(&input);
	fclose(out);
	close(fd);
	return joined;
}

static void expect(const char *text, size_t len, const char *wanted)
{
	for (int max = 1; max <= 64; max *= 8) {
		for (size_t head = 0; head <= len; head += len / 3 + 1) {
			char *joined = join(text, len, head, max);

			assert_string_equal(joined, wanted);
			free(joined);
		}
	}
}

static void lines(void **state)
{
	expect("", 0, "");
	expect("\n", 1, "|");
	expect("a", 1, "a|");
	expect("a\n", 2, "a|");
	expect("a\n\nbc\nd", 7, "a||bc|d|");
}

/* Across the ends of the buffer, at every offset. */
static void many_lines(void **state)
{
	char *text, *wanted;
	size_t len, wanted_len;
	FILE *out = open_memstream(&text, &len), *want = open_memstream(&wanted, &wanted_len);

	for (int i = 0; i < 60000; i++) {
		fprintf(out, "%.*s\n", i % 11, "0123456789");
		fprintf(want, "%.*s|", i % 11, "0123456789");
	}
	fclose(out);
	fclose(want);
	expect(text, len, wanted);
	free(text);
	free(wanted);
}

static void long_lines(void **state)
{
	size_t len = INPUT_LINE_MAX_BYTES + 100000;
	char *text = malloc(len + 8), *joined;

	memset(text, 'x', len);
	memcpy(text + len, "\nb\n", 3);
	joined = join(text, len + 3, 4096, 64);
	assert_string_equal(joined, "!|b|");
	free(joined);
	joined = join(text, len, 4096, 64); /* and without an end */
	assert_string_equal(joined, "!|");
	free(joined);
	free(text);
}

static void errors_of_reading(void **state)
{
	int fd = open("/", O_RDONLY | O_CLOEXEC);
	struct input input;
	struct piece line;

	assert_int_equal(input_init(&input, fd, "a\nb", 3), 0);
	assert_int_equal(input_lines(&input, &line, 1), 1);
	assert_int_equal(input_lines(&input, &line, 1), -EISDIR);
	input_fini(&input);
	close(fd);
}

static struct piece numbered(char *text, size_t room, unsigned int number)
{
	/* Of all lengths, some of which do not fit beside their meaning. */
	int len = snprintf(text, room, "%u%*s", number, (int)(number % 300), "x");

	return (struct piece){text, (size_t)len};
}

/* What is found is right, and of as many as there is room for most are found. */
static void what_is_remembered(void **state)
{
	char text[400];
	struct memo memo;
	unsigned int found = 0;

	assert_int_equal(memo_init(&memo, 12), 0);
	for (unsigned int i = 0; i < 2000; i++) {
		struct piece piece = numbered(text, sizeof(text), i);
		uint32_t hash = memo_hash(&memo, piece);

		assert_int_equal(memo_get(&memo, piece, hash), MEMO_NONE);
		memo_put(&memo, piece, hash, i);
		assert_int_equal(memo_get(&memo, piece, hash), i);
	}
	for (unsigned int i = 0; i < 3000; i++) {
		struct piece piece = numbered(text, sizeof(text), i);
		uint32_t meaning = memo_get(&memo, piece, memo_hash(&memo, piece));

		assert_true(meaning == i || meaning == MEMO_NONE);
		assert_true(i < 2000 || meaning == MEMO_NONE);
		found += meaning == i;
	}
	assert_in_range(found, 1700, 2000);
	memo_fini(&memo);
}

/* More than there is room for: memory stays, the newest is always there. */
static void what_is_forgotten(void **state)
{
	char text[400], *long_text = calloc(1, 5000);
	struct piece piece = {long_text, 5000};
	struct memo memo;

	assert_int_equal(memo_init(&memo, 9), 0);
	for (unsigned int i = 0; i < 20000; i++) {
		struct piece one = numbered(text, sizeof(text), i);
		uint32_t hash = memo_hash(&memo, one);

		memo_put(&memo, one, hash, i);
		assert_int_equal(memo_get(&memo, one, hash), i);
		assert_in_range(memo.used, 1, 512);
	}
	memo_put(&memo, piece, memo_hash(&memo, piece), 7);
	assert_int_equal(memo_get(&memo, piece, memo_hash(&memo, piece)), MEMO_NONE);
	memo_fini(&memo);
	free(long_text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(many_lines),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(errors_of_reading),
		cmocka_unit_test(what_is_remembered),
		cmocka_unit_test(what_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
