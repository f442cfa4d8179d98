// SPDX-License-Identifier: GPL-2.0-or-later
/* Which names are one; see match.h. */
#include "profiler/diff/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

static int canonical_id(struct strings *strings, uint32_t name, uint32_t *ret_id)
{
	size_t len = strings_len(strings, name);
	char *canonical = malloc(len + 1);
	int err = -ENOMEM;

	if (canonical)
		err = strings_intern(strings, canonical,
				     name_canonical(strings_text(strings, name), len, canonical),
				     ret_id);
	free(canonical);
	/* What is nothing but build stays as it is. */
	if (!err && *ret_id == STRING_NONE)
		*ret_id = name;
	return err;
}

/* The name that each location goes by, into `ret_names`. */
static int choose_names(struct alignment *a, uint32_t *ret_names)
{
	const struct location *locations = a->profile->locations;
	uint8_t *sides_of;
	size_t nr_strings;
	int err = 0;

	for (size_t i = 0; i < a->nr_names && !err; i++)
		err = canonical_id(a->profile->strings, locations[i].name, &ret_names[i]);
	nr_strings = strings_count(a->profile->strings);
	sides_of = calloc(nr_strings, 1); /* by name, with and without its build */
	if (!sides_of)
		return err ? err : -ENOMEM;
	if (err) {
		free(sides_of);
		return err;
	}
	for (size_t i = 0; i < a->nr_names; i++)
		sides_of[locations[i].name] |= a->names[i].sides;
	/* Exact names first, then what is left by its canonical name. */
	for (size_t i = 0; i < a->nr_names; i++) {
		if (sides_of[locations[i].name] == (1 << BEFORE | 1 << AFTER))
			ret_names[i] = locations[i].name;
	}
	memset(sides_of, 0, nr_strings);
	for (size_t i = 0; i < a->nr_names; i++)
		sides_of[ret_names[i]] |= a->names[i].sides;
	for (size_t i = 0; i < a->nr_names; i++) {
		if (sides_of[ret_names[i]] != (1 << BEFORE | 1 << AFTER))
			ret_names[i] = locations[i].name;
	}
	free(sides_of);
	return 0;
}

/* The frame that all locations of one name and class share: the first one's that says most. */
static int name_frames(struct alignment *a, const uint32_t *names)
{
	size_t nr_strings = strings_count(a->profile->strings);
	uint32_t *best = malloc(size_mul(nr_strings, FRAME_KIND_COUNT * sizeof(*best)));
	struct symbols *symbols = &a->symbols;
	int err = 0;

	symbols->spans = calloc(a->nr_names + 1, sizeof(*symbols->spans));
	symbols->nr_spans = a->nr_names;
	if (!best || !symbols->spans) {
		free(best);
		return -ENOMEM;
	}
	memset(best, 0xff, nr_strings * FRAME_KIND_COUNT * sizeof(*best));
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < a->nr_names && !err; i++) {
			enum frame_kind class =
				a->kinds_unknown ? FRAME_USER : a->profile->locations[i].kind;
			uint32_t *of = &best[(size_t)names[i] * FRAME_KIND_COUNT + class];
			struct tree_frame frame = {names[i], a->names[i].module, a->names[i].kind};
			uint32_t id;

			if (!pass && (*of == UINT32_MAX || name_says_more(&frame, &a->names[*of])))
				*of = i;
			if (!pass)
				continue;
			frame.module = a->names[*of].module;
			frame.kind = a->names[*of].kind;
			err = symbols_add_frame(symbols, &frame, &id);
			if (!err)
				err = symbols_append(symbols, i, id);
		}
	}
	free(best);
	return err;
}

int match_names(struct alignment *a)
{
	uint32_t *names = calloc(a->nr_names + 1, sizeof(*names));
	int err = names ? choose_names(a, names) : -ENOMEM;

	if (!err)
		err = name_frames(a, names);
	free(names);
	return err;
}
