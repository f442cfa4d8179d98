/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a process's mappings, as the tracker knows them, to the walker's spans. */
#ifndef BOLOMETER_UNWIND_SPANS_H
#define BOLOMETER_UNWIND_SPANS_H

#include "profiler/proc/space.h"
#include "profiler/unwind/loader/objects.h"

struct span_list {
	struct unwind_span *spans;
	size_t count, cap;
};

/*
 * Replaces the list by the newest mappings of an image, in order; neighbours that continue each
 * other are one. Code whose place in its file cannot be told is UNWIND_OBJECT_CODE. The objects
 * must know all binaries. Returns 0 or -ENOMEM.
 */
int span_list_fill(struct span_list *list, struct objects *objects, const struct image *image);

void span_list_fini(struct span_list *list);

/* Adds to, or takes from, the number of users of every object in an array of spans. */
void spans_count_users(struct objects *objects, const struct unwind_span *spans, size_t count,
		       bool more);

#endif
