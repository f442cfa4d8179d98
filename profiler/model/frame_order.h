/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of siblings as numbers, so that names are compared once and not for every node. */
#ifndef BOLOMETER_MODEL_FRAME_ORDER_H
#define BOLOMETER_MODEL_FRAME_ORDER_H

#include "profiler/model/tree.h"

/*
 * Distinct frames as tree_frame_compare() orders them: ret_order[] gets their numbers. Returns 0 or
 * -ENOMEM.
 */
int frame_order(const struct strings *strings, const struct tree_frame *frames, size_t count,
		uint32_t *ret_order);

#endif
