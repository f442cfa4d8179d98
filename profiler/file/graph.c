// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading graphs; see graph.h. The block is unpacked whole and checked, into
 * arrays that grow with what has arrived and not with what the head claims; only
 * then is anything added to the profile.
 */
#include "profiler/file/graph.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "profiler/file/graph_head.h"
#include "profiler/file/unpacker.h"
#include "profiler/model/alloc.h"
#include "profiler/model/block_version.h"
#include "profiler/model/tree.h"

#define HEAD_MAX_BYTES	 (1 << 20)
#define STRING_MAX_BYTES (16 << 20)
#define NODES_MAX	 (1U << 26) /* six times the largest graph that was ever measured */

/* Twice what a capture keeps, as what was shared out evenly has some more; of more, slices are joined. */
#define SHARES_MAX (2 * SLICES_SHARES_MAX)

#define NS_PER_US 1000

struct graph_string {
	const char *text;
	size_t len;
};

struct graph {
	struct unpacker *in;
	bool negative; /* there are values below 0 */
	uint64_t version;
	struct graph_head head;
	struct arena arena; /* of the strings */
	struct graph_string *strings;
	struct tree_frame *frames; /* name and module are numbers of strings */
	uint32_t *left;		   /* by node: frames of the path before that are left */
	uint32_t *nodes;	   /* by node: its frame */
	int64_t *values[VALUE_TYPES_MAX];
	/* Of the nodes that have a value in slices: how many, which, and their weights. */
	uint16_t *slice_counts, *slice_places;
	uint8_t *slice_weights;
	size_t nr_sliced, nr_places, nr_weights;
	size_t cap_strings, cap_frames, cap_left, cap_nodes, cap_values[VALUE_TYPES_MAX];
	size_t cap_sliced, cap_places, cap_weights;
};

bool graph_looks_like(const char *head, size_t len)
{
	static const char *const starts[] = {"<svg", "<?xml", "<!doctype html", "<!doctype svg",
					     "<html"};
	static const char mark[] = "\xef\xbb\xbf";

	if (len >= strlen(mark) && !memcmp(head, mark, strlen(mark))) {
		head += strlen(mark);
		len -= strlen(mark);
	}
	for (; len && strchr(" \t\r\n", *head) && *head; head++)
		len--;
	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		if (len >= strlen(starts[i]) && !strncasecmp(head, starts[i], strlen(starts[i])))
			return true;
	}
	return false;
}

/* ---- the parts of the block, in their order; 0 or -ENOMEM, mistakes are left in graph->in ---- */

static int read_head(struct graph *graph)
{
	struct unpacker *in = graph->in;
	uint64_t len = unpacker_number(in);
	const char *wrong = NULL;
	char *text;
	int err;

	if (len > HEAD_MAX_BYTES)
		unpacker_refuse(in, "their head is too long");
	if (unpacker_failed(in))
		return 0;
	text = malloc(len + 1);
	if (!text)
		return -ENOMEM;
	unpacker_bytes(in, text, len);
	err = unpacker_failed(in) ? 0 : graph_head_read(&graph->head, text, len, &wrong);
	free(text);
	if (err == -EBADMSG)
		unpacker_refuse(in, wrong);
	return err == -EBADMSG ? 0 : err;
}

static void check_counts(struct graph *graph)
{
	const struct graph_head *head = &graph->head;

	if (head->version != graph->version)
		unpacker_refuse(graph->in, "they say two versions");
	if (!head->nodes || !head->frames || !head->strings)
		unpacker_refuse(graph->in, "they have no root");
	if (head->nodes > NODES_MAX)
		unpacker_refuse(graph->in, "there are more nodes than can be");
	if (head->frames > head->nodes || head->strings > 2 * head->frames + 1)
		unpacker_refuse(graph->in, "there are names or frames that nothing can use");
}

static int read_strings(struct graph *graph)
{
	int err = 0;

	for (uint64_t i = 0; i < graph->head.strings && !err && !unpacker_failed(graph->in); i++) {
		uint64_t len = unpacker_number(graph->in);

		if (len > STRING_MAX_BYTES || (!i && len))
			unpacker_refuse(graph->in,
					i ? "a name is too long" : "the first name is not empty");
		err = ARRAY_RESERVE(graph->strings, graph->cap_strings, i + 1);
		if (!err)
			graph->strings[i].len = len;
	}
	for (uint64_t i = 0; i < graph->head.strings && !err && !unpacker_failed(graph->in); i++) {
		struct graph_string *string = &graph->strings[i];
		char *text = arena_room(&graph->arena, string->len);

		if (!text)
			return -ENOMEM;
		unpacker_bytes(graph->in, text, string->len);
		string->text = text;
	}
	return err;
}

/* Version 1 had no frames of waits; they stand before the last kind, which was 8. */
static uint64_t read_kind(struct graph *graph)
{
	uint64_t kind = unpacker_number(graph->in);

	if (graph->version == 1 && kind == FRAME_WAITING)
		return FRAME_UNNAMED;
	if (kind >= FRAME_KIND_COUNT || (graph->version == 1 && kind > FRAME_WAITING))
		unpacker_refuse(graph->in, "a frame has a kind that does not exist");
	return kind;
}

static int read_frames(struct graph *graph)
{
	int err = 0;

	for (uint64_t i = 0; i < graph->head.frames && !err && !unpacker_failed(graph->in); i++) {
		uint64_t name = unpacker_number(graph->in);
		uint64_t module = unpacker_number(graph->in);
		uint64_t kind = read_kind(graph);

		if (name >= graph->head.strings || module >= graph->head.strings)
			unpacker_refuse(graph->in, "a frame has a name that does not exist");
		else if (!graph->strings[name].len)
			unpacker_refuse(graph->in, "a frame has no name");
		err = ARRAY_RESERVE(graph->frames, graph->cap_frames, i + 1);
		if (!err)
			graph->frames[i] = (struct tree_frame){(uint32_t)name, (uint32_t)module,
							       (uint8_t)kind};
	}
	return err;
}

static int read_depths(struct graph *graph)
{
	uint64_t depth = 0;
	int err = ARRAY_RESERVE(graph->left, graph->cap_left, 1);

	for (uint64_t i = 1; i < graph->head.nodes && !err && !unpacker_failed(graph->in); i++) {
		uint64_t left = unpacker_number(graph->in);

		if (left > depth)
			unpacker_refuse(graph->in, "a node is outside of the root");
		depth = depth + 1 - left;
		err = ARRAY_RESERVE(graph->left, graph->cap_left, i + 1);
		if (!err)
			graph->left[i] = (uint32_t)left;
	}
	return err;
}

static int read_nodes(struct graph *graph)
{
	int err = 0;

	for (uint64_t i = 0; i < graph->head.nodes && !err && !unpacker_failed(graph->in); i++) {
		uint64_t frame = unpacker_number(graph->in);

		if (frame >= graph->head.frames)
			unpacker_refuse(graph->in, "a node has a frame that does not exist");
		err = ARRAY_RESERVE(graph->nodes, graph->cap_nodes, i + 1);
		if (!err)
			graph->nodes[i] = (uint32_t)frame;
	}
	return err;
}

/* A value of a node; what it is added to must fit, too. */
static int64_t read_value(struct graph *graph, size_t value, int64_t *sum)
{
	uint64_t number = unpacker_number(graph->in);
	enum value_role role = graph->head.about.values[value].role;
	int64_t self;

	if (number & 1) {
		graph->negative = true;
		unpacker_refuse(graph->in, "");
	}
	if (__builtin_mul_overflow(number >> 1, graph->head.factors[value], &self) ||
	    (role != VALUE_LONGEST && __builtin_add_overflow(*sum, self, sum)))
		unpacker_refuse(graph->in, "the values are too large");
	return self;
}

static int read_values(struct graph *graph, size_t value)
{
	int64_t sum = 0;
	int err = 0;

	for (uint64_t i = 0; i < graph->head.nodes && !err && !unpacker_failed(graph->in); i++) {
		int64_t self = read_value(graph, value, &sum);

		err = ARRAY_RESERVE(graph->values[value], graph->cap_values[value], i + 1);
		if (!err)
			graph->values[value][i] = self;
	}
	return err;
}

/* ---- what each slice of the capture has of the nodes: counts, places and weights, as columns ---- */

static int read_slice_counts(struct graph *graph)
{
	const int64_t *values = graph->values[graph->head.sliced_value];
	int err = 0;

	for (uint64_t i = 0; i < graph->head.nodes && !err && !unpacker_failed(graph->in); i++) {
		uint64_t count;

		if (!values[i])
			continue;
		count = unpacker_number(graph->in);
		if (!count || count > graph->head.slices)
			unpacker_refuse(graph->in, "a node has more slices than there are, or none");
		err = ARRAY_RESERVE(graph->slice_counts, graph->cap_sliced, graph->nr_sliced + 1);
		if (!err)
			graph->slice_counts[graph->nr_sliced++] = (uint16_t)count;
	}
	return err;
}

static int read_slice_places(struct graph *graph)
{
	int err = 0;

	for (size_t i = 0; i < graph->nr_sliced && !unpacker_failed(graph->in); i++) {
		size_t count = graph->slice_counts[i];
		uint64_t next = 0;

		err = ARRAY_RESERVE(graph->slice_places, graph->cap_places,
				    graph->nr_places + count);
		if (err)
			return err;
		while (count-- && !unpacker_failed(graph->in)) {
			uint64_t between = unpacker_number(graph->in);

			if (between >= graph->head.slices - next)
				unpacker_refuse(graph->in,
						"a node has a slice that does not exist");
			graph->slice_places[graph->nr_places++] = (uint16_t)(next + between);
			next += between + 1;
		}
	}
	return 0;
}

/* Of one node, whose value is shared out by them: none is 0, and they are no finer than it. */
static void read_node_weights(struct graph *graph, size_t count, int64_t value)
{
	int64_t sum = 0;

	while (count-- && !unpacker_failed(graph->in)) {
		uint64_t weight = unpacker_number(graph->in);

		if (!weight || weight > TREE_WEIGHT_MAX)
			unpacker_refuse(graph->in, "a slice has a weight that cannot be");
		graph->slice_weights[graph->nr_weights++] = (uint8_t)weight;
		sum += (int64_t)weight;
	}
	if (sum > value)
		unpacker_refuse(graph->in, "the slices of a node have more than there is of it");
}

static int read_slice_weights(struct graph *graph)
{
	const int64_t *values = graph->values[graph->head.sliced_value];
	size_t sliced = 0;

	for (uint64_t i = 0; i < graph->head.nodes && !unpacker_failed(graph->in); i++) {
		size_t count = values[i] ? graph->slice_counts[sliced++] : 0;

		if (ARRAY_RESERVE(graph->slice_weights, graph->cap_weights,
				  graph->nr_weights + count))
			return -ENOMEM;
		if (count > 1)
			read_node_weights(graph, count, values[i]);
		else if (count)
			graph->slice_weights[graph->nr_weights++] = 1;
	}
	return 0;
}

static int read_slices(struct graph *graph)
{
	int err = read_slice_counts(graph);

	if (!err && !unpacker_failed(graph->in))
		err = read_slice_places(graph);
	if (!err && !unpacker_failed(graph->in))
		err = read_slice_weights(graph);
	return err;
}

static int read_block(struct graph *graph)
{
	int err = read_head(graph);

	if (!err && !unpacker_failed(graph->in))
		check_counts(graph);
	if (!err)
		err = read_strings(graph);
	if (!err)
		err = read_frames(graph);
	if (!err)
		err = read_depths(graph);
	if (!err)
		err = read_nodes(graph);
	for (size_t v = 0; v < graph->head.about.nr_values && !err; v++)
		err = read_values(graph, v);
	if (!err && graph->head.slices && !unpacker_failed(graph->in))
		err = read_slices(graph);
	if (!err)
		unpacker_end(graph->in);
	return err;
}

/* ---- into the profile ---- */

/* The locations of the frames; the caller frees. */
static int add_frames(struct graph *graph, struct profile *profile, uint32_t **ret_locations)
{
	uint32_t *locations = malloc(size_mul(graph->head.frames, sizeof(*locations)));
	int err = locations ? 0 : -ENOMEM;

	for (uint64_t i = 0; i < graph->head.frames && !err; i++) {
		const struct graph_string *name = &graph->strings[graph->frames[i].name];
		const struct graph_string *module = &graph->strings[graph->frames[i].module];
		struct location location = {.mapping = MAPPING_NONE, .kind = graph->frames[i].kind};

		err = strings_intern(profile->strings, name->text, name->len, &location.name);
		if (!err)
			err = strings_intern(profile->strings, module->text, module->len,
					     &location.module);
		if (!err)
			err = profile_add_location(profile, &location, &locations[i]);
	}
	*ret_locations = locations;
	return err;
}

/* Slices as long as the file's, and nothing in them. 0 or -ENOMEM. */
static int begin_slices(const struct graph_head *head, struct slices *slices)
{
	const uint64_t *ends_us = head->slice_ends_us;
	struct slices_plan plan = {
		.width_ns = ends_us[0] * NS_PER_US,
		.count_max = head->slices,
		.ends = true,
		.shares_max = SHARES_MAX,
		.shares_only = true,
	};
	int err = slices_begin(slices, &plan);

	for (size_t i = 0; i + 1 < head->slices && !err; i++)
		slices_turn(slices, ends_us[i] * NS_PER_US);
	return err;
}

/* What goes into the profile, node by node. */
struct adding {
	struct graph *graph;
	struct profile *profile;
	const size_t *from; /* by value of the profile: which it is of the graph's */
	bool sliced;
	size_t next_sliced, next_place; /* of the columns of slices */
};

/* The slices of the next node that has any, as those of a sample. 0 or -ENOMEM. */
static int add_slices(struct adding *add, uint32_t sample)
{
	const struct graph *graph = add->graph;
	size_t end = add->next_place + graph->slice_counts[add->next_sliced++];
	int err = 0;

	for (; add->next_place < end && !err; add->next_place++) {
		size_t slice = graph->slice_places[add->next_place];
		uint64_t at_ns = slice ? graph->head.slice_ends_us[slice - 1] * NS_PER_US : 0;

		err = slices_add(&add->profile->slices, sample, at_ns, at_ns,
				 graph->slice_weights[add->next_place]);
	}
	return err;
}

/* The sample of a node, if it has anything itself. */
static int add_sample(struct adding *add, uint32_t stack, uint64_t node)
{
	const struct graph *graph = add->graph;
	struct sample sample = {
		.stack = stack, .task = TASK_NONE, .cpu = CPU_NONE, .cgroup = CGROUP_NONE};
	int64_t values[VALUE_TYPES_MAX];
	bool any = false;
	uint32_t id;
	int err;

	for (size_t v = 0; v < add->profile->about.nr_values; v++) {
		values[v] = graph->values[add->from[v]][node];
		any |= values[v] != 0;
	}
	if (!any)
		return 0;
	err = profile_add_sample_id(add->profile, &sample, values, &id);
	if (!err && add->sliced && graph->values[0][node])
		err = add_slices(add, id);
	return err;
}

static int add_nodes(struct adding *add, const uint32_t *locations)
{
	const struct graph *graph = add->graph;
	uint32_t *path = NULL; /* by depth: the stack of the node that was entered last */
	size_t cap_path = 0, depth = 0;
	int err = ARRAY_RESERVE(path, cap_path, 1);

	if (!err) {
		path[0] = STACK_EMPTY; /* of the root, which is no frame of any stack */
		err = add_sample(add, STACK_EMPTY, 0);
	}
	for (uint64_t i = 1; i < graph->head.nodes && !err; i++) {
		depth = depth + 1 - graph->left[i];
		err = ARRAY_RESERVE(path, cap_path, depth + 1);
		if (!err)
			err = stack_table_push(&add->profile->stacks, path[depth - 1],
					       locations[graph->nodes[i]], &path[depth]);
		if (!err)
			err = add_sample(add, path[depth], i);
	}
	free(path);
	return err;
}

/* Whether the values of all nodes fit beside those that are in the profile. */
static bool values_fit(const struct graph *graph, const struct profile *profile, const size_t *from)
{
	for (size_t v = 0; v < profile->about.nr_values; v++) {
		int64_t sum = profile->totals[v];

		for (uint64_t i = 0; i < graph->head.nodes; i++) {
			if (profile->about.values[v].role != VALUE_LONGEST &&
			    __builtin_add_overflow(sum, graph->values[from[v]][i], &sum))
				return false;
		}
	}
	return true;
}

static int add_graph(struct graph *graph, struct profile *profile,
		     struct file_complaints *complaints)
{
	struct graph_head *head = &graph->head;
	size_t from[VALUE_TYPES_MAX];
	/*
	 * Of several captures there are none, since their times are others. Of another value than the
	 * first a node might have none, and be everywhere: a few bytes for each, but all slices here.
	 */
	struct adding add = {.graph = graph,
			     .profile = profile,
			     .from = from,
			     .sliced = head->slices > 1 && !head->sliced_value &&
				       !profile->about.nr_values};
	uint32_t *locations = NULL;
	int err = file_begin(profile, &head->about, from, complaints);

	if (!err && !values_fit(graph, profile, from)) {
		file_complain(complaints, "all counts together are too large");
		err = -EBADMSG;
	}
	if (err)
		return err;
	profile->part_of_events = true;
	err = add_frames(graph, profile, &locations);
	if (!err && add.sliced)
		err = begin_slices(head, &profile->slices);
	if (!err)
		err = add_nodes(&add, locations);
	if (!err && add.sliced)
		err = slices_seal(&profile->slices, profile->nr_samples,
				  head->slice_ends_us[head->slices - 1] * NS_PER_US);
	free(locations);
	return err;
}

/* ---- the file ---- */

static void graph_fini(struct graph *graph)
{
	graph_head_fini(&graph->head);
	arena_fini(&graph->arena);
	free(graph->strings);
	free(graph->frames);
	free(graph->left);
	free(graph->nodes);
	for (size_t v = 0; v < VALUE_TYPES_MAX; v++)
		free(graph->values[v]);
	free(graph->slice_counts);
	free(graph->slice_places);
	free(graph->slice_weights);
	unpacker_close(graph->in);
}

/* Finds the data and unpacks them. Returns 0, -ENOMEM, -errno, or -EBADMSG with a complaint. */
static int unpack(struct graph *graph, struct file_complaints *complaints)
{
	bool found = unpacker_find(graph->in, &graph->version);
	int err = 0;

	if (found && graph->version == BLOCK_VERSION_DIFF) {
		file_complain(complaints, "a comparison of profiles, which is none itself: give the "
					  "files that were compared");
		return -EBADMSG;
	}
	if (found && graph->version > BLOCK_VERSION) {
		file_complain(complaints,
			      "written by a newer bolometer: its data have version %" PRIu64
			      ", and this one reads up to %d",
			      graph->version, BLOCK_VERSION);
		return -EBADMSG;
	}
	if (found)
		err = read_block(graph);
	if (err || graph->in->err)
		return err ? err : graph->in->err;
	if (graph->negative)
		file_complain(complaints,
			      "it has negative values, as comparisons have: no profile");
	else if (graph->in->wrong)
		file_complain(complaints, "its data are damaged: %s", graph->in->wrong);
	else if (!found)
		file_complain(complaints,
			      "not a graph that bolometer wrote: there are no data in it");
	return graph->in->wrong || !found ? -EBADMSG : 0;
}

int graph_read(int fd, const char *head, size_t len, struct profile *profile,
	       struct file_complaints *complaints)
{
	struct graph graph = {.in = unpacker_open(fd, head, len)};
	int err = graph.in ? unpack(&graph, complaints) : -ENOMEM;

	if (!err)
		err = add_graph(&graph, profile, complaints);
	graph_fini(&graph);
	return err;
}
