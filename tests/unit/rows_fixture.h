/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile that rows of the tables are added to, and what its samples then say. */
#ifndef BOLOMETER_TESTS_ROWS_FIXTURE_H
#define BOLOMETER_TESTS_ROWS_FIXTURE_H

#include "tests/unit/unit.h"

#include "profiler/capture/rows.h"
#include "profiler/model/view.h"

#define SAMPLE_NS 10000

static struct profile *profile;
static struct tracker tracker;
static struct tables tables;
static struct normalizer normalizer;
static struct rows rows;

static void open_profile(bool activities)
{
	const struct value_type plain[] = {
		{"samples", "count", VALUE_AMOUNT},
		{"cpu", "nanoseconds", VALUE_AMOUNT},
	};

	memset(&tables, 0, sizeof(tables));
	profile = profile_new();
	assert_non_null(profile);
	for (size_t v = 0; v < (activities ? (size_t)ACTIVITY_VALUES : ARRAY_LEN(plain)); v++)
		assert_int_equal(profile_add_value_type(profile, activities ? &activity_values[v]
									    : &plain[v]),
				 0);
	tracker_init(&tracker, false);
	tables.entries = 1;
	assert_int_equal(tables_init(&tables), 0);
	normalizer_init(&normalizer, profile, &tracker);
	rows = (struct rows){
		.normalizer = &normalizer,
		.tables = &tables,
		.activities = activities,
		.sampled = true,
		.sample_ns = SAMPLE_NS,
		.cgroup_fd = -1,
	};
}

static int setup(void **state)
{
	open_profile(true);
	return 0;
}

static int teardown(void **state)
{
	normalizer_fini(&normalizer);
	tables_fini(&tables);
	tracker_fini(&tracker);
	profile_free(profile);
	return 0;
}

/* A row to change and to add. */
struct example {
	struct count_key key;
	struct count_value value;
	uint64_t kernel[3];
	bool has_kernel, stack_missing;
};

static struct example example(enum count_activity activity, uint64_t count)
{
	return (struct example){
		.key = {.tgid = 10,
			.tid = 11,
			.cpu = SHARED_NO_CPU,
			.comm = "worker",
			.syscall = WAIT_NO_SYSCALL,
			.activity = activity},
		.value = {.count = count, .first_ns = 100, .last_ns = 200},
		.kernel = {STACK_HEADER(2, 0, STACK_END_ROOT), 0xffffffff81000010,
			   0xffffffff81000020},
		.has_kernel = true,
	};
}

static void add(const struct example *e)
{
	const struct table_row row = {
		.key = &e->key,
		.value = &e->value,
		.kernel = e->has_kernel ? e->kernel : NULL,
		.stack_missing = e->stack_missing,
	};

	assert_int_equal(rows_add(&rows, &row), 0);
}

/* Root first: names, and "k10" for kernel addresses by their last digits. */
static const char *text_of(uint32_t stack)
{
	static char text[512];
	char before[512];

	*text = '\0';
	for (; stack != STACK_EMPTY; stack = stack_callers(&profile->stacks, stack)) {
		const struct location *at =
			&profile->locations[stack_leaf(&profile->stacks, stack)];

		memcpy(before, text, sizeof(before));
		if (at->mapping == MAPPING_NONE)
			snprintf(text, sizeof(text), "%s%s%.400s",
				 strings_text(profile->strings, at->name), *before ? ";" : "",
				 before);
		else
			snprintf(text, sizeof(text), "k%x%s%.400s", (unsigned int)at->addr & 0xffff,
				 *before ? ";" : "", before);
	}
	return text;
}

static void check_values(size_t sample, int64_t events, int64_t ns, int64_t waits, int64_t longest,
			 int64_t squares)
{
	const int64_t *values = &profile->values[sample * ACTIVITY_VALUES];

	assert_true(sample < profile->nr_samples);
	assert_int_equal(values[ACTIVITY_EVENTS], events);
	assert_int_equal(values[ACTIVITY_NS], ns);
	assert_int_equal(values[ACTIVITY_WAITS], waits);
	assert_int_equal(values[ACTIVITY_LONGEST], longest);
	assert_int_equal(values[ACTIVITY_SQUARES], squares);
}

#endif
