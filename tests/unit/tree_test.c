// SPDX-License-Identifier: GPL-2.0-or-later
/* Trees of stacks of names: deep ones, odd names, marks of quality, groups. Sums are tree_sum_test.c. */
#include "tests/unit/unit.h"

#include "profiler/model/tree_build.h"
#include "tests/unit/tree_check.h"

static struct profile *names_profile(void)
{
	static const struct value_type samples = {"samples", "count", VALUE_AMOUNT};
	struct profile *profile = profile_new();

	assert_int_equal(profile_add_value_type(profile, &samples), 0);
	return profile;
}

static void push_name(struct profile *profile, const char *name, size_t len, enum frame_kind kind,
		      uint32_t *stack)
{
	uint32_t location;

	assert_int_equal(profile_add_name(profile, name, len, kind, &location), 0);
	assert_int_equal(stack_table_push(&profile->stacks, *stack, location, stack), 0);
}

static void add(struct profile *profile, uint32_t stack, uint32_t task, int64_t value)
{
	struct sample sample = {.stack = stack, .task = task, .cpu = CPU_NONE};

	assert_int_equal(profile_add_sample(profile, &sample, &value), 0);
}

static struct tree *build_names(struct profile *profile, enum group_key key)
{
	struct symbols symbols;
	struct tree *tree;

	profile_seal(profile);
	assert_null(profile_check(profile));
	assert_int_equal(symbols_init(&symbols, profile), 0);
	tree = tree_build(profile, &symbols, key, &views[VIEW_PLAIN]);
	assert_non_null(tree);
	symbols_fini(&symbols);
	return tree;
}

static void deep_stacks_need_no_deep_machine_stack(void **state)
{
	enum { DEPTH = 100000 };
	struct profile *profile = names_profile();
	struct tree_function *functions;
	struct tree_quality quality;
	uint32_t stack = STACK_EMPTY;
	struct tree *tree;
	size_t count;

	for (uint32_t i = 0; i < DEPTH; i++)
		push_name(profile, i % 2 ? "odd" : "even", i % 2 ? 3 : 4, FRAME_USER, &stack);
	add(profile, stack, TASK_NONE, 5);
	tree = build_names(profile, GROUP_NONE);
	check_shape(tree);
	assert_int_equal(tree_depth(tree, (uint32_t)tree->nr_nodes - 1), DEPTH);
	assert_int_equal(tree_self(tree, DEPTH, 0), 5);
	assert_int_equal(tree_functions(tree, 0, &functions, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(functions[0].self, 5);
	assert_int_equal(functions[0].total, 5);
	assert_int_equal(functions[1].self, 0);
	assert_int_equal(functions[1].total, 5);
	tree_measure(tree, &quality);
	assert_int_equal(quality.rooted, 5);
	free(functions);
	tree_free(tree);
	profile_free(profile);
}

/* Names may hold any byte, and their order must not be that in which they came. */
static void names_with_nul_bytes_have_an_order(void **state)
{
	char *dumps[2];

	for (int order = 0; order < 2; order++) {
		struct profile *profile = names_profile();
		struct tree *tree;

		for (int i = 0; i < 3; i++) {
			uint32_t stack = STACK_EMPTY;
			int which = order ? 2 - i : i;

			push_name(profile, &"x\0a\0x\0b\0x\0\0"[which * 4], 3, FRAME_USER, &stack);
			add(profile, stack, TASK_NONE, which + 1);
		}
		tree = build_names(profile, GROUP_NONE);
		dumps[order] = dump(tree);
		assert_int_equal(tree_self(tree, 1, 0), 3);
		assert_int_equal(tree_self(tree, 2, 0), 1);
		assert_int_equal(tree_self(tree, 3, 0), 2);
		tree_free(tree);
		profile_free(profile);
	}
	assert_string_equal(dumps[0], dumps[1]);
	free(dumps[0]);
	free(dumps[1]);
}

static void markers_are_measured(void **state)
{
	static const struct {
		const char *name;
		enum frame_kind kind;
	} frames[] = {
		{MARKER_TRUNCATED, FRAME_MARKER},
		{MARKER_INCOMPLETE "no call-frame table]", FRAME_MARKER},
		{MARKER_NO_STACK, FRAME_MARKER},
		{MARKER_IDLE, FRAME_MARKER},
		{MARKER_UNKNOWN, FRAME_UNNAMED},
		{"vfs_read", FRAME_KERNEL},
		{"main", FRAME_USER},
	};
	static const char *const recursion[] = {"main", MARKER_TRUNCATED, "recurse"};
	struct profile *profile = names_profile();
	uint32_t cut = STACK_EMPTY;
	struct tree_quality quality;
	struct tree *tree;

	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		uint32_t stack = STACK_EMPTY;

		push_name(profile, frames[i].name, strlen(frames[i].name), frames[i].kind, &stack);
		add(profile, stack, TASK_NONE, 1 << i);
	}
	for (size_t i = 0; i < ARRAY_LEN(recursion); i++)
		push_name(profile, recursion[i], strlen(recursion[i]),
			  i == 1 ? FRAME_MARKER : FRAME_USER, &cut);
	add(profile, cut, TASK_NONE, 128);
	tree = build_names(profile, GROUP_NONE);
	tree_measure(tree, &quality);
	assert_int_equal(quality.total, 255);
	assert_int_equal(quality.truncated, 1 + 128);
	assert_int_equal(quality.incomplete, 2);
	assert_int_equal(quality.no_stack, 4);
	assert_int_equal(quality.unnamed, 16);
	assert_int_equal(quality.unnamed_most, 16);
	assert_string_equal(strings_text(tree->strings, quality.unnamed_name), MARKER_UNKNOWN);
	assert_int_equal(quality.with_user, 1 + 2 + 16 + 64 + 128);
	assert_int_equal(quality.rooted, 16 + 64 + 128); /* a cut in the middle keeps the root */
	tree_free(tree);
	profile_free(profile);
}

/* No name is cut or joined with another one that begins like it. */
static void long_group_names_stay_apart(void **state)
{
	struct profile *profile = names_profile();
	struct sample sample = {.stack = STACK_EMPTY, .task = TASK_NONE, .cpu = CPU_NONE};
	const int64_t one = 1;
	char path[4001];
	struct tree *tree;

	memset(path, 'g', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	for (char last = 'a'; last < 'e'; last++) {
		path[sizeof(path) - 2] = last;
		sample.cgroup = text_id(profile, path);
		assert_int_equal(profile_add_sample(profile, &sample, &one), 0);
	}
	tree = build_names(profile, GROUP_CGROUP);
	assert_int_equal(tree->nr_nodes, 5);
	assert_int_equal(strlen(tree_name(tree, 1)), sizeof(path) - 1);
	tree_free(tree);
	profile_free(profile);
}

/* Many threads, many stacks: the work is by what there is, not by the product of the two. */
static void many_groups_are_fast(void **state)
{
	enum { GROUPS = 50000, STACKS_UNUSED = 2000000 };
	struct profile *profile = names_profile();
	uint32_t stack = STACK_EMPTY, used;
	struct tree *tree;
	double started;

	push_name(profile, "f", 1, FRAME_USER, &stack);
	used = stack;
	for (int i = 0; i < STACKS_UNUSED; i++)
		assert_int_equal(stack_table_push(&profile->stacks, stack, 0, &stack), 0);
	for (uint32_t i = 0; i < GROUPS; i++) {
		struct task task = {.tgid = 1, .tid = i + 1};
		uint32_t id;

		assert_int_equal(profile_add_task(profile, &task, &id), 0);
		add(profile, used, id, 1);
	}
	started = cpu_seconds();
	tree = build_names(profile, GROUP_TID);
	assert_true(cpu_seconds() - started < 2.5);
	assert_int_equal(tree->nr_nodes, 1 + 2 * GROUPS);
	tree_free(tree);
	profile_free(profile);
}

static void profile_without_samples_is_a_root(void **state)
{
	struct profile *profile = names_profile();
	struct tree_function *functions;
	struct tree_quality quality;
	struct tree *tree = build_names(profile, GROUP_THREAD);
	size_t count;

	assert_int_equal(tree->nr_nodes, 1);
	check_shape(tree);
	tree_measure(tree, &quality);
	assert_int_equal(quality.total, 0);
	assert_int_equal(tree_functions(tree, 0, &functions, &count), 0);
	assert_int_equal(count, 0);
	free(functions);
	tree_free(tree);
	profile_free(profile);
}

static void group_words_are_read_back(void **state)
{
	enum group_key read;
	const char *label;

	for (int key = 0; key < GROUP_LABEL; key++) {
		read = GROUP_KEY_COUNT;
		assert_true(group_key_parse(group_key_word((enum group_key)key), &read, &label));
		assert_int_equal(read, key);
		assert_null(label);
	}
	assert_true(group_key_parse("label:thread", &read, &label));
	assert_int_equal(read, GROUP_LABEL);
	assert_string_equal(label, "thread");
	assert_false(group_key_parse("label:", &read, &label));
	assert_false(group_key_parse("", &read, &label));
	assert_false(group_key_parse("threads", &read, &label));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deep_stacks_need_no_deep_machine_stack),
		cmocka_unit_test(names_with_nul_bytes_have_an_order),
		cmocka_unit_test(markers_are_measured),
		cmocka_unit_test(long_group_names_stay_apart),
		cmocka_unit_test(many_groups_are_fast),
		cmocka_unit_test(profile_without_samples_is_a_root),
		cmocka_unit_test(group_words_are_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
