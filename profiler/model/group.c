// SPDX-License-Identifier: GPL-2.0-or-later
/* Root frames that group stacks; see group.h. */
#include "profiler/model/group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

static const char *const words[GROUP_KEY_COUNT] = {
	[GROUP_THREAD] = "thread", [GROUP_PROCESS] = "process", [GROUP_TID] = "tid",
	[GROUP_PID] = "pid",	   [GROUP_CPU] = "cpu",		[GROUP_CGROUP] = "cgroup",
	[GROUP_NONE] = "none",
};

const char *group_key_word(enum group_key key)
{
	return words[key];
}

bool group_key_parse(const char *word, enum group_key *ret_key)
{
	for (int key = 0; key < GROUP_KEY_COUNT; key++) {
		if (!strcmp(word, words[key])) {
			*ret_key = (enum group_key)key;
			return true;
		}
	}
	return false;
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

/* The same stack on a location. */
static int stack_on(struct stack_table *stacks, uint32_t root, uint32_t *stack, uint32_t **frames,
		    size_t *cap)
{
	size_t depth = 0;
	int err = 0;

	for (uint32_t s = *stack; s != STACK_EMPTY && !err; s = stack_callers(stacks, s)) {
		err = ARRAY_RESERVE(*frames, *cap, depth + 1);
		if (!err)
			(*frames)[depth++] = stack_leaf(stacks, s);
	}
	if (!err)
		err = stack_table_push(stacks, STACK_EMPTY, root, stack);
	while (depth && !err)
		err = stack_table_push(stacks, *stack, (*frames)[--depth], stack);
	return err;
}

int group_into_stacks(struct profile *profile, enum group_key key)
{
	uint32_t *frames = NULL;
	size_t cap = 0;
	int err = 0;

	for (size_t i = 0; i < profile->nr_samples && !err; i++) {
		struct sample *sample = &profile->samples[i];
		struct location root = {.mapping = MAPPING_NONE, .kind = FRAME_GROUP};
		uint32_t location;

		err = sample_label(profile, key, sample, &root.name);
		sample->task = TASK_NONE;
		sample->cpu = CPU_NONE;
		if (err || root.name == STRING_NONE)
			continue;
		err = profile_add_location(profile, &root, &location);
		if (!err)
			err = stack_on(&profile->stacks, location, &sample->stack, &frames, &cap);
		if (sample->stack > profile->last_sampled)
			profile->last_sampled = sample->stack;
	}
	/* Keys have changed. */
	index_fini(&profile->sample_index);
	profile->nr_indexed = 0;
	free(frames);
	return err;
}
