// SPDX-License-Identifier: GPL-2.0-or-later
/* Mappings to spans; see spans.h. */
#include "profiler/unwind/loader/spans.h"

#include <stdlib.h>

#include "profiler/model/alloc.h"

/* Which object a mapping holds; UNWIND_OBJECT_CODE for generated code. */
static uint32_t map_object(struct objects *objects, const struct code_map *map)
{
	switch (map->type) {
	case CODE_FILE:
		return objects_of_binary(objects, map->binary);
	case CODE_VDSO:
		return OBJECT_VDSO;
	default:
		return UNWIND_OBJECT_CODE;
	}
}

static struct unwind_span map_span(struct objects *objects, const struct code_map *map)
{
	struct unwind_span span = {.start = map->start, .end = map->end};
	uint32_t object = map_object(objects, map);
	/* The vdso's mapping begins with its image, and its record has no offset in a file. */
	uint64_t offset = map->type == CODE_VDSO ? 0 : map->offset;
	const struct elf_image *image =
		object == UNWIND_OBJECT_CODE ? NULL : objects_image(objects, object);
	uint64_t bias;

	if (!image || elf_image_bias(image, map->start, offset, &bias))
		return span;
	span.object = object;
	span.base = bias + image->base; /* modulo 2^64, as addresses are */
	return span;
}

static bool continues(const struct unwind_span *last, const struct unwind_span *span)
{
	return last->end == span->start && last->object == span->object && last->base == span->base;
}

int span_list_fill(struct span_list *list, struct objects *objects, const struct image *image)
{
	int err = ARRAY_RESERVE(list->spans, list->cap, image->nr_maps);

	if (err)
		return err;
	list->count = 0;
	for (size_t i = 0; i < image->nr_maps; i++) {
		struct unwind_span span = map_span(objects, &image->maps[i]);

		if (list->count && continues(&list->spans[list->count - 1], &span))
			list->spans[list->count - 1].end = span.end;
		else
			list->spans[list->count++] = span;
	}
	return 0;
}

void span_list_fini(struct span_list *list)
{
	free(list->spans);
	*list = (struct span_list){0};
}

void spans_count_users(struct objects *objects, const struct unwind_span *spans, size_t count,
		       bool more)
{
	uint32_t last = UNWIND_OBJECT_CODE;

	for (size_t i = 0; i < count; i++) {
		uint32_t number = spans[i].object;

		/* Segments of a file lie side by side: it counts once. */
		if (number == UNWIND_OBJECT_CODE || number == last)
			continue;
		objects_get(objects, number)->users += more ? 1 : -1u;
		last = number;
	}
}
