/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the time of a sample was spent on, from the one list in activity.def. */
#ifndef BOLOMETER_MODEL_ACTIVITY_H
#define BOLOMETER_MODEL_ACTIVITY_H

enum activity {
#define ACTIVITY(name, word, text) ACTIVITY_##name,
#include "profiler/model/activity.def"
#undef ACTIVITY
	ACTIVITY_COUNT
};

/* For sets of activities. */
#define ACTIVITY_BIT(activity) (1U << (activity))

#endif
