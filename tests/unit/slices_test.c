// SPDX-License-Identifier: GPL-2.0-or-later
/* Slices of time: when they end, how they are joined, and that nothing is lost in them. */
#include "tests/unit/view_fixture.h"

#include "profiler/model/slices.h"
#include "profiler/model/tree_build.h"

#define BEGIN_NS 1000000

static struct slices_plan plan_of(size_t count_max, uint64_t width_ns, bool ends)
{
	return (struct slices_plan){.begin_ns = BEGIN_NS,
				    .width_ns = width_ns,
				    .count_max = count_max,
				    .ends = ends,
				    .shares_max = 1000};
}

static void begin(struct slices *slices, size_t count_max, uint64_t width_ns, bool ends)
{
	struct slices_plan plan = plan_of(count_max, width_ns, ends);

	assert_int_equal(slices_begin(slices, &plan), 0);
}

/* ---- when slices end ---- */

static void a_known_duration_is_divided(void **state)
{
	struct slices slices;

	begin(&slices, 4, 100, true);
	for (uint64_t i = 1; i < 4; i++) {
		assert_int_equal(slices_due_ns(&slices), BEGIN_NS + i * 100);
		slices_turn(&slices, BEGIN_NS + i * 100 + i); /* late, which does not add up */
	}
	/* The last one lasts until the end, whenever that is. */
	assert_true(slices_due_ns(&slices) == UINT64_MAX);
	assert_int_equal(slices_seal(&slices, 0, BEGIN_NS + 450), 0);
	assert_int_equal(slices.count, 4);
	assert_int_equal(slices_end_ns(&slices, 0), 101);
	assert_int_equal(slices_end_ns(&slices, 2), 303);
	assert_int_equal(slices_end_ns(&slices, 3), 450);
	assert_null(slices_check(&slices, 0));
	slices_fini(&slices);
}

/* Who was kept from turning by more than a slice leaves one out. */
static void a_missed_end_makes_a_longer_slice(void **state)
{
	struct slices slices;

	begin(&slices, 10, 100, true);
	slices_turn(&slices, BEGIN_NS + 350);
	assert_int_equal(slices_due_ns(&slices), BEGIN_NS + 400);
	slices_fini(&slices);
}

/* However long it takes: never too many, and from the first time on never less than half of them. */
static void an_unknown_duration_doubles_the_width(void **state)
{
	for (size_t max = 2; max < 12; max++) {
		struct slices slices;
		size_t turns = 0;

		begin(&slices, max, 100, false);
		for (; turns < 500 && slices_due_ns(&slices) < 1ULL << 50; turns++) {
			slices_turn(&slices, slices_due_ns(&slices));
			assert_in_range(slices.count, turns + 1 < max ? 1 : max / 2, max);
		}
		for (size_t i = 0; i < slices.count; i++)
			assert_int_equal(slices.begins_ns[i], BEGIN_NS + i * slices.plan.width_ns);
		assert_int_equal(slices.squeezed, 0);
		slices_fini(&slices);
	}
}

static void no_slices_take_everything(void **state)
{
	struct slices slices = {0};

	assert_true(slices_due_ns(&slices) == UINT64_MAX);
	slices_turn(&slices, 5);
	assert_int_equal(slices_add(&slices, 7, 1, 2, 3), 0);
	assert_int_equal(slices_seal(&slices, 8, 9), 0);
	assert_null(slices_check(&slices, 8));
	/* Of one slice nothing can be seen. */
	begin(&slices, 4, 100, false);
	assert_int_equal(slices_add(&slices, 0, BEGIN_NS, BEGIN_NS, 3), 0);
	assert_int_equal(slices_seal(&slices, 1, BEGIN_NS + 50), 0);
	assert_int_equal(slices.count, 0);
	slices_fini(&slices);
}

/* ---- weights ---- */

static uint64_t weight_in(const struct slices *slices, uint32_t sample, uint32_t slice)
{
	for (size_t i = slices->first[sample]; i < slices->first[sample + 1]; i++) {
		if (slices->shares[i].slice == slice)
			return slices->shares[i].weight;
	}
	return 0;
}

static void a_span_is_shared_out_by_length(void **state)
{
	struct slices slices;

	begin(&slices, 4, 100, true);
	slices_turn(&slices, BEGIN_NS + 100);
	slices_turn(&slices, BEGIN_NS + 200);
	slices_turn(&slices, BEGIN_NS + 300);
	assert_int_equal(slices_add(&slices, 0, BEGIN_NS + 50, BEGIN_NS + 250, 2000), 0);
	/* At a boundary the earlier slice is over; spans may reach out of the capture. */
	assert_int_equal(slices_add(&slices, 1, BEGIN_NS + 100, BEGIN_NS + 200, 7), 0);
	assert_int_equal(slices_add(&slices, 1, BEGIN_NS + 300, BEGIN_NS + 300, 9), 0);
	assert_int_equal(slices_add(&slices, 2, BEGIN_NS - 100, BEGIN_NS + 1000, 1100), 0);
	assert_int_equal(slices_add(&slices, 2, 0, 0, 1), 0);
	assert_int_equal(slices_seal(&slices, 4, BEGIN_NS + 400), 0);
	assert_int_equal(weight_in(&slices, 0, 0), 500);
	assert_int_equal(weight_in(&slices, 0, 1), 1000);
	assert_int_equal(weight_in(&slices, 0, 2), 500);
	assert_int_equal(weight_in(&slices, 0, 3), 0);
	assert_int_equal(weight_in(&slices, 1, 1), 7);
	assert_int_equal(weight_in(&slices, 1, 3), 9);
	assert_int_equal(weight_in(&slices, 2, 0), 201);
	assert_int_equal(weight_in(&slices, 2, 3), 700);
	assert_int_equal(slices_weight(&slices, 2), 1101);
	assert_int_equal(slices_weight(&slices, 3), 0);
	assert_null(slices_check(&slices, 4));
	assert_non_null(slices_check(&slices, 3));
	slices_fini(&slices);
}

enum { SAMPLES = 40 };

/* Spans at random while slices are turned and joined: each slice has what overlaps it. */
static void random_spans(size_t count_max, size_t shares_max)
{
	struct slices_plan plan = plan_of(count_max, 1000, false);
	static struct {
		uint32_t sample;
		uint64_t from_ns, to_ns, weight;
	} spans[4000];
	uint64_t random = count_max * 1000 + shares_max, now_ns = BEGIN_NS, sums[SAMPLES] = {0};
	struct slices slices;

	plan.shares_max = shares_max;
	assert_int_equal(slices_begin(&slices, &plan), 0);
	for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
		uint64_t past_ns = random_below(&random, (uint32_t)(now_ns - BEGIN_NS + 1));

		now_ns += random_below(&random, 60);
		spans[i].sample = random_below(&random, SAMPLES);
		spans[i].to_ns = now_ns;
		spans[i].from_ns = i % 3 ? now_ns - past_ns / 50 : now_ns - past_ns;
		spans[i].weight = random_below(&random, 5000);
		sums[spans[i].sample] += spans[i].weight;
		assert_int_equal(slices_add(&slices, spans[i].sample, spans[i].from_ns,
					    spans[i].to_ns, spans[i].weight),
				 0);
		if (now_ns >= slices_due_ns(&slices))
			slices_turn(&slices, now_ns);
	}
	assert_int_equal(slices_seal(&slices, SAMPLES, now_ns + 1), 0);
	assert_true(slices.count >= 2 && slices.nr_shares <= shares_max + count_max);
	assert_null(slices_check(&slices, SAMPLES));
	for (uint32_t sample = 0; sample < SAMPLES; sample++) {
		assert_int_equal(slices_weight(&slices, sample), sums[sample]);
		for (uint32_t slice = 0; slice < slices.count; slice++) {
			uint64_t begin_ns = slices.begins_ns[slice];
			uint64_t end_ns = BEGIN_NS + slices_end_ns(&slices, slice);
			double wanted = 0, pieces = 0;

			for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
				uint64_t from = spans[i].from_ns, to = spans[i].to_ns;
				double length = (double)(to - from), overlap;

				if (spans[i].sample != sample || to < begin_ns || from >= end_ns)
					continue;
				from = from > begin_ns ? from : begin_ns;
				overlap = (double)(to < end_ns ? to : end_ns) - (double)from;
				wanted += (double)spans[i].weight *
					  (length > 0 ? overlap / length : 1);
				pieces += (double)count_max; /* roundings */
			}
			assert_true(abs((int)(wanted - (double)weight_in(&slices, sample,
									 slice))) <= (int)pieces);
		}
	}
	slices_fini(&slices);
}

static void spans_survive_joining(void **state)
{
	random_spans(100, 100000);
	random_spans(17, 100000);
	random_spans(100, 1500); /* which also joins them for want of room */
	random_spans(8, 700);
}

static void too_many_shares_join_slices(void **state)
{
	struct slices_plan plan = plan_of(100, 100, true);
	struct slices slices;
	uint64_t sum = 0;

	plan.shares_max = 100;
	assert_int_equal(slices_begin(&slices, &plan), 0);
	for (uint64_t turn = 0; turn < 50; turn++) {
		for (uint32_t sample = 0; sample < 10; sample++) {
			assert_int_equal(slices_add(&slices, sample, BEGIN_NS + turn * 100,
						    BEGIN_NS + turn * 100, 1 + sample),
					 0);
			sum += 1 + sample;
		}
		slices_turn(&slices, slices_due_ns(&slices));
	}
	assert_true(slices.squeezed > 0 && !slices.given_up);
	assert_int_equal(slices_seal(&slices, 10, BEGIN_NS + 5000), 0);
	for (uint32_t sample = 0; sample < 10; sample++)
		sum -= slices_weight(&slices, sample);
	assert_int_equal(sum, 0);
	slices_fini(&slices);

	/* With more samples than there is room for there is nothing left to join. */
	assert_int_equal(slices_begin(&slices, &plan), 0);
	slices_turn(&slices, BEGIN_NS + 100);
	for (uint32_t sample = 0; sample < 300; sample++)
		assert_int_equal(slices_add(&slices, sample, BEGIN_NS, BEGIN_NS, 1), 0);
	assert_true(slices.given_up);
	assert_int_equal(slices_seal(&slices, 300, BEGIN_NS + 200), 0);
	assert_int_equal(slices.count, 0);
	assert_null(slices_check(&slices, 300));
	slices_fini(&slices);
}

static int64_t sum_of(const int64_t *amounts, size_t count)
{
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += amounts[i];
	return sum;
}

/* Whatever a value has become since, all of it is shared out. */
static void shares_add_up_to_the_value(void **state)
{
	static const int64_t values[] = {0, 1, 2, 3, 1000, 999999937, INT64_MAX};
	struct slices slices;
	uint64_t random = 5;

	begin(&slices, 20, 100, true);
	for (int i = 0; i < 19; i++) {
		assert_int_equal(slices_add(&slices, 0, BEGIN_NS, BEGIN_NS + (uint64_t)i * 100,
					    random_below(&random, 1000)),
				 0);
		slices_turn(&slices, slices_due_ns(&slices));
	}
	assert_int_equal(slices_add(&slices, 1, BEGIN_NS + 150, BEGIN_NS + 150, UINT64_MAX / 2), 0);
	assert_int_equal(slices_seal(&slices, 3, BEGIN_NS + 2000), 0);
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		for (uint32_t sample = 0; sample < 3; sample++) {
			int64_t amounts[20] = {0};

			slices_share_out(&slices, sample, values[i], amounts);
			assert_true(sum_of(amounts, 20) == values[i]);
			for (size_t s = 0; s < 20; s++)
				assert_true(amounts[s] >= 0);
			if (sample == 1)
				assert_true(amounts[1] == values[i]);
			/* Without weights, evenly. */
			if (sample == 2)
				assert_in_range(amounts[7], values[i] / 20, values[i] / 20 + 1);
		}
	}
	slices_fini(&slices);
}

/* ---- profile and tree ---- */

static struct profile *sliced_profile(void)
{
	struct profile *profile = fixture_profile();

	add(profile, ACTIVITY_CPU, "main;work", "", 0, 10);
	add(profile, ACTIVITY_CPU, "main;work", "", 0, 10);
	add(profile, ACTIVITY_BLOCKED, "main;read", "[waits: disk]", 0, 200);
	add(profile, ACTIVITY_BLOCKED, "main;read", "[waits: pipe]", 0, 90);
	add(profile, ACTIVITY_QUEUED, "main;read", "[run queue]", 0, 30);
	begin(&profile->slices, 3, 100, true);
	slices_turn(&profile->slices, BEGIN_NS + 100);
	slices_turn(&profile->slices, BEGIN_NS + 200);
	assert_int_equal(slices_add(&profile->slices, 0, BEGIN_NS, BEGIN_NS, 1), 0);
	assert_int_equal(slices_add(&profile->slices, 0, BEGIN_NS + 200, BEGIN_NS + 200, 1), 0);
	assert_int_equal(slices_add(&profile->slices, 1, BEGIN_NS + 50, BEGIN_NS + 250, 200), 0);
	assert_int_equal(slices_add(&profile->slices, 2, BEGIN_NS + 110, BEGIN_NS + 200, 90), 0);
	assert_int_equal(slices_add(&profile->slices, 3, BEGIN_NS + 250, BEGIN_NS + 280, 30), 0);
	assert_int_equal(slices_seal(&profile->slices, profile->nr_samples, BEGIN_NS + 300), 0);
	profile_seal(profile);
	return profile;
}

static void the_profile_checks_its_slices(void **state)
{
	struct profile *profile = sliced_profile();
	struct slices *slices = &profile->slices;

	assert_null(profile_check(profile));
	slices->shares[0].weight++;
	assert_non_null(profile_check(profile));
	slices->shares[0].weight--;
	slices->shares[0].slice = 3;
	assert_non_null(profile_check(profile));
	slices->shares[0].slice = 0;
	slices->nr_samples--;
	assert_non_null(profile_check(profile));
	slices->nr_samples++;
	slices->begins_ns[1] = slices->begins_ns[2];
	assert_non_null(profile_check(profile));
	slices->begins_ns[1]--;
	assert_null(profile_check(profile));
	/* Estimated time is scaled by what the books say, and its weights are not. */
	slices->shares[slices->first[1]].weight++;
	assert_non_null(profile_check(profile));
	profile->samples[1].estimated = 1;
	assert_null(profile_check(profile));
	profile_free(profile);
}

/* "work 1,0,1\n": the nodes that have a self value, with what each slice has of it. */
static void expect(enum view_id view, const char *wanted)
{
	struct profile *profile = sliced_profile();
	struct symbols symbols;
	struct tree *tree;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(symbols_init(&symbols, profile), 0);
	tree = tree_build(profile, &symbols, GROUP_NONE, &views[view]);
	assert_non_null(tree);
	assert_int_equal(tree->nr_slices, 3);
	assert_int_equal(tree->slice_ends_ns[2], 300);
	for (uint32_t node = 0; node < tree->nr_nodes; node++) {
		int64_t amounts[3] = {0};

		for (uint32_t i = tree->first_slice[node]; i < tree->first_slice[node + 1]; i++)
			amounts[tree->slices[i].slice] = tree->slices[i].amount;
		assert_int_equal(sum_of(amounts, 3), tree_self(tree, node, 0));
		if (tree_self(tree, node, 0))
			fprintf(out, "%s %d,%d,%d\n", tree_name(tree, node), (int)amounts[0],
				(int)amounts[1], (int)amounts[2]);
	}
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
	tree_free(tree);
	symbols_fini(&symbols);
	profile_free(profile);
}

/* Each view has the slices of its own first value, of its own samples. */
static void trees_have_slices(void **state)
{
	expect(VIEW_CPU, "work 1,0,1\n");
	expect(VIEW_OFFCPU, "[run queue] 0,0,30\n[waits: disk] 50,100,50\n[waits: pipe] 0,90,0\n");
	expect(VIEW_WAKEUP, "[waits: disk] 50,100,50\n[waits: pipe] 0,90,0\n");
	expect(VIEW_WALL, "[run queue] 0,0,30\n[waits: disk] 50,100,50\n[waits: pipe] 0,90,0\n"
			  "work 10,0,10\n");
}

/* Samples of one place are one node. */
static void nodes_add_up_slices(void **state)
{
	struct profile *profile = fixture_profile();
	struct symbols symbols;
	struct tree *tree;

	begin(&profile->slices, 3, 100, true);
	slices_turn(&profile->slices, BEGIN_NS + 100);
	slices_turn(&profile->slices, BEGIN_NS + 200);
	for (uint32_t i = 0; i < 60; i++) {
		struct sample sample = {.stack = stack_of(profile, "main;read"),
					.cpu = i,
					.task = TASK_NONE,
					.activity = ACTIVITY_BLOCKED};
		const int64_t values[ACTIVITY_VALUES] = {1, 10 + i, 1, 1, 1};
		uint32_t id;

		assert_int_equal(profile_add_sample_id(profile, &sample, values, &id), 0);
		assert_int_equal(id, i);
		assert_int_equal(slices_add(&profile->slices, id, BEGIN_NS + i * 5,
					    BEGIN_NS + i * 5, 10 + i),
				 0);
	}
	assert_int_equal(slices_seal(&profile->slices, 60, BEGIN_NS + 300), 0);
	profile_seal(profile);
	assert_null(profile_check(profile));
	assert_int_equal(symbols_init(&symbols, profile), 0);
	tree = tree_build(profile, &symbols, GROUP_NONE, &views[VIEW_OFFCPU]);
	assert_non_null(tree);
	assert_int_equal(tree->first_slice[tree->nr_nodes], 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(tree->slices[i].amount, 20 * 10 + (20 * i + 20 * i + 19) * 10);
	tree_free(tree);
	symbols_fini(&symbols);
	profile_free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_duration_is_divided),
		cmocka_unit_test(a_missed_end_makes_a_longer_slice),
		cmocka_unit_test(an_unknown_duration_doubles_the_width),
		cmocka_unit_test(no_slices_take_everything),
		cmocka_unit_test(a_span_is_shared_out_by_length),
		cmocka_unit_test(spans_survive_joining),
		cmocka_unit_test(too_many_shares_join_slices),
		cmocka_unit_test(shares_add_up_to_the_value),
		cmocka_unit_test(the_profile_checks_its_slices),
		cmocka_unit_test(trees_have_slices),
		cmocka_unit_test(nodes_add_up_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
