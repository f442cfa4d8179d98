// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths of samples; see draft.h. */
#include "profiler/model/draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"
#include "profiler/model/waker_name.h"

/* A sample and the frame it is grouped under, in the order in which drafts are made. */
struct grouped {
	uint32_t frame;
	uint32_t sample;
};

/* What is needed only while the paths are made. */
struct drafter {
	struct drafts *drafts;
	const struct stack_table *stacks;
	struct grouped *order;
	size_t nr_samples;
	uint32_t *draft_of_stack; /* of the current group; DRAFT_NONE where there is none yet */
	uint32_t *drafted;	  /* the stacks that have one */
	size_t nr_drafted;
	uint32_t *trail;   /* scratch: the frames of a stack, leaf first */
	bool *is_plumbing; /* by frame: see plumbing */
};

/*
 * What stands at the leaf end of every stack that was walked in a switch of threads, or in a waking,
 * and says nothing, by the beginnings of the names. First our own programs, the trampolines and the
 * tracepoints that call them, and the helpers that they call. Then the way into the scheduler; it is
 * not in the stacks of threads that were found waiting, from which the kernel leaves it out itself
 * (stack_trace_consume_entry_nosched() in kernel/stacktrace.c).
 */
static const char *const plumbing[] = {
	"bpf_prog_",	      "bpf_trace_run",	"bpf_trampoline",     "__traceiter_",
	"__bpf_trace_",	      "bpf_get_stack",	"bpf_get_task_stack", "stack_trace_save",
	"get_perf_callchain", "perf_callchain", "__schedule",	      "schedule",
	"io_schedule",	      "do_nanosleep",	"preempt_schedule",   "__preempt_schedule",
};

static bool is_plumbing_function(const struct drafts *drafts, const struct tree_frame *frame)
{
	const char *name = strings_text(drafts->profile->strings, frame->name);

	if (frame->kind != FRAME_KERNEL)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(plumbing); i++) {
		if (!strncmp(name, plumbing[i], strlen(plumbing[i])))
			return true;
	}
	return false;
}

/* A stack without the plumbing at its leaf end. */
static uint32_t trim(const struct drafter *d, uint32_t stack)
{
	const struct symbols *symbols = d->drafts->symbols;

	for (; stack != STACK_EMPTY; stack = stack_callers(d->stacks, stack)) {
		struct symbol_span span = symbols->spans[stack_leaf(d->stacks, stack)];

		if (!span.count || !d->is_plumbing[symbols->frame_list[span.first]])
			break;
	}
	return stack;
}

/* ---- pieces of paths; each moves *draft to its own last frame ---- */

static int draft_frame(struct drafter *d, uint32_t frame, uint32_t *draft)
{
	size_t first = d->drafts->of_places ? d->drafts->profile->nr_locations : 0;

	return stack_table_append(&d->drafts->own, *draft, (uint32_t)(first + frame), draft);
}

static int draft_marker(struct drafter *d, const char *name, uint32_t *draft)
{
	struct tree_frame frame = {.kind = FRAME_MARKER};
	uint32_t id;
	int err = strings_intern_z(d->drafts->profile->strings, name, &frame.name);

	if (!err)
		err = symbols_add_frame(d->drafts->symbols, &frame, &id);
	return err ? err : draft_frame(d, id, draft);
}

/* All frames of one location. */
static int draft_location(struct drafter *d, uint32_t location, uint32_t *draft)
{
	struct symbol_span span = d->drafts->symbols->spans[location];
	int err = 0;

	if (d->drafts->of_places)
		return stack_table_append(&d->drafts->own, *draft, location, draft);
	for (uint32_t i = 0; i < span.count && !err; i++)
		err = draft_frame(d, d->drafts->symbols->frame_list[span.first + i], draft);
	return err;
}

static void remember(struct drafter *d, uint32_t stack, uint32_t draft)
{
	d->draft_of_stack[stack] = draft;
	d->drafted[d->nr_drafted++] = stack;
}

static void forget_all(struct drafter *d)
{
	while (d->nr_drafted)
		d->draft_of_stack[d->drafted[--d->nr_drafted]] = DRAFT_NONE;
}

/*
 * A stack on the current group's frame, once for all samples of the group. Walks up to the first
 * caller that has a draft, leaving a trail of links downwards, then makes the missing ones.
 */
static int draft_stack(struct drafter *d, uint32_t stack, uint32_t *draft)
{
	size_t missing = 0;
	int err = 0;

	while (stack != STACK_EMPTY && d->draft_of_stack[stack] == DRAFT_NONE) {
		d->trail[missing++] = stack;
		stack = stack_callers(d->stacks, stack);
	}
	if (stack != STACK_EMPTY)
		*draft = d->draft_of_stack[stack];
	while (missing && !err) {
		stack = d->trail[--missing];
		err = draft_location(d, stack_leaf(d->stacks, stack), draft);
		remember(d, stack, *draft);
	}
	return err;
}

/* The stacks of a stack and its callers into the trail, leaf first. Returns how many. */
static size_t trail_of(struct drafter *d, uint32_t stack)
{
	size_t depth = 0;

	for (; stack != STACK_EMPTY; stack = stack_callers(d->stacks, stack))
		d->trail[depth++] = stack;
	return depth;
}

/* Names above a stack, of which few samples share any. */
static int draft_names(struct drafter *d, uint32_t names, uint32_t *draft)
{
	size_t depth = trail_of(d, names);
	int err = 0;

	while (depth && !err)
		err = draft_location(d, stack_leaf(d->stacks, d->trail[--depth]), draft);
	return err;
}

/* ---- wakers ---- */

static const struct tree_frame *outer_frame(const struct drafter *d, uint32_t stack)
{
	const struct symbols *symbols = d->drafts->symbols;
	struct symbol_span span = symbols->spans[stack_leaf(d->stacks, stack)];

	return span.count ? &symbols->frames[symbols->frame_list[span.first]] : NULL;
}

/*
 * The frame with the name of a waker, whose stack is in the trail: that of its root, or where that
 * is no thread's, what the innermost of its functions says that can tell.
 */
static int waker_frame(struct drafter *d, size_t depth, uint32_t *ret_frame)
{
	const struct tree_frame *root = outer_frame(d, d->trail[depth - 1]);
	struct tree_frame frame = root ? *root : (struct tree_frame){0};
	const char *name = NULL;
	int err = 0;

	for (size_t i = 0; i < depth && frame.kind == FRAME_MARKER && !name; i++) {
		const struct tree_frame *at = outer_frame(d, d->trail[i]);

		if (at && at->kind == FRAME_KERNEL)
			name = waker_name_of(strings_text(d->drafts->profile->strings, at->name));
	}
	if (name)
		err = strings_intern_z(d->drafts->profile->strings, name, &frame.name);
	frame.kind = FRAME_WAKER;
	return err ? err : symbols_add_frame(d->drafts->symbols, &frame, ret_frame);
}

/* The frames of one location as those of a waker: the innermost of them first. */
static int draft_waker_location(struct drafter *d, uint32_t location, uint32_t *draft)
{
	struct symbols *symbols = d->drafts->symbols;
	struct symbol_span span = symbols->spans[location];
	int err = 0;

	while (span.count && !err) {
		struct tree_frame frame =
			symbols->frames[symbols->frame_list[span.first + --span.count]];
		uint32_t id;

		frame.kind = FRAME_WAKER;
		err = symbols_add_frame(symbols, &frame, &id);
		if (!err)
			err = draft_frame(d, id, draft);
	}
	return err;
}

/* "[woken by]", the waker's frames from the innermost one on, its name. */
static int draft_waker_on_top(struct drafter *d, uint32_t stack, uint32_t *draft)
{
	size_t depth = trail_of(d, trim(d, stack));
	int err = draft_marker(d, MARKER_WOKEN_BY, draft);
	uint32_t name;

	for (size_t i = 0; i + 1 < depth && !err; i++)
		err = draft_waker_location(d, stack_leaf(d->stacks, d->trail[i]), draft);
	if (!err && depth)
		err = waker_frame(d, depth, &name);
	if (!err && depth)
		err = draft_frame(d, name, draft);
	return err;
}

static int draft_wakers_on_top(struct drafter *d, const struct sample *sample, uint32_t *draft)
{
	const struct profile *profile = d->drafts->profile;
	uint32_t waker = sample->waker ? sample->waker - 1 : WAKER_NONE;
	int err = 0;

	for (; waker != WAKER_NONE && !err; waker = profile->wakers[waker].next)
		err = draft_waker_on_top(d, profile->wakers[waker].stack, draft);
	return err;
}

/* Whether names above a stack say that the wait was not over when the capture ended. */
static bool is_not_over(const struct drafter *d, uint32_t names)
{
	for (; names != STACK_EMPTY; names = stack_callers(d->stacks, names)) {
		const struct tree_frame *frame = outer_frame(d, names);
		const char *name =
			frame ? strings_text(d->drafts->profile->strings, frame->name) : "";

		if (!strcmp(name, MARKER_CUT_END) || !strcmp(name, MARKER_CUT_WHOLE))
			return true;
	}
	return false;
}

/* The stack of the waker as if it were the sample's own, once for all samples of the group. */
static int draft_waker_alone(struct drafter *d, const struct sample *sample, uint32_t *draft)
{
	uint32_t stack, name;
	size_t depth;
	int err;

	if (!sample->waker)
		return draft_marker(
			d, is_not_over(d, sample->top) ? MARKER_NOT_WOKEN : MARKER_UNKNOWN_WAKER,
			draft);
	stack = trim(d, d->drafts->profile->wakers[sample->waker - 1].stack);
	if (d->draft_of_stack[stack] != DRAFT_NONE) {
		*draft = d->draft_of_stack[stack];
		return 0;
	}
	depth = trail_of(d, stack);
	if (!depth)
		return draft_marker(d, MARKER_UNKNOWN_WAKER, draft);
	/* The name depends on all of the stack: other stacks with this root may get another. */
	err = waker_frame(d, depth--, &name);
	if (!err)
		err = draft_frame(d, name, draft);
	while (depth && !err)
		err = draft_location(d, stack_leaf(d->stacks, d->trail[--depth]), draft);
	remember(d, stack, *draft);
	return err;
}

/* ---- samples ---- */

static int draft_sample(struct drafter *d, uint32_t id, uint32_t draft)
{
	struct drafts *drafts = d->drafts;
	const struct sample *sample = &drafts->profile->samples[id];
	int err;

	if (drafts->view->wakers == WAKERS_ALONE)
		err = draft_waker_alone(d, sample, &draft);
	else
		err = draft_stack(d,
				  sample->activity == ACTIVITY_CPU ? sample->stack
								   : trim(d, sample->stack),
				  &draft);
	if (!err)
		err = draft_names(d, sample->top, &draft);
	if (!err && drafts->view->rivals && sample->rival)
		err = draft_location(d, sample->rival - 1, &draft);
	if (!err && drafts->view->wakers == WAKERS_ON_TOP)
		err = draft_wakers_on_top(d, sample, &draft);
	drafts->draft_of_sample[id] = draft;
	return err;
}

static int draft_samples(struct drafter *d)
{
	uint32_t group = STACK_EMPTY;
	int err = 0;

	for (size_t i = 0; i < d->nr_samples && !err; i++) {
		uint32_t frame = d->order[i].frame;

		if (i == 0 || frame != d->order[i - 1].frame) {
			forget_all(d);
			group = STACK_EMPTY;
			if (frame != GROUP_FRAME_NONE)
				err = draft_frame(d, frame, &group);
		}
		if (!err)
			err = draft_sample(d, d->order[i].sample, group);
	}
	return err;
}

static int compare_grouped(const void *left, const void *right)
{
	const struct grouped *a = left, *b = right;

	if (a->frame != b->frame)
		return a->frame < b->frame ? -1 : 1;
	return a->sample < b->sample ? -1 : a->sample > b->sample;
}

static int group_samples(struct drafter *d, enum group_key group)
{
	const struct profile *profile = d->drafts->profile;
	bool ordered = true;
	int err = 0;

	for (uint32_t i = 0; i < profile->nr_samples && !err; i++) {
		struct grouped *grouped = &d->order[d->nr_samples];

		d->drafts->draft_of_sample[i] = DRAFT_NONE;
		if (drafts_leave_out(d->drafts, i))
			continue;
		grouped->sample = i;
		err = group_frame(profile, d->drafts->symbols, group, &profile->samples[i],
				  &grouped->frame);
		ordered &= !d->nr_samples || grouped[-1].frame <= grouped->frame;
		d->nr_samples++;
	}
	if (!ordered)
		qsort(d->order, d->nr_samples, sizeof(*d->order), compare_grouped);
	return err;
}

static int drafter_init(struct drafter *d, struct drafts *drafts)
{
	const struct profile *profile = drafts->profile;
	const struct symbols *symbols = drafts->symbols;
	size_t room = profile->stacks.count + 1;

	*d = (struct drafter){.drafts = drafts, .stacks = &profile->stacks};
	d->order = malloc(size_mul(profile->nr_samples + 1, sizeof(*d->order)));
	d->draft_of_stack = malloc(size_mul(room, sizeof(*d->draft_of_stack)));
	d->drafted = malloc(size_mul(room, sizeof(*d->drafted)));
	d->trail = malloc(size_mul(room, sizeof(*d->trail)));
	d->is_plumbing = malloc(size_mul(symbols->nr_frames + 1, sizeof(*d->is_plumbing)));
	if (!d->order || !d->draft_of_stack || !d->drafted || !d->trail || !d->is_plumbing)
		return -ENOMEM;
	memset(d->draft_of_stack, 0xff, room * sizeof(*d->draft_of_stack));
	for (size_t i = 0; i < symbols->nr_frames; i++)
		d->is_plumbing[i] = is_plumbing_function(drafts, &symbols->frames[i]);
	return 0;
}

static void drafter_fini(struct drafter *d)
{
	free(d->order);
	free(d->draft_of_stack);
	free(d->drafted);
	free(d->trail);
	free(d->is_plumbing);
}

/* A view without values of its own has those of the profile, of every sample. */
static void choose_values(struct drafts *drafts)
{
	const struct circumstances *about = &drafts->profile->about;

	drafts->nr_values = drafts->view->nr_values ? drafts->view->nr_values : about->nr_values;
	for (size_t v = 0; v < drafts->nr_values; v++)
		drafts->values[v] = drafts->view->nr_values
					    ? drafts->view->values[v]
					    : (struct view_value){about->values[v],
								  (enum activity_value)v, ~0U};
}

/* Drafts of their own for all samples, each of which leads to one. */
static int draft_paths(struct drafts *drafts, enum group_key group)
{
	struct drafter drafter;
	size_t bytes;
	int err = drafter_init(&drafter, drafts);

	drafts->table = &drafts->own;
	if (!err)
		err = stack_table_begin(&drafts->own);
	if (!err)
		err = group_samples(&drafter, group);
	if (!err)
		err = draft_samples(&drafter);
	drafter_fini(&drafter);
	if (err)
		return err;
	bytes = size_mul(drafts->own.count + 1, sizeof(*drafts->node_of_draft));
	drafts->node_of_draft = malloc(bytes);
	if (!drafts->node_of_draft)
		return -ENOMEM;
	memset(drafts->node_of_draft, 0xff, bytes);
	return 0;
}

/* ---- samples that are nothing but stacks ---- */

static bool has_group(const struct sample *sample)
{
	return sample->task != TASK_NONE || sample->cpu != CPU_NONE ||
	       sample->cgroup != CGROUP_NONE || sample->labels;
}

static bool is_bare(const struct sample *sample)
{
	return sample->top == STACK_EMPTY && !sample->rival && !sample->waker &&
	       sample->activity == ACTIVITY_CPU;
}

/* Nothing to group by, nothing above a stack, and every location is one frame, or stays one. */
static bool are_stacks(const struct drafts *drafts)
{
	const struct profile *profile = drafts->profile;
	const struct symbols *symbols = drafts->symbols;

	if (drafts->view->wakers != WAKERS_HIDDEN || symbols->nr_spans != profile->nr_locations ||
	    !profile->stacks.count)
		return false;
	for (size_t i = 0; i < symbols->nr_spans; i++) {
		if (symbols->spans[i].count != 1 && !drafts->of_places)
			return false;
	}
	for (size_t i = 0; i < profile->nr_samples; i++) {
		const struct sample *sample = &profile->samples[i];

		if (!is_bare(sample) || (has_group(sample) && !drafts->of_places))
			return false;
	}
	return true;
}

static int use_stacks(struct drafts *drafts)
{
	const struct profile *profile = drafts->profile;
	const struct stack_node *stacks = profile->stacks.nodes;
	uint32_t *node_of = calloc(profile->stacks.count, sizeof(*node_of));

	if (!node_of)
		return -ENOMEM;
	drafts->table = &profile->stacks;
	drafts->node_of_draft = node_of;
	for (uint32_t i = 0; i < profile->nr_samples; i++) {
		uint32_t stack = profile->samples[i].stack;

		drafts->draft_of_sample[i] = DRAFT_NONE;
		if (drafts_leave_out(drafts, i))
			continue;
		drafts->draft_of_sample[i] = stack;
		node_of[stack] = DRAFT_NONE;
	}
	/* Callers have smaller numbers than those they called. */
	for (size_t i = profile->stacks.count; i-- > 1;) {
		if (node_of[i] != DRAFT_UNUSED)
			node_of[stacks[i].callers] = DRAFT_NONE;
	}
	return 0;
}

static int make(struct drafts *drafts, enum group_key group)
{
	choose_values(drafts);
	drafts->draft_of_sample =
		malloc(size_mul(drafts->profile->nr_samples + 1, sizeof(uint32_t)));
	if (!drafts->draft_of_sample)
		return -ENOMEM;
	return are_stacks(drafts) ? use_stacks(drafts) : draft_paths(drafts, group);
}

int drafts_make(struct drafts *drafts, const struct profile *profile, struct symbols *symbols,
		enum group_key group, const struct view *view)
{
	*drafts = (struct drafts){.profile = profile, .symbols = symbols, .view = view};
	return make(drafts, group);
}

int drafts_make_places(struct drafts *drafts, const struct profile *profile,
		       struct symbols *symbols, const struct view *view)
{
	*drafts = (struct drafts){
		.profile = profile, .symbols = symbols, .view = view, .of_places = true};
	return make(drafts, GROUP_NONE);
}

void drafts_fini(struct drafts *drafts)
{
	stack_table_fini(&drafts->own);
	free(drafts->draft_of_sample);
	free(drafts->node_of_draft);
}
