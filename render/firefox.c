// SPDX-License-Identifier: GPL-2.0-or-later
/* The Firefox Profiler's format: the file and its threads; see firefox.h. */
#include "render/firefox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/speedscope_format.h"
#include "render/firefox_tables.h"

#define PROCESSED_VERSION 48
#define GECKO_VERSION	  30 /* of the format that a processed one is made of */

/* What stacks are counted in, and how wide they are in time. */
struct scale {
	const char *weight_type; /* the format's word */
	int decimals;	 /* of a weight: so many digits of a value are behind the point */
	int64_t times;	 /* or else a value is multiplied by this */
	int64_t width_us; /* of one, where the weight is no time */
};

struct writer {
	struct json_out json;
	const struct render_input *input;
	struct listing listing;
	struct firefox_code code;
	struct firefox_tables tables;
	struct scale scale;
};

/* By enum frame_kind, like the colours of the graph; words of the format. One, and only one, is grey. */
static const char *const colours[FRAME_KIND_COUNT] = {
	[FRAME_KERNEL] = "orange",   [FRAME_USER] = "yellow",	  [FRAME_LIBRARY] = "green",
	[FRAME_JIT] = "lightblue",   [FRAME_INLINED] = "blue",	  [FRAME_INTERPRETER] = "magenta",
	[FRAME_GROUP] = "brown",     [FRAME_MARKER] = "grey",	  [FRAME_WAITING] = "purple",
	[FRAME_RUN_QUEUE] = "red",   [FRAME_WAKER] = "lightred", [FRAME_UNNAMED] = "darkgrey",
};

/* Milliseconds are what the format has, bytes, and samples for everything else. */
static struct scale scale_of(const struct circumstances *about, const char *unit_word)
{
	const struct speedscope_unit *unit = speedscope_unit_find(unit_word);
	uint64_t hz = about->frequency_hz;

	if (unit && !strcmp(unit->unit, "nanoseconds"))
		return (struct scale){.weight_type = "tracing-ms",
				      .decimals = unit->digits > 6 ? 0 : 6 - unit->digits,
				      .times = unit->digits > 6 ? 1000 : 1};
	return (struct scale){
		.weight_type = unit && !strcmp(unit->unit, "bytes") ? "bytes" : "samples",
		.times = 1,
		.width_us = hz && hz <= 1000000 ? (int64_t)(1000000 / hz) : 1000,
	};
}

static int64_t times(int64_t a, int64_t b)
{
	int64_t product;

	return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

/* ---- threads ---- */

/* Where along the axis a stack stands that has so much before it, in milliseconds. */
static void put_time(struct writer *w, int64_t before)
{
	const struct scale *scale = &w->scale;

	if (scale->width_us)
		json_out_decimal(&w->json, NULL, times(before, scale->width_us), 3);
	else
		json_out_decimal(&w->json, NULL, times(before, scale->times), scale->decimals);
}

static void put_samples(struct writer *w, const struct listed_group *group)
{
	const struct listed_stack *rows = w->listing.rows + group->first;
	struct json_out *json = &w->json;
	int64_t before = 0;

	json_out_line(json);
	json_out_begin(json, "samples", '{');
	json_out_u64(json, "length", group->count);
	json_out_text_z(json, "weightType", w->scale.weight_type);
	json_out_begin(json, "stack", '[');
	for (size_t i = 0; i < group->count; i++) {
		int64_t stack = firefox_enter_stack(&w->tables, rows[i].stack);

		if (stack < 0)
			json_out_null(json, NULL);
		else
			json_out_i64(json, NULL, stack);
	}
	json_out_end(json, ']');
	json_out_begin(json, "time", '[');
	for (size_t i = 0; i < group->count; before += rows[i++].value)
		put_time(w, before);
	json_out_end(json, ']');
	json_out_begin(json, "weight", '[');
	for (size_t i = 0; i < group->count; i++)
		json_out_decimal(json, NULL, times(rows[i].value, w->scale.times),
				 w->scale.decimals);
	json_out_end(json, ']');
	json_out_end(json, '}');
}

static void put_text(struct writer *w, const char *key, uint32_t id, const char *without)
{
	const struct strings *strings = w->listing.profile->strings;

	if (id == STRING_NONE)
		json_out_text_z(&w->json, key, without);
	else
		json_out_text(&w->json, key, strings_text(strings, id), strings_len(strings, id));
}

/* Which thread of which process; of a group of several threads, one of these. */
static void put_who(struct writer *w, const struct listed_group *group, size_t number)
{
	const struct task none = {.tid = (uint32_t)number + 1, .tgid = 0};
	const struct task *task =
		group->task == TASK_NONE ? &none : &w->listing.profile->tasks[group->task];
	struct json_out *json = &w->json;
	char pid[16];

	snprintf(pid, sizeof(pid), "%u", task->tgid);
	put_text(w, "name", group->name, "all");
	json_out_bool(json, "isMainThread", task == &none || task->tid == task->tgid);
	put_text(w, "processName", task->process_name, "");
	json_out_text_z(json, "pid", pid);
	json_out_u64(json, "tid", task->tid);
	json_out_text_z(json, "processType", "default");
	json_out_u64(json, "processStartupTime", 0);
	json_out_null(json, "processShutdownTime");
	json_out_u64(json, "registerTime", 0);
	json_out_null(json, "unregisterTime");
	json_out_begin(json, "pausedRanges", '[');
	json_out_end(json, ']');
}

static void put_threads(struct writer *w)
{
	json_out_line(&w->json);
	json_out_begin(&w->json, "threads", '[');
	for (size_t g = 0; g < w->listing.nr_groups; g++) {
		json_out_line(&w->json);
		json_out_begin(&w->json, NULL, '{');
		put_who(w, &w->listing.groups[g], g);
		put_samples(w, &w->listing.groups[g]);
		firefox_put_tables(&w->json, &w->tables);
		json_out_end(&w->json, '}');
	}
	json_out_end(&w->json, ']');
}

/* ---- what is known of the whole ---- */

static void put_categories(struct json_out *json)
{
	json_out_line(json);
	json_out_begin(json, "categories", '[');
	for (int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
		json_out_begin(json, NULL, '{');
		json_out_text_z(json, "name", frame_kind_word((enum frame_kind)kind));
		json_out_text_z(json, "color", colours[kind]);
		json_out_begin(json, "subcategories", '[');
		json_out_text_z(json, NULL, "Other");
		json_out_end(json, ']');
		json_out_end(json, '}');
	}
	json_out_end(json, ']');
}

static void begin_entry(struct json_out *json, const char *label, const char *format)
{
	json_out_begin(json, NULL, '{');
	json_out_text_z(json, "label", label);
	json_out_text_z(json, "format", format);
}

/* The profiler shows these behind its button for what it knows of a profile. */
static void begin_section(struct json_out *json, const char *label)
{
	json_out_begin(json, NULL, '{');
	json_out_text_z(json, "label", label);
	json_out_begin(json, "entries", '[');
}

static void end_section(struct json_out *json)
{
	json_out_end(json, ']');
	json_out_end(json, '}');
}

static void put_facts(struct json_out *json, const struct circumstances *about)
{
	struct circumstances *from = (struct circumstances *)about;
	bool any = false;

	for (const struct circumstance_field *f = circumstance_texts; f->key; f++) {
		if (!*circumstance_text(from, f))
			continue;
		if (!any)
			begin_section(json, "Capture");
		any = true;
		begin_entry(json, f->key, "string");
		json_out_text_z(json, "value", *circumstance_text(from, f));
		json_out_end(json, '}');
	}
	if (any)
		end_section(json);
}

static void put_events(struct json_out *json, const struct circumstances *about)
{
	bool any = false;

	for (size_t i = 0; i < about->nr_events; i++) {
		const struct event_count *event = &about->events[i];

		if (!event->count)
			continue;
		if (!any)
			begin_section(json, "Events that are not in the profile");
		any = true;
		begin_entry(json, *event->about ? event->about : event->name, "integer");
		json_out_u64(json, "value", event->count);
		json_out_end(json, '}');
	}
	if (any)
		end_section(json);
}

/* What the format wants and is the same of all. */
static void put_constants(struct json_out *json)
{
	static const char *const extensions[] = {"id", "name", "baseURL"};

	json_out_u64(json, "version", GECKO_VERSION);
	json_out_u64(json, "preprocessedProfileVersion", PROCESSED_VERSION);
	json_out_u64(json, "processType", 0);
	json_out_u64(json, "stackwalk", 1);
	json_out_bool(json, "debug", false);
	json_out_bool(json, "symbolicated", true);
	json_out_bool(json, "usesOnlyOneStackType", true);
	json_out_bool(json, "doesNotUseFrameImplementation", true);
	json_out_bool(json, "sourceCodeIsNotOnSearchfox", true);
	json_out_text_z(json, "importedFrom", "bolometer " BOLOMETER_VERSION);
	json_out_begin(json, "markerSchema", '[');
	json_out_end(json, ']');
	json_out_begin(json, "extensions", '{');
	json_out_u64(json, "length", 0);
	for (size_t i = 0; i < ARRAY_LEN(extensions); i++) {
		json_out_begin(json, extensions[i], '[');
		json_out_end(json, ']');
	}
	json_out_end(json, '}');
}

static void put_meta(struct writer *w)
{
	const struct circumstances *about = w->input->about;
	struct json_out *json = &w->json;

	json_out_begin(json, "meta", '{');
	put_constants(json);
	json_out_text_z(json, "product",
			about->title ? about->title : about->target ? about->target : "bolometer");
	if (about->kernel)
		json_out_text_z(json, "oscpu", about->kernel);
	if (about->cpus)
		json_out_u64(json, "logicalCPUs", about->cpus);
	json_out_decimal(json, "interval", w->scale.width_us ? w->scale.width_us : 1000, 3);
	json_out_decimal(json, "startTime", (int64_t)(about->start_unix_ns / 1000), 3);
	json_out_begin(json, "initialSelectedThreads", '[');
	if (w->listing.nr_groups)
		json_out_u64(json, NULL, listing_heaviest(&w->listing));
	json_out_end(json, ']');
	put_categories(json);
	json_out_line(json);
	json_out_begin(json, "extra", '[');
	put_facts(json, about);
	put_events(json, about);
	json_out_end(json, ']');
	json_out_end(json, '}');
}

/* ---- the file ---- */

static void put_all(struct writer *w)
{
	json_out_begin(&w->json, NULL, '{');
	put_meta(w);
	firefox_put_libs(&w->json, &w->code);
	put_threads(w);
	json_out_end(&w->json, '}');
	fputc('\n', w->json.out);
}

int firefox_write(const struct render_input *input, FILE *out)
{
	struct writer w = {.input = input};
	int err = listing_make(&w.listing, input, LISTING_LINES, false);

	json_out_open(&w.json, out);
	w.scale = scale_of(input->about, w.listing.value.type.unit);
	if (!err)
		err = firefox_code_init(&w.code, &w.listing);
	if (!err)
		err = firefox_tables_init(&w.tables, &w.code);
	if (!err)
		put_all(&w);
	firefox_tables_fini(&w.tables);
	firefox_code_fini(&w.code);
	listing_fini(&w.listing);
	return err || !ferror(out) ? err : -EIO;
}
