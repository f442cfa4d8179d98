// SPDX-License-Identifier: GPL-2.0-or-later
/* Ordered, disjoint mappings and their past; see space_maps.h. */
#include "profiler/proc/space_maps.h"

#include <stdbool.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/search.h"

/* The first mapping that ends behind addr: the one that holds it, or the next one. */
static size_t maps_at(const struct image *image, uint64_t addr)
{
	return SEARCH_BEFORE(i, image->nr_maps, image->maps[i].end <= addr);
}

static int maps_insert(struct image *image, size_t at, const struct code_map *map)
{
	int err = ARRAY_RESERVE(image->maps, image->cap_maps, image->nr_maps + 1);

	if (err)
		return err;
	memmove(&image->maps[at + 1], &image->maps[at],
		(image->nr_maps - at) * sizeof(*image->maps));
	image->maps[at] = *map;
	image->nr_maps++;
	return 0;
}

static void maps_remove(struct image *image, size_t at)
{
	image->nr_maps--;
	memmove(&image->maps[at], &image->maps[at + 1],
		(image->nr_maps - at) * sizeof(*image->maps));
}

/* The part [start, end) of a mapping. */
static struct code_map part(const struct code_map *map, uint64_t start, uint64_t end)
{
	struct code_map cut = *map;

	cut.offset += start - map->start;
	cut.start = start;
	cut.end = end;
	return cut;
}

static uint64_t max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Remembers a part of a mapping that something newer covers. */
static int remember(struct image *image, const struct code_map *map, uint64_t start, uint64_t end)
{
	int err = ARRAY_RESERVE(image->past, image->cap_past, image->nr_past + 1);

	if (!err)
		image->past[image->nr_past++] = part(map, start, end);
	return err;
}

/* Moves [start, end) of the mapping at `at` to the past. */
static int cut_out(struct image *image, size_t at, uint64_t start, uint64_t end)
{
	struct code_map old = image->maps[at];
	int err = remember(image, &old, start, end);

	if (err)
		return err;
	maps_remove(image, at);
	if (old.start < start) {
		struct code_map before = part(&old, old.start, start);

		err = maps_insert(image, at++, &before);
	}
	if (!err && end < old.end) {
		struct code_map after = part(&old, end, old.end);

		err = maps_insert(image, at, &after);
	}
	return err;
}

/* Maps where nothing is. */
static int fill_gaps(struct image *image, const struct code_map *map)
{
	uint64_t start = map->start;
	int err = 0;

	while (start < map->end && !err) {
		size_t at = maps_at(image, start);
		uint64_t gap_end = at < image->nr_maps ? image->maps[at].start : UINT64_MAX;

		if (gap_end <= start) {
			start = image->maps[at].end;
			continue;
		}
		struct code_map piece = part(map, start, min64(map->end, gap_end));

		err = maps_insert(image, at, &piece);
		start = piece.end;
	}
	return err;
}

int image_map(struct image *image, const struct code_map *map)
{
	uint64_t start = map->start;
	int err = 0;

	while (start < map->end && !err) {
		size_t at = maps_at(image, start);
		const struct code_map *old;
		uint64_t end;

		if (at == image->nr_maps || image->maps[at].start >= map->end)
			break;
		old = &image->maps[at];
		start = max64(start, old->start);
		end = min64(old->end, map->end);
		if (old->from_ns > map->from_ns)
			err = remember(image, map, start, end);
		else
			err = cut_out(image, at, start, end);
		start = end;
	}
	return err ? err : fill_gaps(image, map);
}

/* Whether all that lies there now has been there since `ns` at the latest. */
static bool is_covered(const struct image *image, const struct code_map *map, uint64_t ns)
{
	for (size_t at = maps_at(image, map->start);
	     at < image->nr_maps && image->maps[at].start < map->end; at++) {
		if (image->maps[at].from_ns > ns)
			return false;
	}
	return true;
}

void image_forget_past(struct image *image, uint64_t ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < image->nr_past; i++) {
		if (!is_covered(image, &image->past[i], ns))
			image->past[kept++] = image->past[i];
	}
	image->nr_past = kept;
}

/* Whether `map` says more about a time than `best` does: the last one before it, else the first. */
static bool is_better(const struct code_map *map, const struct code_map *best, uint64_t ns)
{
	if (!best)
		return true;
	if ((map->from_ns <= ns) != (best->from_ns <= ns))
		return map->from_ns <= ns;
	return map->from_ns <= ns ? map->from_ns > best->from_ns : map->from_ns < best->from_ns;
}

const struct code_map *image_code(const struct image *image, uint64_t ns, uint64_t addr)
{
	size_t at = maps_at(image, addr);
	const struct code_map *best = NULL;

	if (at == image->nr_maps || image->maps[at].start > addr)
		return NULL; /* nothing is ever unmapped: what has no present has no past */
	best = &image->maps[at];
	if (best->from_ns <= ns)
		return best;
	/* Backwards: of two at the same time the one that was told last counts. */
	for (size_t i = image->nr_past; i-- > 0;) {
		const struct code_map *map = &image->past[i];

		if (map->start <= addr && addr < map->end && is_better(map, best, ns))
			best = map;
	}
	return best;
}
