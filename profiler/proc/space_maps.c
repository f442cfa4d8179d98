// SPDX-License-Identifier: GPL-2.0-or-later
/* Ordered, disjoint mappings and their past; see space_maps.h. */
#include "profiler/proc/space_maps.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/search.h"

/* ---- shared mappings ---- */

static void let_go_of_maps(struct image *image)
{
	if (image->maps_users && --*image->maps_users)
		return;
	free(image->maps_users);
	free(image->maps);
}

void image_fini(struct image *image)
{
	let_go_of_maps(image);
	free(image->past);
}

int image_share(struct image *image, struct image *from)
{
	if (!from->maps_users) {
		from->maps_users = malloc(sizeof(*from->maps_users));
		if (!from->maps_users)
			return -ENOMEM;
		*from->maps_users = 1;
	}
	let_go_of_maps(image);
	++*from->maps_users;
	image->maps = from->maps;
	image->nr_maps = from->nr_maps;
	image->cap_maps = from->cap_maps;
	image->maps_users = from->maps_users;
	image->told_ns = from->told_ns;
	image->prune_at = from->prune_at;
	return 0;
}

/* Before they are changed. Returns 0 or -ENOMEM. */
static int own_maps(struct image *image)
{
	struct code_map *maps;

	if (!image->maps_users || *image->maps_users == 1)
		return 0;
	maps = malloc(size_mul(image->nr_maps + 1, sizeof(*maps)));
	if (!maps)
		return -ENOMEM;
	if (image->nr_maps)
		memcpy(maps, image->maps, image->nr_maps * sizeof(*maps));
	let_go_of_maps(image);
	image->maps_users = NULL;
	image->maps = maps;
	image->cap_maps = image->nr_maps + 1;
	return 0;
}

/* ---- adding ---- */

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

/* Forgets the older half of the past, of a process that maps over itself without end. */
static void cut_past(struct image *image)
{
	size_t gone = image->nr_past / 2;

	for (size_t i = 0; i < gone; i++)
		image->past_cut_ns = max64(image->past_cut_ns, image->past[i].until_ns);
	image->nr_past -= gone;
	memmove(image->past, image->past + gone, image->nr_past * sizeof(*image->past));
}

/* Remembers a part of a mapping that something newer covers from a time on. */
static int remember(struct image *image, const struct code_map *map, uint64_t start, uint64_t end,
		    uint64_t until_ns)
{
	int err;

	if (image->nr_past >= SPACE_PAST_MAX)
		cut_past(image);
	err = ARRAY_RESERVE(image->past, image->cap_past, image->nr_past + 1);
	if (err)
		return err;
	image->past[image->nr_past] = part(map, start, end);
	image->past[image->nr_past++].until_ns = until_ns;
	return 0;
}

/* Moves [start, end) of the mapping at `at` to the past, from a time on. */
static int cut_out(struct image *image, size_t at, uint64_t start, uint64_t end, uint64_t until_ns)
{
	struct code_map old = image->maps[at];
	int err = remember(image, &old, start, end, until_ns);

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
	int err = start < map->end ? own_maps(image) : 0;

	image->told_ns = max64(image->told_ns, map->from_ns);
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
			err = remember(image, map, start, end, old->from_ns);
		else
			err = cut_out(image, at, start, end, map->from_ns);
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
	const struct code_map *present = NULL, *best;

	if (at < image->nr_maps && image->maps[at].start <= addr)
		present = &image->maps[at];
	best = present;
	if (present && present->from_ns <= ns)
		return present;
	/* Backwards: of two at the same time the one that was told last counts. */
	for (size_t i = image->nr_past; i-- > 0;) {
		const struct code_map *map = &image->past[i];

		if (map->start <= addr && addr < map->end && is_better(map, best, ns))
			best = map;
	}
	if (best && best != present && best->until_ns < ns)
		return NULL; /* gone by then */
	/* Something earlier may have been there, of which nothing is known any more. */
	if (best && best->from_ns > ns && ns < image->past_cut_ns)
		return NULL;
	return best;
}

/* ---- forgetting ---- */

/* Whether some of the ranges from *at on, which moves on, has a part of the mapping. */
static bool is_there(const struct code_map *map, const struct code_range *ranges, size_t count,
		     size_t *at)
{
	while (*at < count && ranges[*at].end <= map->start)
		++*at;
	return *at < count && ranges[*at].start < map->end;
}

int image_prune(struct image *image, const struct code_range *ranges, size_t count, uint64_t ns)
{
	size_t at = 0, kept = 0;
	int err = own_maps(image);

	if (err)
		return err;
	for (size_t i = 0; i < image->nr_maps; i++) {
		const struct code_map map = image->maps[i];
		bool gone = map.from_ns < ns && !is_there(&map, ranges, count, &at);

		if (!gone || remember(image, &map, map.start, map.end, ns))
			image->maps[kept++] = map;
	}
	image->nr_maps = kept;
	image->prune_at = size_add(kept, kept > SPACE_PRUNE_MIN ? kept : SPACE_PRUNE_MIN);
	return 0;
}

void image_forget(struct image *image, uint64_t ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < image->nr_past; i++) {
		if (image->past[i].until_ns >= ns)
			image->past[kept++] = image->past[i];
	}
	image->nr_past = kept;
	if (kept)
		return;
	free(image->past);
	image->past = NULL;
	image->cap_past = 0;
}
