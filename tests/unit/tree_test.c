// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Aggregation, over random profiles and against the plainest way there is: every
 * prefix of every sample's path, written out as text and added up in a list.
 */
#include "tests/unit/unit.h"

#include "profiler/model/tree_build.h"
#include "tests/unit/tree_depth.h"

#define NAMES	  7
#define MODULES	  3
#define LOCATIONS 24
#define STACKS	  60
#define SAMPLES	  150
#define DEPTH_MAX 9
#define NR_VALUES 2
#define PATH_MAX_ (16 * 3 * DEPTH_MAX + 64)

static const char *const names[NAMES] = {"main",	  "a", "ab", "a;b", "\xff\xc3\xa9", "read",
					 MARKER_TRUNCATED};
static const char *const modules[MODULES] = {"", "libc.so.6", "lib"};

static const struct value_type value_types[NR_VALUES] = {
	{"samples", "count", VALUE_AMOUNT},
	{"cpu", "nanoseconds", VALUE_AMOUNT},
};

/* What a random profile is made from; the same drawing can be entered in any order. */
struct drawing {
	struct {
		struct {
			uint8_t name, module, kind;
		} frames[3];
		size_t nr_frames;
	} locations[LOCATIONS];
	struct {
		uint8_t locations[DEPTH_MAX];
		size_t depth;
	} stacks[STACKS];
	struct {
		uint8_t stack, task, cpu, cgroup;
		int64_t values[NR_VALUES];
	} samples[SAMPLES];
};

static const struct {
	const char *thread, *process;
	uint32_t tgid, tid;
} tasks[] = {
	{"worker", "service", 10, 11},	{"worker", "service", 10, 12},
	{"service", "service", 10, 10}, {"worker", "other", 20, 21},
	{"lone", "", 30, 30},		{"", "", 40, 40},
};
static const char *const cgroups[] = {"", "/", "/system.slice/hot.service"};

static void draw(struct drawing *d, uint64_t *random)
{
	static const uint8_t kinds[] = {FRAME_KERNEL, FRAME_USER, FRAME_INLINED, FRAME_UNNAMED};

	for (size_t l = 0; l < LOCATIONS; l++) {
		d->locations[l].nr_frames = 1 + random_below(random, 3);
		for (size_t f = 0; f < 3; f++) {
			uint8_t name = (uint8_t)random_below(random, NAMES);
			bool marker = name == NAMES - 1;

			d->locations[l].frames[f].name = name;
			d->locations[l].frames[f].module =
				marker ? 0 : (uint8_t)random_below(random, MODULES);
			d->locations[l].frames[f].kind =
				marker ? FRAME_MARKER : kinds[random_below(random, 4)];
		}
	}
	for (size_t s = 0; s < STACKS; s++) {
		d->stacks[s].depth = random_below(random, DEPTH_MAX + 1);
		for (size_t f = 0; f < DEPTH_MAX; f++)
			d->stacks[s].locations[f] = (uint8_t)random_below(random, LOCATIONS);
	}
	for (size_t s = 0; s < SAMPLES; s++) {
		d->samples[s].stack = (uint8_t)random_below(random, STACKS);
		d->samples[s].task = (uint8_t)random_below(random, ARRAY_LEN(tasks) + 1);
		d->samples[s].cpu = (uint8_t)random_below(random, 4);
		d->samples[s].cgroup = (uint8_t)random_below(random, ARRAY_LEN(cgroups));
		for (size_t v = 0; v < NR_VALUES; v++)
			d->samples[s].values[v] = random_below(random, 1000);
	}
}

/* Samples that are nothing but stacks of names, as text has them, some of which are of nothing. */
static void make_bare(struct drawing *d)
{
	for (size_t l = 0; l < LOCATIONS; l++)
		d->locations[l].nr_frames = 1;
	for (size_t s = 0; s < SAMPLES; s++) {
		d->samples[s].task = ARRAY_LEN(tasks);
		d->samples[s].cpu = 3;
		d->samples[s].cgroup = 0;
		if (s % 5 == 0)
			memset(d->samples[s].values, 0, sizeof(d->samples[s].values));
	}
}

/* ---- the drawing as a profile ---- */

struct entered {
	struct profile *profile;
	struct symbols symbols;
	uint32_t location_of[LOCATIONS];
};

static uint32_t text_id(struct profile *profile, const char *text)
{
	uint32_t id;

	assert_int_equal(strings_intern_z(profile->strings, text, &id), 0);
	return id;
}

static void enter_sample(struct entered *e, const struct drawing *d, size_t s)
{
	struct sample sample = {.stack = STACK_EMPTY, .task = TASK_NONE};

	for (size_t f = 0; f < d->stacks[d->samples[s].stack].depth; f++) {
		uint8_t location = d->stacks[d->samples[s].stack].locations[f];

		assert_int_equal(stack_table_push(&e->profile->stacks, sample.stack,
						  e->location_of[location], &sample.stack),
				 0);
	}
	if (d->samples[s].task < ARRAY_LEN(tasks)) {
		struct task task = {
			.tgid = tasks[d->samples[s].task].tgid,
			.tid = tasks[d->samples[s].task].tid,
			.thread_name = text_id(e->profile, tasks[d->samples[s].task].thread),
			.process_name = text_id(e->profile, tasks[d->samples[s].task].process),
		};

		assert_int_equal(profile_add_task(e->profile, &task, &sample.task), 0);
	}
	sample.cpu = d->samples[s].cpu == 3 ? CPU_NONE : d->samples[s].cpu;
	sample.cgroup = text_id(e->profile, cgroups[d->samples[s].cgroup]);
	assert_int_equal(profile_add_sample(e->profile, &sample, d->samples[s].values), 0);
}

/* Locations and samples in the order of random permutations. */
static void enter(struct entered *e, const struct drawing *d, uint64_t *random)
{
	uint32_t order[SAMPLES], frame;
	struct mapping mapping = {.type = MAPPING_FILE};

	e->profile = profile_new();
	assert_int_equal(profile_add_value_type(e->profile, &value_types[0]), 0);
	assert_int_equal(profile_add_value_type(e->profile, &value_types[1]), 0);
	assert_int_equal(profile_add_mapping(e->profile, &mapping, &frame), 0);
	random_order(random, order, LOCATIONS);
	for (size_t i = 0; i < LOCATIONS; i++) {
		struct location location = {.addr = order[i], .mapping = frame};

		assert_int_equal(
			profile_add_location(e->profile, &location, &e->location_of[order[i]]), 0);
	}
	random_order(random, order, SAMPLES);
	for (size_t i = 0; i < SAMPLES; i++)
		enter_sample(e, d, order[i]);
	profile_seal(e->profile);
	assert_null(profile_check(e->profile));
	assert_int_equal(symbols_init(&e->symbols, e->profile), 0);
	random_order(random, order, LOCATIONS);
	for (size_t i = 0; i < LOCATIONS; i++) {
		for (size_t f = 0; f < d->locations[order[i]].nr_frames; f++) {
			struct tree_frame named = {
				text_id(e->profile, names[d->locations[order[i]].frames[f].name]),
				text_id(e->profile,
					modules[d->locations[order[i]].frames[f].module]),
				d->locations[order[i]].frames[f].kind};

			assert_int_equal(symbols_add_frame(&e->symbols, &named, &frame), 0);
			assert_int_equal(
				symbols_append(&e->symbols, e->location_of[order[i]], frame), 0);
		}
	}
}

static void entered_fini(struct entered *e)
{
	symbols_fini(&e->symbols);
	profile_free(e->profile);
}

/* ---- the plainest aggregation ---- */

struct plain_node {
	char path[PATH_MAX_];
	int64_t self[NR_VALUES], total[NR_VALUES];
};

struct plain {
	struct plain_node nodes[SAMPLES * (3 * DEPTH_MAX + 2)];
	size_t count;
};

static struct plain_node *plain_at(struct plain *plain, const char *path)
{
	struct plain_node *node;

	for (size_t i = 0; i < plain->count; i++)
		if (!strcmp(plain->nodes[i].path, path))
			return &plain->nodes[i];
	node = &plain->nodes[plain->count++];
	memset(node, 0, sizeof(*node));
	strcpy(node->path, path);
	return node;
}

static void path_add(char *path, const char *name, const char *module, unsigned int kind)
{
	size_t len = strlen(path);

	snprintf(path + len, PATH_MAX_ - len, "/%s|%s|%u", name, module, kind);
}

/* By the words of --group: false for no frame. */
static bool plain_group(const struct drawing *d, size_t s, enum group_key key, char label[64])
{
	uint8_t t = d->samples[s].task;
	bool task = t < ARRAY_LEN(tasks);
	const char *thread = task && *tasks[t].thread ? tasks[t].thread : "[no name]";
	const char *process = task && *tasks[t].process ? tasks[t].process : thread;

	switch (key) {
	case GROUP_THREAD:
		return strcpy(label, thread), task;
	case GROUP_PROCESS:
		return strcpy(label, process), task;
	case GROUP_TID:
		return sprintf(label, "%s-%u", thread, task ? tasks[t].tid : 0), task;
	case GROUP_PID:
		return sprintf(label, "%s-%u", process, task ? tasks[t].tgid : 0), task;
	case GROUP_CPU:
		if (d->samples[s].cpu == 3)
			return strcpy(label, "cpu ?"), task;
		return sprintf(label, "cpu %u", d->samples[s].cpu), true;
	case GROUP_CGROUP:
		return strcpy(label, cgroups[d->samples[s].cgroup]), *label;
	case GROUP_CONTAINER: /* none of these is one: container_test.c */
		return strcpy(label, "[host]"), *cgroups[d->samples[s].cgroup];
	default:
		return false;
	}
}

static void plain_sample(struct plain *plain, const struct drawing *d, size_t s, enum group_key key)
{
	const int64_t *values = d->samples[s].values;
	char path[PATH_MAX_] = "", label[64];
	struct plain_node *last = NULL;
	struct {
		const char *name, *module;
		unsigned int kind;
	} frames[3 * DEPTH_MAX + 2];
	size_t count = 0;

	if (!values[0] && !values[1])
		return;
	frames[count].name = "all", frames[count].module = "", frames[count++].kind = FRAME_GROUP;
	if (plain_group(d, s, key, label)) {
		frames[count].name = label, frames[count].module = "";
		frames[count++].kind = FRAME_GROUP;
	}
	for (size_t l = 0; l < d->stacks[d->samples[s].stack].depth; l++) {
		uint8_t location = d->stacks[d->samples[s].stack].locations[l];

		for (size_t f = 0; f < d->locations[location].nr_frames; f++) {
			frames[count].name = names[d->locations[location].frames[f].name];
			frames[count].module = modules[d->locations[location].frames[f].module];
			frames[count++].kind = d->locations[location].frames[f].kind;
		}
	}
	for (size_t i = 0; i < count; i++) {
		path_add(path, frames[i].name, frames[i].module, frames[i].kind);
		last = plain_at(plain, path);
		for (size_t v = 0; v < NR_VALUES; v++)
			last->total[v] += values[v];
	}
	for (size_t v = 0; v < NR_VALUES; v++)
		last->self[v] += values[v];
}

static void node_path(const struct tree *tree, uint32_t node, char path[PATH_MAX_])
{
	const struct tree_frame *frame = &tree->frames[tree->nodes[node].frame];

	path[0] = '\0';
	if (node)
		node_path(tree, tree->nodes[node].parent, path);
	path_add(path, strings_text(tree->strings, frame->name),
		 strings_text(tree->strings, frame->module), frame->kind);
}

/* ---- what a tree must be ---- */

static int compare_siblings(const struct tree *tree, uint32_t a, uint32_t b)
{
	const struct tree_frame *left = &tree->frames[tree->nodes[a].frame];
	const struct tree_frame *right = &tree->frames[tree->nodes[b].frame];
	int order = strcmp(strings_text(tree->strings, left->name),
			   strings_text(tree->strings, right->name));

	if (!order)
		order = strcmp(strings_text(tree->strings, left->module),
			       strings_text(tree->strings, right->module));
	return order ? order : left->kind - right->kind;
}

static void check_shape(const struct tree *tree)
{
	uint32_t reached = 1;

	assert_int_equal(tree->nodes[0].parent, 0);
	assert_int_equal(tree->nodes[0].end, tree->nr_nodes);
	assert_string_equal(tree_name(tree, 0), "all");
	for (uint32_t node = 0; node < tree->nr_nodes; node++) {
		uint32_t before = 0, next = node + 1;

		for_each_child (tree, node, child) {
			assert_int_equal(child, next);
			assert_int_equal(tree->nodes[child].parent, node);
			if (before)
				assert_true(compare_siblings(tree, before, child) < 0);
			before = child;
			next = tree->nodes[child].end;
			reached++;
		}
		assert_int_equal(next, tree->nodes[node].end);
		for (size_t v = 0; v < tree->nr_values; v++) {
			int64_t sum = tree_self(tree, node, v);

			for_each_child (tree, node, child)
				sum += tree_total(tree, child, v);
			assert_int_equal(sum, tree_total(tree, node, v));
		}
	}
	assert_int_equal(reached, tree->nr_nodes);
}

static void check_against_plain(const struct tree *tree, const struct drawing *d,
				enum group_key key)
{
	struct plain *plain = calloc(1, sizeof(*plain));
	char path[PATH_MAX_];

	for (size_t s = 0; s < SAMPLES; s++)
		plain_sample(plain, d, s, key);
	assert_int_equal(tree->nr_nodes, plain->count);
	for (uint32_t node = 0; node < tree->nr_nodes; node++) {
		const struct plain_node *wanted;

		node_path(tree, node, path);
		wanted = plain_at(plain, path);
		for (size_t v = 0; v < NR_VALUES; v++) {
			assert_int_equal(tree_self(tree, node, v), wanted->self[v]);
			assert_int_equal(tree_total(tree, node, v), wanted->total[v]);
		}
	}
	assert_int_equal(tree->nr_nodes, plain->count); /* no path was new */
	free(plain);
}

static bool below_itself(const struct tree *tree, uint32_t node)
{
	uint32_t frame = tree->nodes[node].frame;

	while (node) {
		node = tree->nodes[node].parent;
		if (tree->nodes[node].frame == frame)
			return true;
	}
	return false;
}

static void check_functions(const struct tree *tree)
{
	for (size_t v = 0; v < NR_VALUES; v++) {
		struct tree_function *functions;
		size_t count, seen = 0;

		assert_int_equal(tree_functions(tree, v, &functions, &count), 0);
		for (uint32_t frame = 0; frame < tree->nr_frames; frame++) {
			int64_t self = 0, total = 0;
			uint8_t kind = tree->frames[frame].kind;

			for (uint32_t node = 0; node < tree->nr_nodes; node++) {
				if (tree->nodes[node].frame != frame)
					continue;
				self += tree_self(tree, node, v);
				if (!below_itself(tree, node))
					total += tree_total(tree, node, v);
			}
			if (kind == FRAME_GROUP || kind == FRAME_MARKER || !(self || total))
				continue;
			seen++;
			for (size_t i = 0; i <= count; i++) {
				assert_true(i < count);
				if (functions[i].frame != frame)
					continue;
				assert_int_equal(functions[i].self, self);
				assert_int_equal(functions[i].total, total);
				break;
			}
		}
		assert_int_equal(seen, count);
		for (size_t i = 1; i < count; i++)
			assert_true(functions[i - 1].self > functions[i].self ||
				    (functions[i - 1].self == functions[i].self &&
				     functions[i - 1].total >= functions[i].total));
		free(functions);
	}
}

/* By the words of tree.h, looking up from each node. */
static void check_quality(const struct tree *tree)
{
	struct tree_quality wanted = {.total = tree_total(tree, 0, 0)}, got;

	for (uint32_t node = 1; node < tree->nr_nodes; node++) {
		int64_t self = tree_self(tree, node, 0);
		bool user = false, truncated = false, root = true;

		for (uint32_t up = node; up; up = tree->nodes[up].parent) {
			enum frame_kind kind = tree_kind(tree, up);

			bool cut = !strcmp(tree_name(tree, up), MARKER_TRUNCATED);

			/* The root is there when anything of the user's stands above the cut. */
			if (kind != FRAME_KERNEL && kind != FRAME_GROUP)
				root = !cut;
			truncated |= cut;
			user |= kind != FRAME_KERNEL && kind != FRAME_GROUP;
		}
		wanted.with_user += user ? self : 0;
		wanted.truncated += truncated ? self : 0;
		wanted.rooted += user && root ? self : 0;
		wanted.unnamed += tree_kind(tree, node) == FRAME_UNNAMED ? self : 0;
	}
	tree_measure(tree, &got);
	assert_memory_equal(&got, &wanted, sizeof(got));
}

/* A tree as text, without ids. */
static char *dump(const struct tree *tree)
{
	char *text;
	size_t len, count;
	FILE *out = open_memstream(&text, &len);
	struct tree_function *functions;

	for (uint32_t node = 0; node < tree->nr_nodes; node++) {
		const struct tree_frame *frame = &tree->frames[tree->nodes[node].frame];

		fprintf(out, "%u ", tree_depth(tree, node));
		fwrite(strings_text(tree->strings, frame->name), 1,
		       strings_len(tree->strings, frame->name), out);
		fprintf(out, "|%s|%u", strings_text(tree->strings, frame->module), frame->kind);
		for (size_t v = 0; v < tree->nr_values; v++)
			fprintf(out, " %lld/%lld", (long long)tree_self(tree, node, v),
				(long long)tree_total(tree, node, v));
		fputc('\n', out);
	}
	assert_int_equal(tree_functions(tree, 0, &functions, &count), 0);
	for (size_t i = 0; i < count; i++) {
		const struct tree_frame *frame = &tree->frames[functions[i].frame];

		fprintf(out, "%s|%s|%u\n", strings_text(tree->strings, frame->name),
			strings_text(tree->strings, frame->module), frame->kind);
	}
	free(functions);
	fclose(out);
	return text;
}

static void random_profiles_match_the_plain_sum(void **state)
{
	struct drawing *d = calloc(1, sizeof(*d));
	uint64_t random = 2026;

	for (int round = 0; round < 28; round++) {
		enum group_key key = (enum group_key)(round % GROUP_LABEL);
		char *dumps[2];

		draw(d, &random);
		if (round >= 14)
			make_bare(d);
		for (int order = 0; order < 2; order++) {
			struct entered e;
			struct tree *tree;

			enter(&e, d, &random);
			tree = tree_build(e.profile, &e.symbols, key, &views[VIEW_PLAIN]);
			assert_non_null(tree);
			check_shape(tree);
			check_functions(tree);
			check_quality(tree);
			check_against_plain(tree, d, key);
			dumps[order] = dump(tree);
			tree_free(tree);
			entered_fini(&e);
		}
		assert_string_equal(dumps[0], dumps[1]);
		free(dumps[0]);
		free(dumps[1]);
	}
	free(d);
	tree_free(NULL);
}

/* ---- stacks of names ---- */

static struct profile *names_profile(void)
{
	struct profile *profile = profile_new();

	assert_int_equal(profile_add_value_type(profile, &value_types[0]), 0);
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
		cmocka_unit_test(random_profiles_match_the_plain_sum),
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
