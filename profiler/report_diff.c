// SPDX-License-Identifier: GPL-2.0-or-later
/* The report of a comparison; see report_diff.h. */
#include "profiler/report_diff.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/say.h"
#include "render/number.h"

#define FUNCTIONS_SHOWN 10
#define TEXT_MAX	(4 * NUMBER_TEXT_MAX)

/* ---- figures -------------------------------------------------------------------------------- */

/* Points as what they stand for: a share, time a second, or an amount a file. */
static void format_side(char text[TEXT_MAX], const struct comparison *c, enum side side,
			double points)
{
	const struct comparison_side *of = &c->sides[side];
	char number[NUMBER_TEXT_MAX];
	double amount;

	if (c->normalisation == NORMALISE_TOTAL) {
		snprintf(text, TEXT_MAX, "%.2f%%", points);
		return;
	}
	amount = points / of->scale /
		 (c->normalisation == NORMALISE_TIME ? (double)of->duration_ns / 1e9
						     : (double)of->nr_files);
	number_amount(number, llround(amount), c->tree->values[side].unit);
	snprintf(text, TEXT_MAX, "%s%s", number, c->normalisation == NORMALISE_TIME ? "/s" : "");
}

/* "+3.1 points (2.2 to 4.0)" */
static void format_effect(char text[TEXT_MAX], const struct change *change)
{
	int len = snprintf(text, TEXT_MAX, "%+.2f points", change_effect(change));

	if (!isnan(change->low))
		snprintf(text + len, (size_t)(TEXT_MAX - len), " (%.2f to %.2f)", change->low,
			 change->high);
}

static void print_side(const struct comparison *c, const struct alignment *a, enum side side)
{
	static const char *const words[SIDES] = {[BEFORE] = "before:", [AFTER] = "after: "};
	const struct comparison_side *of = &c->sides[side];
	char total[NUMBER_TEXT_MAX], duration[NUMBER_TEXT_MAX];

	number_amount(total, of->total, a->amount.unit);
	number_duration(duration, (int64_t)of->duration_ns);
	say("%s %s: %s %s%s%s", words[side], of->title, total, a->amount.name,
	    of->duration_ns ? " in " : "", of->duration_ns ? duration : "");
}

static void print_way(const struct comparison *c)
{
	static const char *const divided_by[] = {
		[NORMALISE_AUTO] = "",
		[NORMALISE_TOTAL] = "shares of the total are compared",
		[NORMALISE_TIME] = "amounts per second are compared",
		[NORMALISE_NONE] = "plain amounts are compared",
	};

	switch (c->spread) {
	case SPREAD_REPEATS:
		say("%s; what they differ by chance is taken from the repeats (dispersion %.2f)",
		    divided_by[c->normalisation], c->dispersion);
		break;
	case SPREAD_SLICES:
		say("%s; what they differ by chance is taken from the time slices of the captures "
		    "(dispersion %.2f), which do not show what differs from run to run: several "
		    "files a side would",
		    divided_by[c->normalisation], c->dispersion);
		break;
	case SPREAD_ASSUMED:
		say("%s; the tests assume that samples are independent of each other, which makes "
		    "them too sure where work comes in bursts: give graphs, which have time "
		    "slices, or several files a side",
		    divided_by[c->normalisation]);
		break;
	case SPREAD_WAITS:
		say("%s; the tests assume that waits begin independently of each other, which "
		    "makes them too sure where the load varies: give graphs, which have time "
		    "slices, or several files a side",
		    divided_by[c->normalisation]);
		break;
	case SPREAD_NONE:
		say("%s; nothing says how much times differ by chance, so nothing is tested: give "
		    "graphs, which have time slices, or several files a side",
		    divided_by[c->normalisation]);
		break;
	}
}

/* ---- functions ------------------------------------------------------------------------------ */

struct line {
	uint32_t frame;
	const struct change *change;
};

static int compare_lines(const void *left, const void *right, void *data)
{
	const struct tree *tree = data;
	const struct line *a = left, *b = right;
	double a_size = fabs(change_effect(a->change)), b_size = fabs(change_effect(b->change));

	if (a_size != b_size)
		return a_size > b_size ? -1 : 1;
	return tree_frame_compare(tree->strings, &tree->frames[a->frame], &tree->frames[b->frame]);
}

enum kind_of_line {
	LINES_MOVED, /* code that both sides have */
	LINES_NEW,
	LINES_GONE,
	LINES_ALL, /* where nothing was tested */
};

static bool belongs(const struct change *change, enum kind_of_line kind)
{
	bool moved = verdict_moved(change->verdict);

	switch (kind) {
	case LINES_MOVED:
		return moved && change->before > 0 && change->after > 0;
	case LINES_NEW:
		return moved && change->before <= 0;
	case LINES_GONE:
		return moved && change->after <= 0;
	default:
		return change_effect(change) != 0;
	}
}

static void print_line(const struct comparison *c, const struct line *line)
{
	const struct tree_frame *frame = &c->tree->frames[line->frame];
	char sides[SIDES][TEXT_MAX], effect[TEXT_MAX];

	format_side(sides[BEFORE], c, BEFORE, line->change->before);
	format_side(sides[AFTER], c, AFTER, line->change->after);
	format_effect(effect, line->change);
	say("  %9s %9s  %-34s %-13s %.90s", sides[BEFORE], sides[AFTER], effect,
	    verdict_word(line->change->verdict), strings_text(c->tree->strings, frame->name));
}

/* Prints the largest of one kind; returns how many there are. */
static size_t print_lines(const struct comparison *c, const struct change *changes,
			  enum kind_of_line kind, const char *heading)
{
	struct line *lines = malloc(size_mul(c->tree->nr_frames + 1, sizeof(*lines)));
	size_t count = 0;

	for (uint32_t i = 0; lines && i < c->tree->nr_frames; i++) {
		if (belongs(&changes[i], kind))
			lines[count++] = (struct line){i, &changes[i]};
	}
	if (count) {
		qsort_r(lines, count, sizeof(*lines), compare_lines, (void *)c->tree);
		say("%s:", heading);
		say("     before     after  difference%*s function", 38, "");
	}
	for (size_t i = 0; i < count && i < FUNCTIONS_SHOWN; i++)
		print_line(c, &lines[i]);
	if (count > FUNCTIONS_SHOWN)
		say("  and %zu more", count - FUNCTIONS_SHOWN);
	free(lines);
	return count;
}

static void print_functions(const struct comparison *c)
{
	size_t moved = 0;

	if (c->spread == SPREAD_NONE) {
		print_lines(c, c->total, LINES_ALL, "different by total, not tested");
		return;
	}
	moved += print_lines(c, c->total, LINES_MOVED, "moved by total");
	moved += print_lines(c, c->self, LINES_MOVED, "moved by self");
	moved += print_lines(c, c->total, LINES_NEW, "new");
	moved += print_lines(c, c->total, LINES_GONE, "gone");
	if (!moved)
		say("no evidence of any change");
	say("%zu self and total values of functions were tested, %zu of them moved; of these 5 %% "
	    "at most are none, on average",
	    c->nr_tests, c->nr_moved);
}

/* ---- what was not comparable ---------------------------------------------------------------- */

static bool names_meet(const struct comparison *c)
{
	const uint32_t root = c->tree->nodes[0].frame;

	for (uint32_t i = 0; i < c->tree->nr_frames; i++) {
		if (i != root && c->total[i].before > 0 && c->total[i].after > 0)
			return true;
	}
	return false;
}

static bool texts_differ(const char *a, const char *b)
{
	return a && b && strcmp(a, b);
}

static void note_circumstances(const struct alignment *a)
{
	const struct circumstances *first = &a->files[0].about;
	bool command = false, event = false, rate = false, kernel = false, some_text = false;
	bool estimated = false;

	for (size_t f = 0; f < a->nr_files; f++) {
		const struct circumstances *about = &a->files[f].about;

		command |= texts_differ(first->command, about->command);
		event |= texts_differ(first->event, about->event);
		kernel |= texts_differ(first->kernel, about->kernel);
		rate |= first->frequency_hz && about->frequency_hz &&
			first->frequency_hz != about->frequency_hz;
		some_text |= !first->command != !about->command;
		estimated |= about->sampling.one_in > 1;
	}
	if (command)
		say_note("the files are of different captures; they are compared all the same");
	if (event)
		say_note("the samples are of different events");
	if (rate)
		say_note("the samples were taken at different rates; shares can be compared, "
			 "plain amounts cannot");
	if (kernel)
		say_note("the kernels differ");
	if (some_text)
		say_note("some files do not tell threads from functions; all are matched by name");
	if (estimated)
		say_note("some waits are estimates, and their figures less sure than they are said "
			 "to be");
}

void report_diff(const struct comparison *c, const struct alignment *a)
{
	print_side(c, a, BEFORE);
	print_side(c, a, AFTER);
	print_way(c);
	print_functions(c);
	note_circumstances(a);
	if (!names_meet(c))
		say_note("the two sides have no name in common");
}

void report_gates(const struct comparison *c)
{
	for (size_t i = 0; i < c->nr_gates; i++) {
		const struct gate_result *gate = &c->gates[i];
		const char *word = gate->state == GATE_HOLDS ? "holds" : "FAILS";
		char effect[TEXT_MAX];

		if (gate->is_regression) {
			say("gate %s: %s", word, gate->expression);
			continue;
		}
		format_effect(effect, &gate->change);
		say("gate %s: %s: it is %+.2f%s, that is %s%s", word, gate->expression, gate->value,
		    gate->unit, effect,
		    gate->state == GATE_HOLDS && !isnan(gate->change.p) && gate->change.p > 0.05
			    ? ", which may be chance"
			    : "");
	}
}
