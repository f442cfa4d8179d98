// SPDX-License-Identifier: GPL-2.0-or-later
/* The head of a graph; see graph_head.h. Keys that are not known are passed over. */
#include "profiler/file/graph_head.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/file/json.h"
#include "profiler/model/alloc.h"

#define KEY_MAX 32

struct head_reader {
	struct json json;
	struct graph_head *head;
	bool out_of_memory;
};

static const struct circumstance_field *find_field(const struct circumstance_field *fields,
						   const char *key)
{
	for (; fields->key; fields++) {
		if (!strcmp(fields->key, key))
			return fields;
	}
	return NULL;
}

static void read_text(struct head_reader *r, char **text)
{
	size_t size = json_text_max(&r->json);

	free(*text);
	*text = malloc(size);
	if (!*text) {
		r->out_of_memory = true;
		json_refuse(&r->json, "");
		return;
	}
	json_text(&r->json, *text, size);
}

static enum value_role read_role(struct head_reader *r)
{
	char role[KEY_MAX];

	json_text(&r->json, role, sizeof(role));
	if (!strcmp(role, "longest"))
		return VALUE_LONGEST;
	if (!strcmp(role, "squares"))
		return VALUE_SQUARES;
	json_refuse(&r->json, "a value has a role that is not known");
	return VALUE_AMOUNT;
}

static void read_value_type(struct head_reader *r, struct value_type *type, uint64_t *factor)
{
	struct json *json = &r->json;
	char key[KEY_MAX];

	*type = (struct value_type){.role = VALUE_AMOUNT};
	*factor = 0;
	for (json_enter(json, '{'); json_more(json, '}');) {
		json_key(json, key, sizeof(key));
		if (!strcmp(key, "name"))
			json_text(json, type->name, sizeof(type->name));
		else if (!strcmp(key, "unit"))
			json_text(json, type->unit, sizeof(type->unit));
		else if (!strcmp(key, "role"))
			type->role = read_role(r);
		else if (!strcmp(key, "factor"))
			*factor = json_u64(json);
		else
			json_skip(json);
	}
	if (!type->name[0] || !type->unit[0])
		json_refuse(json, "a value has no name or no unit");
	if (!*factor || *factor > INT64_MAX)
		json_refuse(json, "a value has no factor that can be");
}

static void read_values(struct head_reader *r)
{
	struct circumstances *about = &r->head->about;

	about->nr_values = 0;
	for (json_enter(&r->json, '['); json_more(&r->json, ']');) {
		if (about->nr_values == VALUE_TYPES_MAX) {
			json_refuse(&r->json, "there are more values than there can be");
			return;
		}
		read_value_type(r, &about->values[about->nr_values],
				&r->head->factors[about->nr_values]);
		about->nr_values++;
	}
}

static void read_event(struct head_reader *r, struct event_count *event)
{
	struct json *json = &r->json;
	char key[KEY_MAX];

	*event = (struct event_count){0};
	for (json_enter(json, '{'); json_more(json, '}');) {
		json_key(json, key, sizeof(key));
		if (!strcmp(key, "name"))
			json_text(json, event->name, sizeof(event->name));
		else if (!strcmp(key, "about"))
			json_cut(json, event->about, sizeof(event->about));
		else if (!strcmp(key, "count"))
			event->count = json_u64(json);
		else if (!strcmp(key, "loss"))
			event->is_loss = json_bool(json);
		else
			json_skip(json);
	}
}

static void read_events(struct head_reader *r)
{
	struct circumstances *about = &r->head->about;

	about->nr_events = 0;
	for (json_enter(&r->json, '['); json_more(&r->json, ']');) {
		if (about->nr_events == EVENT_COUNTS_MAX) {
			json_refuse(&r->json, "there are more event counts than there can be");
			return;
		}
		read_event(r, &about->events[about->nr_events++]);
	}
}

static uint32_t read_u32(struct json *json)
{
	uint64_t number = json_u64(json);

	if (number > UINT32_MAX)
		json_refuse(json, "a number is too large");
	return (uint32_t)number;
}

static void read_residual(struct head_reader *r, struct thread_residual *thread)
{
	struct json *json = &r->json;
	char key[KEY_MAX], name[sizeof(thread->name) + 1] = "";

	*thread = (struct thread_residual){0};
	for (json_enter(json, '{'); json_more(json, '}');) {
		json_key(json, key, sizeof(key));
		/* Bytes that are no characters have become longer. */
		if (!strcmp(key, "name"))
			json_cut(json, name, sizeof(name));
		else if (!strcmp(key, "tid"))
			thread->tid = read_u32(json);
		else if (!strcmp(key, "lifetime_ns"))
			thread->lifetime_ns = json_u64(json);
		else if (!strcmp(key, "residual_ns"))
			thread->residual_ns = json_i64(json);
		else
			json_skip(json);
	}
	memcpy(thread->name, name, strlen(name));
}

static void read_residuals(struct head_reader *r)
{
	struct circumstances *about = &r->head->about;

	about->nr_residuals = 0;
	for (json_enter(&r->json, '['); json_more(&r->json, ']');) {
		if (about->nr_residuals == RESIDUALS_MAX) {
			json_refuse(&r->json, "there are more threads in the books than can be");
			return;
		}
		read_residual(r, &about->residuals[about->nr_residuals++]);
	}
}

/* An object of numbers that a table has; what is an array of threads in it may be, too. */
static void read_numbers(struct head_reader *r, const struct circumstance_field *fields,
			 const char *threads)
{
	struct json *json = &r->json;
	char key[KEY_MAX];

	for (json_enter(json, '{'); json_more(json, '}');) {
		const struct circumstance_field *field;

		json_key(json, key, sizeof(key));
		field = find_field(fields, key);
		if (field)
			*circumstance_number(&r->head->about, field) = json_u64(json);
		else if (!strcmp(key, threads))
			read_residuals(r);
		else
			json_skip(json);
	}
}

#define NS_PER_US 1000

static void read_slice_ends(struct head_reader *r)
{
	struct graph_head *head = r->head;
	uint64_t end_us = 0;

	head->slices = 0;
	for (json_enter(&r->json, '['); json_more(&r->json, ']');) {
		uint64_t next_us = json_u64(&r->json);

		if (head->slices == SLICES_MAX) {
			json_refuse(&r->json, "there are more slices than there can be");
			return;
		}
		if (next_us <= end_us || next_us > UINT64_MAX / NS_PER_US)
			json_refuse(&r->json, "a slice has an end that cannot be");
		head->slice_ends_us[head->slices++] = end_us = next_us;
	}
}

/* When each slice ends, and what they are of. */
static void read_slices(struct head_reader *r)
{
	struct json *json = &r->json;
	char key[KEY_MAX];

	for (json_enter(json, '{'); json_more(json, '}');) {
		json_key(json, key, sizeof(key));
		if (!strcmp(key, "value"))
			r->head->sliced_value = json_u64(json);
		else if (!strcmp(key, "ends_us"))
			read_slice_ends(r);
		else
			json_skip(json);
	}
}

/* The value of a key of the head itself. */
static void read_member(struct head_reader *r, const char *key)
{
	const struct circumstance_field *text = find_field(circumstance_texts, key);
	const struct circumstance_field *number = find_field(circumstance_numbers, key);
	struct graph_head *head = r->head;
	struct json *json = &r->json;

	if (text)
		read_text(r, circumstance_text(&head->about, text));
	else if (number)
		*circumstance_number(&head->about, number) = json_u64(json);
	else if (!strcmp(key, "version"))
		head->version = json_u64(json);
	else if (!strcmp(key, "strings"))
		head->strings = json_u64(json);
	else if (!strcmp(key, "frames"))
		head->frames = json_u64(json);
	else if (!strcmp(key, "nodes"))
		head->nodes = json_u64(json);
	else if (!strcmp(key, "cpus"))
		head->about.cpus = read_u32(json);
	else if (!strcmp(key, "values"))
		read_values(r);
	else if (!strcmp(key, "slices"))
		read_slices(r);
	else if (!strcmp(key, "events"))
		read_events(r);
	else if (!strcmp(key, "books"))
		read_numbers(r, circumstance_book_numbers, "worst");
	else if (!strcmp(key, "sampling"))
		read_numbers(r, circumstance_sampling_numbers, "");
	else
		json_skip(json);
}

int graph_head_read(struct graph_head *ret_head, const char *text, size_t len,
		    const char **ret_wrong)
{
	struct graph_head head = {0};
	struct head_reader reader = {.head = &head};
	char key[KEY_MAX];
	const char *wrong;

	json_open(&reader.json, text, len);
	for (json_enter(&reader.json, '{'); json_more(&reader.json, '}');) {
		json_key(&reader.json, key, sizeof(key));
		read_member(&reader, key);
	}
	wrong = json_close(&reader.json);
	if (!wrong && !head.about.nr_values)
		wrong = "no value is declared";
	if (!wrong && head.sliced_value >= head.about.nr_values)
		wrong = "the slices are of a value that does not exist";
	if (!wrong) {
		*ret_head = head;
		return 0;
	}
	graph_head_fini(&head);
	*ret_wrong = wrong;
	return reader.out_of_memory ? -ENOMEM : -EBADMSG;
}

void graph_head_fini(struct graph_head *head)
{
	circumstances_fini(&head->about);
}
