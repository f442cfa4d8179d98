/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles with activities, as captures of waiting time make them, from text. */
#ifndef BOLOMETER_TESTS_VIEW_FIXTURE_H
#define BOLOMETER_TESTS_VIEW_FIXTURE_H

#include "tests/unit/unit.h"

#include "profiler/model/markers.h"
#include "profiler/model/profile.h"
#include "profiler/model/view.h"

static inline struct profile *fixture_profile(void)
{
	struct profile *profile = profile_new();

	for (size_t v = 0; v < ACTIVITY_VALUES; v++)
		assert_int_equal(profile_add_value_type(profile, &activity_values[v]), 0);
	return profile;
}

/* "main;read_k;[no stack]": "_k" marks kernel frames, brackets are markers. */
static inline uint32_t stack_of(struct profile *profile, const char *text)
{
	uint32_t stack = STACK_EMPTY, location;
	char copy[512], *rest = copy, *name;

	snprintf(copy, sizeof(copy), "%s", text);
	while (*text && (name = strsep(&rest, ";"))) {
		size_t len = strlen(name);
		enum frame_kind kind = name[0] == '[' ? marker_kind(name, len) : FRAME_USER;

		if (len > 2 && !strcmp(name + len - 2, "_k")) {
			kind = FRAME_KERNEL;
			len -= 2;
		}
		assert_int_equal(profile_add_name(profile, name, len, kind, &location), 0);
		assert_int_equal(stack_table_push(&profile->stacks, stack, location, &stack), 0);
	}
	return stack;
}

static inline uint32_t waker_of(struct profile *profile, const char *stack, uint32_t next)
{
	struct waker waker = {stack_of(profile, stack), next};
	uint32_t id;

	assert_int_equal(profile_add_waker(profile, &waker, &id), 0);
	return id;
}

static inline void add(struct profile *profile, enum activity activity, const char *stack,
		       const char *top, uint32_t waker_plus_1, int64_t ns)
{
	struct sample sample = {
		.stack = stack_of(profile, stack),
		.task = TASK_NONE,
		.cpu = CPU_NONE,
		.top = stack_of(profile, top),
		.waker = waker_plus_1,
		.activity = activity,
	};
	bool is_wait = activity != ACTIVITY_CPU;
	int64_t tenths_of_ms = ns / 100000;
	const int64_t values[ACTIVITY_VALUES] = {
		[ACTIVITY_EVENTS] = 1,
		[ACTIVITY_NS] = ns,
		[ACTIVITY_WAITS] = is_wait,
		[ACTIVITY_LONGEST] = is_wait ? ns : 0,
		[ACTIVITY_SQUARES] = is_wait ? tenths_of_ms * tenths_of_ms : 0,
	};

	assert_int_equal(profile_add_sample(profile, &sample, values), 0);
}

/* Three threads' worth: a wait for a lock, one for a disk, one for a CPU, and work. */
static inline struct profile *busy_profile(void)
{
	struct profile *profile = fixture_profile();
	struct sample queued = {.task = TASK_NONE, .cpu = CPU_NONE, .activity = ACTIVITY_QUEUED};
	uint32_t waker = waker_of(profile, "boss;unlock;try_to_wake_up_k", WAKER_NONE);
	const char *rival = MARKER_INSTEAD "make]";

	add(profile, ACTIVITY_BLOCKED, "main;lock;schedule_k", "[waits: futex]", waker + 1,
	    3000000000);
	add(profile, ACTIVITY_BLOCKED, "main;lock;schedule_k", "[waits: futex]", waker + 1,
	    1000000000);
	add(profile, ACTIVITY_BLOCKED, "main;load;schedule_k", "[waits: disk]", 0, 900000000);
	add(profile, ACTIVITY_CPU, "main;work", "", 0, 1000000);
	queued.stack = stack_of(profile, "main;lock;schedule_k");
	queued.top = stack_of(profile, MARKER_RUN_QUEUE);
	assert_int_equal(
		profile_add_name(profile, rival, strlen(rival), FRAME_MARKER, &queued.rival), 0);
	queued.rival++;
	assert_int_equal(
		profile_add_sample(profile, &queued, (int64_t[]){1, 100000000, 1, 100000000, 1}),
		0);
	profile->about.target = strdup("demo (pid 7)");
	profile->about.frequency_hz = 99;
	profile->about.duration_ns = 5000000000;
	profile->about.cpus = 2;
	return profile;
}

#endif
