/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small trees for the tests of render/, made through the model as a capture makes them. */
#ifndef BOLOMETER_TESTS_RENDER_FIXTURE_H
#define BOLOMETER_TESTS_RENDER_FIXTURE_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/tree_build.h"
#include "render/render.h"

#define FIXTURE_DEPTH_MAX 256

struct fixture {
	struct profile *profile;
	struct symbols symbols;
	struct tree_frame frames[8192]; /* by location */
	uint32_t mapping;
	struct tree *tree;
	struct tree_quality quality;
	struct render_input input;
};

/* Values of waits, as captures of them have. */
#define FIXTURE_WAITS                                                                              \
	"time nanoseconds waits count longest_wait nanoseconds/longest "                           \
	"squares e-8_seconds^2/squares"

static inline enum value_role fixture_role(const char *word)
{
	if (!word)
		return VALUE_AMOUNT;
	assert(!strcmp(word, "longest") || !strcmp(word, "squares"));
	return *word == 'l' ? VALUE_LONGEST : VALUE_SQUARES;
}

static inline void fixture_word(char *word, size_t size, const char *text)
{
	size_t len = strlen(text);

	assert(len < size);
	for (size_t i = 0; i <= len; i++)
		word[i] = text[i] == '_' ? ' ' : text[i];
}

/*
 * value_types: "samples count cpu nanoseconds": names and units in turn, '_' for a space; a role
 * that is not an amount behind the unit: "longest_wait nanoseconds/longest".
 */
static inline struct fixture *fixture_new(const char *value_types)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct mapping mapping = {.type = MAPPING_KERNEL};
	struct value_type type;
	char name[32], unit[32], *role;
	int used;

	fixture->profile = profile_new();
	for (; sscanf(value_types, "%31s %31s%n", name, unit, &used) == 2; value_types += used) {
		role = strchr(unit, '/');
		if (role)
			*role++ = '\0';
		fixture_word(type.name, sizeof(type.name), name);
		fixture_word(type.unit, sizeof(type.unit), unit);
		type.role = fixture_role(role);
		assert(!profile_add_value_type(fixture->profile, &type));
	}
	assert(!profile_add_mapping(fixture->profile, &mapping, &fixture->mapping));
	return fixture;
}

/* The location of a frame; each name, module and kind has one. */
static inline uint32_t fixture_frame(struct fixture *fixture, const char *name, size_t len,
				     const char *module, enum frame_kind kind)
{
	struct strings *strings = fixture->profile->strings;
	struct tree_frame frame = {.kind = (uint8_t)kind};
	struct location location = {.mapping = fixture->mapping};
	uint32_t id;

	assert(!strings_intern(strings, name, len, &frame.name));
	assert(!strings_intern_z(strings, module, &frame.module));
	location.addr = ((uint64_t)frame.name << 32 | frame.module) * FRAME_KIND_COUNT + kind;
	assert(!profile_add_location(fixture->profile, &location, &id));
	assert(id < sizeof(fixture->frames) / sizeof(fixture->frames[0]));
	fixture->frames[id] = frame;
	return id;
}

/* Frames root first. */
static inline void fixture_sample(struct fixture *fixture, const uint32_t *frames, size_t count,
				  const int64_t *values)
{
	struct sample sample = {.stack = STACK_EMPTY, .task = TASK_NONE, .cpu = CPU_NONE};

	for (size_t i = 0; i < count; i++) {
		assert(!stack_table_push(&fixture->profile->stacks, sample.stack, frames[i],
					 &sample.stack));
	}
	assert(!profile_add_sample(fixture->profile, &sample, values));
}

static inline enum frame_kind fixture_kind(const char *word)
{
	for (int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
		if (strcmp(frame_kind_word((enum frame_kind)kind), word) == 0)
			return (enum frame_kind)kind;
	}
	assert(!"a kind of frame");
	return FRAME_USER;
}

/* One frame written as NAME, NAME|KIND or NAME|KIND|MODULE. */
static inline uint32_t fixture_parse_frame(struct fixture *fixture, char *text)
{
	char *kind = strchr(text, '|');
	char *module = kind ? strchr(kind + 1, '|') : NULL;

	if (kind)
		*kind++ = '\0';
	if (module)
		*module++ = '\0';
	return fixture_frame(fixture, text, strlen(text), module,
			     kind ? fixture_kind(kind) : FRAME_USER);
}

/* A stack as text, "main;read|kernel;memcpy|library|libc.so.6", with all its values. */
static inline void fixture_values(struct fixture *fixture, const char *stack, const int64_t *values)
{
	uint32_t frames[FIXTURE_DEPTH_MAX];
	char *copy = strdup(stack), *rest = copy, *text;
	size_t count = 0;

	while ((text = strsep(&rest, ";")) != NULL && count < FIXTURE_DEPTH_MAX)
		frames[count++] = fixture_parse_frame(fixture, text);
	free(copy);
	fixture_sample(fixture, frames, count, values);
}

/* With its first two values. */
static inline void fixture_stack(struct fixture *fixture, const char *stack, int64_t first,
				 int64_t second)
{
	int64_t values[VALUE_TYPES_MAX] = {first, second};

	fixture_values(fixture, stack, values);
}

/* With the values of FIXTURE_WAITS; a stack counts once, as the model adds up the longest too. */
static inline void fixture_waits(struct fixture *fixture, const char *stack, int64_t count,
				 int64_t average_us, int64_t longest_us)
{
	int64_t squares = (average_us * average_us * (count - 1) + longest_us * longest_us) / 10000;

	fixture_values(fixture, stack,
		       (int64_t[]){count * average_us * 1000, count, longest_us * 1000, squares});
}

/* Builds the tree; what renders is fixture->input. */
static inline const struct render_input *fixture_finish(struct fixture *fixture)
{
	struct profile *profile = fixture->profile;
	uint32_t frame;

	profile_seal(profile);
	assert(!symbols_init(&fixture->symbols, profile));
	for (uint32_t i = 0; i < profile->nr_locations; i++) {
		assert(!symbols_add_frame(&fixture->symbols, &fixture->frames[i], &frame));
		assert(!symbols_append(&fixture->symbols, i, frame));
	}
	fixture->tree = tree_build(profile, &fixture->symbols, GROUP_NONE, &views[VIEW_PLAIN]);
	assert(fixture->tree);
	tree_measure(fixture->tree, &fixture->quality);
	fixture->input = (struct render_input){
		.tree = fixture->tree, .about = &profile->about, .quality = &fixture->quality};
	return &fixture->input;
}

static inline void fixture_free(struct fixture *fixture)
{
	tree_free(fixture->tree);
	symbols_fini(&fixture->symbols);
	profile_free(fixture->profile);
	free(fixture);
}

/* The whole output as a string the caller frees. */
/* Sets a text of the circumstances. */
static inline void fixture_text(char **text, const char *value)
{
	free(*text);
	*text = strdup(value);
}

/* The circumstances of a capture: all that are there always. */
static inline void fixture_describe(struct circumstances *about)
{
	about->target = strdup("hotservice (pid 4242)");
	about->command = strdup("cpu");
	about->host = strdup("web-17");
	about->kernel = strdup("Linux 6.1.0-18-amd64 x86_64");
	about->event = strdup("cpu-clock");
	about->tool_version = strdup("bolometer 0.1.0");
	about->start_unix_ns = 1795171860000000000ULL;
	about->duration_ns = 30000000000ULL;
	about->frequency_hz = 99;
	about->cpus = 2;
	about->own_cpu_ns = 41000000;
	about->own_rss_bytes = 23 << 20;
	about->map_bytes = 8 << 20;
	about->own_program_ns = 12345678;
	about->own_program_runs = 5940;
}

static inline char *fixture_render(const struct render_input *input, const char *format)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert(!render_format_by_name(format)->write(input, out));
	assert(fclose(out) == 0);
	return text;
}

#endif
