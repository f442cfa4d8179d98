// SPDX-License-Identifier: GPL-2.0-or-later
/* Root frames that group stacks; see group.h. */
#include "profiler/model/group.h"

#include <stdio.h>
#include <string.h>

#define LABEL_MAX 320 /* a name and a number; longer names are cut, which no kernel name needs */

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

/* Writes the label of a sample; false where this key says nothing about it. */
static bool group_label(const struct profile *profile, enum group_key key,
			const struct sample *sample, char label[LABEL_MAX])
{
	const struct task *task =
		sample->task == TASK_NONE ? NULL : &profile->tasks[sample->task];
	const char *thread = task ? strings_text(profile->strings, task->thread_name) : "";
	const char *process = task ? strings_text(profile->strings, task->process_name) : "";

	switch (key) {
	case GROUP_THREAD:
		snprintf(label, LABEL_MAX, "%s", *thread ? thread : "[no name]");
		return task;
	case GROUP_PROCESS:
		snprintf(label, LABEL_MAX, "%s", *process ? process : thread);
		return task;
	case GROUP_TID:
		snprintf(label, LABEL_MAX, "%s-%u", thread, task ? task->tid : 0);
		return task;
	case GROUP_PID:
		snprintf(label, LABEL_MAX, "%s-%u", *process ? process : thread,
			 task ? task->tgid : 0);
		return task;
	case GROUP_CPU:
		snprintf(label, LABEL_MAX, "cpu %u", sample->cpu);
		return sample->cpu != CPU_NONE;
	case GROUP_CGROUP:
		snprintf(label, LABEL_MAX, "%s", strings_text(profile->strings, sample->cgroup));
		return sample->cgroup != CGROUP_NONE;
	default:
		return false;
	}
}

int group_frame(const struct profile *profile, struct symbols *symbols, enum group_key key,
		const struct sample *sample, uint32_t *ret_frame)
{
	struct tree_frame frame = {.kind = FRAME_GROUP};
	char label[LABEL_MAX];
	int err;

	if (!group_label(profile, key, sample, label)) {
		*ret_frame = GROUP_FRAME_NONE;
		return 0;
	}
	err = strings_intern_z(profile->strings, label, &frame.name);
	return err ? err : symbols_add_frame(symbols, &frame, ret_frame);
}
