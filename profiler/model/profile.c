// SPDX-License-Identifier: GPL-2.0-or-later
/* Filling and checking a profile; see profile.h. */
#include "profiler/model/profile.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"
#include "profiler/model/markers.h"

struct profile *profile_new(void)
{
	struct profile *profile = calloc(1, sizeof(*profile));
	uint32_t empty;

	if (!profile)
		return NULL;
	circumstances_init(&profile->about);
	profile->given_frames.record_bytes = sizeof(struct given_frame);
	profile->labels.record_bytes = sizeof(struct label);
	profile->strings = strings_new();
	/* The first push also makes STACK_EMPTY, which samples without a stack refer to. */
	if (!profile->strings ||
	    profile_add_name(profile, MARKER_NO_STACK, strlen(MARKER_NO_STACK), FRAME_MARKER,
			     &empty) ||
	    stack_table_push(&profile->stacks, STACK_EMPTY, empty, &empty)) {
		profile_free(profile);
		errno = ENOMEM;
		return NULL;
	}
	return profile;
}

void profile_free(struct profile *profile)
{
	if (!profile)
		return;
	profile_seal(profile);
	strings_free(profile->strings);
	circumstances_fini(&profile->about);
	stack_table_fini(&profile->stacks);
	slices_fini(&profile->slices);
	list_table_fini(&profile->given_frames);
	list_table_fini(&profile->labels);
	free(profile->mappings);
	free(profile->locations);
	free(profile->tasks);
	free(profile->wakers);
	free(profile->samples);
	free(profile->values);
	free(profile);
}

void profile_seal(struct profile *profile)
{
	stack_table_seal(&profile->stacks);
	list_table_seal(&profile->given_frames);
	list_table_seal(&profile->labels);
	index_fini(&profile->location_index);
	index_fini(&profile->task_index);
	index_fini(&profile->waker_index);
	index_fini(&profile->sample_index);
}

void profile_set_full(struct profile *profile, bool full)
{
	profile->full = full;
	profile->stacks.full = full;
	strings_set_full(profile->strings, full);
}

int profile_add_mapping(struct profile *profile, const struct mapping *mapping, uint32_t *ret_id)
{
	int err = profile->full ? -ENOSPC
				: ARRAY_RESERVE(profile->mappings, profile->cap_mappings,
						profile->nr_mappings + 1);

	if (err)
		return err;
	*ret_id = (uint32_t)profile->nr_mappings;
	profile->mappings[profile->nr_mappings++] = *mapping;
	return 0;
}

static bool location_equal(const struct location *a, const struct location *b)
{
	return a->addr == b->addr && a->mapping == b->mapping && a->name == b->name &&
	       a->module == b->module && a->kind == b->kind && a->given == b->given;
}

int profile_add_location(struct profile *profile, const struct location *location, uint32_t *ret_id)
{
	uint32_t hash = hash_u64s(location->addr ^ (uint64_t)location->module << 32,
				  (uint64_t)location->mapping << 32 |
					  (location->name ^ location->kind ^ location->given));
	struct index_probe at = index_probe(&profile->location_index, hash);
	uint32_t id = (uint32_t)profile->nr_locations;
	int err;

	while (index_next(&profile->location_index, &at)) {
		if (location_equal(&profile->locations[at.id], location)) {
			*ret_id = at.id;
			return 0;
		}
	}
	err = profile->full ? -ENOSPC
			    : ARRAY_RESERVE(profile->locations, profile->cap_locations,
					    profile->nr_locations + 1);
	if (!err)
		err = index_insert(&profile->location_index, hash, id);
	if (err)
		return err;
	profile->locations[profile->nr_locations++] = *location;
	*ret_id = id;
	return 0;
}

int profile_add_name(struct profile *profile, const char *name, size_t len, enum frame_kind kind,
		     uint32_t *ret_id)
{
	struct location location = {.mapping = MAPPING_NONE, .kind = (uint8_t)kind};
	int err = strings_intern(profile->strings, name, len, &location.name);

	return err ? err : profile_add_location(profile, &location, ret_id);
}

_Static_assert(sizeof(struct given_frame) == 9 * sizeof(uint32_t),
	       "given frames are compared by their bytes");
_Static_assert(sizeof(struct label) == 6 * sizeof(uint32_t), "labels are compared by their bytes");

int profile_add_given(struct profile *profile, uint32_t mapping, uint64_t addr,
		      const struct given_frame *frames, size_t count, uint32_t *ret_id)
{
	struct location location = {.mapping = mapping, .addr = addr};
	int err = list_table_intern(&profile->given_frames, frames, count, &location.given);

	return err ? err : profile_add_location(profile, &location, ret_id);
}

static int compare_labels(const void *left, const void *right)
{
	const struct label *a = left, *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->text != b->text)
		return a->text < b->text ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->unit < b->unit ? -1 : a->unit > b->unit;
}

int profile_add_labels(struct profile *profile, struct label *labels, size_t count,
		       uint32_t *ret_id)
{
	if (count > 1)
		qsort(labels, count, sizeof(*labels), compare_labels);
	return list_table_intern(&profile->labels, labels, count, ret_id);
}

static bool task_equal(const struct task *a, const struct task *b)
{
	return a->tgid == b->tgid && a->tid == b->tid && a->thread_name == b->thread_name &&
	       a->process_name == b->process_name;
}

int profile_add_task(struct profile *profile, const struct task *task, uint32_t *ret_id)
{
	uint32_t hash = hash_u64s((uint64_t)task->tgid << 32 | task->tid,
				  (uint64_t)task->thread_name << 32 | task->process_name);
	struct index_probe at = index_probe(&profile->task_index, hash);
	uint32_t id = (uint32_t)profile->nr_tasks;
	int err;

	while (index_next(&profile->task_index, &at)) {
		if (task_equal(&profile->tasks[at.id], task)) {
			*ret_id = at.id;
			return 0;
		}
	}
	err = profile->full ? -ENOSPC
			    : ARRAY_RESERVE(profile->tasks, profile->cap_tasks,
					    profile->nr_tasks + 1);
	if (!err)
		err = index_insert(&profile->task_index, hash, id);
	if (err)
		return err;
	profile->tasks[profile->nr_tasks++] = *task;
	*ret_id = id;
	return 0;
}

int profile_add_waker(struct profile *profile, const struct waker *waker, uint32_t *ret_id)
{
	uint32_t hash = hash_u64s(waker->stack, waker->next);
	struct index_probe at = index_probe(&profile->waker_index, hash);
	uint32_t id = (uint32_t)profile->nr_wakers;
	int err;

	while (index_next(&profile->waker_index, &at)) {
		const struct waker *have = &profile->wakers[at.id];

		if (have->stack == waker->stack && have->next == waker->next) {
			*ret_id = at.id;
			return 0;
		}
	}
	err = profile->full ? -ENOSPC
			    : ARRAY_RESERVE(profile->wakers, profile->cap_wakers,
					    profile->nr_wakers + 1);
	if (!err)
		err = index_insert(&profile->waker_index, hash, id);
	if (err)
		return err;
	profile->wakers[profile->nr_wakers++] = *waker;
	*ret_id = id;
	return 0;
}

_Static_assert(sizeof(struct sample) == 10 * sizeof(uint32_t),
	       "samples are compared by their bytes");

static bool values_fit(const struct profile *profile, const int64_t *values)
{
	int64_t sum;

	for (size_t v = 0; v < profile->about.nr_values; v++) {
		if (profile->about.values[v].role != VALUE_LONGEST &&
		    __builtin_add_overflow(profile->totals[v], values[v], &sum))
			return false;
	}
	return true;
}

static void values_join(const struct circumstances *about, int64_t *into, const int64_t *values)
{
	for (size_t v = 0; v < about->nr_values; v++)
		into[v] = value_join(about->values[v].role, into[v], values[v]);
}

/*
 * The sample equal to this one into *ret_id, or nr_samples when there is none. Where every stack is
 * newer than those of all samples before, as in a file of distinct stacks, there is nothing to look
 * for: what was not needed yet is indexed only here. Returns 0 or -ENOMEM.
 */
static int find_sample(struct profile *profile, const struct sample *sample, size_t *ret_id)
{
	struct index_probe at;
	int err = 0;

	*ret_id = profile->nr_samples;
	if (!profile->nr_samples || sample->stack > profile->last_sampled)
		return 0;
	for (; profile->nr_indexed < profile->nr_samples && !err; profile->nr_indexed++)
		err = index_insert(
			&profile->sample_index,
			hash_bytes(&profile->samples[profile->nr_indexed], sizeof(*sample)),
			(uint32_t)profile->nr_indexed);
	at = index_probe(&profile->sample_index, hash_bytes(sample, sizeof(*sample)));
	while (!err && index_next(&profile->sample_index, &at)) {
		if (memcmp(&profile->samples[at.id], sample, sizeof(*sample)))
			continue;
		*ret_id = at.id;
		break;
	}
	return err;
}

int profile_add_sample(struct profile *profile, const struct sample *sample, const int64_t *values)
{
	uint32_t id;

	return profile_add_sample_id(profile, sample, values, &id);
}

int profile_add_sample_id(struct profile *profile, const struct sample *sample,
			  const int64_t *values, uint32_t *ret_id)
{
	size_t nr_values = profile->about.nr_values, id;
	int err;

	if (!values_fit(profile, values))
		return -EOVERFLOW;
	err = find_sample(profile, sample, &id);
	if (err)
		return err;
	if (id < profile->nr_samples) {
		values_join(&profile->about, &profile->values[id * nr_values], values);
		values_join(&profile->about, profile->totals, values);
		*ret_id = (uint32_t)id;
		return 0;
	}
	err = profile->full ? -ENOSPC
			    : ARRAY_RESERVE(profile->samples, profile->cap_samples, id + 1);
	if (!err)
		err = ARRAY_RESERVE(profile->values, profile->cap_values, (id + 1) * nr_values);
	if (err)
		return err;
	if (sample->stack > profile->last_sampled)
		profile->last_sampled = sample->stack;
	profile->samples[id] = *sample;
	memcpy(&profile->values[id * nr_values], values, nr_values * sizeof(*values));
	values_join(&profile->about, profile->totals, values);
	profile->nr_samples++;
	*ret_id = (uint32_t)id;
	return 0;
}

int profile_set_value(struct profile *profile, size_t sample, size_t value, int64_t amount)
{
	int64_t *set = &profile->values[sample * profile->about.nr_values + value];
	int64_t total = profile->totals[value] - *set; /* of the others */

	assert(profile->about.values[value].role != VALUE_LONGEST);
	if (__builtin_add_overflow(total, amount, &total))
		return -EOVERFLOW;
	*set = amount;
	profile->totals[value] = total;
	return 0;
}

int profile_add_value_type(struct profile *profile, const struct value_type *type)
{
	struct circumstances *about = &profile->about;

	if (about->nr_values == VALUE_TYPES_MAX)
		return -E2BIG;
	about->values[about->nr_values++] = *type;
	return 0;
}

static bool value_type_equal(const struct value_type *a, const struct value_type *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->unit, b->unit) && a->role == b->role;
}

/* Keeps the columns kept[0], kept[1], ... of the values; they are ascending. */
static void keep_values(struct profile *profile, const size_t *kept, size_t nr_kept)
{
	struct circumstances *about = &profile->about;
	size_t nr_values = about->nr_values;
	int64_t *to = profile->values;

	for (size_t v = 0; v < nr_kept; v++) {
		about->values[v] = about->values[kept[v]];
		profile->totals[v] = profile->totals[kept[v]];
	}
	for (size_t v = nr_kept; v < nr_values; v++)
		profile->totals[v] = 0;
	about->nr_values = nr_kept;
	for (size_t i = 0; i < profile->nr_samples && nr_kept < nr_values; i++) {
		for (size_t v = 0; v < nr_kept; v++)
			*to++ = profile->values[i * nr_values + kept[v]];
	}
}

int profile_join_value_types(struct profile *profile, const struct value_type *types, size_t count,
			     size_t ret_from[VALUE_TYPES_MAX])
{
	struct circumstances *about = &profile->about;
	size_t kept[VALUE_TYPES_MAX], nr_kept = 0;

	assert(count && count <= VALUE_TYPES_MAX);
	if (!about->nr_values) {
		for (size_t v = 0; v < count; v++) {
			about->values[v] = types[v];
			ret_from[v] = v;
		}
		about->nr_values = count;
		return 0;
	}
	if (!value_type_equal(&about->values[0], &types[0]))
		return -EINVAL;
	for (size_t v = 0; v < about->nr_values; v++) {
		size_t same = 0;

		while (same < count && !value_type_equal(&about->values[v], &types[same]))
			same++;
		if (same == count)
			continue;
		ret_from[nr_kept] = same;
		kept[nr_kept++] = v;
	}
	keep_values(profile, kept, nr_kept);
	return 0;
}
