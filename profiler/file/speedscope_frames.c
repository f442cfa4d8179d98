// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of a file of speedscope's; see speedscope_reader.h. */
#include <errno.h>
#include <string.h>

#include "profiler/file/speedscope_reader.h"
#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"

#define KEY_BYTES  16
#define WORD_BYTES 32

/* What the file says of one. The line is that of the function, as far as it says. */
struct frame {
	struct given_frame given;
	bool has_kind;
};

/* A word for a kind that is none is no kind. */
static void read_kind(struct json *json, struct frame *frame)
{
	char word[WORD_BYTES];

	json_cut(json, word, sizeof(word));
	for (uint32_t kind = 0; kind < FRAME_KIND_COUNT; kind++) {
		if (strcmp(frame_kind_word((enum frame_kind)kind), word))
			continue;
		frame->given.kind = kind;
		frame->has_kind = true;
	}
}

/* Null, and what is no line, are none that is known. */
static uint32_t read_line(struct json *json)
{
	int64_t line;
	int thousandths;

	if (!json_is_number(json)) {
		json_skip(json);
		return 0;
	}
	line = json_scaled(json, 0, &thousandths);
	return line > 0 && line <= UINT32_MAX ? (uint32_t)line : 0;
}

static int read_member(struct speedscope_reader *r, struct json *json, struct frame *frame)
{
	char key[KEY_BYTES];

	json_key(json, key, sizeof(key));
	if (!strcmp(key, "name"))
		return speedscope_text(r, json, &frame->given.name);
	if (!strcmp(key, "file"))
		return speedscope_text(r, json, &frame->given.place.file);
	if (!strcmp(key, SPEEDSCOPE_MODULE))
		return speedscope_text(r, json, &frame->given.module);
	if (!strcmp(key, "line"))
		frame->given.place.start_line = read_line(json);
	else if (!strcmp(key, "col"))
		frame->given.place.column = read_line(json);
	else if (!strcmp(key, SPEEDSCOPE_KIND) && json_is_text(json))
		read_kind(json, frame);
	else
		json_skip(json);
	return 0;
}

/* One that only has a name is like those of text. */
static int enter_frame(struct speedscope_reader *r, struct frame *frame, uint32_t *ret_location)
{
	struct given_frame *given = &frame->given;
	struct strings *strings = r->profile->strings;
	struct location named = {.mapping = MAPPING_NONE};
	enum frame_kind kind;
	int err = 0;

	if (given->name == STRING_NONE)
		err = strings_intern_z(strings, MARKER_UNKNOWN, &given->name);
	if (err)
		return err;
	if (!frame->has_kind && marker_is_bracketed(strings_text(strings, given->name),
						    strings_len(strings, given->name), &kind))
		given->kind = kind;
	if (source_place_known(&given->place))
		return profile_add_given(r->profile, MAPPING_NONE, 0, given, 1, ret_location);
	named.name = given->name;
	named.module = given->module;
	named.kind = (uint8_t)given->kind;
	return profile_add_location(r->profile, &named, ret_location);
}

int speedscope_read_frames(struct speedscope_reader *r, struct json *json)
{
	int err = 0;

	for (json_enter(json, '['); !err && json_more(json, ']');) {
		struct frame frame = {.given.kind = FRAME_USER};

		for (json_enter(json, '{'); !err && json_more(json, '}');)
			err = read_member(r, json, &frame);
		if (json->wrong || err)
			break;
		err = ARRAY_RESERVE(r->locations, r->cap_locations, r->nr_locations + 1);
		if (!err)
			err = enter_frame(r, &frame, &r->locations[r->nr_locations++]);
	}
	return err;
}
