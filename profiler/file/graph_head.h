/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head of a graph's data block: counts and circumstances, from JSON (docs/FORMAT.md). */
#ifndef BOLOMETER_FILE_GRAPH_HEAD_H
#define BOLOMETER_FILE_GRAPH_HEAD_H

#include "profiler/model/circumstances.h"
#include "profiler/model/slices.h"

struct graph_head {
	uint64_t version;
	uint64_t strings, frames, nodes;   /* how many of each follow */
	uint64_t slices;		   /* of the capture; 0: none are known */
	uint64_t slice_ends_us[SLICES_MAX]; /* since the beginning of the capture, ascending */
	uint64_t sliced_value;		   /* the value that they are of */
	struct circumstances about;	   /* value types included */
	uint64_t factors[VALUE_TYPES_MAX]; /* one a value type */
};

/*
 * Reads len bytes of JSON. Returns 0 with *ret_head, which graph_head_fini() frees; -ENOMEM; or
 * -EBADMSG with what is wrong as a static text in *ret_wrong.
 */
int graph_head_read(struct graph_head *ret_head, const char *text, size_t len,
		    const char **ret_wrong);
void graph_head_fini(struct graph_head *head);

#endif
