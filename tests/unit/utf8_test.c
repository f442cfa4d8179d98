// SPDX-License-Identifier: GPL-2.0-or-later
/* Which bytes can be shown, by table 3-7 of the Unicode standard, and that nothing else is said. */
#include "tests/unit/unit.h"

#include <unistd.h>

#include "profiler/model/utf8.h"
#include "profiler/say.h"

/* The rows of the table: ranges of the first two bytes; any others are 80 to BF. */
static const struct {
	unsigned char first_low, first_high, second_low, second_high;
	size_t len;
} rows[] = {
	{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
	{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
	{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool continues(unsigned char byte)
{
	return byte >= 0x80 && byte <= 0xbf;
}

static size_t by_the_table(const unsigned char *bytes)
{
	if (bytes[0] < 0x80)
		return bytes[0] >= 0x20 && bytes[0] != 0x7f;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (bytes[0] < rows[i].first_low || bytes[0] > rows[i].first_high ||
		    bytes[1] < rows[i].second_low || bytes[1] > rows[i].second_high)
			continue;
		if (bytes[0] == 0xc2 && bytes[1] < 0xa0)
			return 0; /* U+0080 to U+009F are controls */
		if (rows[i].len > 2 && !continues(bytes[2]))
			return 0;
		if (rows[i].len > 3 && !continues(bytes[3]))
			return 0;
		return rows[i].len;
	}
	return 0;
}

/* The character of a sequence that the table accepts. */
static uint32_t character(const unsigned char *bytes, size_t len)
{
	uint32_t c = len == 1 ? bytes[0] : bytes[0] & (0x7fU >> len);

	for (size_t i = 1; i < len; i++)
		c = c << 6 | (bytes[i] & 0x3fU);
	return c;
}

/* Every first and second byte, with thirds and fourths at the edges of their ranges. */
static void every_class_of_sequence(void **state)
{
	static const unsigned char edges[] = {0x00, 0x01, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0x8f, 0x90,
					      0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xf4, 0xff};
	size_t accepted[5] = {0};

	for (unsigned int first = 0; first < 256; first++) {
		for (unsigned int second = 0; second < 256; second++) {
			for (size_t i = 0; i < sizeof(edges) * sizeof(edges); i++) {
				unsigned char bytes[5] = {
					(unsigned char)first, (unsigned char)second,
					edges[i / sizeof(edges)], edges[i % sizeof(edges)], 0};
				size_t len = utf8_printable((const char *)bytes);
				size_t wanted = by_the_table(bytes);

				if (wanted && utf8_is_deceptive(character(bytes, wanted)))
					wanted = 0;
				assert_int_equal(len, wanted);
				accepted[len]++;
			}
		}
	}
	for (size_t len = 0; len < ARRAY_LEN(accepted); len++)
		assert_true(accepted[len] > 0);
}

/* Memory that ends with the text, so that a sanitizer sees what is read behind it. */
static void nothing_behind_the_end_is_read(void **state)
{
	static const char *const texts[] = {"",	    "\xc3",	"\xe2",		"\xe2\x82",
					    "\xf0", "\xf0\x9f", "\xf0\x9f\x94", "\xff"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char *copy = strdup(texts[i]);

		assert_int_equal(utf8_printable(copy), 0);
		free(copy);
	}
}

/* ---- say ---- */

static void expect_clean(const char *text, const char *wanted)
{
	char buffer[256];

	assert_ptr_equal(say_clean(text, buffer, sizeof(buffer)), buffer);
	assert_string_equal(buffer, wanted);
}

static void clean_text_is_kept(void **state)
{
	expect_clean("", "");
	expect_clean("plain ~text", "plain ~text");
	expect_clean("\xc3\xa9t\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\xa5",
		     "\xc3\xa9t\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\xa5");
	expect_clean("\x1b[31mred\n\t\x7f", "?[31mred???");
	expect_clean("\xc2\x9b"
		     "31m",
		     "??31m"); /* CSI as one character */
	expect_clean("\xff\xc0\xafx\xed\xa0\x80", "???x???");
	expect_clean("cut \xe2\x82", "cut ??");
	expect_clean("a\xe2\x80\xae" "b", "a???b"); /* U+202E turns the direction of writing */
}

/* Whatever comes in: what comes out is well-formed, without controls, and fits. */
static void random_bytes_come_out_clean(void **state)
{
	uint64_t random = 99;

	for (int round = 0; round < 20000; round++) {
		size_t size = 1 + random_below(&random, 40), len = random_below(&random, 60);
		char *text = calloc(1, len + 1), *buffer = malloc(size);
		const char *at = buffer;

		for (size_t i = 0; i < len; i++)
			text[i] = (char)(1 + random_below(&random, 255));
		say_clean(text, buffer, size);
		while (*at) {
			size_t char_len = by_the_table((const unsigned char *)at);

			assert_true(char_len > 0);
			at += char_len;
		}
		assert_true((size_t)(at - buffer) < size);
		free(text);
		free(buffer);
	}
}

/* One line a message, whatever is in it and however long it is. */
static void messages_are_single_lines(void **state)
{
	static char text[1 << 16], name[1 << 15];
	FILE *file = tmpfile();
	int stderr_before = dup(STDERR_FILENO);
	size_t len, lines = 0;

	memset(name, 'n', sizeof(name) - 1);
	dup2(fileno(file), STDERR_FILENO);
	say_error("%s: %s", "a\nb\r\x1b[2J", name);
	say_note("%s", "\x08\x08");
	say("line %d", 3);
	say_quiet = true;
	say_note("not said");
	say("not said");
	say_error("said");
	say_quiet = false;
	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	rewind(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	for (size_t i = 0; i < len; i++) {
		lines += text[i] == '\n';
		assert_true(text[i] == '\n' || (text[i] >= 0x20 && text[i] != 0x7f));
	}
	assert_int_equal(lines, 4);
	assert_ptr_equal(strstr(text, "bolometer: a?b??[2J: nnn"), text);
	assert_string_equal(strstr(text, "bolometer: note: "),
			    "bolometer: note: ??\nline 3\nbolometer: said\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_class_of_sequence),
		cmocka_unit_test(nothing_behind_the_end_is_read),
		cmocka_unit_test(clean_text_is_kept),
		cmocka_unit_test(random_bytes_come_out_clean),
		cmocka_unit_test(messages_are_single_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
