// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing speedscope's format; see speedscope.h. */
#include "render/speedscope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/block_version.h"
#include "profiler/model/speedscope_format.h"
#include "render/about_json.h"
#include "render/json_out.h"
#include "render/listing.h"
#include "render/number.h"

struct writer {
	struct json_out json;
	struct listing listing;
	const struct render_input *input;
	char *name; /* of the whole */
	size_t values[VALUE_TYPES_MAX]; /* that are in the file: of the listing */
	size_t nr_values;
	uint32_t *path;
	size_t cap_path;
};

static void put_string(struct writer *w, const char *key, uint32_t id)
{
	const struct strings *strings = w->listing.profile->strings;

	json_out_text(&w->json, key, strings_text(strings, id), strings_len(strings, id));
}

/* Title, and how much is missing: speedscope shows nothing else of a file. NULL without memory. */
static char *compose_name(const struct circumstances *about)
{
	const char *title = about->title    ? about->title
			    : about->target ? about->target
			    : about->command ? about->command
					     : "profile";
	char lost[NUMBER_TEXT_MAX], fired[NUMBER_TEXT_MAX];
	char *name;

	if (!circumstances_lost(about))
		return strdup(title);
	number_count(lost, (int64_t)circumstances_lost(about));
	number_count(fired, (int64_t)about->fired);
	return asprintf(&name, "%s (%s of %s events lost)", title, lost, fired) < 0 ? NULL : name;
}

/* ---- frames ---- */

/*
 * A function has one line in the file: where it begins, or else the first that is known to have been
 * reached in it.
 */
static void put_frame(struct writer *w, uint32_t id)
{
	const struct listed_frame *frame = listed_frame(&w->listing, id);
	const struct tree_frame *shown = listed_tree_frame(&w->listing, id);
	uint32_t line = frame->start_line ? frame->start_line : w->listing.first_line[id];

	json_out_line(&w->json);
	json_out_begin(&w->json, NULL, '{');
	put_string(w, "name", shown->name);
	if (frame->file != STRING_NONE)
		put_string(w, "file", frame->file);
	if (line)
		json_out_u64(&w->json, "line", line);
	if (frame->column)
		json_out_u64(&w->json, "col", frame->column);
	if (shown->kind != FRAME_USER)
		json_out_text_z(&w->json, SPEEDSCOPE_KIND,
				frame_kind_word((enum frame_kind)shown->kind));
	if (shown->module != STRING_NONE)
		put_string(w, SPEEDSCOPE_MODULE, shown->module);
	json_out_end(&w->json, '}');
}

static void put_frames(struct writer *w)
{
	json_out_line(&w->json);
	json_out_begin(&w->json, "shared", '{');
	json_out_begin(&w->json, "frames", '[');
	for (size_t i = 0; i < w->listing.frames.nr_lists; i++)
		put_frame(w, w->listing.by_rank[i]);
	json_out_end(&w->json, ']');
	json_out_end(&w->json, '}');
}

/* ---- profiles ---- */

/* The frames of a stack, the outermost first. */
static int put_stack(struct writer *w, uint32_t stack)
{
	const struct stack_table *stacks = &w->listing.stacks;
	size_t depth = 0;

	for (; stack != STACK_EMPTY; stack = stack_callers(stacks, stack)) {
		if (ARRAY_RESERVE(w->path, w->cap_path, depth + 1))
			return -ENOMEM;
		w->path[depth++] = w->listing.rank[stack_leaf(stacks, stack)];
	}
	json_out_line(&w->json);
	json_out_begin(&w->json, NULL, '[');
	while (depth)
		json_out_u64(&w->json, NULL, w->path[--depth]);
	json_out_end(&w->json, ']');
	return 0;
}

static const struct value_type *type_of(const struct writer *w, size_t value)
{
	const struct listing *listing = &w->listing;

	return value ? &listing->others[value - 1].type : &listing->value.type;
}

static int put_rows(struct writer *w, const struct listed_group *group, size_t value)
{
	const struct listed_stack *rows = w->listing.rows + group->first;
	int err = 0;

	json_out_line(&w->json);
	json_out_begin(&w->json, "samples", '[');
	for (size_t i = 0; i < group->count && !err; i++) {
		if (listed_value(&w->listing, &rows[i], value))
			err = put_stack(w, rows[i].stack);
	}
	json_out_end(&w->json, ']');
	json_out_line(&w->json);
	json_out_begin(&w->json, "weights", '[');
	for (size_t i = 0; i < group->count; i++) {
		int64_t weight = listed_value(&w->listing, &rows[i], value);

		if (weight)
			json_out_i64(&w->json, NULL, weight);
	}
	json_out_end(&w->json, ']');
	return err;
}

static int64_t total_of(const struct writer *w, const struct listed_group *group, size_t value)
{
	const struct listed_stack *rows = w->listing.rows + group->first;
	int64_t total = 0;

	if (!value)
		return group->total;
	for (size_t i = 0; i < group->count; i++)
		total += listed_value(&w->listing, &rows[i], value);
	return total;
}

/* speedscope shows profiles by their names alone: those of other values say which. 0 or -ENOMEM. */
static int put_name(struct writer *w, const struct listed_group *group, size_t value)
{
	const struct strings *strings = w->listing.profile->strings;
	const char *name = group->name == STRING_NONE ? w->name : strings_text(strings, group->name);
	char *text;

	if (!value) {
		json_out_text_z(&w->json, "name", name);
		return 0;
	}
	if (asprintf(&text, "%s (%s)", name, type_of(w, value)->name) < 0)
		return -ENOMEM;
	json_out_text_z(&w->json, "name", text);
	json_out_text_z(&w->json, SPEEDSCOPE_NAMED, name);
	free(text);
	return 0;
}

/* `place` of the value among those of the file. */
static int put_profile(struct writer *w, const struct listed_group *group, size_t place)
{
	size_t value = w->values[place];
	int err;

	json_out_line(&w->json);
	json_out_begin(&w->json, NULL, '{');
	json_out_text_z(&w->json, "type", "sampled");
	err = put_name(w, group, value);
	if (group->name != STRING_NONE)
		json_out_text_z(&w->json, SPEEDSCOPE_GROUP,
				group_key_word(w->input->samples->group));
	if (place)
		json_out_u64(&w->json, SPEEDSCOPE_VALUE, place);
	json_out_text_z(&w->json, "unit", speedscope_unit_word(type_of(w, value)->unit));
	json_out_u64(&w->json, "startValue", 0);
	json_out_i64(&w->json, "endValue", total_of(w, group, value));
	if (!err)
		err = put_rows(w, group, value);
	json_out_end(&w->json, '}');
	return err;
}

static int put_profiles(struct writer *w)
{
	const struct listed_group nothing = {.name = STRING_NONE};
	int err = 0;

	json_out_line(&w->json);
	json_out_begin(&w->json, "profiles", '[');
	if (!w->listing.nr_groups) /* speedscope takes no file without one */
		err = put_profile(w, &nothing, 0);
	for (size_t v = 0; v < w->nr_values && !err; v++) {
		for (size_t g = 0; g < w->listing.nr_groups && !err; g++) {
			/* All groups are there with the first value, whose order they have. */
			if (!v || total_of(w, &w->listing.groups[g], w->values[v]))
				err = put_profile(w, &w->listing.groups[g], v);
		}
	}
	json_out_end(&w->json, ']');
	return err;
}

/* ---- the file ---- */

/*
 * Whether a value would show what the first one does: cpu time is so many samples times the period.
 */
static bool is_like_first(const struct listing *listing, size_t value)
{
	__int128 first = 0, total = 0;

	for (size_t i = 0; i < listing->nr_rows; i++) {
		first += listing->rows[i].value;
		total += listed_value(listing, &listing->rows[i], value);
	}
	for (size_t i = 0; i < listing->nr_rows; i++) {
		if (listing->rows[i].value * total !=
		    listed_value(listing, &listing->rows[i], value) * first)
			return false;
	}
	return true;
}

static void choose_values(struct writer *w)
{
	w->nr_values = 1;
	for (size_t o = 1; o <= w->listing.nr_others; o++) {
		if (!is_like_first(&w->listing, o))
			w->values[w->nr_values++] = o;
	}
}

/* What there is besides, of the values that are in the file. */
static void put_about(struct writer *w)
{
	static const uint64_t factors[VALUE_TYPES_MAX] = {1, 1, 1, 1, 1, 1, 1, 1};
	struct block_counts counts = {.version = BLOCK_VERSION, .factors = factors};
	struct circumstances about = *w->input->about;

	for (size_t v = 0; v < w->nr_values; v++)
		about.values[v] = *type_of(w, w->values[v]);
	about.nr_values = w->nr_values;
	about.values_before = 0;
	json_out_line(&w->json);
	about_json_put(&w->json, SPEEDSCOPE_ABOUT, &about, &counts, NULL);
}

static int put_all(struct writer *w)
{
	int err;

	json_out_begin(&w->json, NULL, '{');
	json_out_text_z(&w->json, "$schema", SPEEDSCOPE_SCHEMA);
	json_out_text_z(&w->json, "exporter", "bolometer " BOLOMETER_VERSION);
	json_out_text_z(&w->json, "name", w->name);
	json_out_u64(&w->json, "activeProfileIndex", listing_heaviest(&w->listing));
	put_frames(w);
	err = put_profiles(w);
	put_about(w);
	json_out_end(&w->json, '}');
	fputc('\n', w->json.out);
	return err || !ferror(w->json.out) ? err : -EIO;
}

int speedscope_write(const struct render_input *input, FILE *out)
{
	struct writer w = {.input = input, .name = compose_name(input->about)};
	int err = w.name ? 0 : -ENOMEM;

	json_out_open(&w.json, out);
	if (!err) {
		err = listing_make(&w.listing, input, LISTING_FUNCTIONS, true);
		if (!err) {
			choose_values(&w);
			err = put_all(&w);
		}
		listing_fini(&w.listing);
	}
	free(w.name);
	free(w.path);
	return err;
}
