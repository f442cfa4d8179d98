// SPDX-License-Identifier: GPL-2.0-or-later
/* Sorting of numbers and of names, against qsort() and whole comparisons. */
#include "tests/unit/unit.h"

#include "profiler/model/frame_order.h"
#include "profiler/model/sort_numbers.h"

static int compare_numbers(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void numbers_are_ascending(void **state)
{
	uint64_t numbers[700], scratch[700], wanted[700], random = 7;

	for (size_t count = 0; count <= ARRAY_LEN(numbers); count += count < 60 ? 1 : 37) {
		for (int wide = 0; wide < 2; wide++) {
			for (size_t i = 0; i < count; i++)
				numbers[i] = wide ? random_u64(&random) : random_below(&random, 20);
			memcpy(wanted, numbers, sizeof(wanted));
			qsort(wanted, count, sizeof(*wanted), compare_numbers);
			sort_numbers(numbers, count, scratch);
			assert_memory_equal(numbers, wanted, count * sizeof(*numbers));
		}
	}
}

/* ---- names ---- */

#define NAMES 3000

struct frames {
	struct strings *strings;
	struct tree_frame frames[NAMES];
	size_t count;
	bool has[NAMES * 4];
};

static struct frames *frames_new(void)
{
	struct frames *f = calloc(1, sizeof(*f));

	f->strings = strings_new();
	return f;
}

static void frames_free(struct frames *f)
{
	strings_free(f->strings);
	free(f);
}

static void add_name(struct frames *f, const char *name, size_t len, uint8_t kind)
{
	uint32_t id;

	assert_int_equal(strings_intern(f->strings, name, len, &id), 0);
	if (f->has[id * 2 + kind % 2])
		return;
	f->has[id * 2 + kind % 2] = true;
	f->frames[f->count++] = (struct tree_frame){.name = id, .kind = kind};
}

static void check_order(const struct frames *f)
{
	uint32_t *order = calloc(f->count + 1, sizeof(*order));
	bool *seen = calloc(f->count + 1, sizeof(*seen));

	assert_int_equal(frame_order(f->strings, f->frames, f->count, order), 0);
	for (size_t i = 0; i < f->count; i++) {
		assert_true(order[i] < f->count && !seen[order[i]]);
		seen[order[i]] = true;
		if (i)
			assert_true(tree_frame_compare(f->strings, &f->frames[order[i - 1]],
						       &f->frames[order[i]]) < 0);
	}
	free(order);
	free(seen);
}

/* Few different bytes, among them NUL, so that names often begin alike or end in each other. */
static void names_are_in_order(void **state)
{
	uint64_t random = 11;

	for (int round = 0; round < 20; round++) {
		struct frames *f = frames_new();
		uint32_t longest = 1 + random_below(&random, 30);

		for (size_t i = 0; i < NAMES; i++) {
			char name[40];
			size_t len = random_below(&random, longest + 1);

			for (size_t c = 0; c < len; c++)
				name[c] = "\0a\xff:"[random_below(&random, 4)];
			add_name(f, name, len, (uint8_t)random_below(&random, 2));
		}
		check_order(f);
		frames_free(f);
	}
}

/* Each divides the rest by one name only: neither the stack nor the time may show it. */
static void names_made_to_be_bad_are_in_order(void **state)
{
	char *name = malloc(2 * NAMES);
	double began = cpu_seconds();

	for (int byte = 0; byte < 2; byte++) {
		struct frames *f = frames_new();

		memset(name, 'm', 2 * NAMES);
		for (size_t i = 0; i < NAMES / 2; i++) {
			name[i] = byte ? 'z' : 'a';
			add_name(f, name, i + 1, 0);
			name[i] = 'm';
			add_name(f, name, i + 1, 0);
		}
		check_order(f);
		frames_free(f);
	}
	assert_true(cpu_seconds() - began < 10);
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_ascending),
		cmocka_unit_test(names_are_in_order),
		cmocka_unit_test(names_made_to_be_bad_are_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
