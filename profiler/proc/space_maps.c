// SPDX-License-Identifier: GPL-2.0-or-later
/* Ordered, disjoint mappings and their past; see space_maps.h. */
#include "profiler/proc/space_maps.h"

#include <string.h>

#include "profiler/model/alloc.h"

/* The first mapping that ends behind addr: the one that holds it, or the next one. */
static size_t maps_at(const struct image *image, uint64_t addr)
{
	size_t low = 0, high = image->nr_maps;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (image->maps[middle].end <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
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

/* Cuts [start, end) out of the mapping at `at` and remembers it until `ns`. */
static int cut_out(struct image *image, size_t at, uint64_t start, uint64_t end, uint64_t ns)
{
	struct code_map old = image->maps[at];
	struct code_map gone = part(&old, start, end);
	int err = ARRAY_RESERVE(image->past, image->cap_past, image->nr_past + 1);

	if (err)
		return err;
	gone.to_ns = ns;
	image->past[image->nr_past++] = gone;
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

int image_cover(struct image *image, const struct code_map *map)
{
	int err = 0;

	if (map->start >= map->end)
		return 0;
	while (!err) {
		size_t at = maps_at(image, map->start);
		struct code_map *old = &image->maps[at];

		if (at == image->nr_maps || old->start >= map->end)
			return maps_insert(image, at, map);
		err = cut_out(image, at, max64(old->start, map->start), min64(old->end, map->end),
			      map->from_ns);
	}
	return err;
}

int image_fill(struct image *image, const struct code_map *map)
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

const struct code_map *image_code(const struct image *image, uint64_t ns, uint64_t addr)
{
	size_t at = maps_at(image, addr);
	const struct code_map *now = NULL;

	if (at < image->nr_maps && image->maps[at].start <= addr)
		now = &image->maps[at];
	if (now && now->from_ns <= ns)
		return now;
	for (size_t i = image->nr_past; i-- > 0;) {
		const struct code_map *map = &image->past[i];

		if (map->start <= addr && addr < map->end && map->from_ns <= ns && ns < map->to_ns)
			return map;
	}
	/* Told a moment after it was used, or covered a moment before: better than nothing. */
	return now;
}
