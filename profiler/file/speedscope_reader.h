/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of speedscope's format, in three parts: the file, its profiles as far
 * as it says what they are, and what is known of the whole (speedscope.c); frames
 * (speedscope_frames.c); samples and events (speedscope_samples.c).
 *
 * Members come in any order, so those that others are needed for are passed over
 * at first: a copy of the reader of JSON is a place to go on from.
 */
#ifndef BOLOMETER_FILE_SPEEDSCOPE_READER_H
#define BOLOMETER_FILE_SPEEDSCOPE_READER_H

#include "profiler/file/file.h"
#include "profiler/file/json.h"
#include "profiler/model/speedscope_format.h"

/* A profile of the file, and where its members are; the last is endValue. */
struct speedscope_profile {
	struct json samples, weights, events, last;
	bool has_samples, has_weights, has_events, has_last;
	bool is_evented, is_sampled;
	bool is_group; /* our own: its name is that of a group */
	uint32_t name; /* string id */
	uint32_t named; /* our own, of another value than the first: the name without the value's */
	uint32_t value; /* our own: the place of its value */
	const struct speedscope_unit *unit;
};

struct speedscope_reader {
	struct profile *profile;
	struct file_complaints *complaints;
	const char *wrong; /* a static text, NULL while nothing is */
	const char *wrong_at;

	struct speedscope_profile *profiles;
	size_t nr_profiles, cap_profiles;
	uint32_t *locations; /* by frame of the file */
	size_t nr_locations, cap_locations;
	char *text; /* scratch */
	size_t cap_text;
	bool rounded; /* some weight had a fraction */
};

/* Keeps what a place was found to be wrong with; true when something is. */
bool speedscope_is_wrong(struct speedscope_reader *r, const struct json *json);

/* The next value as a string; of anything but a text STRING_NONE. 0 or -ENOMEM. */
int speedscope_text(struct speedscope_reader *r, struct json *json, uint32_t *ret_id);

/* The array of frames that begins here, into r->locations. 0 or -ENOMEM. */
int speedscope_read_frames(struct speedscope_reader *r, struct json *json);

/*
 * The samples of one profile, whose weights are the profile's value `column`, in powers of ten
 * (`digits`) of its unit; of a thread with its name, if it `is_thread`. 0 or -ENOMEM.
 */
int speedscope_read_samples(struct speedscope_reader *r, const struct speedscope_profile *from,
			    size_t column, int digits, bool is_thread);

#endif
