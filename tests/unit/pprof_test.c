// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pprof profiles: what is written is read back as the same, of everything that a
 * graph can hold and of what only pprof can.
 */
#include "tests/unit/unit.h"

#include "profiler/model/pprof_format.h"
#include "tests/unit/pprof_fixture.h"
#include "tests/unit/view_fixture.h"

/* ---- parse(print(x)) = x ---- */

static uint32_t text_id(struct profile *profile, const char *text)
{
	uint32_t id;

	assert_int_equal(strings_intern_z(profile->strings, text, &id), 0);
	return id;
}

/* What is drawn of a profile is drawn of what it is read back as. */
static void draws_same(struct profile *profile, const struct view *view, enum group_key group)
{
	size_t len, graph_len;
	char *bytes = pprof_render(profile, "pprof", view, group, &len);
	char *wanted = pprof_render(profile, "svg", view, group, &graph_len);
	struct profile *again = pprof_read_again(bytes, len);
	char *drawn = pprof_render(again, "svg", &views[VIEW_PLAIN], group, &graph_len);

	assert_string_equal(drawn, wanted);
	free(bytes);
	free(wanted);
	free(drawn);
	profile_free(again);
}

/* Written again it is the same bytes. */
static void writes_same(struct profile *profile)
{
	size_t len, again_len;
	char *bytes = pprof_render(profile, "pprof", &views[VIEW_PLAIN], GROUP_NONE, &len);
	struct profile *again = pprof_read_again(bytes, len);
	char *written = pprof_render(again, "pprof", &views[VIEW_PLAIN], GROUP_NONE, &again_len);

	assert_int_equal(len, again_len);
	assert_memory_equal(bytes, written, len);
	free(bytes);
	free(written);
	profile_free(again);
}

/* Frames of every kind as a graph or text has them, with names that say so where they have to. */
static const struct {
	const char *name, *module;
	enum frame_kind kind;
} some_frames[] = {
	{"main", "", FRAME_USER},
	{"main", "hotservice", FRAME_USER},
	{"main", "", FRAME_GROUP},
	{"worker 7", "", FRAME_GROUP},
	{"std::vector<int, std::allocator<int> >::push_back(int&&)", "libc.so.6", FRAME_LIBRARY},
	{"memcpy", "libc.so.6", FRAME_LIBRARY},
	{"memcpy", "node.node", FRAME_LIBRARY},
	{"memcpy", "libc.so.6", FRAME_INLINED},
	{"memcpy", "", FRAME_INLINED},
	{"vfs_read", "kernel", FRAME_KERNEL},
	{"vfs_read", "", FRAME_KERNEL},
	{"ext4_read", "ext4", FRAME_KERNEL},
	{"LazyCompile:~go /srv/a.js:1", "", FRAME_JIT},
	{"f (a.py:3)", "", FRAME_INTERPRETER},
	{"f (a.py:3)", "a b", FRAME_INTERPRETER},
	{"boss", "", FRAME_WAKER},
	{"memcpy", "libc.so.6", FRAME_WAKER},
	{"[waits: futex]", "", FRAME_WAITING},
	{"[run queue]", "", FRAME_RUN_QUEUE},
	{"[woken by]", "", FRAME_MARKER},
	{"[truncated]", "", FRAME_MARKER},
	{"[unknown]", "", FRAME_UNNAMED},
	{"[libz.so.1]", "", FRAME_UNNAMED},
	{"[libz.so.1]+0x3af0", "", FRAME_UNNAMED},
	{"\xc3\xbcnic\xc3\xb6"
	 "de; with\ttabs",
	 "", FRAME_USER},
};

static void add_types(struct profile *profile, bool waits)
{
	static const struct value_type types[] = {
		{"time", "nanoseconds", VALUE_AMOUNT},
		{"waits", "count", VALUE_AMOUNT},
		{"longest wait", "nanoseconds", VALUE_LONGEST},
		{"squares", "e-8 seconds^2", VALUE_SQUARES},
	};

	for (size_t i = 0; i < (waits ? 4 : 2); i++)
		assert_int_equal(profile_add_value_type(profile, &types[i]), 0);
}

static void describe(struct profile *profile, uint64_t *random)
{
	struct circumstances *about = &profile->about;

	about->title = strdup("a \"title\"\nof two lines");
	about->command = strdup("offcpu");
	about->event = strdup("cpu-clock");
	about->host = strdup("h\xc3\xb6st");
	about->start_unix_ns = 1700000000123456789;
	about->duration_ns = 1 + random_below(random, 1000000000);
	about->frequency_hz = 1 + random_below(random, 5000);
	about->cpus = 4;
	about->books.threads = 3;
	about->books.lifetime_ns = 12345;
	about->nr_events = 2;
	snprintf(about->events[0].name, sizeof(about->events[0].name), "table_full");
	snprintf(about->events[0].about, sizeof(about->events[0].about), "no room");
	about->events[0].count = 1 + random_below(random, 100);
	about->events[0].is_loss = 1;
	snprintf(about->events[1].name, sizeof(about->events[1].name), "idle");
	about->events[1].count = 7;
}

/* Names only, as graphs are read. */
static struct profile *names_profile(uint64_t *random)
{
	struct profile *profile = profile_new();
	bool waits = random_below(random, 2);

	add_types(profile, waits);
	for (uint32_t i = 0; i < 40; i++) {
		struct sample sample = {.task = TASK_NONE, .cpu = CPU_NONE};
		int64_t values[] = {1 + random_below(random, 1000), random_below(random, 9),
				    random_below(random, 1000), random_below(random, 100)};

		for (uint32_t depth = random_below(random, 9); depth > 0; depth--) {
			size_t f = random_below(random, ARRAY_LEN(some_frames));
			struct location location = {
				.mapping = MAPPING_NONE,
				.name = text_id(profile, some_frames[f].name),
				.module = text_id(profile, some_frames[f].module),
				.kind = (uint8_t)some_frames[f].kind,
			};
			uint32_t id;

			assert_int_equal(profile_add_location(profile, &location, &id), 0);
			assert_int_equal(
				stack_table_push(&profile->stacks, sample.stack, id, &sample.stack),
				0);
		}
		assert_int_equal(profile_add_sample(profile, &sample, values), 0);
	}
	if (random_below(random, 3))
		describe(profile, random);
	return profile;
}

static void what_graphs_hold_comes_back(void **state)
{
	for (uint64_t seed = 1; seed <= 25; seed++) {
		uint64_t random = seed;
		struct profile *profile = names_profile(&random);

		draws_same(profile, &views[VIEW_PLAIN], GROUP_NONE);
		writes_same(profile);
		profile_free(profile);
	}
}

/* ---- what only pprof holds ---- */

static uint32_t random_mapping(struct profile *profile, uint64_t *random, uint32_t number)
{
	static const char *const paths[] = {"/usr/bin/service", "/usr/lib/libz.so.1", "[vdso]",
					    "[kernel.kallsyms]", ""};
	size_t which = random_below(random, ARRAY_LEN(paths));
	struct mapping mapping = {.source = UINT32_MAX};
	struct pprof_code code;
	uint32_t id;

	pprof_code_parse(paths[which], strlen(paths[which]), &code);
	mapping.type = code.type;
	mapping.path = text_id(profile, paths[which]);
	mapping.start = (uint64_t)(number + 1) << 20;
	mapping.end = mapping.start + 0x10000;
	mapping.off = random_below(random, 2) * 0x4000;
	if (random_below(random, 2)) {
		mapping.build_id_len = 20;
		memset(mapping.build_id, (int)number, 20);
	} else if (random_below(random, 2)) {
		mapping.build_name = text_id(profile, "Go build id/with text");
	}
	assert_int_equal(profile_add_mapping(profile, &mapping, &id), 0);
	return id;
}

/* As the reader would keep an address of that mapping. */
static uint64_t kept_address(const struct mapping *mapping, uint64_t address)
{
	if (mapping->type == MAPPING_FILE)
		return address - mapping->start + mapping->off;
	return mapping->type == MAPPING_IMAGE ? address - mapping->start : address;
}

static uint32_t random_location(struct profile *profile, uint64_t *random)
{
	struct given_frame frames[3] = {0};
	uint32_t count = 1 + random_below(random, 3), id;
	uint32_t mapping = random_below(random, (uint32_t)profile->nr_mappings);
	const struct mapping *in = &profile->mappings[mapping];
	struct pprof_code code;
	char name[32];

	pprof_code_parse(strings_text(profile->strings, in->path),
			 strings_len(profile->strings, in->path), &code);
	for (uint32_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "function_%u", random_below(random, 20));
		frames[i].name = text_id(profile, name);
		frames[i].kind = i ? FRAME_INLINED : code.kind;
		assert_int_equal(strings_intern(profile->strings, code.module ? code.module : "",
						code.module_len, &frames[i].module),
				 0);
		frames[i].place.file = text_id(profile, random_below(random, 2) ? "a.c" : "");
		frames[i].place.line = random_below(random, 3);
		frames[i].place.column = random_below(random, 2);
		frames[i].place.start_line = random_below(random, 2) * 7;
		frames[i].place.linked =
			text_id(profile, random_below(random, 2) ? "_Zmangled" : "");
	}
	assert_int_equal(profile_add_given(profile, mapping,
					   kept_address(in, in->start + random_below(random, 4096)),
					   frames, count, &id),
			 0);
	return id;
}

static void random_labels(struct profile *profile, uint64_t *random, struct sample *sample)
{
	struct label labels[3];
	uint32_t count = random_below(random, 4);
	struct task task = {.tid = 1 + random_below(random, 5),
			    .tgid = random_below(random, 2) * 9,
			    .thread_name = text_id(profile, random_below(random, 2) ? "w" : "")};

	for (uint32_t i = 0; i < count; i++) {
		bool number = random_below(random, 2);

		labels[i] = (struct label){
			.key = text_id(profile, random_below(random, 2) ? "bytes" : "route"),
			.text = number ? STRING_NONE : text_id(profile, "/index"),
			.unit = number ? text_id(profile, random_below(random, 2) ? "b" : "") : 0,
			.is_number = number,
			.number = number ? (int64_t)random_u64(random) : 0,
		};
	}
	assert_int_equal(profile_add_labels(profile, labels, count, &sample->labels), 0);
	if (random_below(random, 2))
		assert_int_equal(profile_add_task(profile, &task, &sample->task), 0);
	if (random_below(random, 2))
		sample->cpu = random_below(random, 4);
	if (random_below(random, 2))
		sample->cgroup = text_id(profile, "/system.slice");
}

static struct profile *full_profile(uint64_t *random)
{
	struct profile *profile = profile_new();

	add_types(profile, false);
	for (uint32_t i = 0; i < 4; i++)
		random_mapping(profile, random, i);
	for (uint32_t i = 0; i < 60; i++) {
		struct sample sample = {.task = TASK_NONE, .cpu = CPU_NONE};
		int64_t values[] = {1 + random_below(random, 1000), random_below(random, 9)};

		for (uint32_t depth = random_below(random, 9); depth > 0; depth--)
			assert_int_equal(stack_table_push(&profile->stacks, sample.stack,
							  random_location(profile, random),
							  &sample.stack),
					 0);
		random_labels(profile, random, &sample);
		assert_int_equal(profile_add_sample(profile, &sample, values), 0);
	}
	profile->about.start_unix_ns = 5;
	profile->about.period = 524288;
	profile->about.period_name = strdup("space");
	profile->about.period_unit = strdup("bytes");
	profile->about.comments = strdup("one comment\nanother");
	return profile;
}

static size_t count_mappings(const struct profile *profile)
{
	size_t with_build_id = 0;

	for (size_t i = 0; i < profile->nr_mappings; i++)
		with_build_id +=
			profile->mappings[i].build_id_len || profile->mappings[i].build_name;
	return with_build_id;
}

static void what_pprof_holds_comes_back(void **state)
{
	size_t build_ids = 0;

	for (uint64_t seed = 1; seed <= 25; seed++) {
		uint64_t random = seed;
		struct profile *profile = full_profile(&random), *again;
		char *bytes;
		size_t len;

		draws_same(profile, &views[VIEW_PLAIN], GROUP_NONE);
		draws_same(profile, &views[VIEW_PLAIN], GROUP_TID);
		draws_same(profile, &views[VIEW_PLAIN], GROUP_CGROUP);
		writes_same(profile);
		bytes = pprof_render(profile, "pprof", &views[VIEW_PLAIN], GROUP_NONE, &len);
		again = pprof_read_again(bytes, len);
		build_ids += count_mappings(again);
		assert_int_equal(again->nr_tasks, profile->nr_tasks);
		assert_int_equal(again->labels.nr_lists, profile->labels.nr_lists);
		assert_int_equal(again->given_frames.nr_lists, profile->given_frames.nr_lists);
		assert_int_equal(again->nr_samples, profile->nr_samples);
		assert_string_equal(again->about.comments, "one comment\nanother");
		assert_string_equal(again->about.period_unit, "bytes");
		free(bytes);
		profile_free(again);
		profile_free(profile);
	}
	assert_true(build_ids > 25);
}

/* What stands above stacks, wakers among it, and values that are no amounts. */
static void views_come_back(void **state)
{
	for (enum view_id view = VIEW_CPU; view < VIEW_COUNT; view++) {
		struct profile *profile = busy_profile();

		draws_same(profile, &views[view], GROUP_THREAD);
		profile_free(profile);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_graphs_hold_comes_back),
		cmocka_unit_test(what_pprof_holds_comes_back),
		cmocka_unit_test(views_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
