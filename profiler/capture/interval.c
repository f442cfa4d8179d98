// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The profile that a capture fills, from its beginning to its end: one for the whole capture, or,
 * where it is continuous, one for each interval, the next of which begins where the last one ended.
 * What a capture knows of processes and files goes on; see state.h, capture.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "profiler/capture/state.h"
#include "profiler/proc/host.h"

/* Of time, so that turning the tables stays cheap beside what goes on; also where it is not known. */
#define SLICE_MIN_NS 100000000ULL

static int add_value_types(struct profile *profile, const struct value_type *types, size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = profile_add_value_type(profile, &types[i]);
	return err;
}

/* Value types, and what one sample is worth. */
int capture_open_profile(struct capture *capture)
{
	static const struct value_type sampled[] = {{"samples", "count", VALUE_AMOUNT},
						    {"cpu", "nanoseconds", VALUE_AMOUNT}};
	bool is_clock = !strcmp(capture->config.event, "cpu-clock");
	struct rows *rows = &capture->rows;

	capture->profile = profile_new();
	if (!capture->profile)
		return -ENOMEM;
	normalizer_fini(&capture->normalizer);
	normalizer_init(&capture->normalizer, capture->profile, &capture->tracker);
	rows->normalizer = &capture->normalizer;
	rows->tables = &capture->tables;
	rows->activities = capture_follows_threads(&capture->config);
	rows->sampled = capture_samples(&capture->config);
	rows->sample_ns = is_clock ? 1000000000ULL / capture->config.frequency_hz : 0;
	rows->recorded = rows->stack_missing = rows->memory_full = 0;
	thread_numbers_forget(&capture->numbers);
	rows->numbers = &capture->numbers;
	capture->waits.books.numbers = capture->waits.next.numbers = &capture->numbers;
	return rows->activities
		       ? add_value_types(capture->profile, activity_values, ACTIVITY_VALUES)
		       : add_value_types(capture->profile, sampled, is_clock ? 2 : 1);
}

/* Slices from the beginning of the profile on. Returns 0 or -ENOMEM. */
static int begin_slices(struct capture *capture)
{
	const struct capture_config *config = &capture->config;
	struct slices_plan plan = {
		.begin_ns = capture->begun_ns,
		.width_ns = SLICE_MIN_NS,
		.count_max = config->slices,
		.ends = config->duration_ns != 0,
		.shares_max = SLICES_SHARES_MAX,
	};

	if (plan.ends && config->duration_ns / SLICE_MIN_NS < plan.count_max)
		plan.count_max = config->duration_ns / SLICE_MIN_NS;
	if (plan.count_max < 2)
		return 0;
	if (plan.ends)
		plan.width_ns = config->duration_ns / plan.count_max;
	return slices_begin(&capture->profile->slices, &plan);
}

static uint32_t cpus_watched(const struct capture *capture)
{
	uint32_t *online;
	size_t count = 0;

	if (capture_samples(&capture->config))
		return (uint32_t)capture->events.count;
	if (capture->config.nr_cpus)
		return (uint32_t)capture->config.nr_cpus;
	if (!host_online_cpus(&online, &count))
		free(online);
	return (uint32_t)count;
}

/* A moment of CLOCK_MONOTONIC that is just past, as time since 1970. */
static uint64_t unix_ns(uint64_t monotonic_ns)
{
	struct timespec now;
	uint64_t ago_ns;

	clock_gettime(CLOCK_REALTIME, &now);
	ago_ns = host_monotonic_ns() - monotonic_ns;
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec - ago_ns;
}

int capture_begin_profile(struct capture *capture, uint64_t begin_ns)
{
	struct circumstances *about = &capture->profile->about;

	capture->begun_ns = begin_ns;
	about->start_unix_ns = unix_ns(begin_ns);
	about->cpus = cpus_watched(capture);
	bounds_start(capture);
	return begin_slices(capture);
}

/* With all rows in it. `last`: the programs count nothing any more. Returns 0 or -errno. */
static int end_profile(struct capture *capture, uint64_t end_ns, bool last)
{
	struct profile *profile = capture->profile;
	int err = 0;

	profile->about.duration_ns = end_ns - capture->begun_ns;
	/* What is added from here on, the sums of threads and names, is bounded by what is there. */
	profile_set_full(profile, false);
	profile->about.frequency_hz =
		capture_samples(&capture->config) ? capture->config.frequency_hz : 0;
	if (capture->rows.activities)
		err = settle(&capture->rows, &capture->waits.books);
	if (!err)
		err = slices_seal(&profile->slices, profile->nr_samples, end_ns);
	capture_close_books(capture, last);
	profile_seal(profile);
	return err;
}

int capture_stop(struct capture *capture)
{
	uint64_t ended_ns = host_monotonic_ns();
	int err;

	events_detach(&capture->events);
	capture->attached = false;
	err = waits_end(&capture->waits, &ended_ns);
	if (err)
		return capture_failed(capture, err, "cannot close the books: %s", strerror(-err));
	err = capture_drain(capture);
	return err ? err : end_profile(capture, ended_ns, true);
}

struct profile *capture_take_profile(struct capture *capture)
{
	struct profile *profile = capture->profile;

	capture->profile = NULL;
	return profile;
}

int capture_turn(struct capture *capture, uint64_t next_ns, struct profile **ret_profile)
{
	uint64_t turned_ns;
	struct profile *profile;
	int err = capture_drain_interval(capture, &turned_ns);

	if (!err)
		err = end_profile(capture, turned_ns, false);
	if (err)
		return err;
	profile = capture_take_profile(capture);
	capture->config.duration_ns = next_ns;
	waits_begin_books(&capture->waits);
	err = capture_open_profile(capture);
	if (!err)
		err = capture_begin_profile(capture, turned_ns);
	if (err) {
		profile_free(profile);
		return err;
	}
	*ret_profile = profile;
	return 0;
}

static bool needs_binary(void *data, uint32_t binary)
{
	struct capture *capture = data;

	return capture->unwinding.unwinder &&
	       unwinder_needs(capture->unwinding.unwinder, binary);
}

void capture_forget(struct capture *capture)
{
	/* Without memory nothing is forgotten, but all goes on. */
	(void)tracker_forget(&capture->tracker, capture->begun_ns, needs_binary, capture);
	stack_store_end_interval(&capture->tables.stacks);
	stack_store_end_interval(&capture->tables.wakers);
}
