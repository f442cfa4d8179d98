// SPDX-License-Identifier: GPL-2.0-or-later
/* Intervals, and the processes that write their profiles; see series.h. */
#include "profiler/series.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/workers/confine.h"
#include "profiler/output_file.h"
#include "profiler/proc/host.h"
#include "profiler/say.h"
#include "profiler/series_keep.h"
#include "profiler/series_name.h"

#define NS_PER_S  1000000000ULL
#define NS_PER_MS 1000000ULL

/* An interval that would be shorter than this part of one is joined to the next, or the one before. */
#define LEAST_PART 10

/* That the last profile is waited for; longer where so many intervals are. */
#define CHILD_MAX_NS	    (600 * NS_PER_S)
#define CHILD_INTERVALS_MAX 10

/* A name that is taken gets a number; more than so many are no accident. */
#define NUMBER_MAX 100000

/* ---- names ---- */

/* The texts of -o, without their views: where in a text the path begins. */
static size_t path_at(const char *text)
{
	size_t len = strcspn(text, ":");

	return text[len] && view_find(text, len) != VIEW_PLAIN ? len + 1 : 0;
}

static size_t nr_texts(const struct series *series)
{
	return series->options->outputs.count ? series->options->outputs.count : 1;
}

static const char *text_of(const struct series *series, size_t i)
{
	return series->options->outputs.count ? series->options->outputs.texts[i]
					      : series->default_path;
}

/* The pattern of a file; the caller frees. NULL without memory. */
static char *pattern_of(const struct series *series, size_t i)
{
	const char *text = text_of(series, i);

	return series_name_pattern(text + path_at(text));
}

/* The first name of that moment that is free. NULL without memory, or when none is. */
static char *free_name(const char *pattern, time_t moment)
{
	for (unsigned int number = 1; number < NUMBER_MAX; number++) {
		char *path = series_name_make(pattern, moment, number);
		struct stat st;

		if (!path || (lstat(path, &st) && errno == ENOENT))
			return path;
		if (lstat(path, &st))
			return path; /* what is wrong is said when it is planned */
		free(path);
	}
	return NULL;
}

/* "[VIEW:]PATH" of one file for an interval that began at a moment. NULL likewise. */
static char *text_for(const struct series *series, size_t i, time_t moment)
{
	const char *text = text_of(series, i);
	char *pattern = pattern_of(series, i), *path, *result;

	path = pattern ? free_name(pattern, moment) : NULL;
	if (!path || asprintf(&result, "%.*s%s", (int)path_at(text), text, path) < 0)
		result = NULL;
	free(pattern);
	free(path);
	return result;
}

/* Plans the files of an interval. Returns 0 or the exit status, after saying why. */
static int plan_interval(const struct series *series, time_t moment, struct output_plan *plan)
{
	struct options options = *series->options;
	struct text_list texts = {0};
	int status = 0;

	for (size_t i = 0; i < nr_texts(series) && !status; i++) {
		char *text = text_for(series, i, moment);

		if (!text || ARRAY_RESERVE(texts.texts, texts.cap, texts.count + 1)) {
			say_error("cannot make the name of a file: out of memory or of names");
			free(text);
			status = EXIT_FAILED;
		} else {
			texts.texts[texts.count++] = text;
		}
	}
	options.outputs = texts;
	if (!status)
		status = output_plan(plan, &options, series->view, NULL);
	plan->series = true;
	for (size_t i = 0; i < texts.count; i++)
		free((char *)texts.texts[i]);
	free(texts.texts);
	return status;
}

int series_check(const struct series *series)
{
	struct output_plan plan = {0};
	int status = 0;

	for (size_t i = 0; i < nr_texts(series) && !status; i++) {
		const char *text = text_of(series, i), *wrong;
		char *pattern = pattern_of(series, i);

		wrong = !pattern ? "out of memory" : series_name_wrong(pattern);
		if (output_is_stdout(text + path_at(text)))
			wrong = "standard output can have one profile only; --every needs a file's name";
		free(pattern);
		if (!wrong)
			continue;
		say_error("--output %s: %s", text, wrong);
		status = EXIT_USAGE;
	}
	if (!status)
		status = plan_interval(series, time(NULL), &plan);
	output_plan_fini(&plan);
	return status;
}

/* ---- boundaries ---- */

uint64_t series_next_ns(const struct series *series)
{
	uint64_t every_ns = series->options->every_ns, left_ns;
	struct timespec now;
	struct tm local;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	left_ns = (uint64_t)(now.tv_sec + local.tm_gmtoff) * NS_PER_S + (uint64_t)now.tv_nsec;
	left_ns = every_ns - left_ns % every_ns;
	return left_ns < every_ns / LEAST_PART ? left_ns + every_ns : left_ns;
}

static void begin_interval(struct series *series, uint64_t now_ns)
{
	series->due_ns = now_ns + series_next_ns(series);
	if (series->due_ns + series->options->every_ns / LEAST_PART > series->end_ns)
		series->due_ns = UINT64_MAX;
}

void series_begin(struct series *series, uint64_t end_ns)
{
	series->end_ns = end_ns;
	begin_interval(series, host_monotonic_ns());
}

/* ---- delivering ---- */

static uint64_t readers_cpu_ns(void)
{
	uint64_t cpu_ns, rss_bytes;

	confine_cost(&cpu_ns, &rss_bytes);
	return cpu_ns;
}

static uint64_t own_cpu_ns(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		return 0;
	return readers_cpu_ns() +
	       ((uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec) * NS_PER_S +
	       ((uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec) * 1000;
}

/* "05:12:00", with milliseconds where intervals are that short. */
static void clock_text(const struct series *series, uint64_t unix_ns, char text[16])
{
	time_t seconds = (time_t)(unix_ns / NS_PER_S);
	struct tm local;
	size_t len = strftime(text, 16, "%H:%M:%S", localtime_r(&seconds, &local));

	if (series->options->every_ns % NS_PER_S)
		snprintf(text + len, 16 - len, ".%03u",
			 (unsigned int)(unix_ns % NS_PER_S / NS_PER_MS));
}

static uint64_t recorded_events(const struct profile *profile)
{
	return (uint64_t)profile->totals[0];
}

/* "05:12:00 to 05:13:00: 5940 samples, 0 lost; cpu-20260102-051200.svg" */
static void say_interval(const struct series *series, const struct profile *profile,
			 const struct output_plan *plan)
{
	const struct circumstances *about = &profile->about;
	char from[16], to[16], files[1024] = "";
	size_t used = 0;

	clock_text(series, about->start_unix_ns, from);
	clock_text(series, about->start_unix_ns + about->duration_ns, to);
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->outputs[i].written && used < sizeof(files))
			used += (size_t)snprintf(files + used, sizeof(files) - used, " %s",
						 plan->outputs[i].path);
	}
	say("%s to %s: %llu %s, %llu lost;%s", from, to,
	    (unsigned long long)recorded_events(profile), series->events_word,
	    (unsigned long long)circumstances_lost(about), used ? files : " not written");
}

/* Removes what is not kept any more. Returns EXIT_DONE or EXIT_FAILED. */
static int remove_old(const struct series *series)
{
	const struct options *options = series->options;
	int status = EXIT_DONE;

	for (size_t i = 0; i < nr_texts(series) && (options->keep || options->keep_for_ns); i++) {
		char *pattern = pattern_of(series, i);
		long removed = pattern ? series_keep(pattern, options->keep, options->keep_for_ns,
						     (uint64_t)time(NULL) * NS_PER_S)
				       : -ENOMEM;

		if (removed < 0) {
			say_error("cannot remove old files of %s: %s", pattern ? pattern : "-o",
				  strerror((int)-removed));
			status = EXIT_FAILED;
		}
		free(pattern);
	}
	return status;
}

/* Names, writes, tells and removes. Returns the exit status. */
static int deliver(const struct series *series, struct profile *profile)
{
	time_t moment = (time_t)(profile->about.start_unix_ns / NS_PER_S);
	struct output_plan plan = {0};
	int status = plan_interval(series, moment, &plan);

	if (!status)
		status = series->deliver(series->data, profile, &plan, series->intervals == 1);
	say_interval(series, profile, &plan);
	output_plan_fini(&plan);
	return remove_old(series) ? EXIT_FAILED : status;
}

/* What a profile tells to the sum of all of them. */
static void count_interval(struct series *series, const struct profile *profile)
{
	series->intervals++;
	series->captured_ns += profile->about.duration_ns;
	series->recorded += recorded_events(profile);
	series->lost += circumstances_lost(&profile->about);
}

static void child_ended(struct series *series, int wait_status)
{
	if (WIFSIGNALED(wait_status))
		say_error("the process that wrote a profile was ended by signal %d",
			  WTERMSIG(wait_status));
	if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status))
		series->failed++;
	series->child = 0;
	series->behind = false;
}

/* Whether the last profile is delivered, or given up. */
static bool reap(struct series *series)
{
	uint64_t limit_ns = series->options->every_ns * CHILD_INTERVALS_MAX;
	int status;

	if (!series->child)
		return true;
	if (waitpid(series->child, &status, WNOHANG) == series->child) {
		child_ended(series, status);
		return true;
	}
	if (limit_ns < CHILD_MAX_NS)
		limit_ns = CHILD_MAX_NS;
	if (host_monotonic_ns() - series->child_ns < limit_ns)
		return false;
	say_error("a profile could not be written within %.0f s; it is given up", limit_ns / 1e9);
	kill(series->child, SIGKILL);
	waitpid(series->child, &status, 0);
	child_ended(series, status);
	return true;
}

/* In the forked process. */
static _Noreturn void run_child(const struct series *series, struct profile *profile)
{
	int status;

	capture_leave();
	if (!series->options->quiet && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr); /* the progress line */
	status = deliver(series, profile);
	fflush(NULL);
	_exit(status);
}

/* Hands a profile to a process of its own. */
static void send(struct series *series, struct profile *profile)
{
	uint64_t cpu_ns = own_cpu_ns();

	/* The new process begins with no time of its own, but with that of our readers. */
	profile->about.own_cpu_ns = cpu_ns - series->own_told_ns - readers_cpu_ns();
	series->own_told_ns = cpu_ns;
	count_interval(series, profile);
	fflush(NULL); /* or it would be written twice */
	series->child = fork();
	series->child_ns = host_monotonic_ns();
	if (!series->child)
		run_child(series, profile);
	if (series->child > 0)
		return;
	say_error("cannot start a process to write a profile: %s", strerror(errno));
	series->child = 0;
	series->failed++;
}

/* The last profile is still being written: this interval goes on, as nothing may be lost. */
static void go_on(struct series *series)
{
	if (!series->behind)
		say_note("the last profile is not written yet; this interval goes on until the next "
			 "boundary");
	series->behind = true;
	begin_interval(series, host_monotonic_ns());
}

int series_update(struct series *series)
{
	uint64_t began_ns = host_monotonic_ns(), taken_ns;
	struct profile *profile;
	bool idle = reap(series);
	int err;

	if (began_ns < series->due_ns)
		return 0;
	if (!idle) {
		go_on(series);
		return 0;
	}
	err = capture_turn(series->capture, series_next_ns(series), &profile);
	if (err)
		return err;
	taken_ns = host_monotonic_ns();
	begin_interval(series, taken_ns);
	err = series->prepare(series->data, profile);
	if (!err)
		send(series, profile);
	profile_free(profile);
	capture_forget(series->capture);
	if (series->options->verbose)
		say_note("interval: ended in %.1f ms, handed over and forgotten in %.1f ms",
			 (double)(taken_ns - began_ns) / 1e6,
			 (double)(host_monotonic_ns() - taken_ns) / 1e6);
	return err;
}

static void wait_for_child(struct series *series)
{
	const struct timespec moment = {.tv_nsec = 20 * NS_PER_MS};

	while (!reap(series))
		nanosleep(&moment, NULL);
}

int series_end(struct series *series, struct profile *profile)
{
	wait_for_child(series);
	if (profile) {
		profile->about.own_cpu_ns = 0 - series->own_told_ns; /* of what will be added to it */
		count_interval(series, profile);
		if (series->prepare(series->data, profile) || deliver(series, profile))
			series->failed++;
	}
	say("%llu intervals in %.1f s: %llu %s, %llu lost; %llu not or only partly written",
	    (unsigned long long)series->intervals,
	    (double)series->captured_ns / 1e9,
	    (unsigned long long)series->recorded, series->events_word,
	    (unsigned long long)series->lost, (unsigned long long)series->failed);
	return series->failed ? EXIT_FAILED : EXIT_DONE;
}
