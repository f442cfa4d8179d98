// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of views; see view.h. */
#include "profiler/model/view.h"

#include <string.h>

#define CPU	  ACTIVITY_BIT(ACTIVITY_CPU)
#define BLOCKED	  ACTIVITY_BIT(ACTIVITY_BLOCKED)
#define QUEUED	  ACTIVITY_BIT(ACTIVITY_QUEUED)
#define PREEMPTED ACTIVITY_BIT(ACTIVITY_PREEMPTED)

#define TIME	{"time", "nanoseconds", VALUE_AMOUNT}
#define WAITS	{"waits", "count", VALUE_AMOUNT}
#define WAKEUPS {"wakeups", "count", VALUE_AMOUNT}
#define LONGEST {"longest wait", "nanoseconds", VALUE_LONGEST}
#define SQUARES {"squares", "e-8 seconds^2", VALUE_SQUARES}

const struct value_type activity_values[ACTIVITY_VALUES] = {
	[ACTIVITY_EVENTS] = {"events", "count", VALUE_AMOUNT},
	[ACTIVITY_NS] = TIME,
	[ACTIVITY_WAITS] = WAITS,
	[ACTIVITY_LONGEST] = LONGEST,
	[ACTIVITY_SQUARES] = SQUARES,
};

/* A blocked thread that is woken still waits for a CPU: one wait, whose time is that of both. */
#define VALUES_OFF_CPU                                                                             \
	{                                                                                          \
		{TIME, ACTIVITY_NS, BLOCKED | QUEUED},                                             \
		{WAITS, ACTIVITY_WAITS, BLOCKED},                                                  \
		{LONGEST, ACTIVITY_LONGEST, BLOCKED | QUEUED},                                     \
		{SQUARES, ACTIVITY_SQUARES, BLOCKED | QUEUED},                                     \
	}

const struct view views[VIEW_COUNT] = {
	[VIEW_PLAIN] = {.name = "", .words = "", .time = ""},
	[VIEW_CPU] = {
		.name = "cpu",
		.words = "on-CPU",
		.time = "on-CPU time",
		.activities = CPU,
		.values = {
			{{"samples", "count", VALUE_AMOUNT}, ACTIVITY_EVENTS, CPU},
			{{"cpu", "nanoseconds", VALUE_AMOUNT}, ACTIVITY_NS, CPU},
		},
		.nr_values = 2,
	},
	[VIEW_OFFCPU] = {
		.name = "offcpu",
		.words = "off-CPU",
		.time = "off-CPU time",
		.activities = BLOCKED | QUEUED,
		.values = VALUES_OFF_CPU,
		.nr_values = 4,
	},
	[VIEW_RUNQ] = {
		.name = "runq",
		.words = "waiting for a CPU",
		.time = "of waiting",
		.activities = QUEUED | PREEMPTED,
		.rivals = true,
		.values = {
			{TIME, ACTIVITY_NS, QUEUED | PREEMPTED},
			{WAITS, ACTIVITY_WAITS, QUEUED | PREEMPTED},
			{LONGEST, ACTIVITY_LONGEST, QUEUED | PREEMPTED},
			{SQUARES, ACTIVITY_SQUARES, QUEUED | PREEMPTED},
		},
		.nr_values = 4,
	},
	[VIEW_WAKEUP] = {
		.name = "wakeup",
		.words = "wakers",
		.time = "off-CPU time",
		.activities = BLOCKED,
		.wakers = WAKERS_ALONE,
		.values = {
			{TIME, ACTIVITY_NS, BLOCKED},
			{WAKEUPS, ACTIVITY_WAITS, BLOCKED},
			{LONGEST, ACTIVITY_LONGEST, BLOCKED},
			{SQUARES, ACTIVITY_SQUARES, BLOCKED},
		},
		.nr_values = 4,
	},
	[VIEW_OFFWAKE] = {
		.name = "offwake",
		.words = "off-CPU with wakers",
		.time = "off-CPU time",
		.activities = BLOCKED | QUEUED,
		.wakers = WAKERS_ON_TOP,
		.values = VALUES_OFF_CPU,
		.nr_values = 4,
	},
	[VIEW_WALL] = {
		.name = "wall",
		.words = "all time, on and off the CPU",
		.time = "thread time",
		.activities = CPU | BLOCKED | QUEUED | PREEMPTED,
		.values = {{TIME, ACTIVITY_NS, CPU | BLOCKED | QUEUED | PREEMPTED}},
		.nr_values = 1,
	},
};

enum view_id view_find(const char *name, size_t len)
{
	for (size_t i = VIEW_PLAIN + 1; i < VIEW_COUNT; i++) {
		if (strlen(views[i].name) == len && !memcmp(views[i].name, name, len))
			return (enum view_id)i;
	}
	return VIEW_PLAIN;
}

bool view_values_declared(const struct circumstances *about)
{
	if (about->nr_values != ACTIVITY_VALUES)
		return false;
	for (size_t v = 0; v < ACTIVITY_VALUES; v++) {
		if (strcmp(about->values[v].name, activity_values[v].name))
			return false;
	}
	return true;
}
