/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the root frame of each stack says: the keys of --group, and the frame for a sample. */
#ifndef BOLOMETER_MODEL_GROUP_H
#define BOLOMETER_MODEL_GROUP_H

#include <stdbool.h>

#include "profiler/model/profile.h"
#include "profiler/model/symbols.h"

enum group_key {
	GROUP_THREAD,
	GROUP_PROCESS,
	GROUP_TID,
	GROUP_PID,
	GROUP_CPU,
	GROUP_CGROUP,
	GROUP_CONTAINER,
	GROUP_NONE,
	GROUP_LABEL, /* one of the labels that samples of files have: profile.group_label says which */
	GROUP_KEY_COUNT
};

/* "thread", "process", ... as --group takes them; for a label what stands before its key: "label:". */
const char *group_key_word(enum group_key key);

/* False when the word is none of them. *ret_label is the key of a label, else NULL. */
bool group_key_parse(const char *word, enum group_key *ret_key, const char **ret_label);

/* Whether the cgroups of samples have to be known. */
bool group_key_by_cgroup(enum group_key key);

/* Stands for "no frame": samples without a task, and GROUP_NONE. */
#define GROUP_FRAME_NONE UINT32_MAX

/*
 * The frame (of `symbols`) that groups a sample, added if new: the thread's or the process's name;
 * "name-TID" for tid and "name-PID" for pid, so that namesakes stay apart where numbers are asked
 * for, with "?" for one that is not known; "cpu 3", or "cpu ?" for a thread's time that may have been on
 * any; the cgroup's path, or the container that it says (container.h). A thread without a name is "[no
 * name]", a process without one is called by its thread's. Of a label its text, or its number with the
 * unit: "512 bytes"; of several with one key the first. Returns 0 or -ENOMEM.
 */
int group_frame(const struct profile *profile, struct symbols *symbols, enum group_key key,
		const struct sample *sample, uint32_t *ret_frame);

/*
 * Puts these frames into the stacks, of a profile from a file that is not sealed yet: it is then as one
 * that was read from a graph. Tasks and labels of samples are gone. Returns 0 or -ENOMEM.
 */
int group_into_stacks(struct profile *profile, enum group_key key);

#endif
