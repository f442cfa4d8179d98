// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits in the report; see report_waits.h. Every stack that waits ends in the
 * scheduler, so that no function has self time: what was waited for takes the
 * place of the hottest functions.
 */
#include "profiler/report_waits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"
#include "profiler/say.h"
#include "render/number.h"

#define ROWS_SHOWN 10
#define NO_COLUMN  SIZE_MAX

/* What all of a tree's nodes with one frame have of each value. */
struct row {
	uint32_t frame;
	int64_t values[VIEW_VALUES_MAX];
};

/* Where in a tree's values the amounts are that a table shows; NO_COLUMN where it has none. */
struct columns {
	size_t time, waits, longest;
};

static size_t column_of(const struct view *view, enum activity_value from)
{
	for (size_t v = 0; v < view->nr_values; v++) {
		if (view->values[v].from == from)
			return v;
	}
	return NO_COLUMN;
}

static struct columns columns_of(const struct view *view)
{
	return (struct columns){
		.time = column_of(view, ACTIVITY_NS),
		.waits = column_of(view, ACTIVITY_WAITS),
		.longest = column_of(view, ACTIVITY_LONGEST),
	};
}

/* ---- lines of a table ---- */

struct line {
	char text[256];
	size_t used;
};

/* Right-aligned in `width` columns: a sign of two bytes, as in microseconds, takes one. */
static void line_add(struct line *line, const char *cell, int width)
{
	for (const char *c = cell; *c; c++)
		width += (*c & 0xc0) == 0x80;
	if (line->used < sizeof(line->text))
		line->used += (size_t)snprintf(line->text + line->used,
					       sizeof(line->text) - line->used, "%*s", width, cell);
}

static void line_add_duration(struct line *line, int64_t ns)
{
	char cell[NUMBER_TEXT_MAX];

	number_duration(cell, ns);
	line_add(line, cell, 12);
}

static void line_add_time(struct line *line, int64_t ns, int64_t total_ns)
{
	char cell[NUMBER_TEXT_MAX];

	line_add_duration(line, ns);
	number_share(cell, ns, total_ns);
	line_add(line, cell, 9);
}

/* Number, average and longest of the waits; empty where time has no waits of its own. */
static void line_add_waits(struct line *line, const struct columns *columns, const int64_t *values)
{
	int64_t waits = values[columns->waits];
	char cell[NUMBER_TEXT_MAX];

	number_count(cell, waits);
	line_add(line, waits ? cell : "", 12);
	if (waits)
		line_add_duration(line, values[columns->time] / waits);
	else
		line_add(line, "", 12);
	line_add_duration(line, values[columns->longest]);
}

static void say_row(const struct view *view, const int64_t *values, int64_t total_ns,
		    const char *name)
{
	struct columns columns = columns_of(view);
	struct line line = {.used = 0};

	line_add_time(&line, values[columns.time], total_ns);
	if (columns.waits != NO_COLUMN)
		line_add_waits(&line, &columns, values);
	say("%s  %.90s", line.text, name);
}

static void say_header(const struct view *view, const char *what)
{
	struct columns columns = columns_of(view);
	struct line line = {.used = 0};

	line_add(&line, "time", 12);
	line_add(&line, "share", 9);
	if (columns.waits != NO_COLUMN) {
		line_add(&line, view->values[columns.waits].type.name, 12);
		line_add(&line, "average", 12);
		line_add(&line, "longest", 12);
	}
	say("%s  %s", line.text, what);
}

/* ---- tables ---- */

typedef bool row_filter(const struct tree *tree, uint32_t node);

static bool is_wait(const struct tree *tree, uint32_t node)
{
	return tree_kind(tree, node) == FRAME_WAITING || tree_kind(tree, node) == FRAME_RUN_QUEUE;
}

static bool is_rival(const struct tree *tree, uint32_t node)
{
	return tree_kind(tree, node) == FRAME_MARKER &&
	       !strncmp(tree_name(tree, node), MARKER_INSTEAD, strlen(MARKER_INSTEAD));
}

/* Where wakers stand alone, of their frames the name is of that kind. */
static bool is_waker(const struct tree *tree, uint32_t node)
{
	return tree_kind(tree, node) == FRAME_WAKER ||
	       !strcmp(tree_name(tree, node), MARKER_UNKNOWN_WAKER) ||
	       !strcmp(tree_name(tree, node), MARKER_NOT_WOKEN);
}

static int compare_rows(const void *left, const void *right, void *data)
{
	const struct row *a = left, *b = right;
	const struct tree *tree = data;

	if (a->values[0] != b->values[0])
		return a->values[0] > b->values[0] ? -1 : 1;
	return tree_frame_compare(tree->strings, &tree->frames[a->frame], &tree->frames[b->frame]);
}

/* A row for each frame of the nodes that pass the filter, the longest time first. 0 or -ENOMEM. */
static int collect_rows(const struct tree *tree, row_filter *filter, struct row **ret_rows,
			size_t *ret_count)
{
	struct row *rows = calloc(tree->nr_frames + 1, sizeof(*rows));
	size_t count = 0;

	if (!rows)
		return -ENOMEM;
	for (uint32_t node = 1; node < tree->nr_nodes; node++) {
		struct row *row = &rows[tree->nodes[node].frame];

		for (size_t v = 0; v < tree->nr_values && filter(tree, node); v++)
			row->values[v] = value_join(tree->values[v].role, row->values[v],
						    tree_total(tree, node, v));
	}
	for (uint32_t i = 0; i < tree->nr_frames; i++) {
		if (!rows[i].values[0])
			continue;
		rows[count] = rows[i];
		rows[count++].frame = i;
	}
	qsort_r(rows, count, sizeof(*rows), compare_rows, (void *)tree);
	*ret_rows = rows;
	*ret_count = count;
	return 0;
}

/* One table. With `rest` the time that is in no row has a line of that name. */
static void print_table(const struct tree *tree, const struct view *view, row_filter *filter,
			const char *what, const char *rest)
{
	int64_t total_ns = tree_total(tree, 0, 0);
	struct row *rows, others = {.values = {total_ns}};
	size_t count;

	if (collect_rows(tree, filter, &rows, &count))
		return;
	if (count)
		say_header(view, what);
	for (size_t i = 0; i < count; i++) {
		others.values[0] -= rows[i].values[0];
		if (i < ROWS_SHOWN)
			say_row(view, rows[i].values, total_ns,
				strings_text(tree->strings, tree->frames[rows[i].frame].name));
	}
	if (count && rest && others.values[0] > 0)
		say_row(view, others.values, total_ns, rest);
	free(rows);
}

/*
 * Functions that are on the way of every wait, or of every system call: that time passed through
 * them says nothing. By the beginnings of their names.
 */
static bool is_on_every_way(const struct tree *tree, const struct tree_frame *frame)
{
	static const char *const functions[] = {
		"__schedule",
		"schedule",
		"preempt_schedule",
		"io_schedule",
		"entry_SYSCALL",
		"do_syscall_64",
		"x64_sys_call",
		"ret_from_fork",
		"el0t_64_sync",
		"el0_svc",
		"do_el0_svc",
		"invoke_syscall",
		"try_to_wake_up",
		"ttwu_",
		"default_wake_function",
		"autoremove_wake_function",
		"__wake_up",
	};
	const char *name = strings_text(tree->strings, frame->name);

	for (size_t i = 0; frame->kind == FRAME_KERNEL && i < ARRAY_LEN(functions); i++) {
		if (!strncmp(name, functions[i], strlen(functions[i])))
			return true;
	}
	return false;
}

static void print_functions(const struct tree *tree)
{
	struct tree_function *functions;
	size_t count, shown = 0;

	if (tree_functions(tree, 0, &functions, &count))
		return;
	tree_functions_by_total(tree, functions, count);
	for (size_t i = 0; i < count && shown < ROWS_SHOWN; i++) {
		const struct tree_frame *frame = &tree->frames[functions[i].frame];
		const char *module = strings_text(tree->strings, frame->module);
		struct line line = {.used = 0};

		if (is_on_every_way(tree, frame) || functions[i].total <= 0)
			continue;
		if (!shown++)
			say("        time    share  in this function and what it called");
		line_add_time(&line, functions[i].total, tree_total(tree, 0, 0));
		say("%s  %.90s%s%s", line.text, strings_text(tree->strings, frame->name),
		    *module ? "  " : "", module);
	}
	free(functions);
}

static void print_whole(const struct render_input *input, const struct view *view)
{
	const struct circumstances *about = input->about;
	size_t waits = columns_of(view).waits;
	char time[NUMBER_TEXT_MAX], count[NUMBER_TEXT_MAX];

	number_duration(time, tree_total(input->tree, 0, 0));
	if (waits == NO_COLUMN) {
		say("%s of the threads' time in %.2f s on %u CPUs, sampled at %llu Hz of %s", time,
		    about->duration_ns / 1e9, about->cpus, (unsigned long long)about->frequency_hz,
		    about->event ? about->event : "?");
		return;
	}
	number_count(count, tree_total(input->tree, 0, waits));
	say("%s %s, %s in all, in %.2f s on %u CPUs", count, view->values[waits].type.name, time,
	    about->duration_ns / 1e9, about->cpus);
}

void report_waits(const struct render_input *input, const struct view *view)
{
	const struct tree *tree = input->tree;
	bool has_cpu = view->activities & ACTIVITY_BIT(ACTIVITY_CPU);

	if (view->wakers == WAKERS_ALONE)
		print_table(tree, view, is_waker, "was ended by", NULL);
	print_table(tree, view, is_wait, "waited for", has_cpu ? "on the CPU" : NULL);
	if (view->rivals)
		print_table(tree, view, is_rival, "while this ran", NULL);
	print_functions(tree);
	print_whole(input, view);
}

/* ---- books ---- */

static void print_residuals(const struct circumstances *about)
{
	for (size_t i = 0; i < about->nr_residuals; i++) {
		const struct thread_residual *thread = &about->residuals[i];

		if (thread->residual_ns && thread->lifetime_ns)
			say("  residual of %.*s (tid %u): %.3f %%", (int)sizeof(thread->name),
			    thread->name, thread->tid,
			    100.0 * (double)thread->residual_ns / (double)thread->lifetime_ns);
	}
}

static void print_sampling(const struct wait_sampling *sampling)
{
	char count[NUMBER_TEXT_MAX];

	number_count(count, (int64_t)sampling->estimated_waits);
	if (sampling->estimated_waits)
		say("estimated: %s waits, to stay below %.4g %% of the CPUs' time; at the most one "
		    "in "
		    "%llu was looked at (--max-overhead)",
		    count, (double)sampling->max_overhead_ppm / 1e4,
		    (unsigned long long)sampling->one_in);
	if (sampling->unwalked_ns)
		say("not walked: %.2f s of waits counted without their stacks, for the same reason",
		    (double)sampling->unwalked_ns / 1e9);
}

void report_books(const struct circumstances *about)
{
	const struct time_books *books = &about->books;

	print_sampling(&about->sampling);
	if (!books->threads)
		return;
	say("books: %llu threads lived %.2f s = %.2f s on the CPU + %.2f s blocked + %.2f s "
	    "waiting "
	    "for a CPU; residual %.3f %%",
	    (unsigned long long)books->threads, (double)books->lifetime_ns / 1e9,
	    (double)books->cpu_ns / 1e9, (double)books->blocked_ns / 1e9,
	    (double)books->queued_ns / 1e9,
	    books->lifetime_ns ? 100.0 * (double)books->residual_ns / (double)books->lifetime_ns
			       : 0.0);
	print_residuals(about);
}
