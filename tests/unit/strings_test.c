// SPDX-License-Identifier: GPL-2.0-or-later
/* Interned strings and the allocation below them. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "profiler/model/strings.h"

/* Sizes that cannot be had are an error of the program here, not of the test. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void empty_text_is_id_zero(void **state)
{
	struct strings *strings = strings_new();
	uint32_t id = 7;

	assert_non_null(strings);
	assert_int_equal(strings_count(strings), 1);
	assert_int_equal(strings_intern(strings, "x", 0, &id), 0);
	assert_int_equal(id, STRING_NONE);
	id = 7;
	assert_int_equal(strings_intern_z(strings, NULL, &id), 0);
	assert_int_equal(id, STRING_NONE);
	assert_string_equal(strings_text(strings, STRING_NONE), "");
	assert_int_equal(strings_len(strings, STRING_NONE), 0);
	strings_free(strings);
	strings_free(NULL);
}

/* Bytes from a small alphabet that has a NUL, so that equal texts and equal beginnings abound. */
static size_t random_text(uint64_t *random, char text[24])
{
	size_t len = random_below(random, 24);

	for (size_t i = 0; i < len; i++)
		text[i] = "\0ab\xff"[random_below(random, 4)];
	return len;
}

static void equal_text_has_one_id(void **state)
{
	enum { ROUNDS = 20000 };
	struct strings *strings = strings_new();
	const char **where = calloc(ROUNDS + 1, sizeof(*where));
	uint64_t random = 11;
	char text[24];

	where[0] = strings_text(strings, 0);
	for (int round = 0; round < ROUNDS; round++) {
		size_t len = random_text(&random, text);
		uint32_t before = strings_count(strings), id, again;

		assert_int_equal(strings_intern(strings, text, len, &id), 0);
		assert_int_equal(strings_intern(strings, text, len, &again), 0);
		assert_int_equal(id, again);
		assert_in_range(strings_count(strings), before, before + 1);
		if (id == before)
			where[id] = strings_text(strings, id);
		else
			assert_true(id < before);
		assert_int_equal(strings_len(strings, id), len);
		assert_memory_equal(strings_text(strings, id), text, len);
		assert_int_equal(strings_text(strings, id)[len], '\0');
		/* Text does not move: others keep pointers to it. */
		assert_ptr_equal(strings_text(strings, id), where[id]);
	}
	/* Distinct ids are distinct texts. */
	for (uint32_t id = 0; id < strings_count(strings); id++) {
		uint32_t found;

		assert_int_equal(strings_intern(strings, strings_text(strings, id),
						strings_len(strings, id), &found),
				 0);
		assert_int_equal(found, id);
	}
	free(where);
	strings_free(strings);
}

/* In batches of every size, with new, known and repeated texts: the ids are those of one by one. */
static void many_texts_at_once(void **state)
{
	enum { MOST = 100 };
	struct strings *all = strings_new(), *single = strings_new();
	uint64_t random = 5;

	for (size_t count = 0; count < MOST; count++) {
		struct strings_piece pieces[MOST];
		char texts[MOST][8];
		uint32_t ids[MOST], id;

		for (size_t i = 0; i < count; i++) {
			pieces[i].text = texts[i];
			pieces[i].len = (size_t)snprintf(texts[i], sizeof(texts[i]), "%x",
							 random_below(&random, 4000)) -
					random_below(&random, 2);
		}
		assert_int_equal(strings_intern_all(all, pieces, count, ids), 0);
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(strings_intern(single, pieces[i].text, pieces[i].len, &id),
					 0);
			assert_int_equal(ids[i], id);
		}
	}
	assert_int_equal(strings_count(all), strings_count(single));
	strings_free(all);
	strings_free(single);
}

static void long_texts_are_whole(void **state)
{
	size_t len = 1 << 20;
	struct strings *strings = strings_new();
	char *text = malloc(len);
	uint32_t first, second, id;

	memset(text, 'a', len);
	assert_int_equal(strings_intern(strings, text, len, &first), 0);
	text[len - 1] = 'b';
	assert_int_equal(strings_intern(strings, text, len, &second), 0);
	assert_int_not_equal(first, second);
	assert_memory_equal(strings_text(strings, second), text, len);
	assert_int_equal(strings_intern_z(strings, "short after long", &id), 0);
	assert_string_equal(strings_text(strings, id), "short after long");
	free(text);
	strings_free(strings);
}

static void sizes_saturate(void **state)
{
	void *array = NULL;
	size_t cap = 0;

	assert_true(size_mul(SIZE_MAX / 2, 3) == SIZE_MAX);
	assert_true(size_add(SIZE_MAX, 1) == SIZE_MAX);
	assert_int_equal(size_mul(6, 7), 42);
	assert_int_equal(size_add(40, 2), 42);
	assert_int_equal(array_reserve(&array, &cap, SIZE_MAX / 4, 8), -ENOMEM);
	assert_null(array);
	assert_int_equal(cap, 0);
	assert_int_equal(array_reserve(&array, &cap, 3, 8), 0);
	assert_true(cap >= 3);
	free(array);
}

static void arena_memory_is_zeroed_aligned_and_apart(void **state)
{
	enum { COUNT = 3000 };
	unsigned char *pieces[COUNT];
	size_t sizes[COUNT];
	uint64_t random = 5;
	struct arena arena;

	arena_init(&arena);
	for (int i = 0; i < COUNT; i++) {
		sizes[i] = random_below(&random, i % 100 ? 200 : 100000);
		pieces[i] = i % 3 ? arena_alloc(&arena, sizes[i])
				  : (unsigned char *)arena_text(&arena, "", 0);
		assert_non_null(pieces[i]);
		if (i % 3 == 0)
			sizes[i] = 1;
		else
			assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		for (size_t byte = 0; byte < sizes[i]; byte++)
			assert_int_equal(pieces[i][byte], 0);
		memset(pieces[i], i & 0xff, sizes[i]);
	}
	for (int i = 0; i < COUNT; i++)
		for (size_t byte = 0; byte < sizes[i]; byte++)
			assert_int_equal(pieces[i][byte], i & 0xff);
	assert_null(arena_alloc(&arena, SIZE_MAX));
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_text_is_id_zero),
		cmocka_unit_test(equal_text_has_one_id),
		cmocka_unit_test(many_texts_at_once),
		cmocka_unit_test(long_texts_are_whole),
		cmocka_unit_test(sizes_saturate),
		cmocka_unit_test(arena_memory_is_zeroed_aligned_and_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
