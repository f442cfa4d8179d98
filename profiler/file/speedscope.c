// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading speedscope's format: the file as a whole, and what it says of itself; see speedscope.h. */
#include "profiler/file/speedscope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/file/file_bytes.h"
#include "profiler/file/graph_head.h"
#include "profiler/file/speedscope_reader.h"
#include "profiler/model/alloc.h"

#define KEY_BYTES  32
#define WORD_BYTES 32

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* What the outermost object has; places that are to be gone back to. */
struct whole {
	struct json frames, profiles;
	bool has_frames, has_profiles;
	const char *about; /* our own circumstances; NULL without */
	size_t about_len;
	uint64_t active; /* the profile that is shown first */
	uint32_t name;	 /* string id */
};

/* ---- what it looks like ---- */

static bool has(const char *head, size_t len, const char *text)
{
	return memmem(head, len, text, strlen(text)) != NULL;
}

static size_t mark_len(const char *text, size_t len)
{
	size_t mark = strlen(BYTE_ORDER_MARK);

	return len >= mark && !memcmp(text, BYTE_ORDER_MARK, mark) ? mark : 0;
}

/* The schema's name, or members that no other format has both of. */
bool speedscope_looks_like(const char *head, size_t len)
{
	uint8_t peeked[FILE_HEAD_BYTES];
	size_t at;

	if (file_bytes_packed(head, len)) {
		len = file_bytes_peek(head, len, peeked, sizeof(peeked));
		head = (const char *)peeked;
	}
	at = mark_len(head, len);
	while (at < len && memchr(" \t\r\n", head[at], 4))
		at++;
	if (at == len || head[at] != '{')
		return false;
	return has(head, len, "speedscope.app/file-format-schema.json") ||
	       (has(head, len, "\"shared\"") && has(head, len, "\"frames\"")) ||
	       (has(head, len, "\"profiles\"") &&
		(has(head, len, "\"evented\"") || has(head, len, "\"sampled\"")));
}

/* ---- for all parts ---- */

bool speedscope_is_wrong(struct speedscope_reader *r, const struct json *json)
{
	if (json->wrong && !r->wrong) {
		r->wrong = json->wrong;
		r->wrong_at = json->wrong_at;
	}
	return r->wrong != NULL;
}

int speedscope_text(struct speedscope_reader *r, struct json *json, uint32_t *ret_id)
{
	size_t room;

	*ret_id = STRING_NONE;
	if (!json_is_text(json)) {
		json_skip(json);
		return 0;
	}
	room = json_text_max(json);
	if (ARRAY_RESERVE(r->text, r->cap_text, room))
		return -ENOMEM;
	json_text(json, r->text, room);
	return json->wrong ? 0 : strings_intern_z(r->profile->strings, r->text, ret_id);
}

/* ---- the outermost object ---- */

/* Passes over a value, to which *place leads back. */
static void keep_place(struct json *json, struct json *place, bool *has_place)
{
	*place = *json;
	*has_place = true;
	json_skip(json);
}

static void find_frames(struct json *json, struct whole *whole)
{
	char key[KEY_BYTES];

	for (json_enter(json, '{'); json_more(json, '}');) {
		json_key(json, key, sizeof(key));
		if (!strcmp(key, "frames"))
			keep_place(json, &whole->frames, &whole->has_frames);
		else
			json_skip(json);
	}
}

static int read_member(struct speedscope_reader *r, struct json *json, struct whole *whole)
{
	char key[KEY_BYTES];

	json_key(json, key, sizeof(key));
	if (!strcmp(key, "name"))
		return speedscope_text(r, json, &whole->name);
	if (!strcmp(key, "shared")) {
		find_frames(json, whole);
	} else if (!strcmp(key, "profiles")) {
		keep_place(json, &whole->profiles, &whole->has_profiles);
	} else if (!strcmp(key, "activeProfileIndex") && json_is_number(json)) {
		whole->active = (uint64_t)json_scaled(json, 0, &(int){0});
	} else if (!strcmp(key, SPEEDSCOPE_ABOUT)) {
		whole->about = json->at;
		json_skip(json);
		whole->about_len = (size_t)(json->at - whole->about);
	} else {
		json_skip(json);
	}
	return 0;
}

static int read_whole(struct speedscope_reader *r, struct json *json, struct whole *whole)
{
	int err = 0;

	for (json_enter(json, '{'); !err && json_more(json, '}');)
		err = read_member(r, json, whole);
	if (err)
		return err;
	if (!json_close(json) && !whole->has_frames)
		json_refuse(json, "it has no frames (\"shared\", \"frames\")");
	else if (!whole->has_profiles)
		json_refuse(json, "it has no profiles");
	speedscope_is_wrong(r, json);
	return 0;
}

/* ---- what profiles there are ---- */

static void read_type(struct json *json, struct speedscope_profile *p)
{
	char word[WORD_BYTES];

	json_cut(json, word, sizeof(word));
	p->is_evented = !strcmp(word, "evented");
	p->is_sampled = !strcmp(word, "sampled");
}

static void read_unit(struct json *json, struct speedscope_profile *p)
{
	struct json at = *json;
	char word[WORD_BYTES];

	json_cut(json, word, sizeof(word));
	p->unit = speedscope_unit_find(word);
	if (p->unit || json->wrong)
		return;
	*json = at;
	json_refuse(json, "a unit is none of speedscope's");
}

static int read_profile_member(struct speedscope_reader *r, struct json *json,
			       struct speedscope_profile *p)
{
	char key[KEY_BYTES];

	json_key(json, key, sizeof(key));
	if (!strcmp(key, "name"))
		return speedscope_text(r, json, &p->name);
	if (!strcmp(key, "type"))
		read_type(json, p);
	else if (!strcmp(key, "unit"))
		read_unit(json, p);
	else if (!strcmp(key, "samples"))
		keep_place(json, &p->samples, &p->has_samples);
	else if (!strcmp(key, "weights"))
		keep_place(json, &p->weights, &p->has_weights);
	else if (!strcmp(key, "events"))
		keep_place(json, &p->events, &p->has_events);
	else if (!strcmp(key, "endValue"))
		keep_place(json, &p->last, &p->has_last);
	else if (!strcmp(key, SPEEDSCOPE_NAMED))
		return speedscope_text(r, json, &p->named);
	else if (!strcmp(key, SPEEDSCOPE_VALUE) && json_is_number(json))
		p->value = (uint32_t)json_scaled(json, 0, &(int){0});
	else if (!strcmp(key, SPEEDSCOPE_GROUP))
		keep_place(json, &(struct json){0}, &p->is_group);
	else
		json_skip(json);
	return 0;
}

/* Whether it says enough of itself; else that is wrong with it. */
static void check_profile(struct json *json, const struct speedscope_profile *p)
{
	if (!p->is_evented && !p->is_sampled)
		json_refuse(json, "a profile is neither evented nor sampled");
	else if (!p->unit)
		json_refuse(json, "a profile has no unit");
	else if (p->is_evented && !p->has_events)
		json_refuse(json, "an evented profile has no events");
	else if (p->is_sampled && (!p->has_samples || !p->has_weights))
		json_refuse(json, "a sampled profile has no samples or no weights");
}

static int read_profiles(struct speedscope_reader *r, struct json *json)
{
	int err = 0;

	for (json_enter(json, '['); !err && json_more(json, ']');) {
		struct speedscope_profile p = {0};

		for (json_enter(json, '{'); !err && json_more(json, '}');)
			err = read_profile_member(r, json, &p);
		if (err || json->wrong)
			break;
		check_profile(json, &p);
		err = ARRAY_RESERVE(r->profiles, r->cap_profiles, r->nr_profiles + 1);
		if (!err)
			r->profiles[r->nr_profiles++] = p;
	}
	if (!err && !r->nr_profiles)
		json_refuse(json, "it has no profiles");
	speedscope_is_wrong(r, json);
	return err;
}

/* ---- what is known of the whole ---- */

/* Whether all that circumstances tell of are amounts, of which the first has the unit. */
static bool has_amounts(const struct circumstances *about, const struct speedscope_unit *unit)
{
	for (size_t v = 0; v < about->nr_values; v++) {
		if (about->values[v].role != VALUE_AMOUNT)
			return false;
	}
	return about->nr_values && !strcmp(speedscope_unit_word(about->values[0].unit), unit->word);
}

/* Our own circumstances, where they are some and tell of the unit that the file has. */
static int read_own(struct speedscope_reader *r, const struct whole *whole,
		    const struct speedscope_unit *unit, struct circumstances *about, bool *ret_own)
{
	struct graph_head *head = whole->about ? malloc(sizeof(*head)) : NULL;
	const char *wrong;
	int err;

	*ret_own = false;
	if (!whole->about)
		return 0;
	err = head ? graph_head_read(head, whole->about, whole->about_len, &wrong) : -ENOMEM;
	if (!err) {
		*ret_own = has_amounts(&head->about, unit);
		if (*ret_own) {
			*about = head->about;
			circumstances_init(&head->about);
		}
		graph_head_fini(head);
	}
	free(head);
	return err == -ENOMEM ? err : 0;
}

/* Of a file of others: a kind of value for its unit, and its name. 0 or -ENOMEM. */
static int describe(struct speedscope_reader *r, const struct whole *whole,
		    const struct speedscope_unit *unit, struct circumstances *about)
{
	about->nr_values = 1;
	about->values[0] = (struct value_type){.role = VALUE_AMOUNT};
	strcpy(about->values[0].name, unit->name);
	strcpy(about->values[0].unit, unit->unit);
	if (whole->name == STRING_NONE)
		return 0;
	about->title = strdup(strings_text(r->profile->strings, whole->name));
	return about->title ? 0 : -ENOMEM;
}

/* What there is of a file's values: which units they have, and where each is in the profile. */
struct columns {
	bool own;
	const struct speedscope_unit *unit; /* that is shown first */
	const char *words[VALUE_TYPES_MAX]; /* of our own values */
	size_t nr_words;
	size_t from[VALUE_TYPES_MAX]; /* by value of the profile */
	size_t nr_from;
};

static int begin(struct speedscope_reader *r, const struct whole *whole, struct columns *columns)
{
	struct circumstances about;
	int err;

	circumstances_init(&about);
	err = read_own(r, whole, columns->unit, &about, &columns->own);
	if (!err && !columns->own)
		err = describe(r, whole, columns->unit, &about);
	for (; columns->nr_words < about.nr_values; columns->nr_words++)
		columns->words[columns->nr_words] =
			speedscope_unit_word(about.values[columns->nr_words].unit);
	if (!err)
		err = file_begin(r->profile, &about, columns->from, r->complaints);
	if (!err)
		r->profile->part_of_events = true; /* whoever changed the file left what it says */
	columns->nr_from = r->profile->about.nr_values;
	circumstances_fini(&about);
	return err;
}

/* ---- the file ---- */

/* Whether a profile is like those that are used; else in another unit, or of no value of the file. */
static bool is_alike(const struct columns *columns, const struct speedscope_profile *p)
{
	if (!columns->own)
		return !strcmp(p->unit->unit, columns->unit->unit);
	return p->value < columns->nr_words && !strcmp(p->unit->word, columns->words[p->value]);
}

static int use_profile(struct speedscope_reader *r, const struct columns *columns,
		       const struct speedscope_profile *p)
{
	size_t value = columns->own ? p->value : 0;
	bool several = r->nr_profiles > 1;

	for (size_t v = 0; v < columns->nr_from; v++) {
		if (columns->from[v] == value)
			return speedscope_read_samples(r, p, v, columns->own ? 0 : p->unit->digits,
						       columns->own ? p->is_group : several);
	}
	return 0; /* files before this one do not have it */
}

/* Profiles that are alike; what is not is passed over, and that is said. */
static int use_profiles(struct speedscope_reader *r, const struct columns *columns)
{
	size_t others = 0;
	int err = 0;

	for (size_t i = 0; i < r->nr_profiles && !err && !r->wrong; i++) {
		if (is_alike(columns, &r->profiles[i]))
			err = use_profile(r, columns, &r->profiles[i]);
		else
			others++;
	}
	if (others)
		file_remark(r->complaints, "%zu of its %zu profiles are not used: they are in "
			    "another unit than the one that is shown first (%s)",
			    others, r->nr_profiles, columns->unit->word);
	if (r->rounded)
		file_remark(r->complaints, "its weights have fractions, and were rounded");
	return err;
}

static int read_text(struct speedscope_reader *r, const char *text, size_t len)
{
	struct whole whole = {0};
	struct columns columns = {0};
	struct json json;
	int err;

	json_open(&json, text, len);
	err = read_whole(r, &json, &whole);
	if (!err && !r->wrong)
		err = read_profiles(r, &whole.profiles);
	if (err || r->wrong)
		return err;
	columns.unit = r->profiles[whole.active < r->nr_profiles ? whole.active : 0].unit;
	err = begin(r, &whole, &columns);
	if (!err)
		err = speedscope_read_frames(r, &whole.frames);
	if (!err && !speedscope_is_wrong(r, &whole.frames))
		err = use_profiles(r, &columns);
	return err;
}

static int read_bytes(const struct file_bytes *file, struct profile *profile,
		      struct file_complaints *complaints, const char **ret_wrong,
		      size_t *ret_wrong_at)
{
	struct speedscope_reader r = {.profile = profile, .complaints = complaints};
	const char *text = (const char *)file->bytes;
	size_t mark = mark_len(text, file->len);
	int err = read_text(&r, text + mark, file->len - mark);

	*ret_wrong = r.wrong;
	if (r.wrong)
		*ret_wrong_at = (size_t)(r.wrong_at - text);
	free(r.profiles);
	free(r.locations);
	free(r.text);
	return err;
}

int speedscope_read(int fd, const char *head, size_t len, struct profile *profile,
		    struct file_complaints *complaints)
{
	return file_bytes_parse(fd, head, len, profile, complaints, read_bytes);
}
