// SPDX-License-Identifier: GPL-2.0-or-later
/* The static layout against its own definition, computed another way: box by box from the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "render/layout.h"
#include "tests/unit/render_fixture.h"
#include "tests/unit/tree_depth.h"

static const struct layout_limits roomy = {
	.width = 1000, .min_width = 1, .max_rows = 1000, .max_boxes = 1000000};

static bool close_to(double a, double b)
{
	return a - b < 1e-6 && b - a < 1e-6;
}

static const struct box *find(const struct layout *layout, uint32_t node, bool strip)
{
	for (size_t i = 0; i < layout->nr_boxes; i++) {
		if (layout->boxes[i].node == node && !layout->boxes[i].merged == !strip)
			return &layout->boxes[i];
	}
	return NULL;
}

static double width_of(const struct tree *tree, uint32_t node)
{
	return 1000.0 * (double)tree_total(tree, node, 0) / (double)tree_total(tree, 0, 0);
}

/* Recursive, from the definition: wide children in order, then the strip. */
static void check_below(const struct layout *layout, const struct tree *tree, uint32_t node,
			size_t *seen)
{
	const struct box *box = find(layout, node, false), *strip = find(layout, node, true);
	double x = box->x, thin = 0;
	uint32_t merged = 0;

	assert_true(close_to(box->width, width_of(tree, node)));
	assert_int_equal(box->row, tree_depth(tree, node));
	++*seen;
	for_each_child(tree, node, child) {
		if (width_of(tree, child) < 1) {
			merged++;
			thin += width_of(tree, child);
			assert_null(find(layout, child, false));
			continue;
		}
		assert_non_null(find(layout, child, false));
		assert_true(close_to(find(layout, child, false)->x, x));
		x += width_of(tree, child);
		check_below(layout, tree, child, seen);
	}
	if (thin < 1) {
		assert_null(strip);
		return;
	}
	assert_non_null(strip);
	assert_int_equal(strip->merged, merged);
	assert_true(close_to(strip->x, x) && close_to(strip->width, thin));
	++*seen;
}

static struct fixture *random_tree(int stacks)
{
	struct fixture *f = fixture_new("samples count");
	char name[16];

	for (int i = 0; i < stacks; i++) {
		uint32_t frames[16];
		size_t depth = 1 + (size_t)rand() % 16;

		for (size_t k = 0; k < depth; k++) {
			int len = snprintf(name, sizeof(name), "f%d", rand() % (1 + rand() % 20));

			frames[k] = fixture_frame(f, name, (size_t)len, NULL, FRAME_USER);
		}
		fixture_sample(f, frames, depth, (int64_t[]){1 + rand() % (1 + rand() % 1000)});
	}
	fixture_finish(f);
	return f;
}

static void test_numbers(void **state)
{
	srand(1);
	for (int round = 0; round < 20; round++) {
		struct fixture *f = random_tree(200);
		struct layout layout;
		size_t seen = 0;

		assert_int_equal(layout_init(&layout, f->tree, 0, &roomy), 0);
		check_below(&layout, f->tree, 0, &seen);
		assert_int_equal(seen, layout.nr_boxes);
		assert_false(layout.deeper);
		layout_fini(&layout);
		fixture_free(f);
	}
}

static void test_limits(void **state)
{
	struct layout_limits limits = {
		.width = 1000, .min_width = 1, .max_rows = 3, .max_boxes = 400};
	struct fixture *f = random_tree(2000);
	struct layout layout;

	assert_int_equal(layout_init(&layout, f->tree, 0, &limits), 0);
	assert_true(layout.nr_boxes <= 400);
	assert_int_equal(layout.nr_rows, 3);
	assert_true(layout.deeper);
	layout_fini(&layout);
	fixture_free(f);
}

static void test_no_samples(void **state)
{
	struct fixture *f = fixture_new("samples count");
	struct layout layout;

	fixture_finish(f);
	assert_int_equal(layout_init(&layout, f->tree, 0, &roomy), 0);
	assert_int_equal(layout.nr_boxes, 1);
	assert_int_equal(layout.nr_rows, 1);
	layout_fini(&layout);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
