// SPDX-License-Identifier: GPL-2.0-or-later
/* Circumstances as JSON; see about_json.h. A field of the struct is a line of a table. */
#include "render/about_json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "render/comparison_json.h"
#include "render/escape.h"

/* Keys are the fields' own names. */
#define FIELD(name)	  #name, offsetof(struct circumstances, name)
#define PART(part, field) #field, offsetof(struct circumstances, part.field)

static const struct {
	const char *key;
	size_t offset; /* of a char * */
} texts[] = {
	{FIELD(title)}, {FIELD(note)},	 {FIELD(command)}, {FIELD(target)},
	{FIELD(host)},	{FIELD(kernel)}, {FIELD(event)},   {FIELD(tool_version)},
};

struct number_field {
	const char *key;
	size_t offset; /* of a uint64_t */
};

static const struct number_field numbers[] = {
	{FIELD(start_unix_ns)}, {FIELD(duration_ns)},	 {FIELD(frequency_hz)},
	{FIELD(fired)},		{FIELD(own_cpu_ns)},	 {FIELD(own_rss_bytes)},
	{FIELD(map_bytes)},	{FIELD(own_program_ns)}, {FIELD(own_program_runs)},
};

static const struct number_field book_numbers[] = {
	{PART(books, threads)},	   {PART(books, lifetime_ns)}, {PART(books, cpu_ns)},
	{PART(books, blocked_ns)}, {PART(books, queued_ns)},   {PART(books, residual_ns)},
};

static const struct number_field sampling_numbers[] = {
	{PART(sampling, max_overhead_ppm)},
	{PART(sampling, estimated_waits)},
	{PART(sampling, one_in)},
	{PART(sampling, unwalked_ns)},
};

/* By enum value_role; of an amount nothing is written. */
static const char *const roles[] = {
	[VALUE_LONGEST] = "longest",
	[VALUE_SQUARES] = "squares",
};

static uint64_t number_of(const struct circumstances *about, const struct number_field *field)
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
			  const struct number_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s\"%s\":%" PRIu64, i ? "," : "", fields[i].key,
			number_of(about, &fields[i]));
}

static void write_books(FILE *out, const struct circumstances *about)
{
	if (!about->books.threads)
		return;
	fputs(",\n\"books\":{", out);
	write_numbers(out, about, book_numbers, ARRAY_LEN(book_numbers));
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

	for (size_t i = 0; i < ARRAY_LEN(sampling_numbers); i++)
		known |= number_of(about, &sampling_numbers[i]) != 0;
	if (!known)
		return;
	fputs(",\n\"sampling\":{", out);
	write_numbers(out, about, sampling_numbers, ARRAY_LEN(sampling_numbers));
	fputc('}', out);
}

void about_json_write(FILE *out, const struct circumstances *about,
		      const struct block_counts *counts, const struct comparison *comparison)
{
	const char *base = (const char *)about;

	fprintf(out, "{\"version\":%d,\"strings\":%zu,\"frames\":%zu,\"nodes\":%zu", counts->version,
		counts->strings, counts->frames, counts->nodes);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *text = *(char *const *)(base + texts[i].offset);

		if (!text)
			continue;
		fprintf(out, ",\n\"%s\":", texts[i].key);
		escape_json_z(out, text);
	}
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		uint64_t number = number_of(about, &numbers[i]);

		if (number)
			fprintf(out, ",\n\"%s\":%" PRIu64, numbers[i].key, number);
	}
	if (about->cpus)
		fprintf(out, ",\n\"cpus\":%" PRIu32, about->cpus);
	write_values(out, about, counts->factors);
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
