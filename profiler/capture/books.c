// SPDX-License-Identifier: GPL-2.0-or-later
/* The books of a capture: what became of every event, and what measuring cost. See capture.h. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>

#include "bpf/capture.skel.h"
#include "bpf/shared.h"
#include "profiler/capture/state.h"
#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"
#include "profiler/proc/host.h"

/* The counters of all CPUs together; zeros where they cannot be read. */
static void read_fates(struct capture *capture, struct event_fates *ret_fates)
{
	uint32_t zero = 0;

	*ret_fates = (struct event_fates){0};
	if (bpf_map_lookup_elem(bpf_map__fd(capture->skel->maps.fates), &zero,
				capture->cpu_fates))
		return;
	for (size_t cpu = 0; cpu < capture->nr_possible_cpus; cpu++) {
		for (size_t fate = 0; fate < FATE_COUNT; fate++)
			ret_fates->count[fate] += capture->cpu_fates[cpu].count[fate];
	}
}

/* The causes in loss.def, in its order; FATE_RECORDED and FATE_FIRED are not among them. */
static const struct {
	const char *name;
	const char *about;
	bool is_loss;
} causes[] = {
#define EVENT(name, word, is_loss, text) [FATE_##name] = {word, text, is_loss},
#include "bpf/loss.def"
#undef EVENT
};

void capture_progress(struct capture *capture, struct capture_progress *ret_progress)
{
	struct capture_progress progress = {0};
	struct event_fates fates;

	read_fates(capture, &fates);
	progress.recorded = fates.count[FATE_RECORDED];
	for (uint32_t i = 0; i < ARRAY_LEN(causes); i++)
		progress.lost += causes[i].is_loss ? fates.count[i] : 0;
	progress.stacks = tables_in_use(&capture->tables);
	*ret_progress = progress;
}

/*
 * What is new in the counters. While the programs go on, events are counted as recorded that are not in
 * the tables which were read: they are of the next profile. So what was found is what was recorded, and
 * only with the last one there is something to compare it with.
 */
static void take_fates(struct capture *capture, bool last, struct event_fates *ret_fates)
{
	const struct rows *rows = &capture->rows;
	struct event_fates now;

	read_fates(capture, &now);
	for (size_t i = 0; i < FATE_COUNT; i++)
		ret_fates->count[i] = now.count[i] - capture->told.count[i];
	if (!last) {
		ret_fates->count[FATE_RECORDED] =
			rows->recorded + rows->stack_missing + rows->memory_full;
		ret_fates->count[FATE_FIRED] = ret_fates->count[FATE_RECORDED];
		for (size_t i = 0; i < ARRAY_LEN(causes); i++)
			ret_fates->count[FATE_FIRED] += ret_fates->count[i];
	}
	for (size_t i = 0; i < FATE_COUNT; i++)
		capture->told.count[i] += ret_fates->count[i];
}

static void add_events(struct capture *capture, const struct event_fates *fates)
{
	struct circumstances *about = &capture->profile->about;
	const struct rows *rows = &capture->rows;
	uint64_t found = rows->recorded + rows->stack_missing + rows->memory_full;
	uint64_t recorded = fates->count[FATE_RECORDED];

	about->fired = fates->count[FATE_FIRED];
	for (uint32_t i = 0; i < ARRAY_LEN(causes); i++) {
		struct event_count *event = &about->events[about->nr_events++];

		snprintf(event->name, sizeof(event->name), "%s", causes[i].name);
		snprintf(event->about, sizeof(event->about), "%s", causes[i].about);
		event->is_loss = causes[i].is_loss;
		event->count = fates->count[i];
		if (i == FATE_STACK_MISSING)
			event->count += rows->stack_missing;
		if (i == FATE_MEMORY_FULL)
			event->count += rows->memory_full;
		if (i == FATE_DRAIN_FAILED && recorded > found)
			event->count += recorded - found;
	}
}

static void add_cost(struct capture *capture)
{
	struct circumstances *about = &capture->profile->about;
	const struct bpf_object *object = capture->skel->obj;
	struct program_cost programs = cost_take(&capture->cost, object, host_monotonic_ns());

	about->mapped_bytes = unwinding_bytes(&capture->unwinding);
	about->map_bytes = cost_of_maps(object) + about->mapped_bytes;
	about->own_program_ns = programs.ns;
	about->own_program_runs = programs.runs;
}

/* The time of threads, and what of it is an estimate. */
static void add_time_books(struct capture *capture, const struct event_fates *fates)
{
	struct circumstances *about = &capture->profile->about;
	struct capture_bpf *skel = capture->skel;
	uint64_t unwalked_ns;

	if (!capture_follows_threads(&capture->config))
		return;
	unwalked_ns = skel->bss->waits_unwalked_ns - capture->told_unwalked_ns;
	capture->told_unwalked_ns += unwalked_ns;
	thread_books_describe(&capture->waits.books, about);
	about->sampling = (struct wait_sampling){
		.max_overhead_ppm = capture->config.max_overhead_ppm,
		.estimated_waits = fates->count[FATE_ESTIMATED],
		.one_in = skel->bss->limit_one_in,
		.unwalked_ns = unwalked_ns,
	};
	skel->bss->limit_one_in = 0;
}

void capture_close_books(struct capture *capture, bool last)
{
	struct event_fates fates;

	take_fates(capture, last, &fates);
	add_events(capture, &fates);
	add_time_books(capture, &fates);
	add_cost(capture);
}

/*
 * Runs that the kernel left out, since the program was running on that CPU already, interrupted. A
 * thread whose switch or waking was among them has it in its residual.
 */
static uint64_t runs_missed(const struct capture *capture)
{
	uint64_t missed = 0;
	struct bpf_program *program;

	bpf_object__for_each_program(program, capture->skel->obj) {
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);

		if (bpf_program__autoload(program) &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			missed += info.recursion_misses;
	}
	return missed;
}

/* Threads of which something is missing. */
static void tell_threads(const struct capture *capture, void (*tell)(void *data, const char *line),
			 void *data)
{
	const struct {
		uint64_t count;
		const char *what;
	} lacks[] = {
		{capture->skel->bss->threads_missed, "threads found no memory to be watched in"},
		{capture->skel->bss->thread_records_lost,
		 "threads ended too fast for their books to be read"},
		{runs_missed(capture), "runs of the programs were left out by the kernel"},
		{capture->waits.stacks_missed,
		 "threads were waiting already whose stacks there was no time to walk"},
	};
	char line[160];

	for (size_t i = 0; i < ARRAY_LEN(lacks); i++) {
		if (!lacks[i].count)
			continue;
		snprintf(line, sizeof(line), "%llu %s", (unsigned long long)lacks[i].count,
			 lacks[i].what);
		tell(data, line);
	}
}

/* What the limit of the overhead has done without, besides the stacks that the report counts. */
static void tell_limit(const struct capture *capture, void (*tell)(void *data, const char *line),
		       void *data)
{
	if (capture->skel->bss->wakings_missed)
		tell(data, "threads switched too often for --max-overhead to follow what wakes them; "
			   "from then on waits end where the scheduler queued the thread");
}

/* What is kept of time inside the capture, and what there was no room for. */
static void tell_slices(const struct capture *capture, void (*tell)(void *data, const char *line),
			void *data)
{
	const struct slices *slices = &capture->profile->slices;
	char line[160];

	if (capture->config.verbose && slices->count) {
		snprintf(line, sizeof(line), "slices: %zu of %.4g s; %zu shares in %.1f MB; "
			 "turned in %.0f ms of CPU time",
			 slices->count, (double)slices->plan.width_ns / 1e9, slices->nr_shares,
			 (double)(slices->cap_shares * sizeof(*slices->shares)) / 1e6,
			 (double)capture->slices_cpu_ns / 1e6);
		tell(data, line);
	}
	if (slices->squeezed && slices->count) {
		snprintf(line, sizeof(line), "time is in %zu slices, which is fewer than wanted: more "
			 "than %zu parts of samples in slices are not kept", slices->count,
			 slices->plan.shares_max / 2);
		tell(data, line);
	}
	if (slices->given_up)
		tell(data, "there are too many samples for slices of time; none are kept");
}

void capture_notices(const struct capture *capture, void (*tell)(void *data, const char *line),
		     void *data)
{
	uint64_t missed = capture->skel->bss->targets_missed;
	uint64_t lost = capture->tracker.lost_records;
	char line[320];

	if (*capture->fell_back) {
		snprintf(line, sizeof(line), "user stacks are walked by frame pointers alone: %s",
			 capture->fell_back);
		tell(data, line);
	}
	if (capture->config.verbose)
		unwinding_details(&capture->unwinding, tell, data);
	unwinding_notices(&capture->unwinding, tell, data);
	tell_threads(capture, tell, data);
	tell_limit(capture, tell, data);
	tell_slices(capture, tell, data);
	bounds_notices(capture, tell, data);
	if (missed) {
		snprintf(line, sizeof(line), "%llu child processes could not be followed",
			 (unsigned long long)missed);
		tell(data, line);
	}
	if (lost) {
		snprintf(line, sizeof(line),
			 "%llu records of processes and mappings were lost; some code may be "
			 MARKER_UNKNOWN, (unsigned long long)lost);
		tell(data, line);
	}
}
