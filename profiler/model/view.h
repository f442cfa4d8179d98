/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views: the graphs that can be drawn from one profile. A view says which
 * samples are in the graph, what stands above their stacks, and which of the
 * profile's values the tree has. Captures are named after the view they draw.
 *
 * A sample's path in the tree, root first:
 *
 *	group   thread, process, ... (group.h)
 *	stack   the sample's own; or, in the wakeup view, the waker's
 *	top     "[waits: futex]", "[run queue]", "[cut: ...]": what the time was spent on
 *	rival   "[ran instead: NAME]", in the runq view
 *	wakers  "[woken by]", the waker's frames from the innermost one up to its root, its name;
 *	        then the same of whoever had woken the waker; in the offwake view
 */
#ifndef BOLOMETER_MODEL_VIEW_H
#define BOLOMETER_MODEL_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "profiler/model/activity.h"
#include "profiler/model/circumstances.h"

enum view_id {
	VIEW_PLAIN, /* every sample with the values it has: profiles without activities */
	VIEW_CPU,
	VIEW_OFFCPU,
	VIEW_RUNQ,
	VIEW_WAKEUP,
	VIEW_OFFWAKE,
	VIEW_WALL,
	VIEW_COUNT
};

#define VIEW_BIT(view) (1U << (view))

/* Views with time on the CPU, which is sampled. */
#define VIEWS_SAMPLED (VIEW_BIT(VIEW_CPU) | VIEW_BIT(VIEW_WALL))

/* Values of a profile whose samples have activities; views choose among these. */
enum activity_value {
	ACTIVITY_EVENTS,  /* samples or waits that were recorded, unscaled: what the books count */
	ACTIVITY_NS,	  /* time */
	ACTIVITY_WAITS,	  /* waits, scaled where only some were looked at */
	ACTIVITY_LONGEST, /* the longest of them, ns */
	ACTIVITY_SQUARES, /* sum of their squares, in 1e-8 s^2 (squares of 0.1 ms), likewise scaled */
	ACTIVITY_VALUES
};

extern const struct value_type activity_values[ACTIVITY_VALUES];

/* A value of the view's tree: one of the profile's, from samples of some activities. */
struct view_value {
	struct value_type type;
	enum activity_value from;
	unsigned int activities; /* set of ACTIVITY_BIT(); samples of others have 0 of it */
};

enum view_wakers {
	WAKERS_HIDDEN,
	WAKERS_ON_TOP, /* above the stack they woke */
	WAKERS_ALONE,  /* in its place */
};

#define VIEW_VALUES_MAX 4

struct view {
	const char *name;  /* as a command, and before the file of -o: "offcpu" */
	const char *words; /* in titles: "off-CPU" */
	const char *time;  /* what its time is called there: "off-CPU time" */
	unsigned int activities; /* whose samples are in it; 0 for VIEW_PLAIN */
	enum view_wakers wakers;
	bool rivals; /* who ran instead is shown */
	struct view_value values[VIEW_VALUES_MAX];
	size_t nr_values; /* 0 for VIEW_PLAIN: the profile's own */
};

extern const struct view views[VIEW_COUNT];

/* By name ("offcpu"), len bytes of it; VIEW_PLAIN when there is none of that name. */
enum view_id view_find(const char *name, size_t len);

/* Whether a profile has the values that views choose from. One that has not is VIEW_PLAIN only. */
bool view_values_declared(const struct circumstances *about);

#endif
