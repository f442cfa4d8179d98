// SPDX-License-Identifier: GPL-2.0-or-later
/* Layout, row by row; see layout.h. The boxes of one row are the queue for the next. */
#include "render/layout.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"

static double node_width(const struct tree *tree, uint32_t node, size_t value, double scale)
{
	int64_t total = tree_total(tree, node, value);

	return total > 0 ? (double)total * scale : 0;
}

static int add_box(struct layout *layout, struct box box)
{
	if (ARRAY_RESERVE(layout->boxes, layout->cap_boxes, layout->nr_boxes + 1))
		return -ENOMEM;
	layout->boxes[layout->nr_boxes++] = box;
	return 0;
}

/* Adds the boxes above one box. */
static int add_children(struct layout *layout, const struct tree *tree, size_t value,
			const struct box *parent, double scale, double min_width)
{
	struct box box = {.row = parent->row + 1, .x = parent->x};
	struct box strip = {.node = parent->node, .row = parent->row + 1};

	for_each_child(tree, parent->node, child) {
		box.node = child;
		box.width = node_width(tree, child, value, scale);
		if (box.width < min_width) {
			strip.merged++;
			strip.width += box.width;
			continue;
		}
		if (add_box(layout, box))
			return -ENOMEM;
		box.x += box.width;
	}
	strip.x = box.x;
	return strip.width < min_width ? 0 : add_box(layout, strip);
}

/* Returns -ENOMEM, -E2BIG with too many boxes, or 0. */
static int fill(struct layout *layout, const struct tree *tree, size_t value,
		const struct layout_limits *limits, double min_width)
{
	int64_t total = tree_total(tree, 0, value);
	double scale = total > 0 ? limits->width / (double)total : 0;

	layout->nr_boxes = 0;
	layout->deeper = false;
	if (add_box(layout, (struct box){.width = limits->width}))
		return -ENOMEM;
	for (size_t i = 0; i < layout->nr_boxes; i++) {
		struct box box = layout->boxes[i];
		size_t before = layout->nr_boxes;

		if (box.merged)
			continue;
		if (add_children(layout, tree, value, &box, scale, min_width))
			return -ENOMEM;
		if (box.row + 1 >= limits->max_rows && layout->nr_boxes > before) {
			layout->deeper = true;
			layout->nr_boxes = before;
		}
		if (layout->nr_boxes > limits->max_boxes)
			return -E2BIG;
	}
	layout->nr_rows = layout->boxes[layout->nr_boxes - 1].row + 1;
	return 0;
}

int layout_init(struct layout *ret_layout, const struct tree *tree, size_t value,
		const struct layout_limits *limits)
{
	struct layout layout = {0};
	double min_width = limits->min_width;
	int err;

	while ((err = fill(&layout, tree, value, limits, min_width)) == -E2BIG)
		min_width *= 2;
	if (err)
		layout_fini(&layout);
	else
		*ret_layout = layout;
	return err;
}

void layout_fini(struct layout *layout)
{
	free(layout->boxes);
	*layout = (struct layout){0};
}
