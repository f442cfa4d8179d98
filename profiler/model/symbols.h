/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Symbols of a profile: for each location the frames that are drawn for it,
 * outermost first (more than one where the compiler inlined). Frames are
 * interned: the same function is one frame wherever it occurs. Where in the
 * source a location is in each of its frames stands beside, where it is known.
 */
#ifndef BOLOMETER_MODEL_SYMBOLS_H
#define BOLOMETER_MODEL_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "profiler/model/index.h"
#include "profiler/model/profile.h"
#include "profiler/model/tree.h"

struct symbol_span {
	uint32_t first; /* in frame_list */
	uint32_t count; /* at least 1 once the location is named */
};

struct symbols {
	struct tree_frame *frames;
	size_t nr_frames, cap_frames;
	struct index frame_index;
	uint32_t *frame_list;
	size_t nr_list, cap_list;
	struct source_place
		*places; /* of the entries of frame_list; those behind nr_places: none */
	size_t nr_places, cap_places;
	struct symbol_span *spans; /* one a location */
	size_t nr_spans;
};

/*
 * Room for every location of a sealed profile; those that are names only, or whose frames were given,
 * are filled in. 0 or -ENOMEM.
 */
int symbols_init(struct symbols *symbols, const struct profile *profile);
void symbols_fini(struct symbols *symbols);

/* The id of a frame equal to the one given, added if new. Returns 0 or -ENOMEM. */
int symbols_add_frame(struct symbols *symbols, const struct tree_frame *frame, uint32_t *ret_id);

/* Appends one frame, below those it has, to the location that is being named. 0 or -ENOMEM. */
int symbols_append(struct symbols *symbols, uint32_t location, uint32_t frame);

/* Says where in the source the frame is that was appended last. Returns 0 or -ENOMEM. */
int symbols_place_last(struct symbols *symbols, const struct source_place *place);

/* Where an entry of frame_list is in the source; all 0 where that is not known. */
static inline struct source_place symbols_place(const struct symbols *symbols, uint32_t entry)
{
	return entry < symbols->nr_places ? symbols->places[entry] : (struct source_place){0};
}

#endif
