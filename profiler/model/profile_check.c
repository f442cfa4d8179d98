// SPDX-License-Identifier: GPL-2.0-or-later
/* Every invariant of a profile, in one function; run after each capture and each read. */
#include "profiler/model/profile.h"

static const char *check_locations(const struct profile *profile)
{
	for (size_t i = 0; i < profile->nr_locations; i++) {
		const struct location *location = &profile->locations[i];

		if (location->mapping == MAPPING_NONE) {
			if (location->name >= strings_count(profile->strings))
				return "a location has a name that is not in the string table";
			if (location->kind >= FRAME_KIND_COUNT)
				return "a location has a kind that does not exist";
		} else if (location->mapping >= profile->nr_mappings) {
			return "a location has a mapping that does not exist";
		}
	}
	return NULL;
}

static const char *check_stacks(const struct profile *profile)
{
	for (size_t i = 1; i < profile->stacks.count; i++) {
		if (profile->stacks.nodes[i].callers >= i)
			return "a stack does not end";
		if (profile->stacks.nodes[i].location >= profile->nr_locations)
			return "a stack has a location that does not exist";
	}
	return NULL;
}

static const char *check_samples(const struct profile *profile, uint64_t *ret_recorded)
{
	uint64_t recorded = 0;

	for (size_t i = 0; i < profile->nr_samples; i++) {
		const struct sample *sample = &profile->samples[i];

		if (sample->stack >= profile->stacks.count)
			return "a sample has a stack that does not exist";
		if (sample->task != TASK_NONE && sample->task >= profile->nr_tasks)
			return "a sample has a task that does not exist";
		for (size_t v = 0; v < profile->about.nr_values; v++) {
			if (profile->values[i * profile->about.nr_values + v] < 0)
				return "a sample has a negative value";
		}
		recorded += (uint64_t)profile->values[i * profile->about.nr_values];
	}
	*ret_recorded = recorded;
	return NULL;
}

const char *profile_check(const struct profile *profile)
{
	const struct circumstances *about = &profile->about;
	uint64_t accounted = 0;
	const char *wrong;

	if (!about->nr_values)
		return "no value type is declared";
	wrong = check_locations(profile);
	if (!wrong)
		wrong = check_stacks(profile);
	if (!wrong)
		wrong = check_samples(profile, &accounted);
	if (wrong)
		return wrong;
	for (size_t i = 0; i < about->nr_events; i++)
		accounted += about->events[i].count;
	if (about->fired && about->fired != accounted)
		return "events that fired are neither recorded nor counted as lost";
	return NULL;
}
