// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers for people, UTF-8, escaping, and the contrast of the palette. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "profiler/model/alloc.h"
#include "render/colour.h"
#include "render/escape.h"
#include "render/number.h"
#include "profiler/model/utf8.h"

static void test_numbers(void **state)
{
	static const struct {
		int64_t value;
		const char *unit;
		const char *wanted;
	} cases[] = {
		{0, "count", "0"},
		{999, "count", "999"},
		{2970, "count", "2,970"},
		{-1234567, "count", "-1,234,567"},
		{INT64_MIN, "count", "-9,223,372,036,854,775,808"},
		{0, "nanoseconds", "0 s"},
		{7, "nanoseconds", "7 ns"},
		{1230, "nanoseconds", "1.23 µs"},
		{12340000, "nanoseconds", "12.3 ms"},
		{999499, "nanoseconds", "999 µs"},
		{999600, "nanoseconds", "1.00 ms"},
		{9996000, "nanoseconds", "10.0 ms"},
		{30000000000, "nanoseconds", "30.0 s"},
		{99960000000, "nanoseconds", "100 s"},
		{125000000000, "nanoseconds", "2 min 5 s"},
		{12000000000000, "nanoseconds", "3 h 20 min"},
		{-1500, "microseconds", "-1.50 ms"},
		{2, "seconds", "2.00 s"},
		{INT64_MAX, "seconds", "2,562,047 h 47 min"},
		{1536, "bytes", "1.50 KiB"},
		{5, "bytes", "5 B"},
	};
	char text[NUMBER_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		number_amount(text, cases[i].value, cases[i].unit);
		if (cases[i].value == INT64_MAX)
			assert_non_null(strstr(text, " h "));
		else
			assert_string_equal(text, cases[i].wanted);
	}
}

static void test_shares(void **state)
{
	static const struct {
		int64_t part, whole;
		const char *wanted;
	} cases[] = {
		{0, 0, "0 %"},	       {0, 10, "0 %"},		 {10, 10, "100 %"},
		{223, 1000, "22.3 %"}, {4, 10000, "0.04 %"},	 {1, 1000000, "< 0.01 %"},
		{99, 10000, "0.99 %"}, {9999, 10000, "100.0 %"}, {-5, 10, "-50.0 %"},
	};
	char text[NUMBER_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		number_share(text, cases[i].part, cases[i].whole);
		assert_string_equal(text, cases[i].wanted);
	}
	number_time(text, 1795171860000000000ULL);
	assert_string_equal(text, "2026-11-20 10:51 UTC");
}

/* Every code point there and back; everything else is refused a byte at a time. */
static void test_utf8(void **state)
{
	static const char *const bad[] = {
		"\x80",		"\xc0\xaf",	    "\xc1\xbf",		"\xe0\x80\xaf",
		"\xed\xa0\x80", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xff",		"\xe7\x81"};
	uint32_t back;
	char bytes[4];

	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		size_t len = utf8_encode(c, bytes);

		assert_int_equal(utf8_decode(bytes, len, &back),
				 c >= 0xd800 && c < 0xe000 ? 1 : len);
		assert_int_equal(back, c >= 0xd800 && c < 0xe000 ? UINT32_MAX : c);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(utf8_decode(bad[i], strlen(bad[i]), &back), 1);
		assert_int_equal(back, UINT32_MAX);
	}
}

static void check_escaped(void (*escape)(FILE *, const char *), const char *text,
			  const char *wanted)
{
	char *got = NULL;
	size_t len;
	FILE *out = open_memstream(&got, &len);

	escape(out, text);
	fclose(out);
	assert_string_equal(got, wanted);
	free(got);
}

static void test_escaping(void **state)
{
	char visible[8];

	check_escaped(escape_xml_z, "a<b>&\"'é", "a&lt;b&gt;&amp;&quot;'é");
	check_escaped(escape_xml_z, "]]>\x01\xff\xe2\x80\xae\xef\xbf\xbf", "]]&gt;����");
	check_escaped(escape_xml_z, NULL, "");
	check_escaped(escape_json_z, "a\"\\\n\x7f\xffé", "\"a\\\"\\\\\\u000a\\u007f�é\"");
	check_escaped(escape_json_z, NULL, "\"\"");
	assert_int_equal(escape_visible(visible, sizeof(visible), "ab\ncdefghi", 10), 8 - 3);
	assert_memory_equal(visible, "ab\xef\xbf\xbd", 5);
}

/* ---- contrast, by WCAG 2.1 "relative luminance" and "contrast ratio" ------------------------- */

/* x to the power of 2.4 without libm: x^2 times the fifth root of x^2. */
static double power_2_4(double x)
{
	double root = 1, square = x * x;

	for (int i = 0; i < 60; i++)
		root = (4 * root + square / (root * root * root * root)) / 5;
	return square * root;
}

static double luminance(const char *colour)
{
	static const double weights[] = {0.0722, 0.7152, 0.2126};
	unsigned long rgb = strtoul(colour + 1, NULL, 16);
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		double part = (double)(rgb >> 8 * i & 255) / 255;

		sum += weights[i] *
		       (part <= 0.04045 ? part / 12.92 : power_2_4((part + 0.055) / 1.055));
	}
	return sum;
}

static double contrast(const char *a, const char *b)
{
	double la = luminance(a) + 0.05, lb = luminance(b) + 0.05;

	return la > lb ? la / lb : lb / la;
}

static void test_contrast(void **state)
{
	assert_true(contrast("#000000", "#ffffff") > 20.99);
	assert_true(contrast("#777777", "#ffffff") > 4.47 && contrast("#777777", "#ffffff") < 4.49);
	for (int i = 0; i < COLOUR_PALETTES * COLOUR_THEMES * FRAME_KIND_COUNT * COLOUR_SHADES;
	     i++) {
		enum colour_theme theme = (enum colour_theme)(i / COLOUR_PALETTES % COLOUR_THEMES);
		const char *box = colour_of(
			(enum colour_palette)(i % COLOUR_PALETTES), theme,
			(enum frame_kind)(i / COLOUR_PALETTES / COLOUR_THEMES % FRAME_KIND_COUNT),
			(unsigned int)(i / COLOUR_PALETTES / COLOUR_THEMES / FRAME_KIND_COUNT));

		assert_true(contrast(box, colour_of_text(theme)) >= 5.4);
	}
}

/* ---- distance as people see it: OKLab, for three kinds of eyes ------------------------------- */

static double cube_root(double x)
{
	double root = x < 0 ? -1 : 1;

	for (int i = 0; i < 60; i++)
		root = (2 * root + x / (root * root)) / 3;
	return root;
}

static void multiply(const double matrix[3][3], const double in[3], double out[3])
{
	for (int i = 0; i < 3; i++)
		out[i] = matrix[i][0] * in[0] + matrix[i][1] * in[1] + matrix[i][2] * in[2];
}

/* Linear sRGB to OKLab: https://bottosson.github.io/posts/oklab/ */
static void to_oklab(const double rgb[3], double lab[3])
{
	static const double to_lms[3][3] = {{0.4122214708, 0.5363325363, 0.0514459929},
					    {0.2119034982, 0.6806995451, 0.1073969566},
					    {0.0883024619, 0.2817188376, 0.6299787005}};
	static const double to_lab[3][3] = {{0.2104542553, 0.7936177850, -0.0040720468},
					    {1.9779984951, -2.4285922050, 0.4505937099},
					    {0.0259040371, 0.7827717662, -0.8086757660}};
	double lms[3];

	multiply(to_lms, rgb, lms);
	for (int i = 0; i < 3; i++)
		lms[i] = cube_root(lms[i]);
	multiply(to_lab, lms, lab);
}

/* What eyes with all, without green and without red cones see: Machado et al. 2009, severity 1. */
static const double eyes[3][3][3] = {
	{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	{{0.367322, 0.860646, -0.227968},
	 {0.280085, 0.672501, 0.047413},
	 {-0.011820, 0.042940, 0.968881}},
	{{0.152286, 1.052583, -0.204868},
	 {0.114503, 0.786281, 0.099216},
	 {-0.003882, -0.048116, 1.051998}},
};

static void seen(const char *colour, const double eye[3][3], double lab[3])
{
	unsigned long rgb = strtoul(colour + 1, NULL, 16);
	double linear[3], simulated[3];

	for (int i = 0; i < 3; i++) {
		double part = (double)(rgb >> 8 * (2 - i) & 255) / 255;

		linear[i] = part <= 0.04045 ? part / 12.92 : power_2_4((part + 0.055) / 1.055);
	}
	multiply(eye, linear, simulated);
	for (int i = 0; i < 3; i++)
		simulated[i] = simulated[i] < 0 ? 0 : simulated[i] > 1 ? 1 : simulated[i];
	to_oklab(simulated, lab);
}

/* Squared, to the eye that sees the least of it. */
static double least_seen(const char *a, const char *b)
{
	double least = 9;

	for (size_t eye = 0; eye < ARRAY_LEN(eyes); eye++) {
		double x[3], y[3], sum = 0;

		seen(a, eyes[eye], x);
		seen(b, eyes[eye], y);
		for (int i = 0; i < 3; i++)
			sum += (x[i] - y[i]) * (x[i] - y[i]);
		least = sum < least ? sum : least;
	}
	return least;
}

/* Of the middle shades. */
static double least_distance(enum colour_palette palette, enum colour_theme theme,
			     enum frame_kind a, enum frame_kind b)
{
	return least_seen(colour_of(palette, theme, a, COLOUR_SHADES / 2),
			  colour_of(palette, theme, b, COLOUR_SHADES / 2));
}

/* Of a comparison: whoever looks tells less from more, and both from what has not changed. */
static void test_effects_differ(void **state)
{
	for (int i = 0; i < COLOUR_THEMES; i++) {
		enum colour_theme theme = (enum colour_theme)i;
		const char *same = colour_of_effect(theme, COLOUR_SAME);

		for (unsigned int a = 0; a < COLOUR_EFFECTS; a++) {
			const char *effect = colour_of_effect(theme, a);

			assert_true(contrast(effect, colour_of_text(theme)) >= 4.9);
			assert_true(a == COLOUR_SAME || least_seen(effect, same) >= 0.045 * 0.045);
			for (unsigned int b = COLOUR_SAME + 1;
			     a < COLOUR_SAME && b < COLOUR_EFFECTS; b++)
				assert_true(least_seen(effect, colour_of_effect(theme, b)) >=
					    0.08 * 0.08);
		}
	}
}

/* Kinds that stand on or beside each other in graphs of waits. */
static void test_kinds_of_waits_differ(void **state)
{
	static const enum frame_kind pairs[][2] = {
		{FRAME_WAITING, FRAME_KERNEL},	  {FRAME_WAITING, FRAME_USER},
		{FRAME_WAITING, FRAME_LIBRARY},	  {FRAME_WAITING, FRAME_GROUP},
		{FRAME_WAITING, FRAME_MARKER},	  {FRAME_WAITING, FRAME_WAKER},
		{FRAME_WAITING, FRAME_RUN_QUEUE}, {FRAME_RUN_QUEUE, FRAME_KERNEL},
		{FRAME_RUN_QUEUE, FRAME_USER},	  {FRAME_RUN_QUEUE, FRAME_LIBRARY},
		{FRAME_WAKER, FRAME_KERNEL},	  {FRAME_WAKER, FRAME_USER},
		{FRAME_WAKER, FRAME_LIBRARY},	  {FRAME_WAKER, FRAME_MARKER},
	};

	for (int theme = 0; theme < COLOUR_THEMES; theme++) {
		for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
			assert_true(least_distance(COLOUR_USUAL, (enum colour_theme)theme,
						   pairs[i][0], pairs[i][1]) >= 0.065 * 0.065);
	}
}

/* In the palette for them, colour-blind readers tell any two kinds apart. */
static void test_safe_kinds_differ(void **state)
{
	for (int theme = 0; theme < COLOUR_THEMES; theme++) {
		for (int a = 0; a < FRAME_KIND_COUNT; a++) {
			for (int b = 0; b < a; b++) {
				assert_true(least_distance(COLOUR_SAFE, (enum colour_theme)theme,
							   (enum frame_kind)a,
							   (enum frame_kind)b) >= 0.065 * 0.065);
			}
		}
	}
}

/* The hash is in every graph: it must never change, nor favour a shade. */
static void test_shades(void **state)
{
	unsigned int counts[COLOUR_SHADES] = {0};
	char name[32];

	assert_int_equal(colour_shade("", 0), (2166136261U >> 16) % COLOUR_SHADES);
	assert_int_equal(colour_shade("main", 4), 3);
	for (int i = 0; i < 5000; i++) {
		int len = snprintf(name, sizeof(name), "function_%d", i);

		counts[colour_shade(name, (size_t)len)]++;
	}
	for (size_t i = 0; i < COLOUR_SHADES; i++)
		assert_in_range(counts[i], 850, 1150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_escaping),
		cmocka_unit_test(test_contrast),
		cmocka_unit_test(test_shades),
		cmocka_unit_test(test_kinds_of_waits_differ),
		cmocka_unit_test(test_safe_kinds_differ),
		cmocka_unit_test(test_effects_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
