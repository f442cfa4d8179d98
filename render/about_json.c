// SPDX-License-Identifier: GPL-2.0-or-later
/* Circumstances as JSON; see about_json.h. The fields are those of the tables in circumstances.c. */
#include "render/about_json.h"

#include <stdbool.h>
#include <string.h>

#include "render/comparison_json.h"

/* By enum value_role; of an amount nothing is written. */
static const char *const roles[] = {
	[VALUE_LONGEST] = "longest",
	[VALUE_SQUARES] = "squares",
};

static uint64_t number_of(const struct circumstances *about, const struct circumstance_field *field)
{
	return *(const uint64_t *)((const char *)about + field->offset);
}

static void write_values(struct json_out *json, const struct circumstances *about,
			 const uint64_t *factors)
{
	json_out_line(json);
	json_out_begin(json, "values", '[');
	for (size_t i = 0; i < about->nr_values; i++) {
		json_out_begin(json, NULL, '{');
		json_out_text_z(json, "name", about->values[i].name);
		json_out_text_z(json, "unit", about->values[i].unit);
		if (about->values[i].role != VALUE_AMOUNT)
			json_out_text_z(json, "role", roles[about->values[i].role]);
		json_out_u64(json, "factor", factors[i]);
		json_out_end(json, '}');
	}
	json_out_end(json, ']');
}

static void write_events(struct json_out *json, const struct circumstances *about)
{
	json_out_line(json);
	json_out_begin(json, "events", '[');
	for (size_t i = 0; i < about->nr_events; i++) {
		const struct event_count *event = &about->events[i];

		if (i)
			json_out_line(json);
		json_out_begin(json, NULL, '{');
		json_out_text_z(json, "name", event->name);
		json_out_text_z(json, "about", event->about);
		json_out_u64(json, "count", event->count);
		json_out_bool(json, "loss", event->is_loss);
		json_out_end(json, '}');
	}
	json_out_end(json, ']');
}

/* All of them, zeros too: whoever kept books knows them. */
static void write_numbers(struct json_out *json, const struct circumstances *about,
			  const struct circumstance_field *fields)
{
	for (size_t i = 0; fields[i].key; i++)
		json_out_u64(json, fields[i].key, number_of(about, &fields[i]));
}

static void write_books(struct json_out *json, const struct circumstances *about)
{
	if (!about->books.threads)
		return;
	json_out_line(json);
	json_out_begin(json, "books", '{');
	write_numbers(json, about, circumstance_book_numbers);
	json_out_begin(json, "worst", '[');
	for (size_t i = 0; i < about->nr_residuals; i++) {
		const struct thread_residual *thread = &about->residuals[i];

		json_out_begin(json, NULL, '{');
		json_out_text(json, "name", thread->name,
			      strnlen(thread->name, sizeof(thread->name)));
		json_out_u64(json, "tid", thread->tid);
		json_out_u64(json, "lifetime_ns", thread->lifetime_ns);
		json_out_i64(json, "residual_ns", thread->residual_ns);
		json_out_end(json, '}');
	}
	json_out_end(json, ']');
	json_out_end(json, '}');
}

static void write_sampling(struct json_out *json, const struct circumstances *about)
{
	bool known = false;

	for (const struct circumstance_field *f = circumstance_sampling_numbers; f->key; f++)
		known |= number_of(about, f) != 0;
	if (!known)
		return;
	json_out_line(json);
	json_out_begin(json, "sampling", '{');
	write_numbers(json, about, circumstance_sampling_numbers);
	json_out_end(json, '}');
}

/* Microseconds are more than fine enough, and shorter. No slice is without any. */
static void write_slices(struct json_out *json, const struct block_counts *counts)
{
	uint64_t end_us = 0;

	if (!counts->slices)
		return;
	json_out_line(json);
	json_out_begin(json, "slices", '{');
	json_out_u64(json, "value", 0);
	json_out_begin(json, "ends_us", '[');
	for (size_t i = 0; i < counts->slices; i++) {
		uint64_t rounded_us = (counts->slice_ends_ns[i] + 500) / 1000;

		end_us = rounded_us > end_us ? rounded_us : end_us + 1;
		json_out_u64(json, NULL, end_us);
	}
	json_out_end(json, ']');
	json_out_end(json, '}');
}

static void write_fields(struct json_out *json, const struct circumstances *about)
{
	const struct circumstance_field *field;

	for (field = circumstance_texts; field->key; field++) {
		const char *text = *(char *const *)((const char *)about + field->offset);

		if (!text)
			continue;
		json_out_line(json);
		json_out_text_z(json, field->key, text);
	}
	for (field = circumstance_numbers; field->key; field++) {
		uint64_t number = number_of(about, field);

		if (!number)
			continue;
		json_out_line(json);
		json_out_u64(json, field->key, number);
	}
	if (!about->cpus)
		return;
	json_out_line(json);
	json_out_u64(json, "cpus", about->cpus);
}

void about_json_put(struct json_out *json, const char *key, const struct circumstances *about,
		    const struct block_counts *counts, const struct comparison *comparison)
{
	json_out_begin(json, key, '{');
	json_out_i64(json, "version", counts->version);
	json_out_u64(json, "strings", counts->strings);
	json_out_u64(json, "frames", counts->frames);
	json_out_u64(json, "nodes", counts->nodes);
	write_fields(json, about);
	write_values(json, about, counts->factors);
	write_slices(json, counts);
	write_events(json, about);
	write_books(json, about);
	write_sampling(json, about);
	if (comparison) {
		json_out_line(json);
		json_out_begin(json, "diff", '{');
		comparison_json_write(json, comparison);
		json_out_end(json, '}');
	}
	json_out_end(json, '}');
}

void about_json_write(FILE *out, const struct circumstances *about,
		      const struct block_counts *counts, const struct comparison *comparison)
{
	struct json_out json;

	json_out_open(&json, out);
	about_json_put(&json, NULL, about, counts, comparison);
	fputc('\n', out);
}
