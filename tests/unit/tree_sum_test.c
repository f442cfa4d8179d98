// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Aggregation, over random profiles and against the plainest way there is: every
 * prefix of every sample's path, written out as text and added up in a list.
 */
#include "tests/unit/unit.h"

#include "profiler/model/tree_build.h"
#include "tests/unit/tree_check.h"

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
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_profiles_match_the_plain_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
