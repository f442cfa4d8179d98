// SPDX-License-Identifier: GPL-2.0-or-later
/* Views: which samples a tree has, what stands above their stacks, and what its values are. */
#include "tests/unit/tree_depth.h"
#include "tests/unit/view_fixture.h"

#include "profiler/model/tree_build.h"
#include "profiler/model/waker_name.h"

static struct profile *profile;

static int setup(void **state)
{
	profile = fixture_profile();
	return 0;
}

static int teardown(void **state)
{
	profile_free(profile);
	return 0;
}

static struct tree *build(enum view_id view)
{
	struct symbols symbols;
	struct tree *tree;

	assert_null(profile_check(profile));
	assert_int_equal(symbols_init(&symbols, profile), 0);
	tree = tree_build(profile, &symbols, GROUP_NONE, &views[view]);
	assert_non_null(tree);
	symbols_fini(&symbols);
	return tree;
}

/* "main;read{kernel};[waits: disk]{waiting} 300\n": the paths that have a self value, in order. */
static char *folded(const struct tree *tree, size_t value)
{
	const char *names[64];
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (uint32_t node = 1; node < tree->nr_nodes; node++) {
		uint32_t depth = tree_depth(tree, node);
		enum frame_kind kind = tree_kind(tree, node);
		static char labels[64][80];

		snprintf(labels[depth], sizeof(labels[depth]), kind == FRAME_USER ? "%s" : "%s{%s}",
			 tree_name(tree, node), frame_kind_word(kind));
		names[depth] = labels[depth];
		if (!tree_self(tree, node, value))
			continue;
		for (uint32_t d = 1; d <= depth; d++)
			fprintf(out, "%s%s", d > 1 ? ";" : "", names[d]);
		fprintf(out, " %lld\n", (long long)tree_self(tree, node, value));
	}
	fclose(out);
	return text;
}

static void expect(enum view_id view, size_t value, const char *wanted)
{
	struct tree *tree = build(view);
	char *got = folded(tree, value);

	assert_string_equal(got, wanted);
	free(got);
	tree_free(tree);
}

/* ---- the table ---- */

static void views_are_found_by_name(void **state)
{
	for (size_t v = VIEW_PLAIN + 1; v < VIEW_COUNT; v++) {
		assert_int_equal(view_find(views[v].name, strlen(views[v].name)), v);
		assert_true(*views[v].words);
		assert_true(views[v].nr_values && views[v].nr_values <= VIEW_VALUES_MAX);
		for (size_t i = 0; i < views[v].nr_values; i++) {
			const struct view_value *value = &views[v].values[i];

			/* No value of activities that the view leaves out, and its role kept. */
			assert_int_equal(value->activities & ~views[v].activities, 0);
			assert_int_equal(value->type.role, activity_values[value->from].role);
		}
		/* What is drawn is an amount. */
		assert_int_equal(views[v].values[0].type.role, VALUE_AMOUNT);
	}
	assert_int_equal(view_find("offcpu:x", 6), VIEW_OFFCPU);
	assert_int_equal(view_find("offcpu", 3), VIEW_PLAIN);
	assert_int_equal(view_find("offcpus", 7), VIEW_PLAIN);
	assert_int_equal(view_find("", 0), VIEW_PLAIN);
}

static void values_are_told_from_others(void **state)
{
	struct circumstances about = {0};

	assert_true(view_values_declared(&profile->about));
	assert_false(view_values_declared(&about));
	about = profile->about;
	about.nr_values--;
	assert_false(view_values_declared(&about));
}

/* ---- paths ---- */

static void each_view_has_its_activities(void **state)
{
	add(profile, ACTIVITY_CPU, "main;work", "", 0, 10);
	add(profile, ACTIVITY_BLOCKED, "main;read;vfs_wait_k", "[waits: disk]", 0, 200);
	add(profile, ACTIVITY_QUEUED, "main;read;vfs_wait_k", "[run queue]", 0, 30);
	add(profile, ACTIVITY_PREEMPTED, "main;work", "[run queue]", 0, 4);
	expect(VIEW_CPU, 0, "main;work 1\n");
	expect(VIEW_CPU, 1, "main;work 10\n");
	expect(VIEW_OFFCPU, 0,
	       "main;read;vfs_wait{kernel};[run queue]{run queue} 30\n"
	       "main;read;vfs_wait{kernel};[waits: disk]{waiting} 200\n");
	/* One wait, though it has two parts. */
	expect(VIEW_OFFCPU, 1, "main;read;vfs_wait{kernel};[waits: disk]{waiting} 1\n");
	expect(VIEW_RUNQ, 0,
	       "main;read;vfs_wait{kernel};[run queue]{run queue} 30\n"
	       "main;work;[run queue]{run queue} 4\n");
	expect(VIEW_WALL, 0,
	       "main;read;vfs_wait{kernel};[run queue]{run queue} 30\n"
	       "main;read;vfs_wait{kernel};[waits: disk]{waiting} 200\n"
	       "main;work 10\n"
	       "main;work;[run queue]{run queue} 4\n");
}

static void samples_without_value_are_left_out(void **state)
{
	struct tree *tree;

	add(profile, ACTIVITY_BLOCKED, "main;read", "[waits: disk]", 0, 200);
	add(profile, ACTIVITY_CPU, "main;work", "", 0, 0);
	tree = build(VIEW_WALL);
	assert_int_equal(tree->nr_nodes, 1 + 3);
	tree_free(tree);
	tree = build(VIEW_RUNQ);
	assert_int_equal(tree->nr_nodes, 1);
	tree_free(tree);
}

static void longest_waits_are_not_added_up(void **state)
{
	struct tree *tree;
	struct tree_function *functions;
	size_t count;

	add(profile, ACTIVITY_BLOCKED, "main;a", "[waits: disk]", 0, 20000000);
	add(profile, ACTIVITY_BLOCKED, "main;a", "[waits: futex]", 0, 30000000);
	add(profile, ACTIVITY_BLOCKED, "main;b", "[waits: futex]", 0, 5000000);
	tree = build(VIEW_OFFCPU);
	assert_int_equal(tree->nr_values, 4);
	assert_int_equal(tree->values[2].role, VALUE_LONGEST);
	assert_int_equal(tree_total(tree, 0, 0), 55000000);
	assert_int_equal(tree_total(tree, 0, 1), 3);
	assert_int_equal(tree_total(tree, 0, 2), 30000000);
	assert_int_equal(tree_total(tree, 0, 3), 200 * 200 + 300 * 300 + 50 * 50);
	assert_int_equal(tree_functions(tree, 2, &functions, &count), 0);
	assert_int_equal(count, 3); /* main, a, b: what they waited for is no function */
	assert_int_equal(functions[0].total, 30000000);
	assert_int_equal(functions[2].total, 5000000);
	free(functions);
	tree_free(tree);
}

static void rivals_are_in_the_runq_view_only(void **state)
{
	struct sample sample = {.task = TASK_NONE, .activity = ACTIVITY_QUEUED};
	const char *name = MARKER_INSTEAD "make]";

	sample.stack = stack_of(profile, "main");
	sample.top = stack_of(profile, "[run queue]");
	assert_int_equal(profile_add_name(profile, name, strlen(name), FRAME_MARKER, &sample.rival),
			 0);
	sample.rival++;
	assert_int_equal(profile_add_sample(profile, &sample, (int64_t[]){1, 70, 1, 70, 0}), 0);
	expect(VIEW_RUNQ, 0, "main;[run queue]{run queue};[ran instead: make]{marker} 70\n");
	expect(VIEW_OFFCPU, 0, "main;[run queue]{run queue} 70\n");
}

#define TRACED ";__traceiter_sched_wakeup_k;bpf_trace_run1_k;bpf_prog_12_wakeup_k;bpf_get_stack_k"

static void wakers_meet_the_stack_they_woke(void **state)
{
	uint32_t first = waker_of(profile, "boss;start;give_orders", WAKER_NONE);
	uint32_t second =
		waker_of(profile, "worker;run;futex_wake_k;try_to_wake_up_k" TRACED, first);

	add(profile, ACTIVITY_BLOCKED, "main;read;vfs_wait_k" TRACED, "[waits: futex]", second + 1,
	    200);
	expect(VIEW_OFFWAKE, 0,
	       "main;read;vfs_wait{kernel};[waits: futex]{waiting};[woken by]{marker};"
	       "try_to_wake_up{waker};futex_wake{waker};run{waker};worker{waker};"
	       "[woken by]{marker};give_orders{waker};start{waker};boss{waker} 200\n");
	expect(VIEW_OFFCPU, 0, "main;read;vfs_wait{kernel};[waits: futex]{waiting} 200\n");
	expect(VIEW_WAKEUP, 0,
	       "worker{waker};run;futex_wake{kernel};try_to_wake_up{kernel};[waits: futex]{waiting} "
	       "200\n");
}

static void wakers_may_be_unknown(void **state)
{
	add(profile, ACTIVITY_BLOCKED, "main;read", "[waits: futex]", 0, 7);
	add(profile, ACTIVITY_BLOCKED, "main;read", "[waits: futex]",
	    1 + waker_of(profile, "worker", WAKER_NONE), 8);
	add(profile, ACTIVITY_BLOCKED, "main;read", "", 1 + waker_of(profile, "", WAKER_NONE), 9);
	add(profile, ACTIVITY_BLOCKED, "main;read", "[waits: futex];" MARKER_CUT_END, 0, 6);
	expect(VIEW_OFFWAKE, 0,
	       "main;read;[waits: futex]{waiting} 7\n"
	       "main;read;[waits: futex]{waiting};[cut: not over at the end]{marker} 6\n"
	       "main;read;[waits: futex]{waiting};[woken by]{marker};worker{waker} 8\n"
	       "main;read;[woken by]{marker} 9\n");
	expect(VIEW_WAKEUP, 0,
	       "[not woken]{marker};[waits: futex]{waiting};[cut: not over at the end]{marker} 6\n"
	       "[unknown waker]{marker} 9\n"
	       "[unknown waker]{marker};[waits: futex]{waiting} 7\n"
	       "worker{waker};[waits: futex]{waiting} 8\n");
}

/* Stacks with one root get the names that their own frames give them. */
static void interrupts_are_told_apart(void **state)
{
	uint32_t net =
		waker_of(profile, "[softirq];__do_softirq_k;net_rx_action_k;sock_def_readable_k",
			 WAKER_NONE);
	uint32_t timer = waker_of(profile, "[softirq];__do_softirq_k;run_timer_softirq_k;wake_k",
				  WAKER_NONE);
	uint32_t other = waker_of(profile, "[softirq];__do_softirq_k;strange_k", WAKER_NONE);
	uint32_t thread = waker_of(profile, "ksoftirqd/0;net_rx_action_k", WAKER_NONE);

	for (uint32_t i = 0; i < 2; i++) {
		const char *top = i ? "[waits: poll]" : "";

		add(profile, ACTIVITY_BLOCKED, "main", top, net + 1, 1);
		add(profile, ACTIVITY_BLOCKED, "main", top, timer + 1, 2);
		add(profile, ACTIVITY_BLOCKED, "main", top, other + 1, 3);
		add(profile, ACTIVITY_BLOCKED, "main", top, thread + 1, 4);
	}
	expect(VIEW_WAKEUP, 0,
	       "[softirq: net_rx]{waker};__do_softirq{kernel};net_rx_action{kernel};"
	       "sock_def_readable{kernel} 1\n"
	       "[softirq: net_rx]{waker};__do_softirq{kernel};net_rx_action{kernel};"
	       "sock_def_readable{kernel};[waits: poll]{waiting} 1\n"
	       "[softirq]{waker};__do_softirq{kernel};strange{kernel} 3\n"
	       "[softirq]{waker};__do_softirq{kernel};strange{kernel};[waits: poll]{waiting} 3\n"
	       "[timer]{waker};__do_softirq{kernel};run_timer_softirq{kernel};wake{kernel} 2\n"
	       "[timer]{waker};__do_softirq{kernel};run_timer_softirq{kernel};wake{kernel};"
	       "[waits: poll]{waiting} 2\n"
	       "ksoftirqd/0{waker};net_rx_action{kernel} 4\n"
	       "ksoftirqd/0{waker};net_rx_action{kernel};[waits: poll]{waiting} 4\n");
}

static void functions_name_interrupts(void **state)
{
	assert_string_equal(waker_name_of("__hrtimer_run_queues.constprop.0"), "[timer]");
	assert_string_equal(waker_name_of("tick_nohz_handler"), "[timer]");
	assert_string_equal(waker_name_of("tasklet_action_common.isra.0"), "[softirq: tasklet]");
	assert_string_equal(waker_name_of("rcu_core_si"), "[softirq: rcu]");
	assert_null(waker_name_of("__do_softirq"));
	assert_null(waker_name_of("handle_softirqs"));
	assert_null(waker_name_of(""));
}

/* The tracer's own frames go from the end of waiting stacks, not from samples nor from within. */
static void only_the_end_is_trimmed(void **state)
{
	add(profile, ACTIVITY_CPU, "main;schedule_k" TRACED, "", 0, 5);
	add(profile, ACTIVITY_BLOCKED, "main;bpf_prog_7_other_k;wait_k;schedule_k" TRACED, "", 0,
	    6);
	add(profile, ACTIVITY_BLOCKED, "main;bpf_get_stack", "", 0, 7);
	expect(VIEW_WALL, 0,
	       "main;bpf_get_stack 7\n"
	       "main;bpf_prog_7_other{kernel};wait{kernel} 6\n"
	       "main;schedule{kernel};__traceiter_sched_wakeup{kernel};bpf_trace_run1{kernel};"
	       "bpf_prog_12_wakeup{kernel};bpf_get_stack{kernel} 5\n");
}

/* ---- trust ---- */

/* What a thread waited for, and who woke it, says nothing about its own stack. */
static void quality_is_that_of_the_waiting_stacks(void **state)
{
	uint32_t waker =
		waker_of(profile, "worker;" MARKER_TRUNCATED ";" MARKER_UNKNOWN, WAKER_NONE);
	struct tree_quality quality;
	struct tree *tree;

	add(profile, ACTIVITY_BLOCKED, "read_k", "[waits: pipe]", waker + 1, 1);
	add(profile, ACTIVITY_BLOCKED, "main;" MARKER_UNKNOWN, "[waits: pipe]", 0, 2);
	add(profile, ACTIVITY_BLOCKED, MARKER_NO_STACK, "[waits: pipe]", 0, 4);
	tree = build(VIEW_OFFWAKE);
	tree_measure(tree, &quality);
	assert_int_equal(quality.total, 7);
	assert_int_equal(quality.with_user, 2);
	assert_int_equal(quality.rooted, 2);
	assert_int_equal(quality.truncated, 0);
	assert_int_equal(quality.unnamed, 2);
	assert_int_equal(quality.no_stack, 4);
	tree_free(tree);
}

/* ---- properties, over random profiles ---- */

static void add_random(uint64_t *random, uint32_t *nr_wakers)
{
	static const char *const stacks[] = {"",
					     "main",
					     "main;a;b;c",
					     "main;schedule_k" TRACED,
					     "a;b;[no stack]",
					     "[softirq];net_rx_action_k"};
	static const char *const tops[] = {"", "[waits: futex]", "[waits: disk];[cut: end]",
					   "[run queue]"};
	struct sample sample = {
		.stack = stack_of(profile, stacks[random_below(random, ARRAY_LEN(stacks))]),
		.task = TASK_NONE,
		.top = stack_of(profile, tops[random_below(random, ARRAY_LEN(tops))]),
		.rival = random_below(random, 3),
		.activity = random_below(random, ACTIVITY_COUNT),
	};
	int64_t values[ACTIVITY_VALUES];

	if (random_below(random, 2)) {
		uint32_t next = *nr_wakers && random_below(random, 2)
					? random_below(random, *nr_wakers)
					: WAKER_NONE;

		sample.waker =
			waker_of(profile, stacks[random_below(random, ARRAY_LEN(stacks))], next) +
			1;
		*nr_wakers = sample.waker;
	}
	for (size_t v = 0; v < ACTIVITY_VALUES; v++)
		values[v] = random_below(random, 4);
	assert_int_equal(profile_add_sample(profile, &sample, values), 0);
}

/* What the view has of the whole profile, by the plainest way. */
static int64_t wanted_total(const struct view_value *value)
{
	int64_t total = 0;

	for (size_t i = 0; i < profile->nr_samples; i++) {
		int64_t amount = profile->values[i * ACTIVITY_VALUES + value->from];

		if (!(value->activities >> profile->samples[i].activity & 1))
			continue;
		if (value->type.role != VALUE_LONGEST)
			total += amount;
		else if (amount > total)
			total = amount;
	}
	return total;
}

static void check_totals(const struct tree *tree, const struct view *view)
{
	for (size_t v = 0; v < tree->nr_values; v++) {
		assert_int_equal(tree_total(tree, 0, v), wanted_total(&view->values[v]));
		for (uint32_t node = 0; node < tree->nr_nodes; node++) {
			int64_t joined = tree_self(tree, node, v);

			for_each_child (tree, node, child)
				joined = value_join(tree->values[v].role, joined,
						    tree_total(tree, child, v));
			assert_int_equal(joined, tree_total(tree, node, v));
		}
	}
}

static void views_add_up(void **state)
{
	uint64_t random = 11;

	for (int round = 0; round < 60; round++) {
		uint32_t nr_wakers = 0;

		setup(NULL);
		stack_of(profile, "[ran instead: x];[ran instead: y]");
		for (int i = 0; i < 40; i++)
			add_random(&random, &nr_wakers);
		for (int v = VIEW_PLAIN + 1; v < VIEW_COUNT; v++) {
			struct tree *tree = build((enum view_id)v);

			check_totals(tree, &views[v]);
			tree_free(tree);
		}
		teardown(NULL);
	}
}

int main(void)
{
#define WITH_PROFILE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views_are_found_by_name),
		WITH_PROFILE(values_are_told_from_others),
		WITH_PROFILE(each_view_has_its_activities),
		WITH_PROFILE(samples_without_value_are_left_out),
		WITH_PROFILE(longest_waits_are_not_added_up),
		WITH_PROFILE(rivals_are_in_the_runq_view_only),
		WITH_PROFILE(wakers_meet_the_stack_they_woke),
		WITH_PROFILE(wakers_may_be_unknown),
		WITH_PROFILE(interrupts_are_told_apart),
		cmocka_unit_test(functions_name_interrupts),
		WITH_PROFILE(only_the_end_is_trimmed),
		WITH_PROFILE(quality_is_that_of_the_waiting_stacks),
		cmocka_unit_test(views_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
