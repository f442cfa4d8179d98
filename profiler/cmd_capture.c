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
#include "profiler/proc/privileges.h"
#include "profiler/say.h"
#include "profiler/series.h"
#include "profiler/session.h"
#include "profiler/symbolize.h"
#include "profiler/target.h"

#define EVERY_MIN_NS 50000000ULL

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
	if ((options->keep || options->keep_for_ns) && !options->every_ns) {
		say_error("--keep and --keep-for are for the files of --every");
		return EXIT_USAGE;
	}
	if (options->every_ns && options->every_ns < EVERY_MIN_NS) {
		say_error("--every: give at least 50ms; --slices tells parts of a capture apart");
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

/* What was said of the first interval is not said of every one. */
static void tell_no_more(void *data, const char *line)
{
}

/* A line that the next one replaces, while debug files are fetched; NULL: no more. */
static void show_fetching(void *data, const char *line)
{
	char clean[80];

	(void)data;
	fprintf(stderr, "\r\033[K%s", line ? say_clean(line, clean, sizeof(clean)) : "");
}

/*
 * "bolometer-COMMAND-TARGET-TIME.svg" in the current folder, or, where the profile is sent, what is
 * sent; without the time for a series, each of whose files gets its own. NULL without memory.
 */
static char *default_path(const struct command *command, const struct options *options,
			  const struct target *target)
{
	time_t now = time(NULL);
	struct tm local;
	char *path, stamp[32] = "";

	if (!options->every_ns)
		strftime(stamp, sizeof(stamp), "-%Y%m%d-%H%M%S", localtime_r(&now, &local));
	if (asprintf(&path, "bolometer-%s-%s%s.%s", command->name, target->file_word, stamp,
		     options->pushes.count ? "pb.gz" : "svg") < 0)
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
			  struct symbolize_options *how, struct symbols *symbols,
			  void (*to)(void *data, const char *line))
{
	int err = symbolize(profile, tracker, how, symbols, to, NULL);

	if (err != -ENOMEM)
		return err;
	say_note("there is too little memory for inlined functions and source lines; names are "
		 "those of the functions that hold them");
	how->symbolizer.no_inline = true;
	how->symbolizer.cache = how->symbolizer.lines = how->symbolizer.debuginfod = false;
	return symbolize(profile, tracker, how, symbols, to, NULL);
}

/* A capture, and what of it every profile is named and written by. */
struct work {
	const struct options *options;
	const struct capture_config *config;
	const struct target *target;
	struct capture *capture;
};

/* Names and writes a captured profile. Returns the exit status. */
static int deliver(const struct work *work, struct profile *profile, struct output_plan *plan,
		   bool quiet)
{
	const struct options *options = work->options;
	struct tracker *tracker = capture_tracker(work->capture);
	struct symbolize_options how = {
		.symbolizer =
			{
				.demangle = options->demangle,
				.no_inline = options->no_inline,
				.cache = !options->no_cache,
				.confine = !options->no_confine,
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

	if (describe(&profile->about, work->config, work->target)) {
		say_error("out of memory");
		return EXIT_FAILED;
	}
	err = name_addresses(profile, tracker, &how, &symbols, quiet ? tell_no_more : tell);
	if (err) {
		say_error("cannot name the addresses: %s", strerror(-err));
		return EXIT_FAILED;
	}
	if (options->verbose)
		say_note("symbols: %zu addresses in %zu mappings, %zu files opened",
			 profile->nr_locations, profile->nr_mappings, tracker->binaries.count);
	if (!profile->nr_samples && !quiet)
		target_say_empty(options);
	/* Nothing more is captured, nor read of processes. */
	privileges_keep(STAGE_FILES);
	session_own_cost(&profile->about);
	status = present(profile, &symbols, options, plan, options->verbose || !plan->series);
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
		.in_intervals = options->every_ns,
		.table_entries = options->table_entries,
		.unwind = options->unwind,
		.unwind_bytes = options->unwind_bytes,
		.memory_bytes = memory_ceiling(options),
		.confine = !options->no_confine,
		.jit_opener = &jit_opener,
		.verbose = options->verbose,
	};
}

/* What processes that generate code say of it now is the last that is read. 0 or the exit status. */
static int finish_names(struct tracker *tracker)
{
	int err = tracker_jit_finish(tracker);

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

static int ask_for_names(struct tracker *tracker, const struct options *options, bool quiet)
{
	int err = 0;

	if (!options->no_jcmd && !options->kernel_only)
		err = jvms_ask(tracker, quiet ? tell_no_more : tell, NULL);
	if (err)
		say_error("cannot read the names of generated code: %s", strerror(-err));
	return err ? EXIT_FAILED : 0;
}

/*
 * Gives up what no capture needs, before a thread or a foreign file is there; the program of the command
 * line has been started with what it should have. Says what will be missing, if names are looked for at all.
 */
static void keep_privileges(const struct options *options)
{
	int err = privileges_keep(STAGE_CAPTURE);
	char missing[128], wished[128];

	if (err)
		say_note("privileges that are not needed cannot be given up: %s", strerror(-err));
	privileges_missing(true, missing, sizeof(missing));
	if (*missing)
		return; /* nothing will be captured, for that reason */
	privileges_missing(false, wished, sizeof(wished));
	if (*wished && !options->kernel_only)
		say_note("without%s some names will be missing; `bolometer doctor` says which",
			 wished);
}

/* ---- one profile, or a series of them ---- */

static int deliver_interval(void *data, struct profile *profile, struct output_plan *plan,
			    bool first)
{
	const struct work *work = data;
	bool quiet = !first && !work->options->verbose;
	int status = ask_for_names(capture_tracker(work->capture), work->options, quiet);

	return status ? status : deliver(work, profile, plan, quiet);
}

static int prepare_interval(void *data, struct profile *profile)
{
	const struct work *work = data;

	(void)profile;
	return tracker_jit_finish(capture_tracker(work->capture));
}

static int run_series(const struct work *work, struct target *target, struct series *series)
{
	int status;

	series->events_word = session_events_word(work->config);
	series->capture = work->capture;
	series->deliver = deliver_interval;
	series->prepare = prepare_interval;
	series->data = (void *)work;
	status = session_run(work->capture, target, work->options, work->config, series);
	if (status) {
		series_end(series, NULL);
		return status;
	}
	capture_notices(work->capture, tell, NULL);
	struct profile *profile = capture_take_profile(work->capture);
	status = series_end(series, profile);
	profile_free(profile);
	return status;
}

static int run_once(const struct work *work, struct target *target, struct output_plan *plan)
{
	struct tracker *tracker = capture_tracker(work->capture);
	int status = session_run(work->capture, target, work->options, work->config, NULL);
	struct profile *profile;

	if (status)
		return status;
	capture_notices(work->capture, tell, NULL);
	status = finish_names(tracker);
	if (!status)
		status = ask_for_names(tracker, work->options, false);
	if (status)
		return status;
	profile = capture_take_profile(work->capture);
	status = deliver(work, profile, plan, false);
	profile_free(profile);
	return status;
}

/* Captures and delivers, as `plan` says or a series. Returns the exit status of the capture itself. */
static int capture_and_deliver(const struct options *options, struct target *target,
			       struct output_plan *plan, unsigned int view_set,
			       struct series *series)
{
	struct capture_config config;
	struct work work = {.options = options, .config = &config, .target = target};
	int status;
	char why[256];

	keep_privileges(options);
	configure(&config, options, target, view_set);
	if (options->every_ns)
		config.duration_ns = series_next_ns(series);
	memory_hold_to(config.memory_bytes);
	work.capture = capture_open(&config, why, sizeof(why));
	if (!work.capture) {
		say_error("%s", why);
		return EXIT_FAILED;
	}
	hold_beside_kernel(&config, work.capture);
	if (options->verbose)
		capture_details(work.capture, tell, NULL);
	status = options->every_ns ? run_series(&work, target, series)
				   : run_once(&work, target, plan);
	capture_close(work.capture);
	return status;
}

int cmd_capture(const struct command *command, const struct options *options)
{
	struct series series = {.options = options, .view = command->view};
	unsigned int view_set = output_views(options, command->view);
	struct output_plan plan = {0};
	struct target target;
	char *path = NULL;
	int status = check_options(options);

	if (!status)
		status = check_sampling(options, view_set);
	if (status)
		return status;
	session_hold_signals();
	status = target_open(&target, options);
	if (!status) {
		path = default_path(command, options, &target);
		series.default_path = path;
		status = !path		     ? EXIT_FAILED
			 : options->every_ns ? series_check(&series)
					     : output_plan(&plan, options, command->view, path);
	}
	if (!status)
		status = target_start(&target, options);
	if (!status)
		status = capture_and_deliver(options, &target, &plan, view_set, &series);
	status = target_finish(&target, status);
	output_plan_fini(&plan);
	free(path);
	return status;
}
