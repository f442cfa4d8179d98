/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where frames are drawn, in pixels, for the static view. The script lays out
 * its views in the same way.
 *
 * Row 0 is the root; a row holds the boxes of one depth from left to right. A
 * parent's children stand over its left part in the order of the tree, then one
 * strip for all children too thin to draw, then what the parent spent itself.
 */
#ifndef BOLOMETER_RENDER_LAYOUT_H
#define BOLOMETER_RENDER_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/model/tree.h"

struct box {
	uint32_t node; /* of a strip: the parent */
	uint32_t row;
	uint32_t merged; /* 0 for a frame; of a strip the number of children in it */
	double x;
	double width;
};

struct layout_limits {
	double width;	  /* of the root */
	double min_width; /* of a box */
	uint32_t max_rows;
	size_t max_boxes;
};

struct layout {
	struct box *boxes; /* ordered by row, then x */
	size_t nr_boxes;
	size_t cap_boxes;
	uint32_t nr_rows;
	bool deeper; /* there are boxes above the last row */
};

/*
 * Lays out value type `value` of the tree. When there would be more boxes than allowed, min_width
 * is doubled until there are not. Returns 0 or -ENOMEM.
 */
int layout_init(struct layout *ret_layout, const struct tree *tree, size_t value,
		const struct layout_limits *limits);
void layout_fini(struct layout *layout);

#endif
