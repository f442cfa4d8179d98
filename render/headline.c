// SPDX-License-Identifier: GPL-2.0-or-later
/* Title, place and trust; see headline.h. */
#include "render/headline.h"

#include <inttypes.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"
#include "profiler/model/view.h"
#include "render/escape.h"
#include "render/number.h"

#define SEPARATOR "  ·  "

/* A command that draws no view is called by its name. */
static const char *command_words(const char *command)
{
	enum view_id view = view_find(command, strlen(command));

	return view == VIEW_PLAIN ? command : views[view].words;
}

/* Writes parts of a line with a separator between them. */
struct line {
	FILE *out;
	bool begun;
};

static void line_add(struct line *line, const char *text)
{
	if (!text || !*text)
		return;
	if (line->begun)
		fputs(SEPARATOR, line->out);
	line->begun = true;
	escape_xml_z(line->out, text);
}

/* "30.0 s at 99 Hz". */
static void add_duration(struct line *line, const struct circumstances *about)
{
	char text[2 * NUMBER_TEXT_MAX + 8], number[NUMBER_TEXT_MAX];
	int len = 0;

	if (!about->duration_ns)
		return;
	number_duration(number, (int64_t)about->duration_ns);
	len = snprintf(text, sizeof(text), "%s", number);
	if (about->frequency_hz) {
		number_count(number, (int64_t)about->frequency_hz);
		snprintf(text + len, sizeof(text) - (size_t)len, " at %s Hz", number);
	}
	line_add(line, text);
}

/* "2,970 samples, 30.0 s cpu". */
static void add_total(struct line *line, const struct render_input *input, size_t value)
{
	const struct value_type *type = &input->about->values[value];
	bool is_time = strcmp(type->name, "time") == 0;
	char number[NUMBER_TEXT_MAX], text[NUMBER_TEXT_MAX + sizeof(type->name) + 1];

	number_amount(number, tree_total(input->tree, 0, value), type->unit);
	snprintf(text, sizeof(text), "%s%s%s", number, is_time ? "" : " ",
		 is_time ? "" : type->name);
	line_add(line, text);
}

void headline_write_title(FILE *out, const struct render_input *input)
{
	const struct circumstances *about = input->about;
	struct line line = {.out = out};

	line_add(&line, about->title);
	if (!about->title || !*about->title) {
		line_add(&line, about->target);
		line_add(&line, about->command ? command_words(about->command) : NULL);
	}
	add_duration(&line, about);
	for (size_t value = 0; value < about->nr_values && value < 2; value++)
		add_total(&line, input, value);
}

void headline_write_place(FILE *out, const struct render_input *input)
{
	const struct circumstances *about = input->about;
	struct line line = {.out = out};
	char text[NUMBER_TEXT_MAX];

	line_add(&line, about->host);
	line_add(&line, about->kernel);
	if (about->start_unix_ns) {
		number_time(text, about->start_unix_ns);
		line_add(&line, text);
	}
	line_add(&line, about->note);
}

/* ---- trust ------------------------------------------------------------------------------- */

/* A share of the profile: shown when it is not 0, a warning from a limit on. */
struct share {
	const char *word;
	size_t offset; /* in struct tree_quality */
	double warn_percent;
	const char *about;
};

static const struct share shares[] = {
	{"truncated", offsetof(struct tree_quality, truncated), 0.1,
	 "Share of stacks deeper than the limit: frames are missing where [truncated] stands."},
	{"incomplete", offsetof(struct tree_quality, incomplete), 1,
	 "Share of stacks whose walk stopped early: [incomplete: ...] stands in place of the "
	 "missing callers and says why."},
	{"unknown", offsetof(struct tree_quality, unnamed), 5,
	 "Share of time in code for which no function name was found."},
	{"no stack", offsetof(struct tree_quality, no_stack), 0.1,
	 "Share of samples without any stack; they are the frame [no stack]."},
};

static double percent(int64_t part, int64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static struct trust_item *next_item(struct trust_item *items, size_t *count, bool warn,
				    const char *about)
{
	struct trust_item *item = &items[(*count)++];

	*item = (struct trust_item){.warn = warn};
	snprintf(item->about, sizeof(item->about), "%s", about);
	return item;
}

/* Of other tools' text nobody knows: without a marker in it every stack looks complete. */
static void add_rooted(const struct render_input *input, struct trust_item *items, size_t *count)
{
	const struct tree_quality *quality = input->quality;
	char number[NUMBER_TEXT_MAX];
	struct trust_item *item;

	if (!quality->with_user ||
	    (!input->about->command && quality->rooted == quality->with_user))
		return;
	item = next_item(items, count, percent(quality->rooted, quality->with_user) < 99,
			 "Share of the samples with a user stack whose stack reaches the thread's "
			 "first function. The others are drawn too low or below a marker.");
	number_share(number, quality->rooted, quality->with_user);
	snprintf(item->text, sizeof(item->text), "rooted %s", number);
}

/* Adds the reasons to what the entry for incomplete stacks means, with their shares. */
static void add_reasons(const struct render_input *input, struct trust_item *item)
{
	const struct tree_quality *quality = input->quality;
	size_t skip = strlen(MARKER_INCOMPLETE);

	for (size_t i = 0; i < quality->nr_reasons; i++) {
		const char *marker =
			strings_text(input->tree->strings, quality->reasons[i].name);
		size_t used = strlen(item->about);
		char number[NUMBER_TEXT_MAX];

		number_share(number, quality->reasons[i].value, quality->total);
		snprintf(item->about + used, sizeof(item->about) - used, "%s%s %.*s",
			 i ? ", " : " Here: ", number, (int)(strlen(marker) - skip - 1),
			 marker + skip);
	}
}

static void add_lost(const struct circumstances *about, struct trust_item *items, size_t *count)
{
	uint64_t lost = circumstances_lost(about);
	char number[NUMBER_TEXT_MAX], share[NUMBER_TEXT_MAX];
	struct trust_item *item;

	if (!about->fired)
		return;
	item = next_item(items, count, lost > 0,
			 "Events that fired and are not in the profile, and should be; the details "
			 "list them by cause. Everything else that fired is in the graph.");
	number_count(number, (int64_t)lost);
	number_share(share, (int64_t)lost, (int64_t)about->fired);
	if (lost)
		snprintf(item->text, sizeof(item->text), "lost %s (%s)", number, share);
	else
		snprintf(item->text, sizeof(item->text), "lost 0");
}

static void add_own_cost(const struct circumstances *about, struct trust_item *items, size_t *count)
{
	uint64_t capacity_ns = about->duration_ns * (about->cpus ? about->cpus : 1);
	char number[NUMBER_TEXT_MAX], share[NUMBER_TEXT_MAX];
	struct trust_item *item;

	if (!about->own_cpu_ns)
		return;
	item = next_item(items, count,
			 percent((int64_t)about->own_cpu_ns, (int64_t)capacity_ns) > 2,
			 "CPU time the profiler itself took, from the start of the capture to this "
			 "file, and its share of what the observed CPUs could do meanwhile.");
	number_duration(number, (int64_t)about->own_cpu_ns);
	number_share(share, (int64_t)about->own_cpu_ns, (int64_t)capacity_ns);
	if (about->duration_ns)
		snprintf(item->text, sizeof(item->text), "own cost %s (%s)", number, share);
	else
		snprintf(item->text, sizeof(item->text), "own cost %s", number);
}

size_t headline_trust(const struct render_input *input, struct trust_item items[TRUST_ITEMS_MAX])
{
	const struct tree_quality *quality = input->quality;
	char number[NUMBER_TEXT_MAX];
	size_t count = 0;

	add_rooted(input, items, &count);
	add_lost(input->about, items, &count);
	for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
		const struct share *share = &shares[i];
		int64_t part = *(const int64_t *)((const char *)quality + share->offset);
		struct trust_item *item;

		if (!part)
			continue;
		item = next_item(items, &count,
				 percent(part, quality->total) >= share->warn_percent,
				 share->about);
		number_share(number, part, quality->total);
		snprintf(item->text, sizeof(item->text), "%s %s", share->word, number);
		if (share->offset == offsetof(struct tree_quality, incomplete))
			add_reasons(input, item);
	}
	add_own_cost(input->about, items, &count);
	return count;
}
