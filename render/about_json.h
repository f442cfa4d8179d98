/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Circumstances as JSON, the head of a graph's data block; see docs/FORMAT.md. */
#ifndef BOLOMETER_RENDER_ABOUT_JSON_H
#define BOLOMETER_RENDER_ABOUT_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "profiler/model/circumstances.h"
#include "profiler/model/comparison.h"
#include "render/json_out.h"

/* What the rest of the block holds. */
struct block_counts {
	int version;
	size_t strings;
	size_t frames;
	size_t nodes;
	const uint64_t *factors; /* one a value type */
	size_t slices;
	const uint64_t *slice_ends_ns;
};

/* `comparison` may be NULL. Errors are left in `out` (ferror). */
void about_json_write(FILE *out, const struct circumstances *about,
		      const struct block_counts *counts, const struct comparison *comparison);

/* Likewise as a member of something larger. */
void about_json_put(struct json_out *json, const char *key, const struct circumstances *about,
		    const struct block_counts *counts, const struct comparison *comparison);

#endif
