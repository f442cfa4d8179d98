// SPDX-License-Identifier: GPL-2.0-or-later
/* What only files bring into a profile: frames that were given to addresses, and labels. */
#include <string.h>

#include "profiler/model/tree_build.h"
#include "tests/unit/unit.h"

static uint32_t text(struct profile *profile, const char *words)
{
	uint32_t id;

	assert_int_equal(strings_intern_z(profile->strings, words, &id), 0);
	return id;
}

static struct given_frame frame(struct profile *profile, const char *name, const char *file,
				uint32_t line)
{
	return (struct given_frame){
		.name = text(profile, name),
		.module = text(profile, "libz.so.1"),
		.kind = FRAME_LIBRARY,
		.place = {.file = text(profile, file), .line = line},
	};
}

static struct label word(struct profile *profile, const char *key, const char *value)
{
	return (struct label){.key = text(profile, key), .text = text(profile, value)};
}

static struct label number(struct profile *profile, const char *key, int64_t value,
			   const char *unit)
{
	return (struct label){.key = text(profile, key),
			      .unit = text(profile, unit),
			      .is_number = 1,
			      .number = value};
}

/* Two addresses of one function, the second with another inlined into it; a sample at each. */
static struct profile *given_profile(void)
{
	static const struct value_type samples = {"samples", "count", VALUE_AMOUNT};
	struct profile *p = profile_new();
	struct mapping mapping = {.type = MAPPING_FILE, .start = 0x1000, .end = 0x9000};
	struct given_frame inlined[2] = {frame(p, "inflate", "inflate.c", 12),
					 frame(p, "copy", "copy.h", 3)};
	struct label labels[2] = {number(p, "bytes", 512, "bytes"), word(p, "route", "/index")};
	struct sample sample = {.task = TASK_NONE, .cpu = CPU_NONE};
	const int64_t one = 1;
	uint32_t id, location;

	assert_int_equal(profile_add_value_type(p, &samples), 0);
	mapping.path = text(p, "/usr/lib/libz.so.1");
	assert_int_equal(profile_add_mapping(p, &mapping, &id), 0);
	for (uint32_t i = 1; i <= 2; i++) {
		assert_int_equal(profile_add_given(p, id, 0x1000 * i, inlined, i, &location), 0);
		assert_int_equal(stack_table_push(&p->stacks, STACK_EMPTY, location, &sample.stack),
				 0);
		assert_int_equal(profile_add_labels(p, labels, 2 * i - 2, &sample.labels), 0);
		assert_int_equal(profile_add_sample(p, &sample, &one), 0);
	}
	profile_seal(p);
	assert_null(profile_check(p));
	return p;
}

static void equal_lists_are_one(void **state)
{
	struct list_table table = {.record_bytes = 12};
	uint32_t records[3 * 50], ids[50], id;

	for (size_t i = 0; i < ARRAY_LEN(records); i++)
		records[i] = (uint32_t)i;
	for (size_t n = 0; n < 50; n++)
		assert_int_equal(list_table_intern(&table, records, n, &ids[n]), 0);
	assert_int_equal(ids[0], LIST_EMPTY);
	for (size_t n = 0; n < 50; n++) {
		size_t count;
		const void *have;

		assert_int_equal(list_table_intern(&table, records, n, &id), 0);
		assert_int_equal(id, ids[n]);
		have = list_table_get(&table, id, &count);
		assert_int_equal(count, n);
		if (n)
			assert_memory_equal(have, records, n * 12);
	}
	assert_int_equal(list_table_intern(&table, records + 3, 1, &id), 0);
	assert_int_equal(id, 50);
	assert_true(list_table_has(&table, 50));
	assert_false(list_table_has(&table, 51));
	list_table_fini(&table);
}

static void labels_have_no_order(void **state)
{
	struct profile *p = profile_new();
	struct label all[] = {word(p, "a", "x"), word(p, "a", "y"), number(p, "a", 0, ""),
			      number(p, "a", 0, "ms"), number(p, "a", -1, "")};
	uint32_t first, id;

	assert_int_equal(profile_add_labels(p, all, ARRAY_LEN(all), &first), 0);
	for (uint64_t round = 0, random = 3; round < 50; round++) {
		size_t i = random_below(&random, ARRAY_LEN(all));
		struct label moved = all[i];

		all[i] = all[0];
		all[0] = moved;
		assert_int_equal(profile_add_labels(p, all, ARRAY_LEN(all), &id), 0);
		assert_int_equal(id, first);
	}
	assert_int_equal(profile_add_labels(p, all, ARRAY_LEN(all) - 1, &id), 0);
	assert_int_not_equal(id, first);
	profile_free(p);
}

/* Named without a symbolizer, and places stand beside the frames, which the tree merges. */
static void given_frames_name_addresses(void **state)
{
	struct profile *p = given_profile();
	struct symbols symbols;
	struct symbol_span span;
	struct tree *tree;

	assert_int_equal(symbols_init(&symbols, p), 0);
	span = symbols.spans[2];
	assert_int_equal(span.count, 2);
	assert_int_equal(symbols_place(&symbols, span.first).line, 12);
	assert_int_equal(symbols_place(&symbols, span.first + 1).line, 3);
	assert_int_equal(symbols_place(&symbols, symbols.spans[0].first).line, 0);
	assert_int_equal(symbols_place(&symbols, 999).line, 0);
	tree = tree_build(p, &symbols, GROUP_THREAD, &views[VIEW_PLAIN]);
	assert_non_null(tree);
	assert_int_equal(tree->nr_nodes, 3);
	assert_string_equal(tree_name(tree, 1), "inflate");
	assert_int_equal(tree_self(tree, 1, 0), 1);
	assert_string_equal(tree_name(tree, 2), "copy");
	tree_free(tree);
	symbols_fini(&symbols);
	profile_free(p);
}

static void labels_group(void **state)
{
	static const struct {
		const char *key, *group;
	} groups[] = {{"bytes", "512 bytes"}, {"route", "/index"}};

	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		struct profile *p = given_profile();
		struct symbols symbols;
		struct tree *tree;

		p->group_label = text(p, groups[i].key);
		assert_int_equal(symbols_init(&symbols, p), 0);
		tree = tree_build(p, &symbols, GROUP_LABEL, &views[VIEW_PLAIN]);
		assert_non_null(tree);
		assert_int_equal(tree->nr_nodes, 5);
		assert_string_equal(tree_name(tree, 1), groups[i].group);
		assert_int_equal(tree_kind(tree, 1), FRAME_GROUP);
		assert_int_equal(tree_total(tree, 1, 0), 1);
		assert_string_equal(tree_name(tree, 4), "inflate");
		tree_free(tree);
		symbols_fini(&symbols);
		profile_free(p);
	}
}

/* As frames of stacks groups are what tree_build() would have put there. */
static void groups_go_into_stacks(void **state)
{
	for (int round = 0; round < 2; round++) {
		struct profile *p = given_profile();
		struct task task = {.tid = 7, .thread_name = text(p, "worker")};
		struct symbols symbols;
		struct tree *tree;

		assert_int_equal(profile_add_task(p, &task, &p->samples[0].task), 0);
		if (round)
			assert_int_equal(group_into_stacks(p, GROUP_TID), 0);
		profile_seal(p);
		assert_null(profile_check(p));
		assert_int_equal(symbols_init(&symbols, p), 0);
		tree = tree_build(p, &symbols, GROUP_TID, &views[VIEW_PLAIN]);
		assert_non_null(tree);
		assert_int_equal(tree->nr_nodes, 5);
		assert_string_equal(tree_name(tree, 1), "inflate");
		assert_string_equal(tree_name(tree, 3), "worker-7");
		assert_int_equal(tree_kind(tree, 3), FRAME_GROUP);
		assert_int_equal(tree_self(tree, 4, 0), 1);
		tree_free(tree);
		symbols_fini(&symbols);
		profile_free(p);
	}
}

#define BREAK(name, wrong)                  \
	static void name(struct profile *p) \
	{                                   \
		wrong;                      \
	}
#define GIVEN  ((struct given_frame *)p->given_frames.records)
#define LABELS ((struct label *)p->labels.records)

BREAK(break_range, p->mappings[0].end = 0)
BREAK(break_build_name, p->mappings[0].build_name = 9999)
BREAK(break_frames, p->locations[1].given = 3)
BREAK(break_mapping, p->locations[1].mapping = 1)
BREAK(break_name, GIVEN[1].name = STRING_NONE)
BREAK(break_module, GIVEN[1].module = 9999)
BREAK(break_kind, GIVEN[2].kind = FRAME_KIND_COUNT)
BREAK(break_labels, p->samples[0].labels = 2)
BREAK(break_label_text, LABELS[1].text = 9999)
BREAK(break_label_number, LABELS[0].is_number = 0)

static void check_finds_every_defect(void **state)
{
	static void (*const breaks[])(struct profile * profile) = {
		break_range,  break_build_name, break_frames, break_mapping,	break_name,
		break_module, break_kind,	break_labels, break_label_text, break_label_number,
	};
	const char *said[ARRAY_LEN(breaks)];

	for (size_t i = 0; i < ARRAY_LEN(breaks); i++) {
		struct profile *profile = given_profile();

		breaks[i](profile);
		said[i] = profile_check(profile);
		if (!said[i])
			fail_msg("defect %zu was not found", i);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(said[i], said[j]);
		profile_free(profile);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_lists_are_one),
		cmocka_unit_test(labels_have_no_order),
		cmocka_unit_test(given_frames_name_addresses),
		cmocka_unit_test(labels_group),
		cmocka_unit_test(groups_go_into_stacks),
		cmocka_unit_test(check_finds_every_defect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
