// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of locations; see symbols.h. */
#include "profiler/model/symbols.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"

static int append_new(struct symbols *symbols, uint32_t location, const struct tree_frame *frame)
{
	uint32_t id;
	int err = symbols_add_frame(symbols, frame, &id);

	return err ? err : symbols_append(symbols, location, id);
}

static int append_given(struct symbols *symbols, const struct profile *profile, uint32_t location)
{
	size_t count;
	const struct given_frame *given =
		profile_given(profile, profile->locations[location].given, &count);
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		struct tree_frame frame = {given[i].name, given[i].module, (uint8_t)given[i].kind};

		err = append_new(symbols, location, &frame);
		if (!err)
			err = symbols_place_last(symbols, &given[i].place);
	}
	return err;
}

int symbols_init(struct symbols *symbols, const struct profile *profile)
{
	int err = 0;

	*symbols = (struct symbols){0};
	symbols->spans = calloc(profile->nr_locations + 1, sizeof(*symbols->spans));
	if (!symbols->spans)
		return -ENOMEM;
	symbols->nr_spans = profile->nr_locations;
	for (uint32_t i = 0; i < profile->nr_locations && !err; i++) {
		const struct location *location = &profile->locations[i];
		struct tree_frame frame = {location->name, location->module, location->kind};

		if (location->given)
			err = append_given(symbols, profile, i);
		else if (location->mapping == MAPPING_NONE)
			err = append_new(symbols, i, &frame);
	}
	if (err)
		symbols_fini(symbols);
	return err;
}

void symbols_fini(struct symbols *symbols)
{
	free(symbols->frames);
	free(symbols->frame_list);
	free(symbols->places);
	free(symbols->spans);
	index_fini(&symbols->frame_index);
	*symbols = (struct symbols){0};
}

int symbols_add_frame(struct symbols *symbols, const struct tree_frame *frame, uint32_t *ret_id)
{
	uint32_t hash = hash_u64s((uint64_t)frame->name << 32 | frame->module, frame->kind);
	struct index_probe at = index_probe(&symbols->frame_index, hash);
	uint32_t id = (uint32_t)symbols->nr_frames;
	int err;

	while (index_next(&symbols->frame_index, &at)) {
		const struct tree_frame *have = &symbols->frames[at.id];

		if (have->name == frame->name && have->module == frame->module &&
		    have->kind == frame->kind) {
			*ret_id = at.id;
			return 0;
		}
	}
	err = ARRAY_RESERVE(symbols->frames, symbols->cap_frames, symbols->nr_frames + 1);
	if (!err)
		err = index_insert(&symbols->frame_index, hash, id);
	if (err)
		return err;
	symbols->frames[symbols->nr_frames++] = *frame;
	*ret_id = id;
	return 0;
}

int symbols_append(struct symbols *symbols, uint32_t location, uint32_t frame)
{
	struct symbol_span *span = &symbols->spans[location];
	int err = ARRAY_RESERVE(symbols->frame_list, symbols->cap_list, symbols->nr_list + 1);

	if (err)
		return err;
	if (!span->count)
		span->first = (uint32_t)symbols->nr_list;
	assert(span->first + span->count == symbols->nr_list);
	symbols->frame_list[symbols->nr_list++] = frame;
	span->count++;
	return 0;
}

int symbols_place_last(struct symbols *symbols, const struct source_place *place)
{
	size_t before = symbols->nr_places;

	if (!source_place_known(place))
		return 0;
	if (ARRAY_RESERVE(symbols->places, symbols->cap_places, symbols->nr_list))
		return -ENOMEM;
	memset(&symbols->places[before], 0, (symbols->nr_list - before) * sizeof(*place));
	symbols->places[symbols->nr_list - 1] = *place;
	symbols->nr_places = symbols->nr_list;
	return 0;
}
