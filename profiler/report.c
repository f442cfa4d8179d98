// SPDX-License-Identifier: GPL-2.0-or-later
/* The report of a capture; see report.h. What is told of waits alone is in report_waits.c. */
#include "profiler/report.h"

#include <stdlib.h>
#include <string.h>

#include "profiler/model/markers.h"
#include "profiler/report_waits.h"
#include "profiler/say.h"
#include "render/advice.h"

#define FUNCTIONS_SHOWN 10

static double percent(int64_t part, int64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0.0;
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
	tree_functions_by_total(tree, functions, count);
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

static void print_trust(const struct tree *tree, const struct tree_quality *quality, bool waits)
{
	char advice[128];
	const char *of = waits ? "time with a user stack, the part that"
			       : "samples with a user stack, those that";

	if (quality->with_user)
		say("stacks: %.1f%% rooted (of the %s reached the thread's root); %.1f%% incomplete, "
		    "%.1f%% truncated",
		    percent(quality->rooted, quality->with_user), of,
		    percent(quality->incomplete, quality->with_user),
		    percent(quality->truncated, quality->with_user));
	print_reasons(tree, quality);
	if (quality->total)
		say("names: %.1f%% unknown (the innermost frame has no name); %.1f%% have no stack",
		    percent(quality->unnamed, quality->total),
		    percent(quality->no_stack, quality->total));
	if (advice_unknown(tree, quality, advice, sizeof(advice)))
		say("  %.0f%% unknown: %s", percent(quality->unnamed, quality->total), advice);
}

/* Events in the profile: what is left of those that fired, as profile_check() saw to. */
static uint64_t recorded_events(const struct circumstances *about)
{
	uint64_t recorded = about->fired;

	for (size_t i = 0; i < about->nr_events && about->fired; i++)
		recorded -= about->events[i].count;
	return recorded;
}

static void print_events(const struct circumstances *about)
{
	if (!about->fired)
		return;
	say("events: %llu fired = %llu recorded + %llu lost + the ones left out below",
	    (unsigned long long)about->fired, (unsigned long long)recorded_events(about),
	    (unsigned long long)circumstances_lost(about));
	for (size_t i = 0; i < about->nr_events; i++) {
		if (about->events[i].count)
			say("  %10llu %s %s", (unsigned long long)about->events[i].count,
			    about->events[i].is_loss ? "lost:    " : "left out:",
			    about->events[i].about);
	}
}

/* What can be done about losses goes with them. */
static void print_remedy(const struct circumstances *about)
{
	uint64_t lost = circumstances_lost(about);
	int64_t recorded = (int64_t)recorded_events(about);

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
		say("cost in the kernel: %.2f ms in %llu runs of the programs, %.0f ns each",
		    (double)about->own_program_ns / 1e6,
		    (unsigned long long)about->own_program_runs,
		    (double)about->own_program_ns / (double)about->own_program_runs);
}

static void print_samples(const struct render_input *input)
{
	const struct circumstances *about = input->about;

	print_hottest(input->tree);
	say("%lld samples in %.2f s at %llu Hz of %s on %u CPUs",
	    (long long)tree_total(input->tree, 0, 0), about->duration_ns / 1e9,
	    (unsigned long long)about->frequency_hz, about->event ? about->event : "?",
	    about->cpus);
}

void report_print(const struct render_input *input, const struct view *view)
{
	const struct circumstances *about = input->about;
	bool waits = view->activities & ~ACTIVITY_BIT(ACTIVITY_CPU);

	if (waits)
		report_waits(input, view);
	else
		print_samples(input);
	print_trust(input->tree, input->quality, waits);
	report_books(about);
	print_events(about);
	print_remedy(about);
	print_cost(about);
}
