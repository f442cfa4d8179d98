// SPDX-License-Identifier: GPL-2.0-or-later
/* The report of a capture; see report.h. */
#include "profiler/report.h"

#include <stdlib.h>
#include <string.h>

#include "profiler/model/markers.h"
#include "profiler/say.h"

#define FUNCTIONS_SHOWN 10

static double percent(int64_t part, int64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

static int compare_total(const void *left, const void *right, void *data)
{
	const struct tree_function *a = left, *b = right;
	const struct tree *tree = data;

	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	return tree_frame_compare(tree->strings, &tree->frames[a->frame], &tree->frames[b->frame]);
}

static void print_functions(const struct tree *tree, const struct tree_function *functions,
			    size_t count)
{
	for (size_t i = 0; i < count && i < FUNCTIONS_SHOWN; i++) {
		const struct tree_frame *frame = &tree->frames[functions[i].frame];
		const char *module = strings_text(tree->strings, frame->module);

		say("  %6.2f%% %6.2f%%  %.90s%s%s",
		    percent(functions[i].self, tree_total(tree, 0, 0)),
		    percent(functions[i].total, tree_total(tree, 0, 0)),
		    strings_text(tree->strings, frame->name), *module ? "  " : "", module);
	}
}

/* Stands for the functions that are shown, in order: both lists are one where stacks are short. */
static uint64_t shown(const struct tree_function *functions, size_t count)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < count && i < FUNCTIONS_SHOWN; i++)
		hash = hash * 0x9e3779b97f4a7c15ULL + functions[i].frame;
	return hash;
}

static void print_hottest(const struct tree *tree)
{
	struct tree_function *functions;
	uint64_t by_self;
	size_t count;

	if (!tree_total(tree, 0, 0) || tree_functions(tree, 0, &functions, &count))
		return;
	say("hottest by self:");
	say("    self   total  function");
	print_functions(tree, functions, count);
	by_self = shown(functions, count);
	qsort_r(functions, count, sizeof(*functions), compare_total, (void *)tree);
	if (shown(functions, count) != by_self) {
		say("hottest by total:");
		print_functions(tree, functions, count);
	}
	free(functions);
}

/* Why stacks are incomplete: the marker's own words, without its brackets. */
static void print_reasons(const struct tree *tree, const struct tree_quality *quality)
{
	for (size_t i = 0; i < quality->nr_reasons; i++) {
		const char *marker = strings_text(tree->strings, quality->reasons[i].name);
		size_t skip = strlen(MARKER_INCOMPLETE);

		say("  %6.2f%% incomplete: %.*s",
		    percent(quality->reasons[i].value, quality->with_user),
		    (int)(strlen(marker) - skip - 1), marker + skip);
	}
}

static void print_trust(const struct tree *tree, const struct tree_quality *quality)
{
	if (quality->with_user)
		say("stacks: %.1f%% rooted (of the samples with a user stack, those that reached the "
		    "thread's root); %.1f%% incomplete, %.1f%% truncated",
		    percent(quality->rooted, quality->with_user),
		    percent(quality->incomplete, quality->with_user),
		    percent(quality->truncated, quality->with_user));
	print_reasons(tree, quality);
	if (quality->total)
		say("names: %.1f%% unknown (the innermost frame has no name); %.1f%% have no stack",
		    percent(quality->unnamed, quality->total),
		    percent(quality->no_stack, quality->total));
}

static void print_events(const struct circumstances *about, int64_t recorded)
{
	if (!about->fired)
		return;
	say("events: %llu fired = %lld recorded + %llu lost + the ones left out below",
	    (unsigned long long)about->fired, (long long)recorded,
	    (unsigned long long)circumstances_lost(about));
	for (size_t i = 0; i < about->nr_events; i++) {
		if (about->events[i].count)
			say("  %10llu %s %s", (unsigned long long)about->events[i].count,
			    about->events[i].is_loss ? "lost:    " : "left out:",
			    about->events[i].about);
	}
}

/* What can be done about losses goes with them. */
static void print_remedy(const struct circumstances *about, int64_t recorded)
{
	uint64_t lost = circumstances_lost(about);

	if (lost)
		say("  %.1f%% of what was to be recorded is missing; larger tables may help: "
		    "--table-entries", percent((int64_t)lost, recorded + (int64_t)lost));
}

static void print_cost(const struct circumstances *about)
{
	if (!about->own_cpu_ns)
		return;
	say("cost: %.2f s CPU, %.1f MB memory and %.1f MB of BPF maps", about->own_cpu_ns / 1e9,
	    (double)about->own_rss_bytes / 1e6, (double)about->map_bytes / 1e6);
	if (about->own_program_runs)
		say("cost in the kernel: %.0f ns a sample that fired, %.2f ms in all",
		    (double)about->own_program_ns / (double)about->own_program_runs,
		    (double)about->own_program_ns / 1e6);
}

void report_print(const struct render_input *input)
{
	const struct circumstances *about = input->about;

	print_hottest(input->tree);
	say("%lld samples in %.2f s at %llu Hz of %s on %u CPUs",
	    (long long)tree_total(input->tree, 0, 0), about->duration_ns / 1e9,
	    (unsigned long long)about->frequency_hz, about->event ? about->event : "?",
	    about->cpus);
	print_trust(input->tree, input->quality);
	print_events(about, tree_total(input->tree, 0, 0));
	print_remedy(about, tree_total(input->tree, 0, 0));
	print_cost(about);
}
