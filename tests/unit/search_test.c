// SPDX-License-Identifier: GPL-2.0-or-later
/* Searching by halves finds what looking at all finds. */
#include "tests/unit/unit.h"

#include "profiler/model/search.h"

#define MANY 33

static void every_place_is_found(void **state)
{
	unsigned int numbers[MANY];

	for (size_t i = 0; i < MANY; i++)
		numbers[i] = (unsigned int)(i / 2 * 3); /* twos, with gaps */
	for (size_t count = 0; count <= MANY; count++) {
		for (unsigned int wanted = 0; wanted < MANY * 2; wanted++) {
			size_t below = 0, until = 0;

			for (size_t i = 0; i < count; i++) {
				below += numbers[i] < wanted;
				until += numbers[i] <= wanted;
			}
			assert_int_equal(SEARCH_BEFORE(i, count, numbers[i] < wanted), below);
			assert_int_equal(SEARCH_BEFORE(i, count, numbers[i] <= wanted), until);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_place_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
