// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known of a pprof profile as a whole: types, times, and comments; see pprof_about.h. */
#include "render/pprof_about.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/block_version.h"
#include "profiler/model/memory_stream.h"
#include "render/about_json.h"

#define NS_PER_S 1000000000ULL

struct about_writer {
	struct pprof_code_table *code;
	struct pprof_out *out;
	const struct circumstances *about;
};

int pprof_type_write(struct pprof_code_table *code, struct pprof_out *out, enum pprof_field field,
		     const char *name, const char *unit)
{
	Pprof__ValueType type = PPROF__VALUE_TYPE__INIT;
	int err = pprof_string_z(code, name, &type.type);

	if (!err)
		err = pprof_string_z(code, unit, &type.unit);
	pprof_out_message(out, field, &type.base);
	return err;
}

/* A comment, in one line. Takes the text over. */
static int write_comment(struct about_writer *w, char *text)
{
	int64_t number;
	int err;

	for (char *at = text; *at; at++)
		*at = *at == '\n' ? ' ' : *at;
	err = pprof_string_z(w->code, text, &number);
	if (!err)
		pprof_out_number(w->out, PPROF_COMMENT, (uint64_t)number);
	free(text);
	return err;
}

/* Those of other tools, as they came. */
static int write_comments(struct about_writer *w)
{
	int err = 0;

	for (const char *at = w->about->comments; at && *at && !err;) {
		size_t len = strcspn(at, "\n");
		char *text = strndup(at, len);

		err = text ? write_comment(w, text) : -ENOMEM;
		at += len + (at[len] != '\0');
	}
	return err;
}

/* Whether circumstances say anything that has no field. */
static bool is_silent(const struct circumstances *about)
{
	struct circumstances *from = (struct circumstances *)about;
	bool silent = !about->nr_events && !about->books.threads && !about->cpus;

	for (const struct circumstance_field *f = circumstance_texts; f->key; f++)
		silent &= !*circumstance_text(from, f);
	for (const struct circumstance_field *f = circumstance_numbers; f->key; f++)
		silent &= !*circumstance_number(from, f);
	for (size_t v = 0; v < about->nr_values; v++)
		silent &= about->values[v].role == VALUE_AMOUNT;
	return silent;
}

/* Events that did not happen are left out: pprof shows comments with every report. */
static void drop_zero_events(struct circumstances *about)
{
	size_t kept = 0;

	for (size_t i = 0; i < about->nr_events; i++) {
		if (about->events[i].count)
			about->events[kept++] = about->events[i];
	}
	about->nr_events = kept;
}

/* Everything but what has a field, in JSON. */
static int write_circumstances(struct about_writer *w)
{
	struct circumstances rest = *w->about;
	uint64_t factors[VALUE_TYPES_MAX];
	struct block_counts counts = {.version = BLOCK_VERSION, .factors = factors};
	char *text, *json;
	size_t len;
	struct memory_stream memory;

	rest.comments = rest.period_name = rest.period_unit = NULL;
	rest.start_unix_ns = rest.duration_ns = rest.period = rest.values_before = 0;
	if (rest.event == NULL && !rest.command)
		rest.frequency_hz = 0; /* of another tool's period */
	drop_zero_events(&rest);
	if (is_silent(&rest))
		return 0;
	for (size_t v = 0; v < VALUE_TYPES_MAX; v++)
		factors[v] = 1;
	if (!memory_stream_open(&memory))
		return -ENOMEM;
	about_json_write(memory.stream, &rest, &counts, NULL);
	if (memory_stream_close(&memory, &json, &len))
		return -ENOMEM;
	if (len && json[len - 1] == '\n')
		json[len - 1] = '\0';
	if (asprintf(&text, "%.*s%s", (int)strlen(PPROF_COMMENT_PREFIX) - 1, PPROF_COMMENT_PREFIX,
		     json) < 0)
		text = NULL;
	free(json);
	return text ? write_comment(w, text) : -ENOMEM;
}

/* What samples were taken of: CPU time at a rate, else what the file said that the profile is from. */
static int write_period(struct about_writer *w)
{
	const struct circumstances *about = w->about;
	uint64_t period = about->period;

	if (about->period_name && about->period_unit) {
		pprof_out_number(w->out, PPROF_PERIOD, period);
		return pprof_type_write(w->code, w->out, PPROF_PERIOD_TYPE, about->period_name,
					about->period_unit);
	}
	if (!about->frequency_hz)
		return 0;
	pprof_out_number(w->out, PPROF_PERIOD, NS_PER_S / about->frequency_hz);
	return pprof_type_write(w->code, w->out, PPROF_PERIOD_TYPE, "cpu", "nanoseconds");
}

int pprof_about_write(struct pprof_code_table *code, struct pprof_out *out,
		      const struct circumstances *about, bool name_default)
{
	struct about_writer writer = {code, out, about}, *w = &writer;
	int64_t shown = 0;
	int err = 0;

	if (name_default)
		err = pprof_string_z(code, about->values[0].name, &shown);
	if (err)
		return err;
	pprof_out_number(out, PPROF_DEFAULT_SAMPLE_TYPE, (uint64_t)shown);
	pprof_out_number(out, PPROF_TIME_NANOS, about->start_unix_ns);
	pprof_out_number(out, PPROF_DURATION_NANOS, about->duration_ns);
	err = write_period(w);
	if (!err)
		err = write_comments(w);
	return err ? err : write_circumstances(w);
}
