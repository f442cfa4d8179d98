// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The union of profiles; see align.h.
 *
 * Each file's names, locations and stacks are entered into the union once, so
 * that its samples are a look-up each. Names are matched only when all are
 * known (match.c); tree_build() then merges what has become one.
 */
#include "profiler/diff/align.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/diff/match.h"
#include "profiler/model/alloc.h"
#include "profiler/model/beside.h"
#include "profiler/model/tree_build.h"

int alignment_init(struct alignment *alignment, struct rename_rule *const *renames,
		   size_t nr_renames)
{
	*alignment = (struct alignment){
		.profile = profile_new(), .renames = renames, .nr_renames = nr_renames};
	return alignment->profile ? 0 : -ENOMEM;
}

void alignment_fini(struct alignment *alignment)
{
	for (size_t f = 0; f < alignment->nr_files; f++) {
		struct aligned_file *file = &alignment->files[f];

		circumstances_fini(&file->about);
		free(file->by_stack);
		free(file->self);
		free(file->total);
		free(file->marked_self);
		free(file->marked_total);
		timed_fini(&file->timed);
	}
	free(alignment->files);
	free(alignment->names);
	tree_free(alignment->tree);
	symbols_fini(&alignment->symbols);
	profile_free(alignment->profile);
	*alignment = (struct alignment){0};
}

bool alignment_is_time(const struct alignment *alignment)
{
	return !strcmp(alignment->amount.unit, "nanoseconds");
}

/* ---- adding a file -------------------------------------------------------------------------- */

static void find_values(struct aligned_file *file)
{
	const struct circumstances *about = &file->about;

	for (size_t v = 0; v < ALIGNED_VALUES; v++)
		file->value_of[v] = ALIGNED_NONE;
	for (size_t i = about->nr_values; i-- > 0;) {
		if (about->values[i].role == VALUE_LONGEST)
			file->value_of[ALIGNED_LONGEST] = i;
		else if (about->values[i].role == VALUE_SQUARES)
			file->value_of[ALIGNED_SQUARES] = i;
		else
			file->value_of[ALIGNED_AMOUNT] = i;
	}
	/* As in a graph: with a longest wait there is a number of them. */
	for (size_t i = about->nr_values;
	     i-- > 0 && file->value_of[ALIGNED_LONGEST] != ALIGNED_NONE;) {
		if (i != file->value_of[ALIGNED_AMOUNT] && about->values[i].role == VALUE_AMOUNT &&
		    !strcmp(about->values[i].unit, "count"))
			file->value_of[ALIGNED_WAITS] = i;
	}
}

/* What a location is called in the union, and whether two of one name are the same. */
enum name_class {
	CLASS_CODE = FRAME_USER,
	CLASS_GROUP = FRAME_GROUP, /* a thread may be called like a function */
	CLASS_WAKER = FRAME_WAKER, /* upside down, in another's stack */
};

static enum frame_kind class_of(enum frame_kind kind)
{
	return kind == FRAME_GROUP || kind == FRAME_WAKER ? kind : FRAME_USER;
}

/* A name after all renaming, interned in the union. */
static int rename_text(struct alignment *a, const char *text, size_t len, uint32_t *ret_name)
{
	char *current = NULL;
	int err = 0;

	for (size_t i = 0; i < a->nr_renames && err >= 0; i++) {
		char *renamed;

		err = rename_apply(a->renames[i], current ? current : text, &renamed);
		if (err <= 0)
			continue;
		free(current);
		current = renamed;
	}
	if (current && *current) {
		text = current;
		len = strlen(current);
	}
	if (err >= 0)
		err = strings_intern(a->profile->strings, text, len, ret_name);
	free(current);
	return err < 0 ? err : 0;
}

/* The union's location of a frame of `from`. */
static int add_frame(struct alignment *a, const struct strings *from,
		     const struct tree_frame *frame, enum side side, uint32_t *ret_location)
{
	struct tree_frame own = {.kind = frame->kind};
	struct location location = {.mapping = MAPPING_NONE,
				    .kind = (uint8_t)class_of((enum frame_kind)frame->kind)};
	int err = rename_text(a, strings_text(from, frame->name), strings_len(from, frame->name),
			      &location.name);

	if (!err)
		err = strings_intern(a->profile->strings, strings_text(from, frame->module),
				     strings_len(from, frame->module), &own.module);
	if (!err)
		err = profile_add_location(a->profile, &location, ret_location);
	if (!err)
		err = ARRAY_RESERVE(a->names, a->cap_names, (size_t)*ret_location + 1);
	if (err)
		return err;
	/* A profile has a location from the start: none of a file's, and on no side. */
	for (; a->nr_names <= *ret_location; a->nr_names++)
		a->names[a->nr_names] = (struct aligned_name){
			.module = own.module,
			.kind = a->nr_names == *ret_location
					? own.kind
					: a->profile->locations[a->nr_names].kind};
	if (name_says_more(&own, &a->names[*ret_location]))
		a->names[*ret_location] = (struct aligned_name){
			own.module ? own.module : a->names[*ret_location].module, own.kind,
			a->names[*ret_location].sides};
	a->names[*ret_location].sides |= (uint8_t)(1 << side);
	return 0;
}

/* What adding one profile goes through. */
struct adding {
	struct alignment *alignment;
	struct aligned_file *file;
	const struct profile *profile;
	struct symbols symbols;
	uint32_t *location_of; /* by frame of `symbols`: of the union */
	uint32_t *stack_of;    /* by stack of the profile: of the union */
};

static int add_frames(struct adding *add)
{
	bool kinds = false;
	int err = 0;

	add->location_of = calloc(add->symbols.nr_frames + 1, sizeof(*add->location_of));
	if (!add->location_of)
		return -ENOMEM;
	for (size_t i = 0; i < add->symbols.nr_frames && !err; i++) {
		const struct tree_frame *frame = &add->symbols.frames[i];

		add->alignment->waits_in_text |=
			frame->kind == FRAME_WAITING || frame->kind == FRAME_RUN_QUEUE;
		kinds |= frame->kind == FRAME_GROUP || frame->kind == FRAME_LIBRARY ||
			 frame->module != STRING_NONE;
		err = add_frame(add->alignment, add->profile->strings, frame, add->file->side,
				&add->location_of[i]);
	}
	if (add->symbols.nr_frames && !kinds)
		add->alignment->kinds_unknown = true;
	return err;
}

static int add_stacks(struct adding *add)
{
	const struct stack_table *stacks = &add->profile->stacks;
	struct stack_table *all = &add->alignment->profile->stacks;
	int err = 0;

	add->stack_of = alloc_whole_zeroed(size_mul(stacks->count + 1, sizeof(*add->stack_of)));
	if (!add->stack_of)
		return -ENOMEM;
	for (uint32_t s = 1; s < stacks->count && !err; s++) {
		struct symbol_span span = add->symbols.spans[stack_leaf(stacks, s)];
		uint32_t stack = add->stack_of[stack_callers(stacks, s)];

		for (uint32_t i = 0; i < span.count && !err; i++)
			err = stack_table_push(
				all, stack,
				add->location_of[add->symbols.frame_list[span.first + i]], &stack);
		add->stack_of[s] = stack;
	}
	return err;
}

static int add_samples(struct adding *add)
{
	const struct profile *profile = add->profile;
	struct aligned_file *file = add->file;
	size_t nr_values = file->about.nr_values;

	file->nr_stacks = add->alignment->profile->stacks.count;
	if (!file->nr_stacks)
		file->nr_stacks = 1;
	for (size_t v = 0; v < ALIGNED_VALUES; v++) {
		if (file->value_of[v] != ALIGNED_NONE)
			file->place_of[v] = file->stride++;
	}
	file->by_stack = alloc_whole_zeroed(
		size_mul(file->nr_stacks, file->stride * sizeof(*file->by_stack)));
	if (!file->by_stack)
		return -ENOMEM;
	for (size_t i = 0; i < profile->nr_samples; i++) {
		size_t stack = add->stack_of[profile->samples[i].stack];

		for (size_t v = 0; v < ALIGNED_VALUES; v++) {
			int64_t *value;

			if (file->value_of[v] == ALIGNED_NONE)
				continue;
			value = &file->by_stack[stack * file->stride + file->place_of[v]];
			*value = value_join(v == ALIGNED_LONGEST ? VALUE_LONGEST : VALUE_AMOUNT,
					    *value,
					    profile->values[i * nr_values + file->value_of[v]]);
		}
	}
	return 0;
}

static int add_all(struct adding *add)
{
	int err = symbols_init(&add->symbols, add->profile);

	if (!err)
		err = add_frames(add);
	if (!err)
		err = add_stacks(add);
	if (!err)
		err = add_samples(add);
	if (!err)
		err = timed_take(&add->file->timed, add->profile, add->file->about.nr_values,
				 add->file->value_of[ALIGNED_AMOUNT], add->stack_of);
	symbols_fini(&add->symbols);
	free(add->location_of);
	free(add->stack_of);
	return err;
}

int alignment_add(struct alignment *a, enum side side, const char *name, struct profile *profile)
{
	struct aligned_file *file;
	const struct value_type *amount;
	struct adding add = {.alignment = a, .profile = profile};
	int err = ARRAY_RESERVE(a->files, a->cap_files, a->nr_files + 1);

	if (err)
		return err;
	profile_seal(profile);
	file = &a->files[a->nr_files++];
	*file = (struct aligned_file){.name = name, .side = side, .about = profile->about};
	circumstances_init(&profile->about);
	find_values(file);
	if (file->value_of[ALIGNED_AMOUNT] == ALIGNED_NONE)
		return -EINVAL;
	amount = &file->about.values[file->value_of[ALIGNED_AMOUNT]];
	if (a->nr_files == 1)
		a->amount = *amount;
	if (strcmp(amount->name, a->amount.name) || strcmp(amount->unit, a->amount.unit))
		return -EINVAL;
	add.file = file;
	return add_all(&add);
}

/* ---- the tree ------------------------------------------------------------------------------- */

/* Those values that all files have. */
static void choose_values(struct alignment *a)
{
	for (int v = 0; v < ALIGNED_VALUES; v++) {
		bool all = true;

		for (size_t f = 0; f < a->nr_files; f++)
			all &= a->files[f].value_of[v] != ALIGNED_NONE;
		if (all)
			a->values[a->nr_values++] = (enum aligned_value)v;
	}
}

static int declare_values(struct alignment *a)
{
	static const char *const words[SIDES] = {[BEFORE] = "before", [AFTER] = "after"};
	const struct aligned_file *first = &a->files[0];
	int err = 0;

	for (size_t v = 0; v < a->nr_values; v++) {
		const struct value_type *from = &first->about.values[first->value_of[a->values[v]]];

		for (size_t s = 0; s < SIDES && !err; s++) {
			struct value_type type = *from;

			if (v)
				snprintf(type.name, sizeof(type.name), "%s %.16s", words[s],
					 from->name);
			else
				snprintf(type.name, sizeof(type.name), "%s", words[s]);
			err = profile_add_value_type(a->profile, &type);
		}
	}
	return err;
}

/* Of a value that the file has, and a stack that was known when it was added. */
static int64_t stack_value(const struct aligned_file *file, size_t stack, enum aligned_value value)
{
	return file->by_stack[stack * file->stride + file->place_of[value]];
}

/* Every stack that any file has, with the pairs of values. */
static int add_union_samples(struct alignment *a)
{
	size_t nr_stacks = a->profile->stacks.count ? a->profile->stacks.count : 1;
	int err = 0;

	stack_table_seal(&a->profile->stacks);
	for (size_t stack = 0; stack < nr_stacks && !err; stack++) {
		struct sample sample = {.stack = (uint32_t)stack,
					.task = TASK_NONE,
					.cpu = CPU_NONE,
					.cgroup = CGROUP_NONE};
		int64_t values[VALUE_TYPES_MAX] = {0};
		bool any = false;

		for (size_t f = 0; f < a->nr_files; f++) {
			const struct aligned_file *file = &a->files[f];

			for (size_t v = 0; stack < file->nr_stacks && v < a->nr_values; v++) {
				int64_t add = stack_value(file, stack, a->values[v]);
				int64_t *value = &values[v * SIDES + file->side];

				any |= add != 0;
				if (a->values[v] == ALIGNED_LONGEST)
					*value = *value > add ? *value : add;
				else if (__builtin_add_overflow(*value, add, value))
					return -EOVERFLOW;
			}
		}
		if (any)
			err = profile_add_sample(a->profile, &sample, values);
	}
	return err;
}

/* A file that gets what it has of each node. */
struct filling {
	const struct alignment *alignment;
	struct aligned_file *file;
	const uint32_t *node_of_sample;
};

static int fill_file(void *data)
{
	const struct filling *filling = data;
	const struct alignment *a = filling->alignment;
	struct aligned_file *file = filling->file;
	const uint32_t *node_of_sample = filling->node_of_sample;
	const struct tree *tree = a->tree;
	size_t nr = a->nr_values, cells = size_mul(tree->nr_nodes, nr);

	file->self = alloc_whole_zeroed(size_mul(cells, sizeof(*file->self)));
	file->total = alloc_whole(size_mul(cells, sizeof(*file->total)));
	if (!file->self || !file->total)
		return -ENOMEM;
	for (size_t i = 0; i < a->profile->nr_samples; i++) {
		size_t stack = a->profile->samples[i].stack, node = node_of_sample[i];

		if (stack >= file->nr_stacks || node == TREE_NODE_NONE)
			continue;
		for (size_t v = 0; v < nr; v++) {
			enum value_role role = tree->values[v * SIDES].role;
			int64_t *self = &file->self[node * nr + v];

			*self = value_join(role, *self, stack_value(file, stack, a->values[v]));
		}
	}
	free(file->by_stack);
	file->by_stack = NULL;
	memcpy(file->total, file->self, cells * sizeof(*file->self));
	for (size_t node = tree->nr_nodes; node-- > 1;) {
		for (size_t v = 0; v < nr; v++) {
			int64_t *total = &file->total[tree->nodes[node].parent * nr + v];

			*total = value_join(tree->values[v * SIDES].role, *total,
					    file->total[node * nr + v]);
		}
	}
	return 0;
}

/* Two at a time: they are independent. */
static int fill_files(const struct alignment *a, const uint32_t *node_of_sample)
{
	int err = 0;

	for (size_t f = 0; f < a->nr_files && !err; f += 2) {
		struct filling one = {a, &a->files[f], node_of_sample};
		struct filling other = {a, &a->files[f] + 1, node_of_sample};
		struct beside beside;
		int other_err = 0;

		if (f + 1 < a->nr_files)
			beside_begin(&beside, fill_file, &other);
		err = fill_file(&one);
		if (f + 1 < a->nr_files)
			other_err = beside_end(&beside);
		err = err ? err : other_err;
	}
	return err;
}

/* The amounts in units of time onto the nodes. */
static int place_timed(struct alignment *a, const uint32_t *node_of_sample)
{
	size_t nr_stacks = a->profile->stacks.count + !a->profile->stacks.count;
	uint32_t *node_of_stack = malloc(size_mul(nr_stacks, sizeof(*node_of_stack)));
	int err = node_of_stack ? 0 : -ENOMEM;

	for (size_t i = 0; i < nr_stacks && !err; i++)
		node_of_stack[i] = TREE_NODE_NONE;
	for (size_t i = 0; i < a->profile->nr_samples && !err; i++)
		node_of_stack[a->profile->samples[i].stack] = node_of_sample[i];
	for (size_t f = 0; f < a->nr_files && !err; f++)
		err = timed_place(&a->files[f].timed, node_of_stack);
	free(node_of_stack);
	return err;
}

int alignment_make(struct alignment *a)
{
	uint32_t *node_of_sample = NULL;
	int err;

	choose_values(a);
	err = declare_values(a);
	if (!err)
		err = match_names(a);
	if (!err)
		err = add_union_samples(a);
	if (err)
		return err;
	profile_seal(a->profile);
	a->tree = tree_build_placing(a->profile, &a->symbols, GROUP_NONE, &views[VIEW_PLAIN],
				     &node_of_sample);
	if (!a->tree)
		return -ENOMEM;
	err = fill_files(a, node_of_sample);
	for (size_t f = 0; f < a->nr_files && !err && alignment_is_time(a); f++)
		err = marked_find(a->tree, a->files[f].self, a->nr_values, &a->files[f].marked_self,
				  &a->files[f].marked_total);
	if (!err)
		err = place_timed(a, node_of_sample);
	free(node_of_sample);
	return err;
}
