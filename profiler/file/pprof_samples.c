// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samples of a pprof profile; see pprof_reader.h. Labels that say which thread a
 * sample is of become its task, all others stay labels. Samples mostly have callers
 * that others had before them: what is as in the sample before is not looked up,
 * and the rest first where it was found last.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/file/pprof_reader.h"
#include "profiler/file/pprof_sample.h"
#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"

/* Where a location called from a stack led to last. As many as a CPU keeps near. */
struct step {
	uint32_t callers, location;
	uint32_t stack; /* STACK_EMPTY: none yet */
};

#define STEPS_BITS 15

struct samples_reader {
	struct pprof_reader *r;
	struct step *steps;  /* by hash */
	uint32_t *locations; /* of the sample, the outermost first */
	uint32_t *stacks;    /* likewise: the stack that ends with each */
	uint32_t *before;    /* locations of the sample before */
	size_t nr_before, cap_locations, cap_stacks, cap_before;
	struct label *labels;
	size_t nr_labels, cap_labels;
	uint32_t last_labels; /* the list of the sample before */
};

/* ---- stacks ---- */

static void locate(struct samples_reader *s, const struct pprof_sample *from)
{
	struct pprof_reader *r = s->r;
	size_t count = from->nr_locations;

	for (size_t i = 0; i < count; i++) {
		uint32_t place = pprof_ids_find(&r->location_ids, from->locations[count - 1 - i]);

		if (place == PPROF_NONE) {
			parts_refuse(&r->parts, "a sample has a location that does not exist");
			return;
		}
		s->locations[i] = r->locations[place];
	}
}

static struct step *find_step(struct samples_reader *s, uint32_t callers, uint32_t location)
{
	return &s->steps[hash_u64s(callers, location) >> (32 - STEPS_BITS)];
}

/* Stacks of the locations from `at` on. What stands on a new one is new, and needs no looking for. */
static int push_locations(struct samples_reader *s, size_t at, size_t count)
{
	struct stack_table *stacks = &s->r->profile->stacks;
	uint32_t callers = at ? s->stacks[at - 1] : STACK_EMPTY;
	size_t before = stacks->count;
	int err = 0;

	for (; at < count && stacks->count == before && !err; at++) {
		uint32_t location = s->locations[at];
		struct step *step = find_step(s, callers, location);

		if (!step->stack || step->callers != callers || step->location != location) {
			*step = (struct step){.callers = callers, .location = location};
			err = stack_table_push(stacks, callers, location, &step->stack);
		}
		s->stacks[at] = callers = step->stack;
	}
	return err ? err
		   : stack_table_push_all(stacks, callers, s->locations + at, count - at,
					  s->stacks + at);
}

static int take_stack(struct samples_reader *s, const struct pprof_sample *from, uint32_t *ret_stack)
{
	size_t count = from->nr_locations, same = 0;
	int err = ARRAY_RESERVE(s->locations, s->cap_locations, count + 1);

	if (!err)
		err = ARRAY_RESERVE(s->before, s->cap_before, count + 1);
	if (!err)
		err = ARRAY_RESERVE(s->stacks, s->cap_stacks, count + 1);
	if (err)
		return err;
	locate(s, from);
	if (s->r->parts.wrong)
		return 0;
	while (same < count && same < s->nr_before && s->locations[same] == s->before[same])
		same++;
	err = push_locations(s, same, count);
	memcpy(s->before + same, s->locations + same, (count - same) * sizeof(*s->before));
	s->nr_before = count;
	*ret_stack = count ? s->stacks[count - 1] : STACK_EMPTY;
	return err;
}

/* ---- labels ---- */

/* Of a label that is told apart: where it goes, and what of it is of which type. */
struct known_label {
	uint32_t key;
	uint32_t *number; /* or */
	uint32_t *text;
	bool there;
};

enum { KNOWN_THREAD, KNOWN_PROCESS, KNOWN_CGROUP, KNOWN_TID, KNOWN_PID, KNOWN_CPU, KNOWN_COUNT };

/* What a number says of a value that is not an amount. */
static bool take_value(struct samples_reader *s, const struct label *label, int64_t *values)
{
	const struct pprof_reader *r = s->r;

	for (size_t v = 0; v < r->profile->about.nr_values && label->is_number; v++) {
		if (r->values[v].place == PPROF_NONE && r->values[v].label == label->key &&
		    label->number >= 0) {
			values[v] = label->number;
			return true;
		}
	}
	return false;
}

/* Whether a label says what a field of the model is for, and the field has nothing yet. */
static bool take_known(const struct label *label, struct known_label *known)
{
	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		struct known_label *k = &known[i];

		if (k->key != label->key || k->there || label->unit != STRING_NONE)
			continue;
		if (k->number
			    ? !label->is_number || label->number < 0 || label->number >= UINT32_MAX
			    : label->is_number || label->text == STRING_NONE)
			continue;
		k->there = true;
		if (k->number)
			*k->number = (uint32_t)label->number;
		else
			*k->text = label->text;
		return true;
	}
	return false;
}

static int convert_label(struct samples_reader *s, const struct pprof_label *from, struct label *label)
{
	int err;

	*label = (struct label){.is_number = !from->str, .number = from->num};
	err = pprof_text(s->r, from->key, &label->key);
	if (!err && from->str) {
		/* Both cannot be: pprof takes the text. */
		label->number = 0;
		err = pprof_text(s->r, from->str, &label->text);
	} else if (!err) {
		err = pprof_text(s->r, from->num_unit, &label->unit);
	}
	return err;
}

/* Into the sample and the values; what neither has a place for is left in s->labels. */
static int take_labels(struct samples_reader *s, const struct pprof_sample *from, struct sample *sample,
		       struct task *task, int64_t *values, bool *ret_has_task)
{
	struct pprof_reader *r = s->r;
	struct known_label known[KNOWN_COUNT] = {
		[KNOWN_THREAD] = {.key = r->thread, .text = &task->thread_name},
		[KNOWN_PROCESS] = {.key = r->process, .text = &task->process_name},
		[KNOWN_CGROUP] = {.key = r->cgroup, .text = &sample->cgroup},
		[KNOWN_TID] = {.key = r->tid, .number = &task->tid},
		[KNOWN_PID] = {.key = r->pid, .number = &task->tgid},
		[KNOWN_CPU] = {.key = r->cpu, .number = &sample->cpu},
	};
	int err = ARRAY_RESERVE(s->labels, s->cap_labels, from->nr_labels);

	s->nr_labels = 0;
	for (size_t i = 0; i < from->nr_labels && !err; i++) {
		struct label label;

		err = convert_label(s, &from->labels[i], &label);
		if (!err && !take_value(s, &label, values) && !take_known(&label, known))
			s->labels[s->nr_labels++] = label;
	}
	*ret_has_task = known[KNOWN_THREAD].there || known[KNOWN_PROCESS].there ||
			known[KNOWN_TID].there || known[KNOWN_PID].there;
	return err;
}

/* ---- samples ---- */

static bool take_amounts(struct samples_reader *s, const struct pprof_sample *from, int64_t *values)
{
	struct pprof_reader *r = s->r;

	if (from->nr_values != r->nr_types) {
		parts_refuse(&r->parts, "a sample has more or fewer values than there are kinds");
		return false;
	}
	for (size_t v = 0; v < r->profile->about.nr_values; v++) {
		bool labelled = r->values[v].place == PPROF_NONE;

		values[v] = labelled ? 0 : from->values[r->values[v].place];
		if (values[v] >= 0)
			continue;
		parts_refuse(&r->parts, "a value is negative: a comparison of profiles, which is "
					"none itself: give the files that were compared");
		return false;
	}
	return true;
}

static bool is_nothing(const int64_t *values, size_t count)
{
	for (size_t v = 0; v < count; v++) {
		if (values[v])
			return false;
	}
	return true;
}

static int use_sample(struct samples_reader *s, const struct pprof_sample *from)
{
	struct profile *profile = s->r->profile;
	struct sample sample = {.task = TASK_NONE, .cpu = CPU_NONE, .cgroup = CGROUP_NONE};
	int64_t values[VALUE_TYPES_MAX];
	struct task task = {0};
	bool has_task;
	int err;

	if (!take_amounts(s, from, values))
		return 0;
	err = take_labels(s, from, &sample, &task, values, &has_task);
	if (!err)
		err = take_stack(s, from, &sample.stack);
	if (err || s->r->parts.wrong || is_nothing(values, profile->about.nr_values))
		return err;
	if (has_task)
		err = profile_add_task(profile, &task, &sample.task);
	if (!err)
		err = profile_add_labels(profile, s->labels, s->nr_labels, &sample.labels);
	if (!err)
		err = profile_add_sample(profile, &sample, values);
	if (err == -EOVERFLOW)
		parts_refuse(&s->r->parts, "all counts together are too large");
	return err == -EOVERFLOW ? 0 : err;
}

/* The keys of labels that are told apart, as the file's own strings would be interned. */
static int know_labels(struct pprof_reader *r)
{
	const struct {
		const char *key;
		uint32_t *id;
	} keys[] = {
		{PPROF_THREAD, &r->thread}, {PPROF_PROCESS, &r->process},
		{PPROF_CGROUP, &r->cgroup}, {PPROF_TID, &r->tid},
		{PPROF_PID, &r->pid},	    {PPROF_CPU, &r->cpu},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(keys) && !err; i++)
		err = strings_intern_z(r->profile->strings, keys[i].key, keys[i].id);
	return err;
}

int pprof_read_samples(struct pprof_reader *r)
{
	struct samples_reader s = {.r = r};
	struct pprof_sample sample = {0};
	struct part part;
	int err = know_labels(r);

	s.steps = calloc((size_t)1 << STEPS_BITS, sizeof(*s.steps));
	if (!s.steps)
		err = -ENOMEM;
	for (parts_begin(&r->parts); !err && parts_next(&r->parts, &part);) {
		if (part.field != PPROF_SAMPLE)
			continue;
		err = pprof_sample_unpack(&r->parts, &part, &sample);
		if (!err && !r->parts.wrong)
			err = use_sample(&s, &sample);
	}
	pprof_sample_fini(&sample);
	free(s.steps);
	free(s.locations);
	free(s.stacks);
	free(s.before);
	free(s.labels);
	return err;
}
