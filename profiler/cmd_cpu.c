// SPDX-License-Identifier: GPL-2.0-or-later
/* `cpu`: checks the request, captures, names and writes. The loop is session.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "profiler/capture/capture.h"
#include "profiler/commands.h"
#include "profiler/output.h"
#include "profiler/present.h"
#include "profiler/proc/host.h"
#include "profiler/say.h"
#include "profiler/session.h"
#include "profiler/symbolize.h"
#include "profiler/target.h"

/* What only a look at this machine can tell. Returns 0 or the exit status, after saying why. */
static int check_request(const struct options *options)
{
	long limit = host_sysctl("kernel/perf_event_max_sample_rate", 100000);
	const char *events;

	if (options->user_only && options->kernel_only) {
		say_error("--user and --kernel leave nothing; give one of them, or neither for both");
		return EXIT_USAGE;
	}
	if (!capture_event_known(options->event, &events)) {
		say_error("--event %s: no such event; one of %s", options->event, events);
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

static void tell(void *data, const char *line)
{
	say_note("%s", line);
}

/* "bolometer-cpu-TARGET-TIME.svg" in the current folder; NULL without memory. */
static char *default_path(const struct target *target)
{
	time_t now = time(NULL);
	struct tm local;
	char *path, stamp[32];

	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", localtime_r(&now, &local));
	return asprintf(&path, "bolometer-cpu-%s-%s.svg", target->file_word, stamp) < 0 ? NULL
											: path;
}

/* What the profile should say of where and how it was taken. Returns 0 or -ENOMEM. */
static int describe(struct circumstances *about, const struct options *options,
		    const struct target *target)
{
	about->command = strdup("cpu");
	about->target = strdup(target->about);
	about->event = strdup(options->event);
	about->tool_version = strdup("bolometer " BOLOMETER_VERSION);
	about->host = host_name();
	about->kernel = host_kernel();
	if (asprintf(&about->title, "%s on-CPU", target->about) < 0)
		about->title = NULL;
	return about->command && about->target && about->event && about->tool_version &&
			       about->title
		       ? 0
		       : -ENOMEM;
}

/* Names and writes a captured profile. Returns the exit status. */
static int deliver(struct profile *profile, const struct capture *capture,
		   const struct options *options, const struct target *target,
		   struct output_plan *plan)
{
	struct symbolizer_options how = {.no_demangle = options->no_demangle};
	struct symbols symbols;
	int status, err;

	err = describe(&profile->about, options, target);
	if (!err)
		err = symbolize(profile, capture_tracker(capture), &how, &symbols, tell, NULL);
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

/* Captures and delivers. Returns the exit status of the capture itself. */
static int capture_and_deliver(const struct options *options, struct target *target,
			       struct output_plan *plan)
{
	struct capture_config config = {
		.pids = options->pids.numbers,
		.nr_pids = options->pids.count,
		.tids = options->tids.numbers,
		.nr_tids = options->tids.count,
		.cgroup_fd = target->cgroup_fd,
		.started_pid = (uint32_t)target->launched.pid,
		.cpus = options->cpus.numbers,
		.nr_cpus = options->cpus.count,
		.frequency_hz = options->frequency_hz,
		.event = options->event,
		.views = VIEW_BIT(VIEW_CPU),
		.wait_states = WAIT_ALL & ~WAIT_IDLE,
		.waker_chain = 1,
		.want_user = !options->kernel_only,
		.want_kernel = !options->user_only,
		.key_cpu = options->group == GROUP_CPU,
		.key_cgroup = options->group == GROUP_CGROUP,
		.table_entries = options->table_entries,
		.unwind = options->unwind,
		.unwind_bytes = options->unwind_bytes,
		.verbose = options->verbose,
	};
	char why[256];
	struct capture *capture = capture_open(&config, why, sizeof(why));
	struct profile *profile = NULL;
	int status = EXIT_FAILED;

	if (!capture) {
		say_error("%s", why);
		return EXIT_FAILED;
	}
	if (options->verbose)
		capture_details(capture, tell, NULL);
	if (!session_run(capture, target, options)) {
		capture_notices(capture, tell, NULL);
		profile = capture_take_profile(capture);
		status = deliver(profile, capture, options, target, plan);
	}
	profile_free(profile);
	capture_close(capture);
	return status;
}

int cmd_cpu(const struct options *options)
{
	struct output_plan plan = {0};
	struct target target;
	char *path = NULL;
	int status = check_request(options);

	if (status)
		return status;
	status = target_open(&target, options);
	if (!status) {
		path = default_path(&target);
		status = path ? output_plan(&plan, options, path) : EXIT_FAILED;
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
