// SPDX-License-Identifier: GPL-2.0-or-later
/* Title, place and trust; see headline.h. */
#include "render/headline.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"
#include "profiler/model/view.h"
#include "render/advice.h"
#include "render/escape.h"
#include "render/number.h"

#define SEPARATOR "  ·  "

/* The view that a command draws; VIEW_PLAIN for one that draws none. */
static const struct view *view_of(const char *command)
{
	return &views[command ? view_find(command, strlen(command)) : VIEW_PLAIN];
}

/* A command that draws no view is called by its name. */
static const char *words_of(const char *command)
{
	const struct view *view = view_of(command);

	return *view->words ? view->words : command;
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
static void add_duration(struct line *line, const struct circumstances *about, bool has_rate)
{
	char text[2 * NUMBER_TEXT_MAX + 8], number[NUMBER_TEXT_MAX];
	int len = 0;

	if (!about->duration_ns)
		return;
	number_duration(number, (int64_t)about->duration_ns);
	len = snprintf(text, sizeof(text), "%s", number);
	if (about->frequency_hz && has_rate) {
		number_count(number, (int64_t)about->frequency_hz);
		snprintf(text + len, sizeof(text) - (size_t)len, " at %s Hz", number);
	}
	line_add(line, text);
}

/* "2,970 samples", "1 h 11 min off-CPU time". */
static void add_total(struct line *line, const struct render_input *input, size_t value,
		      const char *time)
{
	const struct value_type *type = &input->about->values[value];
	const char *name = strcmp(type->name, "time") == 0 ? time : type->name;
	/* Sides are called by their names, what they have of by another. */
	const char *amount = input->comparison ? input->comparison->amount : "";
	char number[NUMBER_TEXT_MAX], text[4 * NUMBER_TEXT_MAX];

	if (strcmp(amount, "time") == 0)
		amount = "";
	number_amount(number, tree_total(input->tree, 0, value), type->unit);
	snprintf(text, sizeof(text), "%s%s%s%s%s", number, *amount ? " " : "", amount,
		 *name ? " " : "", name);
	line_add(line, text);
}

void headline_write_title(FILE *out, const struct render_input *input)
{
	const struct circumstances *about = input->about;
	const struct view *view = view_of(about->command);
	struct line line = {.out = out};

	line_add(&line, about->title);
	if (!about->title || !*about->title) {
		line_add(&line, about->target);
		line_add(&line, words_of(about->command));
	}
	add_duration(&line, about, !view->activities || view->activities & ACTIVITY_BIT(ACTIVITY_CPU));
	for (size_t value = 0, told = 0; value < about->nr_values && told < 2; value++) {
		if (about->values[value].role != VALUE_AMOUNT)
			continue;
		add_total(&line, input, value, view->time);
		told++;
	}
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
	{"unknown", offsetof(struct tree_quality, unnamed), ADVICE_UNKNOWN_PERCENT,
	 "Share of time in code for which no function name was found."},
	{"no stack", offsetof(struct tree_quality, no_stack), 0.1,
	 "Share of the graph without any stack: the frame [no stack]."},
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

/* Appends to an explanation as far as there is room. */
static void __attribute__((format(printf, 2, 3)))
explain(struct trust_item *item, const char *format, ...)
{
	size_t used = strlen(item->about);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(item->about + used, sizeof(item->about) - used, format, arguments);
	va_end(arguments);
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
			 "Share of what has a user stack whose stack reaches the thread's first "
			 "function. The others are drawn too low or below a marker.");
	number_share(number, quality->rooted, quality->with_user);
	snprintf(item->text, sizeof(item->text), "rooted %s", number);
}

/* Adds the reasons to what the entry for incomplete stacks means, with their shares. */
static void add_reasons(const struct render_input *input, struct trust_item *item)
{
	const struct tree_quality *quality = input->quality;
	size_t skip = strlen(MARKER_INCOMPLETE);

	for (size_t i = 0; i < quality->nr_reasons; i++) {
		const char *marker = strings_text(input->tree->strings, quality->reasons[i].name);
		char number[NUMBER_TEXT_MAX];

		number_share(number, quality->reasons[i].value, quality->total);
		explain(item, "%s%s %.*s", i ? ", " : " Here: ", number,
			(int)(strlen(marker) - skip - 1), marker + skip);
	}
}

/* What to do about names that are missing stands in the line itself. */
static void add_advice(const struct render_input *input, struct trust_item *item)
{
	const struct tree_quality *quality = input->quality;
	size_t used = strlen(item->text);
	char advice[128], number[NUMBER_TEXT_MAX];

	if (!advice_unknown(input->tree, quality, advice, sizeof(advice)))
		return;
	snprintf(item->text + used, sizeof(item->text) - used, ": %s", advice);
	number_share(number, quality->unnamed_most, quality->total);
	explain(item, " That place has %s of all.", number);
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

/* Thousandths of a percent: of hours, a second counts. */
static void format_residual(char text[NUMBER_TEXT_MAX], const struct time_books *books)
{
	long double percent = 100.0L * books->residual_ns / books->lifetime_ns;

	if (books->residual_ns && percent < 0.0005L)
		snprintf(text, NUMBER_TEXT_MAX, "< 0.001 %%");
	else
		snprintf(text, NUMBER_TEXT_MAX, "%" PRIu64 ".%03" PRIu64 " %%",
			 (uint64_t)(percent * 1000 + 0.5L) / 1000,
			 (uint64_t)(percent * 1000 + 0.5L) % 1000);
}

static void add_residual(const struct circumstances *about, struct trust_item *items, size_t *count)
{
	const struct time_books *books = &about->books;
	char number[NUMBER_TEXT_MAX];
	struct trust_item *item;

	if (!books->threads || !books->lifetime_ns)
		return;
	item = next_item(items, count,
			 percent((int64_t)books->residual_ns, (int64_t)books->lifetime_ns) > 0.1,
			 "Every thread is at every moment on a CPU, blocked or waiting for a CPU. "
			 "The residual is by how much these times differ from how long the threads "
			 "lived, added up over the threads.");
	format_residual(number, books);
	snprintf(item->text, sizeof(item->text), "residual %s", number);
	number_count(number, (int64_t)books->threads);
	explain(item, " Checked for %s %s.", number, books->threads == 1 ? "thread" : "threads");
	if (item->warn)
		explain(item, " Time is missing, or counted twice: the details name the threads "
			      "where most of it is.");
}

static void add_estimated(const struct circumstances *about, struct trust_item *items,
			  size_t *count)
{
	const struct wait_sampling *sampling = &about->sampling;
	char number[NUMBER_TEXT_MAX];
	struct trust_item *item;

	if (sampling->one_in <= 1 && !sampling->unwalked_ns)
		return;
	item = next_item(items, count, true, "");
	if (sampling->one_in > 1) {
		number_count(number, (int64_t)sampling->one_in);
		snprintf(item->text, sizeof(item->text), "waits estimated 1 in %s", number);
		number_count(number, (int64_t)sampling->estimated_waits);
		explain(item,
			"There were more short waits than could be looked at within the limit of "
			"the profiler's own cost. For %s of them no stack was taken: waits like "
			"them stand for them, at the most one for %" PRIu64 ", so counts and "
			"times of short waits are estimates.",
			number, sampling->one_in);
	}
	number_duration(number, (int64_t)sampling->unwalked_ns);
	if (!*item->text)
		snprintf(item->text, sizeof(item->text), "not walked %s", number);
	if (sampling->unwalked_ns)
		explain(item, "%s%s of long waits is counted exactly, but without a stack.",
			*item->about ? " " : "", number);
	explain(item, " --max-overhead 0 looks at every wait, whatever it costs.");
}

static void add_own_cost(const struct circumstances *about, struct trust_item *items, size_t *count)
{
	uint64_t capacity_ns = about->duration_ns * (about->cpus ? about->cpus : 1);
	char number[NUMBER_TEXT_MAX], share[NUMBER_TEXT_MAX];
	int64_t cost_ns = (int64_t)(about->own_cpu_ns + about->own_program_ns);
	struct trust_item *item;

	if (!about->own_cpu_ns)
		return;
	item = next_item(items, count, percent(cost_ns, (int64_t)capacity_ns) > 2,
			 "CPU time the profiler itself took, in its process, from the start of the "
			 "capture to this file, and in the kernel, and its share of what the "
			 "observed CPUs could do meanwhile. Much of it, a few tenths of a second, is "
			 "the same for short captures and for long ones.");
	number_duration(number, cost_ns);
	number_share(share, cost_ns, (int64_t)capacity_ns);
	if (about->duration_ns)
		snprintf(item->text, sizeof(item->text), "own cost %s (%s)", number, share);
	else
		snprintf(item->text, sizeof(item->text), "own cost %s", number);
}

static void add_comparison(const struct comparison *comparison, struct trust_item *items,
			   size_t *count)
{
	static const char *const divided_by[] = {
		[NORMALISE_AUTO] = "",
		[NORMALISE_TOTAL] = "shares of the total",
		[NORMALISE_TIME] = "rates per second",
		[NORMALISE_NONE] = "plain amounts",
	};
	static const char *const spreads[] = {
		[SPREAD_NONE] =
			"Nothing says how much such figures differ by chance, so nothing was "
			"tested; graphs with time slices would, or several files a side.",
		[SPREAD_ASSUMED] =
			"Samples are taken to be independent, which those that are close "
			"in time are not; graphs with time slices, or several files a "
			"side, show how much figures really differ by chance.",
		[SPREAD_WAITS] = "Waits are taken to begin independently of each other; graphs "
				 "with time slices, or several files a side, show how much figures "
				 "really differ by chance.",
		[SPREAD_REPEATS] =
			"How much figures differ by chance was seen between the files of "
			"a side.",
		[SPREAD_SLICES] =
			"How much figures differ by chance was seen between time slices of "
			"the two captures; what differs from run to run is not in them, and "
			"several files a side would show it.",
	};
	bool seen = comparison->spread == SPREAD_REPEATS || comparison->spread == SPREAD_SLICES;
	struct trust_item *item =
		next_item(items, count, false,
			  "What is compared, and for how many of the functions' self and total "
			  "values there is evidence of a change; of these 5 % at most are none, on "
			  "average. Paths are tested where their function changed.");
	char moved[NUMBER_TEXT_MAX], tests[NUMBER_TEXT_MAX];

	number_count(moved, (int64_t)comparison->nr_moved);
	number_count(tests, (int64_t)comparison->nr_tests);
	snprintf(item->text, sizeof(item->text), "%s: %s of %s changed",
		 divided_by[comparison->normalisation], moved, tests);
	item = next_item(items, count, !seen, spreads[comparison->spread]);
	snprintf(item->text, sizeof(item->text), "spread: %s",
		 spread_source_word(comparison->spread));
}

size_t headline_trust(const struct render_input *input, struct trust_item items[TRUST_ITEMS_MAX])
{
	const struct tree_quality *quality = input->quality;
	char number[NUMBER_TEXT_MAX];
	size_t count = 0;

	if (input->comparison)
		add_comparison(input->comparison, items, &count);
	add_rooted(input, items, &count);
	add_lost(input->about, items, &count);
	add_residual(input->about, items, &count);
	add_estimated(input->about, items, &count);
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
		if (share->offset == offsetof(struct tree_quality, unnamed))
			add_advice(input, item);
	}
	add_own_cost(input->about, items, &count);
	return count;
}
