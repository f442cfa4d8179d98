// SPDX-License-Identifier: GPL-2.0-or-later
/* Stacks, samples, and whether profile_check() finds every way in which a profile can be wrong. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "profiler/model/profile.h"

/* ---- stacks ---- */

#define DEPTH_MAX 12

static uint32_t push(struct stack_table *stacks, const uint32_t *frames, size_t depth)
{
	uint32_t stack = STACK_EMPTY, all[DEPTH_MAX];

	/* One by one or all at once: there is no difference. */
	if (depth % 2) {
		assert_int_equal(stack_table_push_all(stacks, stack, frames, depth, all), 0);
		return all[depth - 1];
	}
	for (size_t i = 0; i < depth; i++)
		assert_int_equal(stack_table_push(stacks, stack, frames[i], &stack), 0);
	return stack;
}

/* Every stack is called by its callers, once. */
static void check_called(const struct stack_table *stacks)
{
	size_t seen = 0;

	for (uint32_t stack = 0; stack < stacks->count; stack++) {
		for_each_called (stacks, stack, called) {
			assert_int_equal(stack_callers(stacks, called), stack);
			seen++;
		}
	}
	assert_int_equal(seen, stacks->count - 1);
}

static void equal_stacks_have_one_id(void **state)
{
	enum { COUNT = 3000 };
	static uint32_t frames[COUNT][DEPTH_MAX];
	size_t depths[COUNT];
	uint32_t ids[COUNT];
	struct stack_table stacks = {0};
	uint64_t random = 3;

	for (int i = 0; i < COUNT; i++) {
		depths[i] = 1 + random_below(&random, DEPTH_MAX);
		for (size_t f = 0; f < depths[i]; f++)
			frames[i][f] = random_below(&random, f ? 3 : 40); /* few and many */
		ids[i] = push(&stacks, frames[i], depths[i]);
	}
	stack_table_seal(&stacks);
	check_called(&stacks);
	for (int i = 0; i < COUNT; i++) {
		uint32_t stack = ids[i];

		/* Leaf to root gives back what was pushed, and ends. */
		for (size_t f = depths[i]; f-- > 0; stack = stack_callers(&stacks, stack)) {
			assert_int_not_equal(stack, STACK_EMPTY);
			assert_int_equal(stack_leaf(&stacks, stack), frames[i][f]);
			assert_true(stack_callers(&stacks, stack) < stack);
		}
		assert_int_equal(stack, STACK_EMPTY);
		for (int j = 0; j < i; j += 7)
			assert_int_equal(ids[i] == ids[j],
					 depths[i] == depths[j] &&
						 !memcmp(frames[i], frames[j],
							 depths[i] * sizeof(**frames)));
	}
	stack_table_fini(&stacks);
}

/* ---- filling ---- */

static const struct value_type samples = {"samples", "count", VALUE_AMOUNT};
static const struct value_type cpu = {"cpu", "nanoseconds", VALUE_AMOUNT};
static const struct value_type longest = {"longest wait", "nanoseconds", VALUE_LONGEST};

static struct profile *small_profile(void)
{
	struct profile *profile = profile_new();
	struct mapping mapping = {.type = MAPPING_FILE, .build_id_len = BUILD_ID_MAX};
	struct location location = {.addr = 0x1000};
	struct task task = {.tgid = 7, .tid = 8};
	struct sample sample = {.cpu = CPU_NONE, .cgroup = CGROUP_NONE};
	const int64_t values[] = {3, 30};

	assert_non_null(profile);
	assert_int_equal(profile_add_value_type(profile, &samples), 0);
	assert_int_equal(profile_add_value_type(profile, &cpu), 0);
	assert_int_equal(strings_intern_z(profile->strings, "/lib/x.so", &mapping.path), 0);
	assert_int_equal(strings_intern_z(profile->strings, "worker", &task.thread_name), 0);
	assert_int_equal(profile_add_mapping(profile, &mapping, &location.mapping), 0);
	assert_int_equal(profile_add_location(profile, &location, &sample.stack), 0);
	assert_int_equal(
		stack_table_push(&profile->stacks, STACK_EMPTY, sample.stack, &sample.stack), 0);
	assert_int_equal(profile_add_task(profile, &task, &sample.task), 0);
	assert_int_equal(profile_add_sample(profile, &sample, values), 0);
	assert_int_equal(profile_add_waker(profile, &(struct waker){sample.stack, WAKER_NONE},
					   &(uint32_t){0}),
			 0);
	profile->about.fired = 5;
	profile->about.nr_events = 1;
	profile->about.events[0].count = 2;
	return profile;
}

static void equal_samples_are_added_up(void **state)
{
	struct profile *profile = small_profile();
	const int64_t values[] = {1, 10};
	struct sample sample = profile->samples[0];

	assert_int_equal(profile_add_sample(profile, &sample, values), 0);
	assert_int_equal(profile->nr_samples, 1);
	assert_int_equal(profile->values[0], 4);
	assert_int_equal(profile->values[1], 40);
	sample.cpu = 0;
	assert_int_equal(profile_add_sample(profile, &sample, values), 0);
	sample.task = TASK_NONE;
	assert_int_equal(profile_add_sample(profile, &sample, values), 0);
	sample.cgroup = profile->tasks[0].thread_name;
	assert_int_equal(profile_add_sample(profile, &sample, values), 0);
	sample.stack = STACK_EMPTY;
	assert_int_equal(profile_add_sample(profile, &sample, values), 0);
	assert_int_equal(profile->nr_samples, 5);
	profile_free(profile);
	profile_free(NULL);
}

static void values_that_do_not_fit_are_refused(void **state)
{
	struct profile *profile = small_profile();
	struct sample sample = profile->samples[0];
	int64_t values[] = {INT64_MAX - 3, 0};

	/* Of one sample, and of all samples together: sums over the profile cannot overflow. */
	assert_int_equal(profile_add_sample(profile, &sample, values), 0);
	values[0] = 1;
	assert_int_equal(profile_add_sample(profile, &sample, values), -EOVERFLOW);
	sample.cpu = 1;
	assert_int_equal(profile_add_sample(profile, &sample, values), -EOVERFLOW);
	values[0] = 0;
	values[1] = INT64_MAX;
	assert_int_equal(profile_add_sample(profile, &sample, values), -EOVERFLOW);
	assert_int_equal(profile->nr_samples, 1);
	assert_true(profile->values[0] == INT64_MAX);
	assert_int_equal(profile->values[1], 30);
	profile->about.fired = 0;
	assert_null(profile_check(profile));
	profile_free(profile);
}

/* Samples that differ in one part of the key only are two, whatever part it is. */
static void every_part_of_the_key_counts(void **state)
{
	struct profile *profile = small_profile();
	const int64_t values[] = {1, 10};

	for (size_t i = 0; i < sizeof(struct sample) / sizeof(uint32_t); i++) {
		struct sample sample = profile->samples[0];

		((uint32_t *)&sample)[i] ^= 1;
		assert_int_equal(profile_add_sample(profile, &sample, values), 0);
		assert_int_equal(profile_add_sample(profile, &sample, values), 0);
		assert_int_equal(profile->nr_samples, 2 + i);
	}
	profile_free(profile);
}

static void the_longest_value_stays(void **state)
{
	struct profile *profile = profile_new();
	struct sample sample = {.task = TASK_NONE};
	const int64_t values[][2] = {{1, 500}, {1, INT64_MAX}, {1, 70}};

	assert_int_equal(profile_add_value_type(profile, &samples), 0);
	assert_int_equal(profile_add_value_type(profile, &longest), 0);
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		assert_int_equal(profile_add_sample(profile, &sample, values[i]), 0);
	sample.activity = ACTIVITY_QUEUED;
	assert_int_equal(profile_add_sample(profile, &sample, values[0]), 0);
	assert_int_equal(profile->nr_samples, 2);
	assert_int_equal(profile->values[0], 3);
	assert_true(profile->values[1] == INT64_MAX);
	assert_int_equal(profile->values[3], 500);
	assert_int_equal(profile->totals[0], 4);
	assert_true(profile->totals[1] == INT64_MAX);
	assert_null(profile_check(profile));
	profile->totals[1]--;
	assert_non_null(profile_check(profile));
	profile_free(profile);
}

static void values_are_replaced(void **state)
{
	struct profile *profile = small_profile();

	assert_int_equal(profile_set_value(profile, 0, 1, 7), 0);
	assert_int_equal(profile->values[1], 7);
	assert_int_equal(profile->totals[1], 7);
	assert_int_equal(profile_add_sample(profile, &(struct sample){.task = TASK_NONE},
					    (int64_t[]){0, INT64_MAX - 7}),
			 0);
	assert_int_equal(profile_set_value(profile, 0, 1, 8), -EOVERFLOW);
	assert_int_equal(profile_set_value(profile, 0, 1, 0), 0);
	assert_true(profile->totals[1] == INT64_MAX - 7);
	assert_null(profile_check(profile));
	profile_free(profile);
}

static void wakers_are_kept_once(void **state)
{
	struct profile *profile = small_profile();
	uint32_t first, second, again;

	assert_int_equal(profile_add_waker(profile, &(struct waker){1, WAKER_NONE}, &first), 0);
	assert_int_equal(profile_add_waker(profile, &(struct waker){1, first}, &second), 0);
	assert_int_not_equal(first, second);
	assert_int_equal(profile_add_waker(profile, &(struct waker){1, WAKER_NONE}, &again), 0);
	assert_int_equal(again, first);
	assert_int_equal(profile->nr_wakers, 3);
	assert_null(profile_check(profile));
	profile_free(profile);
}

static void value_types_are_limited(void **state)
{
	const struct value_type type = {"waits", "count", VALUE_AMOUNT};
	struct profile *profile = profile_new();

	for (int i = 0; i < VALUE_TYPES_MAX; i++)
		assert_int_equal(profile_add_value_type(profile, &type), 0);
	assert_int_equal(profile_add_value_type(profile, &type), -E2BIG);
	assert_int_equal(profile->about.nr_values, VALUE_TYPES_MAX);
	profile_free(profile);
}

static void locations_and_tasks_are_kept_once(void **state)
{
	struct profile *profile = profile_new();
	uint64_t random = 9;

	for (int round = 0; round < 5000; round++) {
		struct location location = {
			.addr = random_below(&random, 3),
			.mapping = random_below(&random, 3),
			.name = random_below(&random, 3),
			.kind = (uint8_t)random_below(&random, 3),
		};
		struct task task = {random_below(&random, 3), random_below(&random, 3),
				    random_below(&random, 3), random_below(&random, 3)};
		uint32_t id;

		assert_int_equal(profile_add_location(profile, &location, &id), 0);
		assert_memory_equal(&profile->locations[id].addr, &location.addr, 8);
		assert_int_equal(profile->locations[id].mapping, location.mapping);
		assert_int_equal(profile->locations[id].name, location.name);
		assert_int_equal(profile->locations[id].kind, location.kind);
		assert_int_equal(profile_add_task(profile, &task, &id), 0);
		assert_memory_equal(&profile->tasks[id], &task, sizeof(task));
	}
	/* And one that was there from the start, for samples without a stack. */
	assert_int_equal(profile->nr_locations, 3 * 3 * 3 * 3 + 1);
	assert_int_equal(profile->nr_tasks, 3 * 3 * 3 * 3);
	profile_free(profile);
}

/* ---- profile_check ---- */

#define BREAK(name, wrong)                  \
	static void name(struct profile *p) \
	{                                   \
		wrong;                      \
	}

BREAK(break_value_types, p->about.nr_values = 0)
BREAK(break_value_count, p->about.nr_values = VALUE_TYPES_MAX + 1)
BREAK(break_value_name, p->about.values[1].name[0] = '\0')
BREAK(break_mapping_path, p->mappings[0].path = 9999)
BREAK(break_mapping_type, p->mappings[0].type = MAPPING_JIT + 1)
BREAK(break_build_id, p->mappings[0].build_id_len = BUILD_ID_MAX + 1)
BREAK(break_name, p->locations[0].name = 9999)
BREAK(break_empty_name, p->locations[0].name = STRING_NONE)
BREAK(break_kind, p->locations[0].kind = FRAME_KIND_COUNT)
BREAK(break_mapping, p->locations[1].mapping = 1)
BREAK(break_callers, p->stacks.nodes[1].callers = 1)
BREAK(break_leaf, p->stacks.nodes[2].location = 2)
BREAK(break_no_stack, p->stacks.count = 0)
BREAK(break_task_name, p->tasks[0].thread_name = 9999)
BREAK(break_process_name, p->tasks[0].process_name = 9999)
BREAK(break_sample_stack, p->samples[0].stack = 3)
BREAK(break_sample_task, p->samples[0].task = 1)
BREAK(break_sample_cgroup, p->samples[0].cgroup = 9999)
BREAK(break_sample_top, p->samples[0].top = 3)
BREAK(break_sample_rival, p->samples[0].rival = 3)
BREAK(break_sample_waker, p->samples[0].waker = 2)
BREAK(break_sample_activity, p->samples[0].activity = ACTIVITY_COUNT)
BREAK(break_waker_stack, p->wakers[0].stack = 3)
BREAK(break_waker_next, p->wakers[0].next = 0)
BREAK(break_role, p->about.values[1].role = VALUE_SQUARES + 1)
BREAK(break_sign, p->values[1] = -1)
BREAK(break_sum, p->values[1] = 31)
BREAK(break_events, p->about.nr_events = EVENT_COUNTS_MAX + 1)
BREAK(break_fired, p->about.fired = 6)
BREAK(break_lost, p->about.events[0].count = 1)

static void check_finds_every_defect(void **state)
{
	static void (*const breaks[])(struct profile * profile) = {
		break_value_types,  break_value_count,	 break_value_name,   break_mapping_path,
		break_mapping_type, break_build_id,	 break_name,	     break_empty_name,
		break_kind,	    break_mapping,	 break_callers,	     break_leaf,
		break_no_stack,	    break_task_name,	 break_process_name, break_sample_stack,
		break_sample_task,  break_sample_cgroup, break_sign,	     break_sum,
		break_events,	    break_fired,	 break_lost,	     break_sample_top,
		break_sample_rival, break_sample_waker,	 break_sample_activity,
		break_waker_stack,  break_waker_next,	 break_role,
	};
	const char *said[ARRAY_LEN(breaks)];

	for (size_t i = 0; i < ARRAY_LEN(breaks); i++) {
		struct profile *profile = small_profile();

		profile_seal(profile);
		assert_null(profile_check(profile));
		breaks[i](profile);
		said[i] = profile_check(profile);
		if (!said[i])
			fail_msg("defect %zu was not found", i);
		profile_free(profile);
	}
	/* Each is called by its name: only the two that unbalance the books share one. */
	for (size_t i = 0; i < ARRAY_LEN(breaks); i++) {
		for (size_t j = 0; j < i; j++) {
			if (!strcmp(said[i], said[j]))
				assert_true(breaks[i] == break_lost && breaks[j] == break_fired);
		}
	}
}

static void empty_profile_is_well(void **state)
{
	struct profile *profile = profile_new();

	assert_int_equal(profile_add_value_type(profile, &samples), 0);
	assert_null(profile_check(profile));
	profile_seal(profile);
	assert_null(profile_check(profile));
	profile_free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_stacks_have_one_id),
		cmocka_unit_test(equal_samples_are_added_up),
		cmocka_unit_test(values_that_do_not_fit_are_refused),
		cmocka_unit_test(every_part_of_the_key_counts),
		cmocka_unit_test(the_longest_value_stays),
		cmocka_unit_test(values_are_replaced),
		cmocka_unit_test(wakers_are_kept_once),
		cmocka_unit_test(value_types_are_limited),
		cmocka_unit_test(locations_and_tasks_are_kept_once),
		cmocka_unit_test(check_finds_every_defect),
		cmocka_unit_test(empty_profile_is_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
