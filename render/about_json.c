// SPDX-License-Identifier: GPL-2.0-or-later
/* Circumstances as JSON; see about_json.h. The fields are those of the tables in circumstances.c. */
#include "render/about_json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "render/comparison_json.h"
#include "render/escape.h"

/* By enum value_role; of an amount nothing is written. */
static const char *const roles[] = {
	[VALUE_LONGEST] = "longest",
	[VALUE_SQUARES] = "squares",
};

static uint64_t number_of(const struct circumstances *about, const struct circumstance_field *field)
{
	return *(const uint64_t *)((const char *)about + field->offset);
}

static void write_values(FILE *out, const struct circumstances *about, const uint64_t *factors)
{
	fputs(",\n\"values\":[", out);
	for (size_t i = 0; i < about->nr_values; i++) {
		fprintf(out, "%s{\"name\":", i ? "," : "");
		escape_json_z(out, about->values[i].name);
		fputs(",\"unit\":", out);
		escape_json_z(out, about->values[i].unit);
		if (about->values[i].role != VALUE_AMOUNT)
			fprintf(out, ",\"role\":\"%s\"", roles[about->values[i].role]);
		fprintf(out, ",\"factor\":%" PRIu64 "}", factors[i]);
	}
	fputc(']', out);
}

static void write_events(FILE *out, const struct circumstances *about)
{
	fputs(",\n\"events\":[", out);
	for (size_t i = 0; i < about->nr_events; i++) {
		const struct event_count *event = &about->events[i];

		fprintf(out, "%s{\"name\":", i ? ",\n" : "");
		escape_json_z(out, event->name);
		fputs(",\"about\":", out);
		escape_json_z(out, event->about);
		fprintf(out, ",\"count\":%" PRIu64 ",\"loss\":%s}", event->count,
			event->is_loss ? "true" : "false");
	}
	fputc(']', out);
}

/* All of them, zeros too: whoever kept books knows them. */
static void write_numbers(FILE *out, const struct circumstances *about,
			  const struct circumstance_field *fields)
{
	for (size_t i = 0; fields[i].key; i++)
		fprintf(out, "%s\"%s\":%" PRIu64, i ? "," : "", fields[i].key,
			number_of(about, &fields[i]));
}

static void write_books(FILE *out, const struct circumstances *about)
{
	if (!about->books.threads)
		return;
	fputs(",\n\"books\":{", out);
	write_numbers(out, about, circumstance_book_numbers);
	fputs(",\"worst\":[", out);
	for (size_t i = 0; i < about->nr_residuals; i++) {
		const struct thread_residual *thread = &about->residuals[i];

		fprintf(out, "%s{\"name\":", i ? "," : "");
		escape_json(out, thread->name, strnlen(thread->name, sizeof(thread->name)));
		fprintf(out,
			",\"tid\":%" PRIu32 ",\"lifetime_ns\":%" PRIu64 ",\"residual_ns\":%" PRId64
			"}",
			thread->tid, thread->lifetime_ns, thread->residual_ns);
	}
	fputs("]}", out);
}

static void write_sampling(FILE *out, const struct circumstances *about)
{
	bool known = false;

	for (const struct circumstance_field *f = circumstance_sampling_numbers; f->key; f++)
		known |= number_of(about, f) != 0;
	if (!known)
		return;
	fputs(",\n\"sampling\":{", out);
	write_numbers(out, about, circumstance_sampling_numbers);
	fputc('}', out);
}

/* Microseconds are more than fine enough, and shorter. No slice is without any. */
static void write_slices(FILE *out, const struct block_counts *counts)
{
	uint64_t end_us = 0;

	if (!counts->slices)
		return;
	fputs(",\n\"slices\":{\"value\":0,\"ends_us\":[", out);
	for (size_t i = 0; i < counts->slices; i++) {
		uint64_t rounded_us = (counts->slice_ends_ns[i] + 500) / 1000;

		end_us = rounded_us > end_us ? rounded_us : end_us + 1;
		fprintf(out, "%s%" PRIu64, i ? "," : "", end_us);
	}
	fputs("]}", out);
}

void about_json_write(FILE *out, const struct circumstances *about,
		      const struct block_counts *counts, const struct comparison *comparison)
{
	const struct circumstance_field *field;

	fprintf(out, "{\"version\":%d,\"strings\":%zu,\"frames\":%zu,\"nodes\":%zu", counts->version,
		counts->strings, counts->frames, counts->nodes);
	for (field = circumstance_texts; field->key; field++) {
		const char *text = *(char *const *)((const char *)about + field->offset);

		if (!text)
			continue;
		fprintf(out, ",\n\"%s\":", field->key);
		escape_json_z(out, text);
	}
	for (field = circumstance_numbers; field->key; field++) {
		uint64_t number = number_of(about, field);

		if (number)
			fprintf(out, ",\n\"%s\":%" PRIu64, field->key, number);
	}
	if (about->cpus)
		fprintf(out, ",\n\"cpus\":%" PRIu32, about->cpus);
	write_values(out, about, counts->factors);
	write_slices(out, counts);
	write_events(out, about);
	write_books(out, about);
	write_sampling(out, about);
	if (comparison) {
		fputs(",\n\"diff\":{", out);
		comparison_json_write(out, comparison);
		fputc('}', out);
	}
	fputs("}\n", out);
}
