/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a capture looks at: checked before anything starts, started if it is a
 * program of ours, watched until it ends.
 */
#ifndef BOLOMETER_TARGET_H
#define BOLOMETER_TARGET_H

#include <stdbool.h>

#include "profiler/capture/launch.h"
#include "profiler/options.h"

struct target {
	char about[256];    /* "nginx (pid 4242)", "whole system", ... */
	char file_word[64]; /* the same in a file's name: "4242", "system" */
	int cgroup_fd;	    /* -1: none */
	int *pidfds;	    /* of the processes of -p */
	size_t nr_pidfds;
	const struct number_list *tids;
	struct launched launched;
	bool program_ended;
	int program_status; /* of waitpid(), once ended */
};

/*
 * Sees that the targets exist and that this user may capture. Says what is wrong; returns 0 or the
 * exit status. target_finish() is called either way.
 */
int target_open(struct target *target, const struct options *options);

/* Forks the program of `-- PROGRAM`, held before its exec. Returns 0 or the exit status. */
int target_start(struct target *target, const struct options *options);

/* Whether everything that was to be watched has ended. */
bool target_ended(struct target *target);

/* False for a cgroup and the whole system, which never do. */
bool target_can_end(const struct target *target);

/* Says why a capture may have found nothing: the work may be done by children of -p's processes. */
void target_say_empty(const struct options *options);

/* The exit status of the whole command: the program's own when `status` is success. */
int target_finish(struct target *target, int status);

#endif
