// SPDX-License-Identifier: GPL-2.0-or-later
/* Every invariant of a profile, in one function; run after each capture and each read. */
#include "profiler/model/profile.h"
#include "profiler/model/view.h"

static const char *check_value_types(const struct circumstances *about)
{
	if (!about->nr_values)
		return "no value type is declared";
	if (about->nr_values > VALUE_TYPES_MAX)
		return "there are more value types than there can be";
	for (size_t v = 0; v < about->nr_values; v++) {
		if (!about->values[v].name[0] || !about->values[v].unit[0])
			return "a value type has no name or no unit";
		if (about->values[v].role > VALUE_SQUARES)
			return "a value type has a role that does not exist";
	}
	return NULL;
}

static const char *check_mappings(const struct profile *profile)
{
	for (size_t i = 0; i < profile->nr_mappings; i++) {
		const struct mapping *mapping = &profile->mappings[i];

		if (mapping->type > MAPPING_JIT)
			return "a mapping has a type that does not exist";
		if (mapping->path >= strings_count(profile->strings))
			return "a mapping has a path that is not in the string table";
		if (mapping->build_id_len > BUILD_ID_MAX)
			return "a mapping has a build id that is too long";
		if (mapping->build_name >= strings_count(profile->strings))
			return "a mapping has a build id that is not in the string table";
		if (mapping->end < mapping->start)
			return "a mapping ends before it begins";
	}
	return NULL;
}

/* Of one list, or of all that there are: their records lie behind each other. */
static const char *check_given(const struct profile *profile)
{
	uint32_t nr_strings = strings_count(profile->strings);
	const struct given_frame *frames = (const void *)profile->given_frames.records;

	for (size_t i = 0; i < profile->given_frames.nr_records; i++) {
		const struct source_place *place = &frames[i].place;

		if (frames[i].name == STRING_NONE || frames[i].name >= nr_strings)
			return "a given frame has no name that is in the string table";
		if (frames[i].module >= nr_strings || place->function >= nr_strings ||
		    place->linked >= nr_strings || place->file >= nr_strings)
			return "a given frame has a text that is not in the string table";
		if (frames[i].kind >= FRAME_KIND_COUNT)
			return "a given frame has a kind that does not exist";
	}
	return NULL;
}

static const char *check_labels(const struct profile *profile)
{
	uint32_t nr_strings = strings_count(profile->strings);
	const struct label *labels = (const void *)profile->labels.records;

	for (size_t i = 0; i < profile->labels.nr_records; i++) {
		if (labels[i].key >= nr_strings || labels[i].text >= nr_strings ||
		    labels[i].unit >= nr_strings)
			return "a label has a text that is not in the string table";
		if (labels[i].is_number ? labels[i].text != STRING_NONE
					: labels[i].number || labels[i].unit != STRING_NONE)
			return "a label is both a text and a number";
	}
	return NULL;
}

static const char *check_locations(const struct profile *profile)
{
	for (size_t i = 0; i < profile->nr_locations; i++) {
		const struct location *location = &profile->locations[i];

		if (!list_table_has(&profile->given_frames, location->given))
			return "a location has frames that do not exist";
		if (location->mapping == MAPPING_NONE && !location->given) {
			if (location->name >= strings_count(profile->strings))
				return "a location has a name that is not in the string table";
			if (location->name == STRING_NONE)
				return "a location has neither a mapping nor a name";
			if (location->module >= strings_count(profile->strings))
				return "a location has a module that is not in the string table";
			if (location->kind >= FRAME_KIND_COUNT)
				return "a location has a kind that does not exist";
		} else if (location->mapping != MAPPING_NONE &&
			   location->mapping >= profile->nr_mappings) {
			return "a location has a mapping that does not exist";
		}
	}
	return NULL;
}

static const char *check_stacks(const struct profile *profile)
{
	if (!profile->stacks.count)
		return "the stack without frames is missing";
	for (size_t i = 1; i < profile->stacks.count; i++) {
		if (profile->stacks.nodes[i].callers >= i)
			return "a stack does not end";
		if (profile->stacks.nodes[i].location >= profile->nr_locations)
			return "a stack has a location that does not exist";
	}
	return NULL;
}

static const char *check_tasks(const struct profile *profile)
{
	for (size_t i = 0; i < profile->nr_tasks; i++) {
		if (profile->tasks[i].thread_name >= strings_count(profile->strings))
			return "a thread has a name that is not in the string table";
		if (profile->tasks[i].process_name >= strings_count(profile->strings))
			return "a process has a name that is not in the string table";
	}
	return NULL;
}

static const char *check_wakers(const struct profile *profile)
{
	for (size_t i = 0; i < profile->nr_wakers; i++) {
		const struct waker *waker = &profile->wakers[i];

		if (waker->stack >= profile->stacks.count)
			return "a waker has a stack that does not exist";
		if (waker->next != WAKER_NONE && waker->next >= i)
			return "a chain of wakers does not end";
	}
	return NULL;
}

static const char *check_samples(const struct profile *profile)
{
	for (size_t i = 0; i < profile->nr_samples; i++) {
		const struct sample *sample = &profile->samples[i];

		if (sample->stack >= profile->stacks.count)
			return "a sample has a stack that does not exist";
		if (sample->task != TASK_NONE && sample->task >= profile->nr_tasks)
			return "a sample has a task that does not exist";
		if (sample->cgroup >= strings_count(profile->strings))
			return "a sample has a cgroup that is not in the string table";
		if (sample->top >= profile->stacks.count)
			return "a sample has names above its stack that do not exist";
		if (sample->rival > profile->nr_locations)
			return "a sample has a rival that does not exist";
		if (sample->waker > profile->nr_wakers)
			return "a sample has a waker that does not exist";
		if (sample->activity >= ACTIVITY_COUNT)
			return "a sample has an activity that does not exist";
		if (!list_table_has(&profile->labels, sample->labels))
			return "a sample has labels that do not exist";
	}
	return NULL;
}

static const char *check_values(const struct profile *profile)
{
	const struct circumstances *about = &profile->about;
	size_t nr_values = about->nr_values;
	uint64_t totals[VALUE_TYPES_MAX] = {0}; /* unsigned: may wrap, which is no match either */

	for (size_t i = 0; i < profile->nr_samples * nr_values; i++) {
		uint64_t *total = &totals[i % nr_values];
		uint64_t value = (uint64_t)profile->values[i];

		if (profile->values[i] < 0)
			return "a sample has a negative value";
		if (about->values[i % nr_values].role != VALUE_LONGEST)
			*total += value;
		else if (*total < value)
			*total = value;
	}
	for (size_t v = 0; v < nr_values; v++) {
		if (totals[v] != (uint64_t)profile->totals[v])
			return "the values of the samples do not add up to the totals";
	}
	return NULL;
}

/*
 * The value that a sample's weights are of, -1 where it was changed afterwards: the time of waits that
 * are estimated; and where a file says no more than what part of it is in which slice.
 */
static int64_t counted(const struct profile *profile, size_t sample)
{
	const int64_t *values = &profile->values[sample * profile->about.nr_values];

	if (profile->slices.plan.shares_only)
		return -1;
	if (profile->samples[sample].activity == ACTIVITY_CPU)
		return values[0] ? values[0] : -1;
	if (!view_values_declared(&profile->about) || profile->samples[sample].estimated)
		return -1;
	return values[ACTIVITY_NS];
}

static const char *check_slices(const struct profile *profile)
{
	const char *wrong = slices_check(&profile->slices, profile->nr_samples);

	for (size_t i = 0; !wrong && profile->slices.count && i < profile->nr_samples; i++) {
		int64_t wanted = counted(profile, i);

		if (wanted >= 0 && slices_weight(&profile->slices, (uint32_t)i) != (uint64_t)wanted)
			wrong = "the slices of a sample do not add up to what was counted";
	}
	return wrong;
}

static const char *check_events(const struct profile *profile)
{
	const struct circumstances *about = &profile->about;
	uint64_t accounted = (uint64_t)profile->totals[0];

	if (about->nr_events > EVENT_COUNTS_MAX)
		return "there are more event counts than there can be";
	for (size_t i = 0; i < about->nr_events; i++)
		accounted += about->events[i].count;
	if (about->fired && !profile->part_of_events && about->fired != accounted)
		return "events that fired are neither recorded nor counted as lost";
	return NULL;
}

const char *profile_check(const struct profile *profile)
{
	const char *wrong = check_value_types(&profile->about);

	if (!wrong)
		wrong = check_mappings(profile);
	if (!wrong)
		wrong = check_given(profile);
	if (!wrong)
		wrong = check_labels(profile);
	if (!wrong)
		wrong = check_locations(profile);
	if (!wrong)
		wrong = check_stacks(profile);
	if (!wrong)
		wrong = check_tasks(profile);
	if (!wrong)
		wrong = check_wakers(profile);
	if (!wrong)
		wrong = check_samples(profile);
	if (!wrong)
		wrong = check_values(profile);
	if (!wrong)
		wrong = check_slices(profile);
	if (!wrong)
		wrong = check_events(profile);
	return wrong;
}
