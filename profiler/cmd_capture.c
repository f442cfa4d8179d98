// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The captures: checks the request, captures, names and writes. They differ in
 * the view that they draw; the loop is session.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "profiler/capture/capture.h"
#include "profiler/commands.h"
#include "profiler/jvms.h"
#include "profiler/memory.h"
#include "profiler/output.h"
#include "profiler/present.h"
#include "profiler/proc/host.h"
#include "profiler/say.h"
#include "profiler/session.h"
#include "profiler/symbolize.h"
#include "profiler/target.h"

/* Sampling, of what and how often: only a look at this machine can tell whether it can do that. */
static int check_sampling(const struct options *options, unsigned int view_set)
{
	long limit = host_sysctl("kernel/perf_event_max_sample_rate", 100000);
	const char *events;

	if (!(view_set & VIEWS_SAMPLED) && options->frequency_hz) {
		say_error("--frequency: nothing is sampled here; it is for cpu and wall, and for "
			  "what is drawn as one of them: -o cpu:FILE");
		return EXIT_USAGE;
	}
	if (!capture_event_known(options->event, &events)) {
		say_error("--event %s: no such event; one of %s", options->event, events);
		return EXIT_USAGE;
	}
	if (view_set != VIEW_BIT(VIEW_CPU) && strcmp(options->event, EVENT_DEFAULT)) {
		say_error("--event %s: waits are timed, and go only with samples of %s",
			  options->event, EVENT_DEFAULT);
		return EXIT_USAGE;
	}
	if (limit > 0 && options->frequency_hz > (uint64_t)limit) {
		say_error("--frequency %llu: above this kernel's limit of %ld; lower it, or raise "
			  "the limit: sysctl kernel.perf_event_max_sample_rate=%llu",
			  (unsigned long long)options->frequency_hz, limit,
			  (unsigned long long)options->frequency_hz);
		return EXIT_USAGE;
	}
	return 0;
}

/* Options that do not go together. Returns 0 or the exit status, after saying why. */
static int check_options(const struct options *options)
{
	if (options->user_only && options->kernel_only) {
		say_error(
			"--user and --kernel leave nothing; give one of them, or neither for both");
		return EXIT_USAGE;
	}
	if (options->group.key == GROUP_LABEL) {
		say_error("--group label: captures have no labels; these are in files of other "
			  "tools");
		return EXIT_USAGE;
	}
	if (options->max_wait_ns && options->min_wait_ns > options->max_wait_ns) {
		say_error("--min-wait is longer than --max-wait, which leaves no wait");
		return EXIT_USAGE;
	}
	return 0;
}

static void tell(void *data, const char *line)
{
	say_note("%s", line);
}

/* A line that the next one replaces, while debug files are fetched; NULL: no more. */
static void show_fetching(void *data, const char *line)
{
	char clean[80];

	(void)data;
	fprintf(stderr, "\r\033[K%s", line ? say_clean(line, clean, sizeof(clean)) : "");
}

/* "bolometer-COMMAND-TARGET-TIME.svg" in the current folder; NULL without memory. */
static char *default_path(const struct command *command, const struct target *target)
{
	time_t now = time(NULL);
	struct tm local;
	char *path, stamp[32];

	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", localtime_r(&now, &local));
	if (asprintf(&path, "bolometer-%s-%s-%s.svg", command->name, target->file_word, stamp) < 0)
		return NULL;
	return path;
}

/* What the profile should say of where and how it was taken. Returns 0 or -ENOMEM. */
static int describe(struct circumstances *about, const struct capture_config *config,
		    const struct target *target)
{
	about->target = strdup(target->about);
	about->event = strdup(config->event);
	about->tool_version = strdup("bolometer " BOLOMETER_VERSION);
	about->host = host_name();
	about->kernel = host_kernel();
	return about->target && about->event && about->tool_version ? 0 : -ENOMEM;
}

/* With little memory there are names all the same, without what debug information adds to them. */
static int name_addresses(struct profile *profile, const struct tracker *tracker,
			  struct symbolize_options *how, struct symbols *symbols)
{
	int err = symbolize(profile, tracker, how, symbols, tell, NULL);

	if (err != -ENOMEM)
		return err;
	say_note("there is too little memory for inlined functions and source lines; names are "
		 "those of the functions that hold them");
	how->symbolizer.no_inline = true;
	how->symbolizer.cache = how->symbolizer.lines = how->symbolizer.debuginfod = false;
	return symbolize(profile, tracker, how, symbols, tell, NULL);
}

/* Names and writes a captured profile. Returns the exit status. */
static int deliver(struct profile *profile, struct capture *capture,
		   const struct options *options, struct output_plan *plan)
{
	struct symbolize_options how = {
		.symbolizer =
			{
				.demangle = options->demangle,
				.no_inline = options->no_inline,
				.cache = !options->no_cache,
				.lines = options->lines || output_wants_lines(plan),
				.symfs = options->symfs,
				.debuginfod = !options->no_debuginfod,
				.progress = !options->quiet && isatty(STDERR_FILENO)
						    ? show_fetching
						    : NULL,
			},
		.names_with_lines = options->lines,
	};
	struct symbols symbols;
	int status, err;

	err = name_addresses(profile, capture_tracker(capture), &how, &symbols);
	if (err) {
		say_error("cannot name the addresses: %s", strerror(-err));
		return EXIT_FAILED;
	}
	if (options->verbose)
		say_note("symbols: %zu addresses in %zu mappings, %zu files opened",
			 profile->nr_locations, profile->nr_mappings,
			 capture_tracker(capture)->binaries.count);
	if (!profile->nr_samples)
		target_say_empty(options);
	session_own_cost(&profile->about);
	status = present(profile, &symbols, options, plan, true);
	symbols_fini(&symbols);
	return status;
}

static void configure(struct capture_config *config, const struct options *options,
		      const struct target *target, unsigned int view_set)
{
	static const struct jit_opener jit_opener = {symbol_jit_folder, symbol_jit_open_in};

	*config = (struct capture_config){
		.pids = options->pids.numbers,
		.nr_pids = options->pids.count,
		.tids = options->tids.numbers,
		.nr_tids = options->tids.count,
		.cgroup_fd = target->cgroup_fd,
		.started_pid = (uint32_t)target->launched.pid,
		.cpus = options->cpus.numbers,
		.nr_cpus = options->cpus.count,
		.frequency_hz =
			options->frequency_hz ? options->frequency_hz : FREQUENCY_DEFAULT_HZ,
		.event = options->event,
		.want_user = !options->kernel_only,
		.want_kernel = !options->user_only,
		.key_cpu = options->group.key == GROUP_CPU,
		.key_cgroup = group_key_by_cgroup(options->group.key),
		.views = view_set,
		.min_wait_ns = options->min_wait_ns,
		.max_wait_ns = options->max_wait_ns,
		.wait_states = options->wait_states ? options->wait_states : WAIT_DEFAULT,
		.complete_only = options->complete_only,
		.waker_chain = (unsigned int)options->waker_chain,
		.max_overhead_ppm = options->max_overhead_ppm,
		.slices = options->slices,
		.duration_ns = options->duration_ns,
		.table_entries = options->table_entries,
		.unwind = options->unwind,
		.unwind_bytes = options->unwind_bytes,
		.memory_bytes = memory_ceiling(options),
		.jit_opener = &jit_opener,
		.verbose = options->verbose,
	};
}

/* What processes that generate code say of it now is the last that is read. 0 or the exit status. */
static int ask_for_names(struct tracker *tracker, const struct options *options)
{
	int err = tracker_jit_finish(tracker);

	if (!err && !options->no_jcmd && !options->kernel_only)
		err = jvms_ask(tracker, tell, NULL);
	if (err)
		say_error("cannot read the names of generated code: %s", strerror(-err));
	return err ? EXIT_FAILED : 0;
}

/* What the kernel holds for the capture is not this process's to hold. */
static void hold_beside_kernel(const struct capture_config *config, const struct capture *capture)
{
	uint64_t kernel_bytes = capture_kernel_bytes(capture);

	if (config->memory_bytes > kernel_bytes)
		memory_hold_to(config->memory_bytes - kernel_bytes);
}

/* Captures and delivers. Returns the exit status of the capture itself. */
static int capture_and_deliver(const struct options *options, struct target *target,
			       struct output_plan *plan)
{
	struct capture_config config;
	struct capture *capture;
	struct profile *profile = NULL;
	int status;
	char why[256];

	configure(&config, options, target, plan->views);
	memory_hold_to(config.memory_bytes);
	capture = capture_open(&config, why, sizeof(why));
	if (!capture) {
		say_error("%s", why);
		return EXIT_FAILED;
	}
	hold_beside_kernel(&config, capture);
	if (options->verbose)
		capture_details(capture, tell, NULL);
	status = session_run(capture, target, options, &config);
	if (!status) {
		capture_notices(capture, tell, NULL);
		status = ask_for_names(capture_tracker(capture), options);
	}
	if (!status) {
		profile = capture_take_profile(capture);
		status = describe(&profile->about, &config, target) ? EXIT_FAILED : 0;
		if (status)
			say_error("out of memory");
		else
			status = deliver(profile, capture, options, plan);
	}
	profile_free(profile);
	capture_close(capture);
	return status;
}

int cmd_capture(const struct command *command, const struct options *options)
{
	struct output_plan plan = {0};
	struct target target;
	char *path = NULL;
	int status = check_options(options);

	if (!status)
		status = check_sampling(options, output_views(options, command->view));
	if (status)
		return status;
	session_hold_signals();
	status = target_open(&target, options);
	if (!status) {
		path = default_path(command, &target);
		status = path ? output_plan(&plan, options, command->view, path) : EXIT_FAILED;
	}
	if (!status)
		status = target_start(&target, options);
	if (!status)
		status = capture_and_deliver(options, &target, &plan);
	status = target_finish(&target, status);
	output_plan_fini(&plan);
	free(path);
	return status;
}
