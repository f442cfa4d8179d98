// SPDX-License-Identifier: GPL-2.0-or-later
/* The union of two sides, what becomes one in it, and gates held against it. */
#include "tests/unit/diff_fixture.h"

#include <errno.h>

#include "profiler/model/tree_build.h"

/* ---- the union ------------------------------------------------------------------------------ */

#define STACKS 80
#define NAMES  9

static const char *const names[NAMES] = {
	"main",		 "a", "a.isra.0", "b", "b.part.1", "c", "c::h0123456789abcdef",
	"[libz.so.1.2]", "d"};

struct drawn {
	char stack[160];
	int64_t values[4];
};

static size_t draw(struct drawn *drawn, uint64_t *random, bool squares)
{
	size_t count = random_below(random, STACKS) + 1;

	for (size_t i = 0; i < count; i++) {
		drawn[i].stack[0] = '\0';
		for (uint32_t depth = random_below(random, 6); depth > 0; depth--) {
			strcat(drawn[i].stack, names[random_below(random, NAMES)]);
			strcat(drawn[i].stack, depth > 1 ? ";" : "");
		}
		drawn[i].values[0] = random_below(random, 1000) + 1;
		for (int v = 1; v < 4; v++)
			drawn[i].values[v] = squares ? random_below(random, 1000) : 0;
	}
	return count;
}

static struct profile *drawn_profile(const struct drawn *drawn, size_t count, bool squares)
{
	struct profile *profile =
		squares ? fixture_profile(fixture_waits, 4) : fixture_profile(fixture_samples, 1);

	for (size_t i = 0; i < count; i++)
		fixture_add(profile, drawn[i].stack, drawn[i].values);
	return profile;
}

/* Nodes in preorder, each one's total the sum of what is its own and its children's. */
static void check_tree(const struct tree *tree)
{
	for (uint32_t node = 0; node < tree->nr_nodes; node++) {
		for (size_t v = 0; v < tree->nr_values; v++) {
			int64_t total = tree_self(tree, node, v);

			for_each_child (tree, node, child)
				total = value_join(tree->values[v].role, total,
						   tree_total(tree, child, v));
			assert_int_equal(tree_total(tree, node, v), total);
		}
	}
}

/*
 * Whatever is put into either side comes out on that side, of every value, by file as in all; with
 * the names of one side only it is the tree of that side alone.
 */
static void nothing_is_lost(void **state)
{
	uint64_t random = 31;

	for (int i = 0; i < 150; i++) {
		static struct drawn drawn[STACKS];
		int64_t wanted[SIDES][4] = {{0}};
		bool squares = i % 2;
		struct fixture f;

		fixture_begin(&f);
		for (size_t side = 0; side < SIDES; side++) {
			for (int file = i % 3; file >= 0; file--) {
				size_t count = draw(drawn, &random, squares);

				for (size_t k = 0; k < count; k++) {
					for (int v = 0; v < 4; v++)
						wanted[side][v] = value_join(fixture_waits[v].role,
									     wanted[side][v],
									     drawn[k].values[v]);
				}
				fixture_side(&f, (enum side)side,
					     drawn_profile(drawn, count, squares));
			}
		}
		fixture_compare(&f, NORMALISE_TOTAL, 0.5);
		check_tree(f.alignment.tree);
		check_tree(f.comparison.widths);
		assert_int_equal(f.alignment.tree->nr_values, squares ? 8 : 2);
		for (size_t v = 0; v < f.alignment.nr_values; v++) {
			int64_t by_file[SIDES] = {0};

			for (size_t side = 0; side < SIDES; side++)
				assert_int_equal(tree_total(f.alignment.tree, 0, v * SIDES + side),
						 wanted[side][f.alignment.values[v]]);
			for (size_t k = 0; k < f.alignment.nr_files; k++) {
				int64_t *sum = &by_file[f.alignment.files[k].side];

				*sum = value_join(f.alignment.tree->values[v * SIDES].role, *sum,
						  f.alignment.files[k].total[v]);
			}
			assert_int_equal(by_file[BEFORE], wanted[BEFORE][f.alignment.values[v]]);
			assert_int_equal(by_file[AFTER], wanted[AFTER][f.alignment.values[v]]);
		}
		/* Both sides are a hundred points. */
		for (size_t side = 0; side < SIDES; side++)
			assert_true(fabs((double)wanted[side][0] * f.comparison.sides[side].scale -
					 100) < 1e-9);
		fixture_end(&f);
	}
}

/* With itself nothing differs, and no test says so. */
static void itself(void **state)
{
	static struct drawn drawn[STACKS];
	uint64_t random = 8;

	for (int i = 0; i < 40; i++) {
		size_t count = draw(drawn, &random, i % 2);
		struct fixture f;

		fixture_begin(&f);
		fixture_side(&f, BEFORE, drawn_profile(drawn, count, i % 2));
		fixture_side(&f, AFTER, drawn_profile(drawn, count, i % 2));
		fixture_compare(&f, NORMALISE_NONE, 0);
		assert_int_equal(f.comparison.nr_moved, 0);
		for (uint32_t node = 0; node < f.alignment.tree->nr_nodes; node++)
			assert_true(comparison_path_effect(&f.comparison, node) == 0);
		fixture_end(&f);
	}
}

static void one_of_a_side(struct fixture *f, const char *before, const char *after)
{
	struct profile *profile = fixture_profile(fixture_samples, 1);

	fixture_begin(f);
	for (const char *stack = before; *stack; stack += strlen(stack) + 1)
		fixture_count(profile, stack, 100);
	fixture_side(f, BEFORE, profile);
	profile = fixture_profile(fixture_samples, 1);
	for (const char *stack = after; *stack; stack += strlen(stack) + 1)
		fixture_count(profile, stack, 100);
	fixture_side(f, AFTER, profile);
	fixture_compare(f, NORMALISE_TOTAL, 0.5);
}

#define SHARES(name, wanted_before, wanted_after)                                            \
	do {                                                                                 \
		assert_true(fabs(fixture_total(&f, name)->before - (wanted_before)) < 1e-9); \
		assert_true(fabs(fixture_total(&f, name)->after - (wanted_after)) < 1e-9);   \
	} while (0)

static void names_meet(void **state)
{
	struct fixture f;

	/* Another suffix, none at all, a hash and a version. */
	one_of_a_side(
		&f, "main;f.isra.0\0main;g\0main;r::h0123456789abcdef\0[libz.so.1.2.11]\0",
		"main;f.constprop.1\0main;g.cold\0main;r::hfedcba9876543210\0[libz.so.1.3]\0");
	SHARES("f", 25, 25);
	SHARES("g", 25, 25);
	SHARES("r", 25, 25);
	SHARES("[libz.so]", 25, 25);
	assert_int_equal(f.alignment.tree->nr_nodes, 6);
	fixture_end(&f);
	/* Functions without names, of a build and of another. */
	one_of_a_side(&f, "[x]+0x10\0[x]+0x20\0", "[x]+0x10\0[x]+0x30\0");
	SHARES("[x]+0x10", 50, 50);
	SHARES("[x]+0x*", 50, 50);
	fixture_end(&f);
	/* What both have stays apart, and what meets nobody keeps its name. */
	one_of_a_side(&f, "f\0f.part.0\0only.isra.0\0f.cold\0", "f\0f.part.0\0other.isra.0\0f\0");
	SHARES("f", 50, 50);
	SHARES("f.part.0", 25, 25);
	SHARES("only.isra.0", 25, 0);
	SHARES("other.isra.0", 0, 25);
	fixture_end(&f);
}

/* A function that calls itself counts once for a stack. */
static void recursion_counts_once(void **state)
{
	struct fixture f;

	one_of_a_side(&f, "main;r;x;r;r\0main;y\0", "main;r\0main;y\0");
	SHARES("r", 50, 50);
	SHARES("main", 100, 100);
	fixture_end(&f);
}

static void renamed(void **state)
{
	struct alignment a;
	struct rename_rule *rules[2];
	struct profile *profile;
	char mistake[64];

	assert_int_equal(rename_rule_new("^v1_=", &rules[0], mistake, sizeof(mistake)), 0);
	assert_int_equal(rename_rule_new("^(.)$=<\\1>", &rules[1], mistake, sizeof(mistake)), 0);
	assert_int_equal(alignment_init(&a, rules, 2), 0);
	for (size_t side = 0; side < SIDES; side++) {
		profile = fixture_profile(fixture_samples, 1);
		fixture_count(profile, side ? "main;f" : "v1_main;v1_f", 1);
		assert_int_equal(alignment_add(&a, (enum side)side, "x", profile), 0);
		profile_free(profile);
	}
	assert_int_equal(alignment_make(&a), 0);
	assert_int_equal(a.tree->nr_nodes, 3);
	assert_string_equal(tree_name(a.tree, 2), "<f>");
	alignment_fini(&a);
	rename_rule_free(rules[0]);
	rename_rule_free(rules[1]);
}

static void what_cannot_be_compared(void **state)
{
	struct fixture f;
	struct profile *profile;

	/* Other values. */
	fixture_begin(&f);
	profile = fixture_profile(fixture_samples, 1);
	fixture_count(profile, "a", 1);
	fixture_side(&f, BEFORE, profile);
	profile = fixture_profile(fixture_times, 1);
	fixture_count(profile, "a", 1);
	assert_int_equal(alignment_add(&f.alignment, AFTER, "x", profile), -EINVAL);
	profile_free(profile);
	fixture_end(&f);
	/* Nothing on a side; and no time known. */
	for (int empty = 0; empty < 2; empty++) {
		fixture_begin(&f);
		for (size_t side = 0; side < SIDES; side++) {
			profile = fixture_profile(fixture_samples, 1);
			fixture_count(profile, "a", empty && side ? 0 : 1);
			fixture_side(&f, (enum side)side, profile);
		}
		assert_int_equal(alignment_make(&f.alignment), 0);
		assert_int_equal(comparer_init(&f.comparer, &f.alignment,
					       empty ? NORMALISE_TOTAL : NORMALISE_TIME),
				 empty ? -EINVAL : -ENODATA);
		fixture_end(&f);
	}
}

/* Paths that did not change stay as they are, also of a function that did. */
static void the_path_that_moved(void **state)
{
	struct fixture f;
	struct profile *profile = fixture_profile(fixture_samples, 1);
	const struct tree *tree;

	fixture_begin(&f);
	fixture_count(profile, "main;a;leaf", 1000);
	fixture_count(profile, "main;b;leaf", 1000);
	fixture_count(profile, "main;rest", 8000);
	fixture_side(&f, BEFORE, profile);
	profile = fixture_profile(fixture_samples, 1);
	fixture_count(profile, "main;a;leaf", 1000);
	fixture_count(profile, "main;b;leaf", 2000);
	fixture_count(profile, "main;rest", 7000);
	fixture_side(&f, AFTER, profile);
	fixture_compare(&f, NORMALISE_TOTAL, 0.5);
	tree = f.alignment.tree;
	for (uint32_t node = 1; node < tree->nr_nodes; node++) {
		const char *parent = tree_name(tree, tree->nodes[node].parent);

		if (strcmp(tree_name(tree, node), "leaf"))
			continue;
		assert_int_equal(f.comparison.total_paths[node].verdict,
				 strcmp(parent, "b") ? VERDICT_SAME : VERDICT_MORE);
		assert_int_equal(f.comparison.self_paths[node].verdict,
				 f.comparison.total_paths[node].verdict);
	}
	assert_int_equal(fixture_total(&f, "main")->verdict, VERDICT_UNTESTED);
	assert_int_equal(fixture_total(&f, "a")->verdict, VERDICT_SAME);
	assert_int_equal(fixture_self(&f, "leaf")->verdict, VERDICT_MORE);
	assert_int_equal(fixture_total(&f, "rest")->verdict, VERDICT_LESS);
	fixture_end(&f);
}

/* What a function does itself may move on a path whose total stays, and the other way round. */
static void self_values_of_paths(void **state)
{
	struct fixture f;
	struct profile *profile = fixture_profile(fixture_samples, 1);
	const struct tree *tree;

	fixture_begin(&f);
	fixture_count(profile, "main;run", 3000);
	fixture_count(profile, "main;run;helper", 1000);
	fixture_count(profile, "main;up;leaf", 1000);
	fixture_count(profile, "main;rest", 5000);
	fixture_side(&f, BEFORE, profile);
	profile = fixture_profile(fixture_samples, 1);
	fixture_count(profile, "main;run", 2000);
	fixture_count(profile, "main;run;helper", 2000);
	fixture_count(profile, "main;up;leaf", 2000);
	fixture_count(profile, "main;rest", 4000);
	fixture_side(&f, AFTER, profile);
	fixture_compare(&f, NORMALISE_TOTAL, 0.5);
	tree = f.alignment.tree;
	for (uint32_t node = 1; node < tree->nr_nodes; node++) {
		const struct path_change *self = &f.comparison.self_paths[node];
		const struct path_change *total = &f.comparison.total_paths[node];

		if (!strcmp(tree_name(tree, node), "run")) {
			assert_int_equal(self->verdict, VERDICT_LESS);
			assert_true(self->low < -10 && self->high > -10 && self->high < -8);
			assert_int_equal(total->verdict, VERDICT_UNTESTED);
		} else if (!strcmp(tree_name(tree, node), "up")) {
			assert_int_equal(self->verdict, VERDICT_UNTESTED);
			assert_int_equal(total->verdict, VERDICT_MORE);
		}
	}
	fixture_end(&f);
}

/* ---- gates ---------------------------------------------------------------------------------- */

static void gates_are_parsed(void **state)
{
	static const char *const bad[] = {
		"",
		"total",
		"total()",
		"total()>5%",
		"total(f)",
		"total(f)>",
		"total(f)>5",
		"total(f)>%",
		"total(f)>5x",
		"total(f)=5%",
		"total(f)>5%%",
		"total(f)>+-5%",
		"sum(f)>5%",
		"(f)>5%",
		"total f>5%",
		"Regression",
		"regression ",
		"total(f)>1e3%",
		"total(f)>5 %",
		"total(f)>.%",
	};
	struct gate gate;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (gate_parse(bad[i], &gate) != -EINVAL)
			fail_msg("\"%s\" is taken for a gate", bad[i]);
	}
	assert_int_equal(gate_parse("regression", &gate), 0);
	assert_true(gate.regression);
	gate_fini(&gate);
	assert_int_equal(gate_parse("self(x::operator()(int) const)>+2.5pp", &gate), 0);
	assert_string_equal(gate.function, "x::operator()(int) const");
	assert_true(gate.self && !gate.below && gate.unit == GATE_POINTS && gate.limit == 2.5);
	gate_fini(&gate);
	assert_int_equal(gate_parse("total(std::vector<int>)<-10%", &gate), 0);
	assert_string_equal(gate.function, "std::vector<int>");
	assert_true(!gate.self && gate.below && gate.unit == GATE_PERCENT && gate.limit == -10);
	gate_fini(&gate);
	assert_int_equal(gate_parse("total(f)>1.5ms/s", &gate), 0);
	assert_true(gate.unit == GATE_TIME && gate.limit == 1.5e6);
	gate_fini(&gate);
}

static int check(const struct fixture *f, const char *text, struct gate_result *result)
{
	struct gate gate;
	int err;

	assert_int_equal(gate_parse(text, &gate), 0);
	err = gate_check(&gate, &f->comparer, &f->comparison, result);
	gate_fini(&gate);
	return err;
}

#define HOLDS(text)                                            \
	do {                                                   \
		assert_int_equal(check(&f, text, &result), 0); \
		assert_int_equal(result.state, GATE_HOLDS);    \
	} while (0)
#define FAILS(text)                                            \
	do {                                                   \
		assert_int_equal(check(&f, text, &result), 0); \
		assert_int_equal(result.state, GATE_FAILS);    \
	} while (0)

static void gates_hold_or_fail(void **state)
{
	struct profile *before = fixture_profile(fixture_samples, 1);
	struct profile *after = fixture_profile(fixture_samples, 1);
	struct gate_result result;
	struct fixture f;

	fixture_begin(&f);
	fixture_count(before, "main;f;g.isra.0", 2000);
	fixture_count(before, "main;f", 1000);
	fixture_count(before, "main;h", 10);
	fixture_count(before, "main;rest", 6990);
	fixture_count(after, "main;f;g.part.1", 2400);
	fixture_count(after, "main;f", 1000);
	fixture_count(after, "main;h", 13);
	fixture_count(after, "main;new", 300);
	fixture_count(after, "main;rest", 6287);
	fixture_side(&f, BEFORE, before);
	fixture_side(&f, AFTER, after);
	fixture_compare(&f, NORMALISE_TOTAL, 0.5);
	FAILS("regression");
	FAILS("total(f)>+13%");
	assert_true(fabs(result.value - 100 * 4.0 / 30) < 1e-9);
	HOLDS("total(f)>+14%");
	FAILS("total(f)>+3.9pp");
	HOLDS("total(f)>+4.1pp");
	HOLDS("self(f)>+1%");
	FAILS("self(g)>+19%");
	/* As a file had it, and by pattern; a pattern is for whole names. */
	FAILS("self(g.isra.0)>+19%");
	FAILS("self([fgh])>+3.9pp");
	assert_true(fabs(result.change.before - 30.1) < 1e-9);
	/* A stack counts once, in however many of them it is. */
	assert_int_equal(check(&f, "total(main|f|g)>+1%", &result), 0);
	assert_true(fabs(result.change.before - 100) < 1e-9);
	assert_int_equal(check(&f, "total(mai)>+1%", &result), -ENOENT);
	assert_int_equal(check(&f, "total(nobody)>+1%", &result), -ENOENT);
	assert_int_equal(check(&f, "total(all)>+1%", &result), -ENOENT);
	assert_int_equal(check(&f, "total(()>+1%", &result), -EINVAL);
	assert_int_equal(check(&f, "total(f)>+1ms/s", &result), -EDOM);
	/* 30 % more of 10 samples may be chance. */
	HOLDS("self(h)>+5%");
	assert_true(result.value > 5);
	/* New code is more by any measure. */
	FAILS("total(new)>+1000%");
	FAILS("total(rest)<-5%");
	HOLDS("total(rest)<-15%");
	/* An improvement that is asked for and is not there. */
	FAILS("total(f)>-5%");
	HOLDS("total(rest)>-5%");
	fixture_end(&f);
}

static void gates_of_time(void **state)
{
	struct profile *profile;
	struct gate_result result;
	struct fixture f;

	fixture_begin(&f);
	for (size_t side = 0; side < SIDES; side++) {
		int64_t waits = side ? 1500 : 1000;

		profile = fixture_profile(fixture_waits, 4);
		profile->about.duration_ns = 10000000000;
		/* Waits of 1 ms: 100 or 150 ms/s. */
		fixture_add(profile, "main;lock",
			    (int64_t[]){waits * 1000000, waits, 1000000, waits * 100});
		fixture_add(profile, "main;idle", (int64_t[]){9000000000, 100, 90000000, 81000000});
		fixture_side(&f, (enum side)side, profile);
	}
	fixture_compare(&f, NORMALISE_AUTO, 0.5);
	FAILS("total(lock)>+49ms/s");
	assert_true(fabs(result.value - 50e6) < 1);
	HOLDS("total(lock)>+51ms/s");
	FAILS("total(lock)>+49%");
	HOLDS("total(idle)>+1%");
	fixture_end(&f);
	/* Where nothing can be tested, that there is no regression is not known. */
	one_of_a_side(&f, "a\0", "a\0");
	assert_int_equal(check(&f, "regression", &result), -ENODATA);
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(itself),
		cmocka_unit_test(names_meet),
		cmocka_unit_test(recursion_counts_once),
		cmocka_unit_test(renamed),
		cmocka_unit_test(what_cannot_be_compared),
		cmocka_unit_test(the_path_that_moved),
		cmocka_unit_test(self_values_of_paths),
		cmocka_unit_test(gates_are_parsed),
		cmocka_unit_test(gates_hold_or_fail),
		cmocka_unit_test(gates_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
