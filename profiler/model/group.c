// SPDX-License-Identifier: GPL-2.0-or-later
/* Root frames that group stacks; see group.h. */
#include "profiler/model/group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/container.h"

static const char *const words[GROUP_KEY_COUNT] = {
	[GROUP_THREAD] = "thread", [GROUP_PROCESS] = "process", [GROUP_TID] = "tid",
	[GROUP_PID] = "pid",	   [GROUP_CPU] = "cpu",		[GROUP_CGROUP] = "cgroup",
	[GROUP_CONTAINER] = "container", [GROUP_NONE] = "none", [GROUP_LABEL] = "label:",
};

const char *group_key_word(enum group_key key)
{
	return words[key];
}

bool group_key_parse(const char *word, enum group_key *ret_key, const char **ret_label)
{
	size_t prefix = strlen(words[GROUP_LABEL]);

	if (!strncmp(word, words[GROUP_LABEL], prefix)) {
		if (!word[prefix])
			return false;
		*ret_key = GROUP_LABEL;
		*ret_label = word + prefix;
		return true;
	}
	for (int key = 0; key < GROUP_LABEL; key++) {
		if (!strcmp(word, words[key])) {
			*ret_key = (enum group_key)key;
			*ret_label = NULL;
			return true;
		}
	}
	return false;
}

bool group_key_by_cgroup(enum group_key key)
{
	return key == GROUP_CGROUP || key == GROUP_CONTAINER;
}

/* "name-17", of a name of any length, or "name-?". */
static int intern_numbered(struct strings *strings, uint32_t name, uint32_t number,
			   uint32_t *ret_id)
{
	const char *text = strings_text(strings, name);
	char *label;
	int len = number == TASK_ID_UNKNOWN ? asprintf(&label, "%s-?", text)
					    : asprintf(&label, "%s-%u", text, number);
	int err;

	if (len < 0)
		return -ENOMEM;
	err = strings_intern(strings, label, (size_t)len, ret_id);
	free(label);
	return err;
}

static int intern_cpu(struct strings *strings, uint32_t cpu, uint32_t *ret_id)
{
	char label[32] = "cpu ?";

	if (cpu != CPU_NONE)
		snprintf(label, sizeof(label), "cpu %u", cpu);
	return strings_intern_z(strings, label, ret_id);
}

static int intern_number(struct strings *strings, const struct label *label, uint32_t *ret_id)
{
	char *text;
	int len = asprintf(&text, "%lld%s%s", (long long)label->number, label->unit ? " " : "",
			   strings_text(strings, label->unit));
	int err;

	if (len < 0)
		return -ENOMEM;
	err = strings_intern(strings, text, (size_t)len, ret_id);
	free(text);
	return err;
}

static int label_text(const struct profile *profile, const struct sample *sample,
		      uint32_t *ret_text)
{
	size_t count;
	const struct label *labels = profile_labels(profile, sample->labels, &count);

	for (size_t i = 0; i < count; i++) {
		if (labels[i].key != profile->group_label)
			continue;
		if (labels[i].is_number)
			return intern_number(profile->strings, &labels[i], ret_text);
		*ret_text = labels[i].text;
		return 0;
	}
	return 0;
}

static int intern_container(struct strings *strings, uint32_t cgroup, uint32_t *ret_id)
{
	char label[256];

	container_label(strings_text(strings, cgroup), label, sizeof(label));
	return strings_intern_z(strings, label, ret_id);
}

static int task_label(struct strings *strings, enum group_key key, const struct task *task,
		      uint32_t *ret_label)
{
	uint32_t thread = task->thread_name, process = task->process_name;
	int err = 0;

	if (thread == STRING_NONE)
		err = strings_intern_z(strings, "[no name]", &thread);
	if (process == STRING_NONE)
		process = thread;
	if (err)
		return err;
	switch (key) {
	case GROUP_TID:
		return intern_numbered(strings, thread, task->tid, ret_label);
	case GROUP_PID:
		return intern_numbered(strings, process, task->tgid, ret_label);
	default:
		*ret_label = key == GROUP_PROCESS ? process : thread;
		return 0;
	}
}

/* The label of a sample; STRING_NONE where this key says nothing about it. */
static int sample_label(const struct profile *profile, enum group_key key,
			const struct sample *sample, uint32_t *ret_label)
{
	*ret_label = STRING_NONE;
	switch (key) {
	case GROUP_CPU:
		if (sample->cpu == CPU_NONE && sample->task == TASK_NONE)
			return 0;
		return intern_cpu(profile->strings, sample->cpu, ret_label);
	case GROUP_CGROUP:
		*ret_label = sample->cgroup;
		return 0;
	case GROUP_LABEL:
		return label_text(profile, sample, ret_label);
	case GROUP_CONTAINER:
		return sample->cgroup == CGROUP_NONE
			       ? 0
			       : intern_container(profile->strings, sample->cgroup, ret_label);
	case GROUP_NONE:
		return 0;
	default:
		break;
	}
	if (sample->task == TASK_NONE)
		return 0;
	return task_label(profile->strings, key, &profile->tasks[sample->task], ret_label);
}

int group_frame(const struct profile *profile, struct symbols *symbols, enum group_key key,
		const struct sample *sample, uint32_t *ret_frame)
{
	struct tree_frame frame = {.kind = FRAME_GROUP};
	int err = sample_label(profile, key, sample, &frame.name);

	if (err)
		return err;
	if (frame.name == STRING_NONE) {
		*ret_frame = GROUP_FRAME_NONE;
		return 0;
	}
	return symbols_add_frame(symbols, &frame, ret_frame);
}

/* ---- groups as frames of stacks ---- */

/* Locations of a stack, the innermost first, into *trail. */
static int trail_of(const struct stack_table *stacks, uint32_t stack, uint32_t **trail, size_t *cap,
		    size_t *ret_depth)
{
	size_t depth = 0;

	for (; stack != STACK_EMPTY; stack = stack_callers(stacks, stack)) {
		if (ARRAY_RESERVE(*trail, *cap, depth + 1))
			return -ENOMEM;
		(*trail)[depth++] = stack_leaf(stacks, stack);
	}
	*ret_depth = depth;
	return 0;
}

/* The stack of a sample, called from a frame of that name. */
static int push_grouped(struct profile *profile, uint32_t name, const uint32_t *trail, size_t depth,
			uint32_t *ret_stack)
{
	struct location group = {.mapping = MAPPING_NONE, .name = name, .kind = FRAME_GROUP};
	uint32_t location;
	int err = profile_add_location(profile, &group, &location);

	if (!err)
		err = stack_table_push(&profile->stacks, STACK_EMPTY, location, ret_stack);
	while (depth && !err)
		err = stack_table_push(&profile->stacks, *ret_stack, trail[--depth], ret_stack);
	return err;
}

int group_into_stacks(struct profile *profile, enum group_key key)
{
	uint32_t *trail = NULL, name;
	size_t cap = 0, depth;
	int err = 0;

	for (size_t i = 0; i < profile->nr_samples && !err; i++) {
		struct sample *sample = &profile->samples[i];

		err = sample_label(profile, key, sample, &name);
		if (!err && name != STRING_NONE)
			err = trail_of(&profile->stacks, sample->stack, &trail, &cap, &depth);
		if (!err && name != STRING_NONE)
			err = push_grouped(profile, name, trail, depth, &sample->stack);
		sample->task = TASK_NONE;
		sample->cpu = CPU_NONE;
		sample->cgroup = CGROUP_NONE;
		sample->labels = LIST_EMPTY;
		if (sample->stack > profile->last_sampled)
			profile->last_sampled = sample->stack;
	}
	/* Keys have changed. */
	index_fini(&profile->sample_index);
	profile->nr_indexed = 0;
	free(trail);
	return err;
}
