// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Groups and stacks of a view; see listing.h.
 *
 * Paths of drafts become stacks of frames of the listing. Then frames get ranks
 * by their names, a walk over the stacks in this order numbers them, and rows are
 * sorted by that number.
 */
#include "render/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/group.h"
#include "profiler/model/hash.h"

struct lister {
	struct listing *listing;
	struct drafts drafts;
	enum group_key group;
	enum listing_detail detail;
	uint32_t *stack_of_draft[2]; /* plus 1; 0 where not known yet; [1]: without a root that groups */
	uint32_t *group_of_draft; /* the frame that groups and is at the root of it, plus 1; or 0 */
	uint32_t *trail;
	struct list_table group_ids; /* of names */
	struct index row_index;
	size_t others[VALUE_TYPES_MAX]; /* of the drafts: listing->others */
};

/* ---- frames ---- */

static int enter_frame(struct lister *l, const struct listed_frame *frame, uint32_t line,
		       uint32_t *ret_id)
{
	struct listing *listing = l->listing;
	size_t before = listing->frames.nr_lists;
	int err = list_table_intern(&listing->frames, frame, 1, ret_id);

	if (!err)
		err = ARRAY_RESERVE(listing->first_line, listing->cap_first_line, *ret_id + 1UL);
	if (err)
		return err;
	if (*ret_id > before)
		listing->first_line[*ret_id] = line;
	else if (line && (line < listing->first_line[*ret_id] || !listing->first_line[*ret_id]))
		listing->first_line[*ret_id] = line;
	return 0;
}

/* A column is one of the line that was reached, where this is known. */
static int push_entry(struct lister *l, uint32_t entry, uint32_t mapping, uint32_t *stack)
{
	const struct symbols *symbols = l->listing->symbols;
	struct source_place place = symbols_place(symbols, entry);
	struct listed_frame frame = {
		.frame = symbols->frame_list[entry],
		.file = place.file,
		.start_line = place.start_line,
		.column = place.line ? 0 : place.column,
	};
	uint32_t id;
	int err;

	if (l->detail == LISTING_LINES) {
		frame.line = place.line;
		frame.column = place.column;
		frame.mapping = mapping;
	}
	err = enter_frame(l, &frame, place.line, &id);
	return err ? err : stack_table_push(&l->listing->stacks, *stack, id, stack);
}

static int push_place(struct lister *l, uint32_t place, uint32_t *stack)
{
	const struct profile *profile = l->listing->profile;
	struct listed_frame composed = {.frame = place - (uint32_t)profile->nr_locations};
	struct symbol_span span;
	uint32_t id;
	int err = 0;

	if (place >= profile->nr_locations) {
		err = enter_frame(l, &composed, 0, &id);
		return err ? err : stack_table_push(&l->listing->stacks, *stack, id, stack);
	}
	span = l->listing->symbols->spans[place];
	for (uint32_t i = 0; i < span.count && !err; i++)
		err = push_entry(l, span.first + i, profile->locations[place].mapping + 1, stack);
	return err;
}

/* The frame of a place at the root of a stack, where that is what groups it; else GROUP_FRAME_NONE. */
static uint32_t group_at_root(const struct lister *l, uint32_t place)
{
	const struct symbols *symbols = l->listing->symbols;
	struct symbol_span span;
	uint32_t frame;

	if (place >= l->listing->profile->nr_locations)
		return GROUP_FRAME_NONE;
	span = symbols->spans[place];
	frame = symbols->frame_list[span.first];
	return span.count == 1 && symbols->frames[frame].kind == FRAME_GROUP ? frame
									      : GROUP_FRAME_NONE;
}

/* ---- stacks ---- */

/*
 * The stack of a draft: that of its callers and its own frames. If `ret_group` is given, a frame at the
 * root that groups is not in it, but there, plus 1; 0 for none.
 */
static int find_stack(struct lister *l, uint32_t draft, uint32_t *ret_stack, uint32_t *ret_group)
{
	const struct stack_table *table = l->drafts.table;
	uint32_t *known = l->stack_of_draft[ret_group != NULL];
	uint32_t stack = STACK_EMPTY, group = 0;
	size_t missing = 0;
	int err = 0;

	while (draft != STACK_EMPTY && !known[draft]) {
		l->trail[missing++] = draft;
		draft = stack_callers(table, draft);
	}
	if (draft != STACK_EMPTY) {
		stack = known[draft] - 1;
		group = l->group_of_draft[draft];
	}
	while (missing && !err) {
		bool at_root = draft == STACK_EMPTY;
		uint32_t place;

		draft = l->trail[--missing];
		place = stack_leaf(table, draft);
		if (at_root && ret_group)
			group = group_at_root(l, place) + 1;
		if (!at_root || !group)
			err = push_place(l, place, &stack);
		known[draft] = stack + 1;
		if (ret_group)
			l->group_of_draft[draft] = group;
	}
	*ret_stack = stack;
	if (ret_group)
		*ret_group = group;
	return err;
}

/* The group of that name, a new one if there is none. */
static int find_group(struct lister *l, uint32_t name, uint32_t task, uint32_t *ret_group)
{
	struct listing *listing = l->listing;
	uint32_t id;
	int err = list_table_intern(&l->group_ids, &name, 1, &id);

	if (!err)
		err = ARRAY_RESERVE(listing->groups, listing->cap_groups, id);
	if (err)
		return err;
	*ret_group = id - 1;
	if (id <= listing->nr_groups)
		return 0;
	listing->groups[listing->nr_groups++] = (struct listed_group){.name = name, .task = task};
	return 0;
}

/* The row of a stack, a new one if there is none. NULL without memory. */
static struct listed_stack *find_row(struct lister *l, uint32_t group, uint32_t stack)
{
	struct listing *listing = l->listing;
	uint32_t hash = hash_u64s(group, stack);
	struct index_probe at = index_probe(&l->row_index, hash);
	size_t id = listing->nr_rows;

	while (index_next(&l->row_index, &at)) {
		struct listed_stack *row = &listing->rows[at.id];

		if (row->group == group && row->stack == stack)
			return row;
	}
	if (ARRAY_RESERVE(listing->rows, listing->cap_rows, id + 1) ||
	    ARRAY_RESERVE(listing->other_values, listing->cap_other_values,
			  (id + 1) * listing->nr_others) ||
	    index_insert(&l->row_index, hash, (uint32_t)id))
		return NULL;
	for (size_t o = 0; o < listing->nr_others; o++)
		listing->other_values[id * listing->nr_others + o] = 0;
	listing->rows[id] = (struct listed_stack){group, stack, (uint32_t)id, 0};
	listing->groups[group].count++;
	listing->nr_rows++;
	return &listing->rows[id];
}

static int add_values(struct lister *l, uint32_t group, uint32_t stack, uint32_t sample)
{
	struct listing *listing = l->listing;
	struct listed_stack *row = find_row(l, group, stack);

	if (!row)
		return -ENOMEM;
	row->value += drafts_value(&l->drafts, sample, 0);
	listing->groups[group].total += drafts_value(&l->drafts, sample, 0);
	for (size_t o = 0; o < listing->nr_others; o++)
		listing->other_values[row->at * listing->nr_others + o] +=
			drafts_value(&l->drafts, sample, l->others[o]);
	return 0;
}

/* What has no frame at all would not be seen: it gets one that says so. */
static int push_no_stack(struct lister *l, uint32_t *stack)
{
	struct tree_frame marker = {.kind = FRAME_MARKER};
	struct listed_frame frame = {0};
	uint32_t id;
	int err = strings_intern_z(l->listing->profile->strings, MARKER_NO_STACK, &marker.name);

	if (!err)
		err = symbols_add_frame(l->listing->symbols, &marker, &frame.frame);
	if (!err)
		err = enter_frame(l, &frame, 0, &id);
	return err ? err : stack_table_push(&l->listing->stacks, STACK_EMPTY, id, stack);
}

static bool has_values(const struct lister *l, uint32_t sample)
{
	bool has = drafts_value(&l->drafts, sample, 0) != 0;

	for (size_t o = 0; o < l->listing->nr_others; o++)
		has |= drafts_value(&l->drafts, sample, l->others[o]) != 0;
	return has;
}

static int list_sample(struct lister *l, uint32_t id)
{
	struct symbols *symbols = l->listing->symbols;
	const struct sample *sample = &l->listing->profile->samples[id];
	uint32_t draft = l->drafts.draft_of_sample[id], stack, at_root, frame, group;
	int err;

	if (draft == DRAFT_NONE || !has_values(l, id))
		return 0;
	err = group_frame(l->listing->profile, symbols, l->group, sample, &frame);
	if (!err && frame != GROUP_FRAME_NONE)
		err = find_stack(l, draft, &stack, NULL);
	else if (!err)
		err = find_stack(l, draft, &stack, &at_root);
	if (err)
		return err;
	if (frame == GROUP_FRAME_NONE && at_root)
		frame = at_root - 1;
	/* A graph shows a group that is all there is of a stack; only some formats can. */
	if (stack == STACK_EMPTY && (frame == GROUP_FRAME_NONE || l->detail == LISTING_LINES))
		err = push_no_stack(l, &stack);
	if (err)
		return err;
	err = find_group(l, frame == GROUP_FRAME_NONE ? STRING_NONE : symbols->frames[frame].name,
			 sample->task, &group);
	return err ? err : add_values(l, group, stack, id);
}

static int list_samples(struct lister *l)
{
	size_t room = l->drafts.table->count + 1;
	int err;

	for (int i = 0; i < 2; i++)
		l->stack_of_draft[i] = calloc(room, sizeof(uint32_t));
	l->group_of_draft = calloc(room, sizeof(*l->group_of_draft));
	l->trail = malloc(size_mul(room, sizeof(*l->trail)));
	if (!l->stack_of_draft[0] || !l->stack_of_draft[1] || !l->group_of_draft || !l->trail)
		return -ENOMEM;
	err = stack_table_begin(&l->listing->stacks);
	for (uint32_t i = 0; i < l->listing->profile->nr_samples && !err; i++)
		err = list_sample(l, i);
	return err;
}

/* ---- order ---- */

static int compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_frames(const void *left, const void *right, void *data)
{
	const struct listing *listing = data;
	const struct listed_frame *a = listed_frame(listing, *(const uint32_t *)left);
	const struct listed_frame *b = listed_frame(listing, *(const uint32_t *)right);
	const struct strings *strings = listing->profile->strings;
	int order = tree_frame_compare(strings, &listing->symbols->frames[a->frame],
				       &listing->symbols->frames[b->frame]);

	if (!order)
		order = strings_compare(strings, a->file, b->file);
	if (!order)
		order = compare_numbers(a->start_line, b->start_line);
	if (!order)
		order = compare_numbers(a->line, b->line);
	if (!order)
		order = compare_numbers(a->column, b->column);
	return order ? order : compare_numbers(a->mapping, b->mapping);
}

static int rank_frames(struct listing *listing)
{
	size_t count = listing->frames.nr_lists;

	listing->by_rank = malloc(size_mul(count + 1, sizeof(*listing->by_rank)));
	listing->rank = calloc(count + 1, sizeof(*listing->rank));
	if (!listing->by_rank || !listing->rank)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		listing->by_rank[i] = (uint32_t)i + 1;
	qsort_r(listing->by_rank, count, sizeof(*listing->by_rank), compare_frames, listing);
	for (size_t i = 0; i < count; i++)
		listing->rank[listing->by_rank[i]] = (uint32_t)i;
	return 0;
}

/* Descending, as the last one on the walk's stack comes first. */
static int compare_called(const void *left, const void *right, void *data)
{
	const struct listing *listing = data;
	const struct stack_table *stacks = &listing->stacks;

	return compare_numbers(listing->rank[stack_leaf(stacks, *(const uint32_t *)right)],
			       listing->rank[stack_leaf(stacks, *(const uint32_t *)left)]);
}

/* Numbers the stacks, callers before those they called, these by their frames. */
static int number_stacks(struct listing *listing, uint32_t *ret_numbers)
{
	const struct stack_table *stacks = &listing->stacks;
	uint32_t *waiting = NULL, next = 0;
	size_t nr_waiting = 1, cap = 0;
	int err = ARRAY_RESERVE(waiting, cap, 1);

	if (err)
		return err;
	waiting[0] = STACK_EMPTY;
	while (nr_waiting && !err) {
		uint32_t stack = waiting[--nr_waiting];
		size_t first = nr_waiting;

		ret_numbers[stack] = next++;
		for_each_called(stacks, stack, called) {
			err = err ? err : ARRAY_RESERVE(waiting, cap, nr_waiting + 1);
			if (!err)
				waiting[nr_waiting++] = called;
		}
		qsort_r(waiting + first, nr_waiting - first, sizeof(*waiting), compare_called,
			listing);
	}
	free(waiting);
	return err;
}

struct row_order {
	const struct listing *listing;
	const uint32_t *numbers; /* of stacks */
};

static int compare_rows(const void *left, const void *right, void *data)
{
	const struct listed_stack *a = left, *b = right;
	const struct row_order *by = data;
	const struct listed_group *groups = by->listing->groups;
	int order = a->group == b->group
			    ? 0
			    : strings_compare(by->listing->profile->strings, groups[a->group].name,
					      groups[b->group].name);

	return order ? order : compare_numbers(by->numbers[a->stack], by->numbers[b->stack]);
}

static int compare_groups(const void *left, const void *right, void *data)
{
	const struct listed_group *a = left, *b = right;

	return strings_compare(data, a->name, b->name);
}

static int sort_rows(struct listing *listing)
{
	uint32_t *numbers = malloc(size_mul(listing->stacks.count, sizeof(*numbers)));
	struct row_order order = {listing, numbers};
	int err = numbers ? number_stacks(listing, numbers) : -ENOMEM;
	size_t row = 0;

	if (!err && listing->nr_rows)
		qsort_r(listing->rows, listing->nr_rows, sizeof(*listing->rows), compare_rows,
			&order);
	free(numbers);
	if (err)
		return err;
	if (listing->nr_groups)
		qsort_r(listing->groups, listing->nr_groups, sizeof(*listing->groups),
			compare_groups, listing->profile->strings);
	for (uint32_t g = 0; g < listing->nr_groups; g++) {
		listing->groups[g].first = row;
		for (size_t i = 0; i < listing->groups[g].count; i++)
			listing->rows[row++].group = g;
	}
	return 0;
}

/* ---- the whole ---- */

static void lister_fini(struct lister *l)
{
	drafts_fini(&l->drafts);
	free(l->stack_of_draft[0]);
	free(l->stack_of_draft[1]);
	free(l->group_of_draft);
	free(l->trail);
	list_table_fini(&l->group_ids);
	index_fini(&l->row_index);
}

/* Which other values there are: the amounts, as only these are the width of frames. */
static void choose_others(struct lister *l)
{
	struct listing *listing = l->listing;

	for (size_t v = 1; v < l->drafts.nr_values; v++) {
		if (l->drafts.values[v].type.role != VALUE_AMOUNT)
			continue;
		l->others[listing->nr_others] = v;
		listing->others[listing->nr_others++] = l->drafts.values[v];
	}
}

int listing_make(struct listing *listing, const struct render_input *input,
		 enum listing_detail detail, bool all_values)
{
	const struct render_samples *samples = input->samples;
	struct lister l = {
		.listing = listing,
		.group = samples->group,
		.detail = detail,
		.group_ids.record_bytes = sizeof(uint32_t),
	};
	int err;

	*listing = (struct listing){
		.profile = samples->profile,
		.symbols = samples->symbols,
		.frames.record_bytes = sizeof(struct listed_frame),
	};
	err = drafts_make_places(&l.drafts, samples->profile, samples->symbols, samples->view);
	if (!err) {
		listing->value = l.drafts.values[0];
		if (all_values)
			choose_others(&l);
		err = list_samples(&l);
	}
	if (!err)
		err = rank_frames(listing);
	if (!err)
		err = sort_rows(listing);
	lister_fini(&l);
	return err;
}

void listing_fini(struct listing *listing)
{
	free(listing->groups);
	free(listing->rows);
	free(listing->other_values);
	stack_table_fini(&listing->stacks);
	list_table_fini(&listing->frames);
	free(listing->by_rank);
	free(listing->rank);
	free(listing->first_line);
}

size_t listing_heaviest(const struct listing *listing)
{
	size_t heaviest = 0;

	for (size_t g = 1; g < listing->nr_groups; g++) {
		if (listing->groups[g].total > listing->groups[heaviest].total)
			heaviest = g;
	}
	return heaviest;
}
