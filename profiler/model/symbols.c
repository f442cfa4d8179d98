// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of locations; see symbols.h. */
#include "profiler/model/symbols.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"

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
		uint32_t id;

		if (location->mapping != MAPPING_NONE)
			continue;
		err = symbols_add_frame(symbols, &frame, &id);
		if (!err)
			err = symbols_append(symbols, i, id);
	}
	if (err)
		symbols_fini(symbols);
	return err;
}

void symbols_fini(struct symbols *symbols)
{
	free(symbols->frames);
	free(symbols->frame_list);
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
