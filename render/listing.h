/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The samples of a view as formats have them that know threads, stacks and a
 * value of each: groups, each of which has stacks of frames with a value. What a view, or
 * the format, does not tell apart is added up.
 *
 * Groups, stacks and frames are in the order of their names, so that the same
 * profile gives the same file whatever order it was read in.
 */
#ifndef BOLOMETER_RENDER_LISTING_H
#define BOLOMETER_RENDER_LISTING_H

#include "profiler/model/draft.h"
#include "profiler/model/list_table.h"
#include "profiler/model/stack.h"
#include "render/render.h"

/* Which frames are one. */
enum listing_detail {
	LISTING_FUNCTIONS, /* whatever line was reached */
	LISTING_LINES,
};

/* Zero, or STRING_NONE, is what is not known or not told apart. No padding: compared by its bytes. */
struct listed_frame {
	uint32_t frame;	     /* of the symbols */
	uint32_t file;	     /* string id */
	uint32_t start_line; /* of the function */
	uint32_t line, column;
	uint32_t mapping; /* plus 1; with LISTING_LINES */
};

struct listed_stack {
	uint32_t group;
	uint32_t stack; /* in listing->stacks */
	uint32_t at; /* of its other values */
	int64_t value;
};

struct listed_group {
	uint32_t name; /* string id; STRING_NONE for samples that have no group */
	uint32_t task; /* of one of its samples; or TASK_NONE */
	size_t first, count; /* its stacks */
	int64_t total;
};

struct listing {
	const struct profile *profile;
	struct symbols *symbols;
	struct view_value value; /* that the stacks have: the one that is shown first */
	struct view_value others[VALUE_TYPES_MAX]; /* further amounts, if they are wanted */
	size_t nr_others;
	int64_t *other_values; /* nr_others by `at` */
	size_t cap_other_values;
	struct listed_group *groups;
	size_t nr_groups, cap_groups;
	struct listed_stack *rows; /* those of a group beside each other */
	size_t nr_rows, cap_rows;
	struct stack_table stacks; /* of ids of frames */
	struct list_table frames;  /* lists of one struct listed_frame */
	uint32_t *by_rank;	   /* ids of frames, in their order */
	uint32_t *rank;		   /* by id of a frame */
	uint32_t *first_line;	   /* likewise: the lowest line that is known to have been reached */
	size_t cap_first_line;
};

/*
 * Of input->samples, with all amounts, or only with what has some of the first. listing_fini() is called
 * either way. Returns 0 or -ENOMEM.
 */
int listing_make(struct listing *listing, const struct render_input *input,
		 enum listing_detail detail, bool all_values);
void listing_fini(struct listing *listing);

/* The first value of a row, or another from 1 on. */
static inline int64_t listed_value(const struct listing *listing, const struct listed_stack *row,
				   size_t value)
{
	return value ? listing->other_values[row->at * listing->nr_others + value - 1] : row->value;
}

/* By id, which is 1 or more. */
static inline const struct listed_frame *listed_frame(const struct listing *listing, uint32_t id)
{
	size_t count;

	return list_table_get(&listing->frames, id, &count);
}

/* What is shown of it. */
static inline const struct tree_frame *listed_tree_frame(const struct listing *listing, uint32_t id)
{
	return &listing->symbols->frames[listed_frame(listing, id)->frame];
}

/* The group with the largest total; 0 without any. */
size_t listing_heaviest(const struct listing *listing);

#endif
