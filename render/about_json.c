// SPDX-License-Identifier: GPL-2.0-or-later
/* Circumstances as JSON; see about_json.h. A field of the struct is a line of a table. */
#include "render/about_json.h"

#include <inttypes.h>

#include "profiler/model/alloc.h"
#include "render/block.h"
#include "render/escape.h"

/* Keys are the fields' own names. */
#define FIELD(name) #name, offsetof(struct circumstances, name)

static const struct {
	const char *key;
	size_t offset; /* of a char * */
} texts[] = {
	{FIELD(title)}, {FIELD(note)},	 {FIELD(command)}, {FIELD(target)},
	{FIELD(host)},	{FIELD(kernel)}, {FIELD(event)},   {FIELD(tool_version)},
};

static const struct {
	const char *key;
	size_t offset; /* of a uint64_t */
} numbers[] = {
	{FIELD(start_unix_ns)}, {FIELD(duration_ns)},	 {FIELD(frequency_hz)},
	{FIELD(fired)},		{FIELD(own_cpu_ns)},	 {FIELD(own_rss_bytes)},
	{FIELD(map_bytes)},	{FIELD(own_program_ns)}, {FIELD(own_program_runs)},
};

static void write_values(FILE *out, const struct circumstances *about, const uint64_t *factors)
{
	fputs(",\n\"values\":[", out);
	for (size_t i = 0; i < about->nr_values; i++) {
		fprintf(out, "%s{\"name\":", i ? "," : "");
		escape_json_z(out, about->values[i].name);
		fputs(",\"unit\":", out);
		escape_json_z(out, about->values[i].unit);
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

void about_json_write(FILE *out, const struct circumstances *about,
		      const struct block_counts *counts)
{
	const char *base = (const char *)about;

	fprintf(out, "{\"version\":%d,\"strings\":%zu,\"frames\":%zu,\"nodes\":%zu", BLOCK_VERSION,
		counts->strings, counts->frames, counts->nodes);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *text = *(char *const *)(base + texts[i].offset);

		if (!text)
			continue;
		fprintf(out, ",\n\"%s\":", texts[i].key);
		escape_json_z(out, text);
	}
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		uint64_t number = *(const uint64_t *)(base + numbers[i].offset);

		if (number)
			fprintf(out, ",\n\"%s\":%" PRIu64, numbers[i].key, number);
	}
	if (about->cpus)
		fprintf(out, ",\n\"cpus\":%" PRIu32, about->cpus);
	write_values(out, about, counts->factors);
	write_events(out, about);
	fputs("}\n", out);
}
