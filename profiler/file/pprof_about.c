// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a pprof profile says of itself: its value types, when and how it was
 * taken; of our own the circumstances that stand in a comment. See pprof_reader.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/file/graph_head.h"
#include "profiler/file/pprof_reader.h"
#include "profiler/model/alloc.h"
#include "profiler/model/utf8.h"

#define TYPES_MAX	 1024
#define NS_PER_S	 1000000000ULL
#define COMMENT_MAX	 (1 << 20)
#define OWN_COMMENTS_MAX 64 /* of profiles that pprof has added up */

/* What is found on the walk over the parts. */
struct about_reader {
	struct pprof_reader *r;
	struct circumstances about;
	size_t comments_len, cap_comments;
	struct value_type types[TYPES_MAX];
	size_t nr_types;
	int64_t default_type; /* place of its name in the string table; 0: none is said */
	int64_t period, time_ns, duration_ns;
	struct value_type period_type;
	struct graph_head *own; /* our own comments, added up; NULL without */
	size_t nr_own;
	bool texts_cut;
	bool drops; /* it has what is not kept */
};

/* A text into a field of its size; what is too long is cut at the end of a character. */
static void copy_text(struct about_reader *a, int64_t place, char *to, size_t size,
		      const char *empty)
{
	struct strings_piece piece = pprof_piece(a->r, place);
	size_t len = piece.len < size - 1 ? piece.len : size - 1;

	a->texts_cut |= len < piece.len;
	while (len < piece.len && len && (piece.text[len] & 0xc0) == 0x80)
		len--;
	memcpy(to, piece.text, len);
	to[len] = '\0';
	if (!*to)
		strcpy(to, empty);
}

static void take_type(struct about_reader *a, const struct part *part, struct value_type *to)
{
	const Pprof__ValueType *from =
		parts_unpack(&a->r->parts, part, &pprof__value_type__descriptor);

	*to = (struct value_type){.role = VALUE_AMOUNT};
	if (!from)
		return;
	copy_text(a, from->type, to->name, sizeof(to->name), "value");
	copy_text(a, from->unit, to->unit, sizeof(to->unit), "count");
}

/* ---- comments ---- */

/* One more of our own; where it is none after all, it is a comment like others: false. 0 or -ENOMEM. */
static int take_own(struct about_reader *a, struct strings_piece text, bool *ret_taken)
{
	struct graph_head *head;
	const char *wrong;
	int err;

	*ret_taken = false;
	text.text += strlen(PPROF_COMMENT_PREFIX) - 1;
	text.len -= strlen(PPROF_COMMENT_PREFIX) - 1;
	if (text.len > COMMENT_MAX || a->nr_own == OWN_COMMENTS_MAX)
		return 0;
	head = malloc(sizeof(*head));
	err = head ? graph_head_read(head, text.text, text.len, &wrong) : -ENOMEM;
	if (err) {
		free(head);
		return err == -ENOMEM ? err : 0;
	}
	*ret_taken = true;
	a->nr_own++;
	if (!a->own) {
		a->own = head;
		return 0;
	}
	/* What cannot be added up is lost, as it would be to anyone. */
	if (circumstances_add(&a->own->about, &head->about))
		file_remark(a->r->complaints, "not all that its comments say can be added up");
	graph_head_fini(head);
	free(head);
	return 0;
}

/* One more line of comments. */
static int take_text(struct about_reader *a, struct strings_piece text)
{
	size_t at = a->comments_len + (a->comments_len > 0);

	if (ARRAY_RESERVE(a->about.comments, a->cap_comments, at + text.len + 1))
		return -ENOMEM;
	if (at)
		a->about.comments[at - 1] = '\n';
	memcpy(a->about.comments + at, text.text, text.len);
	a->comments_len = at + strnlen(a->about.comments + at, text.len);
	a->about.comments[a->comments_len] = '\0';
	return 0;
}

static int take_comment(struct about_reader *a, uint64_t place)
{
	struct strings_piece text = pprof_piece(a->r, (int64_t)place);
	bool own = text.len > strlen(PPROF_COMMENT_PREFIX) &&
		   !memcmp(text.text, PPROF_COMMENT_PREFIX, strlen(PPROF_COMMENT_PREFIX));
	int err = 0;

	if (own)
		err = take_own(a, text, &own);
	if (err || own || !text.len)
		return err;
	/* As often as not the same long comment again: what repeats costs what is written. */
	if (a->comments_len + text.len > COMMENT_MAX) {
		a->drops = true;
		return 0;
	}
	return take_text(a, text);
}

static int take_comments(struct about_reader *a, const struct part *part)
{
	const uint8_t *at = part->bytes, *end;
	uint64_t place;
	int err = 0;

	if (part->wire != PPROF_WIRE_BYTES)
		return take_comment(a, part->number);
	end = at + part->len;
	while (at < end && !err && !a->r->parts.wrong) {
		if (parts_packed_number(&at, end, &place))
			err = take_comment(a, place);
		else
			parts_refuse(&a->r->parts, "its comments end too early");
	}
	return err;
}

/* ---- the walk ---- */

static int take_part(struct about_reader *a, const struct part *part)
{
	struct parts *parts = &a->r->parts;
	int64_t number = (int64_t)part->number;

	switch (part->field) {
	case PPROF_SAMPLE_TYPE:
		if (a->nr_types < TYPES_MAX)
			take_type(a, part, &a->types[a->nr_types++]);
		else
			parts_refuse(parts, "it has more than 1024 kinds of values");
		return 0;
	case PPROF_PERIOD_TYPE:
		take_type(a, part, &a->period_type);
		return 0;
	case PPROF_COMMENT:
		return take_comments(a, part);
	case PPROF_TIME_NANOS:
		a->time_ns = number;
		return 0;
	case PPROF_DURATION_NANOS:
		a->duration_ns = number;
		return 0;
	case PPROF_PERIOD:
		a->period = number;
		return 0;
	case PPROF_DEFAULT_SAMPLE_TYPE:
		a->default_type = number;
		return 0;
	case PPROF_DROP_FRAMES:
	case PPROF_KEEP_FRAMES:
		a->drops |= number != 0;
		return 0;
	default:
		return 0;
	}
}

/* ---- values ---- */

/* The one that pprof shows if it is not told: the default, else the last. */
static size_t shown_type(struct about_reader *a)
{
	struct strings_piece name = pprof_piece(a->r, a->default_type);

	for (size_t i = 0; i < a->nr_types; i++) {
		if (name.len && strlen(a->types[i].name) == name.len &&
		    !memcmp(a->types[i].name, name.text, name.len))
			return i;
	}
	return a->nr_types - 1;
}

/* Value types of the file, that which is shown first, and where each comes from. */
static void order_types(struct about_reader *a, struct pprof_value *values)
{
	struct circumstances *about = &a->about;
	size_t shown = shown_type(a);

	about->nr_values = 0;
	for (size_t i = 0; i < a->nr_types && about->nr_values < VALUE_TYPES_MAX; i++) {
		size_t type = i == 0 ? shown : i <= shown ? i - 1 : i;

		values[about->nr_values] = (struct pprof_value){.place = type};
		about->values[about->nr_values++] = a->types[type];
	}
	if (a->nr_types > VALUE_TYPES_MAX)
		file_remark(a->r->complaints, "%zu of its %zu kinds of values are not used",
			    a->nr_types - VALUE_TYPES_MAX, a->nr_types);
}

/* Those that our own writer puts into labels, as they are no amounts. 0 or -ENOMEM. */
static int add_labelled_types(struct about_reader *a, struct pprof_value *values)
{
	struct circumstances *about = &a->about;
	const struct circumstances *own = a->own ? &a->own->about : NULL;
	int err = 0;

	for (size_t v = 0; own && v < own->nr_values && !err; v++) {
		if (own->values[v].role == VALUE_AMOUNT || about->nr_values == VALUE_TYPES_MAX)
			continue;
		values[about->nr_values] = (struct pprof_value){.place = PPROF_NONE};
		err = strings_intern_z(a->r->profile->strings, own->values[v].name,
				       &values[about->nr_values].label);
		about->values[about->nr_values++] = own->values[v];
	}
	return err;
}

/* ---- circumstances ---- */

/* What our own comments say over what is known. Value types stay. */
static void take_circumstances(struct about_reader *a)
{
	struct circumstances *about = &a->about, *own = &a->own->about;

	free(own->comments);
	own->comments = about->comments;
	about->comments = NULL;
	memcpy(own->values, about->values, sizeof(own->values));
	own->nr_values = about->nr_values;
	circumstances_fini(about);
	*about = *own;
	circumstances_init(own);
}

/* A rate, where it is one. 0 or -ENOMEM. */
static int take_period(struct about_reader *a)
{
	struct circumstances *about = &a->about;
	uint64_t period = a->period > 0 ? (uint64_t)a->period : 0;
	bool timed = !strcmp(a->period_type.unit, "nanoseconds");

	if (about->frequency_hz || !a->period_type.name[0])
		return 0;
	if (timed && period && period <= NS_PER_S && !strcmp(a->period_type.name, "cpu")) {
		about->frequency_hz = (NS_PER_S + period / 2) / period;
		if (NS_PER_S / about->frequency_hz == period)
			return 0;
	}
	about->period = period;
	about->period_name = strdup(a->period_type.name);
	about->period_unit = strdup(a->period_type.unit);
	return about->period_name && about->period_unit ? 0 : -ENOMEM;
}

static int settle(struct about_reader *a, struct pprof_value *values)
{
	struct circumstances *about = &a->about;
	int err;

	order_types(a, values);
	err = add_labelled_types(a, values);
	if (a->own)
		take_circumstances(a);
	about->values_before = shown_type(a);
	if (!about->start_unix_ns && a->time_ns > 0)
		about->start_unix_ns = (uint64_t)a->time_ns;
	if (!about->duration_ns && a->duration_ns > 0)
		about->duration_ns = (uint64_t)a->duration_ns;
	if (!err)
		err = take_period(a);
	if (a->texts_cut)
		file_remark(a->r->complaints, "names of its values are too long, and were cut");
	if (a->drops)
		file_remark(a->r->complaints,
			    "its regular expressions for frames to drop, or some of its comments, "
			    "are not kept");
	return err;
}

/* Into the profile, and with the values that it keeps. */
static int begin(struct about_reader *a, const struct pprof_value *values)
{
	struct pprof_reader *r = a->r;
	size_t from[VALUE_TYPES_MAX];
	int err = file_begin(r->profile, &a->about, from, r->complaints);

	if (err)
		return err;
	r->nr_types = a->nr_types;
	r->profile->part_of_events = true; /* filters of pprof leave what the comments say */
	for (size_t v = 0; v < r->profile->about.nr_values; v++)
		r->values[v] = values[from[v]];
	return 0;
}

int pprof_read_about(struct pprof_reader *r)
{
	struct about_reader *a = calloc(1, sizeof(*a));
	struct pprof_value values[VALUE_TYPES_MAX];
	struct part part;
	int err = 0;

	if (!a)
		return -ENOMEM;
	a->r = r;
	for (parts_begin(&r->parts); !err && parts_next(&r->parts, &part);)
		err = take_part(a, &part);
	if (!err && !a->nr_types)
		parts_refuse(&r->parts, "it has no kind of values");
	if (!err && !r->parts.wrong)
		err = settle(a, values);
	if (!err && !r->parts.wrong)
		err = begin(a, values);
	if (a->own)
		graph_head_fini(a->own);
	free(a->own);
	circumstances_fini(&a->about);
	free(a);
	return err;
}
