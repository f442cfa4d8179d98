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

/*
 * How the lines of a table are written: all in one unit and with as many digits behind the point, so
 * that they can be compared at a glance.
 */
struct table {
	char unit[NUMBER_TEXT_MAX]; /* empty: shares of the total */
	double of_point;	    /* what a point is in that unit */
	int decimals;
};

#define SCALES_MAX 4
struct scale {
	const char *name;
	double size;
};

/* By pprof's word for the unit; the smallest first. What is in none of them is counted. */
static const struct {
	const char *unit;
	struct scale scales[SCALES_MAX];
} kinds[] = {
	{"nanoseconds", {{"ns", 1}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}}},
	{"bytes", {{"B", 1}, {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}}},
};

/* The largest unit in which all differences have a digit in front of the point. */
static const struct scale *choose_scale(const struct comparison *c, const struct line *lines,
					size_t count, double of_point)
{
	static const struct scale single = {"", 1};
	const struct scale *scales = NULL;
	size_t best = SCALES_MAX - 1;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!strcmp(c->tree->values[BEFORE].unit, kinds[i].unit))
			scales = kinds[i].scales;
	}
	if (!scales)
		return &single;
	for (size_t i = 0; i < count; i++) {
		double off = fabs(change_effect(lines[i].change)) * of_point;

		while (best > 0 && off < scales[best].size)
			best--;
	}
	return &scales[best];
}

static void lay_out(struct table *ret_table, const struct comparison *c, const struct line *lines,
		    size_t count)
{
	const struct comparison_side *of = &c->sides[BEFORE];
	bool per_second = c->normalisation == NORMALISE_TIME;
	double most = 0, of_point;
	const struct scale *scale;

	*ret_table = (struct table){.of_point = 1, .decimals = 2};
	if (c->normalisation == NORMALISE_TOTAL)
		return;
	of_point =
		1 / of->scale / (per_second ? (double)of->duration_ns / 1e9 : (double)of->nr_files);
	scale = choose_scale(c, lines, count, of_point);
	for (size_t i = 0; i < count; i++)
		most = fmax(most, fmax(lines[i].change->before, lines[i].change->after));
	ret_table->of_point = of_point / scale->size;
	most *= ret_table->of_point;
	ret_table->decimals = most >= 1000 || !*scale->name ? 0 : most >= 100 ? 1 : 2;
	snprintf(ret_table->unit, sizeof(ret_table->unit), "%s%s",
		 *scale->name ? scale->name : c->amount, per_second ? "/s" : "");
}

static void format_amount(char text[TEXT_MAX], const struct table *table, double points, bool sign)
{
	double amount = points * table->of_point;
	int len = sign && amount > 0 ? snprintf(text, TEXT_MAX, "+") : 0;

	if (table->decimals)
		snprintf(text + len, (size_t)(TEXT_MAX - len), "%.*f", table->decimals, amount);
	else
		number_count(text + len, llround(amount));
}

/* "+3.10 (2.20 to 4.00)" */
static void format_difference(char text[2 * TEXT_MAX], const struct table *table,
			      const struct change *change)
{
	char low[TEXT_MAX], high[TEXT_MAX];

	format_amount(text, table, change_effect(change), true);
	if (isnan(change->low))
		return;
	format_amount(low, table, change->low, false);
	format_amount(high, table, change->high, false);
	snprintf(text + strlen(text), TEXT_MAX, " (%.80s to %.80s)", low, high);
}

#define DIFFERENCE_CELLS 34

static void print_line(const struct comparison *c, const struct table *table,
		       const struct line *line)
{
	const struct tree_frame *frame = &c->tree->frames[line->frame];
	const char *name = strings_text(c->tree->strings, frame->name);
	const char *verdict = verdict_word(line->change->verdict);
	char before[TEXT_MAX], after[TEXT_MAX], difference[2 * TEXT_MAX];

	if (!*table->unit) {
		format_effect(difference, line->change);
		say("  %8.2f%% %8.2f%%  %-*s %-13s %.90s", line->change->before,
		    line->change->after, DIFFERENCE_CELLS, difference, verdict, name);
		return;
	}
	format_amount(before, table, line->change->before, false);
	format_amount(after, table, line->change->after, false);
	format_difference(difference, table, line->change);
	say("  %9s %9s  %-*s %+7.2f  %-13s %.90s", before, after, DIFFERENCE_CELLS, difference,
	    change_effect(line->change), verdict, name);
}

static void print_heading(const struct table *table, const char *heading)
{
	static const char difference[] = "difference (95 % interval)";

	if (*table->unit) {
		say("%s, in %s:", heading, table->unit);
		say("  %9s %9s  %-*s %7s  %-13s %s", "before", "after", DIFFERENCE_CELLS,
		    difference, "points", "verdict", "function");
	} else {
		say("%s:", heading);
		say("  %9s %9s  %-*s %-13s %s", "before", "after", DIFFERENCE_CELLS, difference,
		    "verdict", "function");
	}
}

/* Prints the largest of one kind; returns how many there are. */
static size_t print_lines(const struct comparison *c, const struct change *changes,
			  enum kind_of_line kind, const char *heading)
{
	struct line *lines = malloc(size_mul(c->tree->nr_frames + 1, sizeof(*lines)));
	size_t count = 0, shown;
	struct table table;

	for (uint32_t i = 0; lines && i < c->tree->nr_frames; i++) {
		if (belongs(&changes[i], kind))
			lines[count++] = (struct line){i, &changes[i]};
	}
	shown = count < FUNCTIONS_SHOWN ? count : FUNCTIONS_SHOWN;
	if (count) {
		qsort_r(lines, count, sizeof(*lines), compare_lines, (void *)c->tree);
		lay_out(&table, c, lines, shown);
		print_heading(&table, heading);
	}
	for (size_t i = 0; i < shown; i++)
		print_line(c, &table, &lines[i]);
	if (count > shown)
		say("  and %zu more", count - shown);
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

/* "+5.00%", "+30.0 ms/s" */
static void format_gate_value(char text[TEXT_MAX], const struct gate_result *gate)
{
	char duration[NUMBER_TEXT_MAX];

	if (strcmp(gate->unit, "ns/s") || fabs(gate->value) >= 0x1p62) {
		snprintf(text, TEXT_MAX, "%+.2f%s", gate->value, gate->unit);
		return;
	}
	number_duration(duration, llround(gate->value));
	snprintf(text, TEXT_MAX, "%s%s/s", gate->value > 0 ? "+" : "", duration);
}

void report_gates(const struct comparison *c)
{
	for (size_t i = 0; i < c->nr_gates; i++) {
		const struct gate_result *gate = &c->gates[i];
		const char *word = gate->state == GATE_HOLDS ? "holds" : "FAILS";
		char effect[TEXT_MAX], value[TEXT_MAX];

		if (gate->is_regression) {
			say("gate %s: %s", word, gate->expression);
			continue;
		}
		format_effect(effect, &gate->change);
		format_gate_value(value, gate);
		say("gate %s: %s: it is %s, that is %s%s", word, gate->expression, value, effect,
		    gate->state == GATE_HOLDS && !isnan(gate->change.p) && gate->change.p > 0.05
			    ? ", which may be chance"
			    : "");
	}
}
