// SPDX-License-Identifier: GPL-2.0-or-later
/* Labels: the table graph_test.js reads too, and the one property that must never fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "render/label.h"
#include "profiler/model/utf8.h"

static void test_table(void **state)
{
	FILE *cases = fopen("tests/golden/render_labels.txt", "r");
	char line[512], label[LABEL_TEXT_MAX];
	int count = 0;

	assert_non_null(cases);
	while (fgets(line, sizeof(line), cases)) {
		char *rest = line, *room, *name, *wanted;

		if (*line == '#')
			continue;
		line[strcspn(line, "\n")] = '\0';
		room = strsep(&rest, "\t");
		name = strsep(&rest, "\t");
		wanted = rest;
		assert_non_null(wanted);
		assert_int_equal(label_fit(label, name, strlen(name), (size_t)atoi(room)),
				 strlen(wanted));
		assert_string_equal(label, wanted);
		count++;
	}
	fclose(cases);
	assert_true(count > 30);
}

static size_t cells(const char *text, size_t len)
{
	size_t sum = 0;
	uint32_t c;

	for (size_t i = 0; i < len;) {
		i += utf8_decode(text + i, len - i, &c);
		assert_int_not_equal(c, UINT32_MAX);
		sum += utf8_cells(c);
	}
	return sum;
}

/* Names of random pieces, well formed or not: the label fits, is UTF-8 and ends in a NUL. */
static void test_always_fits(void **state)
{
	static const char *const pieces[] = {
		"operator", "operator()", "operator<<", "<", ">", "(", ")", "::", "/", ".", "->", "{",
		"}", "[", "]", " ", "name", "\xff", "\xc2", "\xe7\x81\xab", "\xf0\x9f\x94\xa5", "\n",
		"const", "so", "cold", "\xe2\x80\xae",
	};
	char name[2048], label[LABEL_TEXT_MAX];

	srand(7);
	for (int round = 0; round < 20000; round++) {
		size_t len = 0, room = (size_t)rand() % 60, label_len;

		name[0] = '\0';
		for (int n = rand() % (round % 100 == 0 ? 150 : 12); n > 0; n--) {
			const char *piece = pieces[rand() % (int)(sizeof(pieces) / sizeof(*pieces))];

			memcpy(name + len, piece, strlen(piece) + 1);
			len += strlen(piece);
		}
		label_len = label_fit(label, name, len, room);
		assert_int_equal(strlen(label), label_len);
		assert_true(cells(label, label_len) <= room);
	}
}

static void test_long_names(void **state)
{
	static char name[65536], label[LABEL_TEXT_MAX];

	memset(name, 'x', sizeof(name));
	memcpy(name, "ns::", 4);
	assert_int_equal(label_fit(label, name, sizeof(name), 10), 9 + 3);
	assert_memory_equal(label, "ns::xxxxx", 9);
	assert_int_equal(label_fit(label, name, sizeof(name), 100000), LABEL_CELLS_MAX - 1 + 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_always_fits),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
