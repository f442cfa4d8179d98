// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packing of a tree; see docs/FORMAT.md, which has the same order.
 *
 * Columns, not rows: all depths, then all frames, then the self values of each
 * value type, then the slices. Each column is a run of small, alike numbers, which deflates
 * better and unpacks faster into the arrays a reader wants.
 */
#include "render/block.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/block_version.h"
#include "profiler/model/memory_stream.h"
#include "render/about_json.h"
#include "render/packer.h"

/* Below this many nodes deflating gains little, and plain text needs nothing of a reader. */
#define PLAIN_NODES 64

/* From this many on the time it takes would be felt. */
#define FAST_NODES 200000

static enum packer_effort effort(const struct tree *tree)
{
	if (tree->nr_nodes < PLAIN_NODES)
		return PACKER_PLAIN;
	return tree->nr_nodes < FAST_NODES ? PACKER_SMALL : PACKER_FAST;
}

const char *block_encoding(const struct tree *tree)
{
	return effort(tree) == PACKER_PLAIN ? "plain" : "deflate-raw";
}

int block_version(const struct render_input *input)
{
	return input->comparison ? BLOCK_VERSION_DIFF : BLOCK_VERSION;
}

/* Numbers in the block for ids in the tree: those in use, in order of first use. */
struct numbering {
	uint32_t *number; /* by id; NOT_USED */
	uint32_t *ids;	  /* by number */
	uint32_t used;
};

#define NOT_USED UINT32_MAX

static int numbering_init(struct numbering *numbering, size_t ids)
{
	size_t size = size_mul(size_add(ids, 1), sizeof(uint32_t));

	numbering->number = malloc(size);
	numbering->ids = malloc(size);
	numbering->used = 0;
	if (!numbering->number || !numbering->ids)
		return -ENOMEM;
	memset(numbering->number, 0xff, size);
	return 0;
}

static void numbering_fini(struct numbering *numbering)
{
	free(numbering->number);
	free(numbering->ids);
}

static void use(struct numbering *numbering, uint32_t id)
{
	if (numbering->number[id] == NOT_USED) {
		numbering->number[id] = numbering->used;
		numbering->ids[numbering->used++] = id;
	}
}

struct block {
	const struct tree *tree;
	struct packer *packer;
	struct numbering frames;
	struct numbering strings;
};

static void number_all(struct block *block)
{
	const struct tree *tree = block->tree;

	use(&block->strings, STRING_NONE);
	for (size_t node = 0; node < tree->nr_nodes; node++)
		use(&block->frames, tree->nodes[node].frame);
	for (uint32_t i = 0; i < block->frames.used; i++) {
		const struct tree_frame *frame = &tree->frames[block->frames.ids[i]];

		use(&block->strings, frame->name);
		use(&block->strings, frame->module);
	}
}

/* The largest number all self values of a column are multiples of; samples times a period. */
static uint64_t common_factor(const struct tree *tree, size_t value)
{
	uint64_t factor = 0;

	for (size_t node = 0; node < tree->nr_nodes && factor != 1; node++) {
		int64_t self = tree_self(tree, (uint32_t)node, value);
		uint64_t rest = self < 0 ? -(uint64_t)self : (uint64_t)self;

		if (rest && factor && rest % factor == 0)
			continue;
		while (rest) {
			uint64_t remainder = factor % rest;

			factor = rest;
			rest = remainder;
		}
	}
	return factor ? factor : 1;
}

static int write_about(struct block *block, const struct render_input *input,
		       const uint64_t *factors)
{
	const struct tree *tree = block->tree;
	struct block_counts counts = {
		.version = block_version(input),
		.strings = block->strings.used,
		.frames = block->frames.used,
		.nodes = tree->nr_nodes,
		.factors = factors,
		.slices = tree->nr_slices,
		.slice_ends_ns = tree->slice_ends_ns,
	};
	struct memory_stream memory;
	char *text;
	size_t len;

	if (!memory_stream_open(&memory))
		return -ENOMEM;
	about_json_write(memory.stream, input->about, &counts, input->comparison);
	if (memory_stream_close(&memory, &text, &len))
		return -ENOMEM;
	packer_number(block->packer, len);
	packer_bytes(block->packer, text, len);
	free(text);
	return 0;
}

static void write_strings(struct block *block)
{
	const struct strings *strings = block->tree->strings;

	for (uint32_t i = 0; i < block->strings.used; i++)
		packer_number(block->packer, strings_len(strings, block->strings.ids[i]));
	for (uint32_t i = 0; i < block->strings.used; i++) {
		uint32_t id = block->strings.ids[i];

		packer_bytes(block->packer, strings_text(strings, id), strings_len(strings, id));
	}
}

static void write_frames(struct block *block)
{
	for (uint32_t i = 0; i < block->frames.used; i++) {
		const struct tree_frame *frame = &block->tree->frames[block->frames.ids[i]];

		packer_number(block->packer, block->strings.number[frame->name]);
		packer_number(block->packer, block->strings.number[frame->module]);
		packer_number(block->packer, frame->kind);
	}
}

/* How many frames of the path to the node before are left before this node is entered. */
static void write_depths(struct block *block)
{
	const struct tree_node *nodes = block->tree->nodes;

	for (uint32_t node = 1; node < block->tree->nr_nodes; node++) {
		uint32_t left = 0;

		for (uint32_t at = node - 1; at != nodes[node].parent; at = nodes[at].parent)
			left++;
		packer_number(block->packer, left);
	}
}

static void write_nodes(struct block *block)
{
	const struct tree_node *nodes = block->tree->nodes;

	for (size_t node = 0; node < block->tree->nr_nodes; node++)
		packer_number(block->packer, block->frames.number[nodes[node].frame]);
}

static void write_values(struct block *block, size_t value, uint64_t factor)
{
	const struct tree *tree = block->tree;

	for (size_t node = 0; node < tree->nr_nodes; node++) {
		packer_signed(block->packer,
			      tree_self(tree, (uint32_t)node, value) / (int64_t)factor);
	}
}

/* ---- slices ---- */

static size_t slices_of(const struct tree *tree, size_t node)
{
	return tree->first_slice[node + 1] - tree->first_slice[node];
}

/* The amount that one unit of weight stands for in a node. */
static int64_t weight_unit(const struct tree *tree, size_t node)
{
	int64_t largest = 0;

	for (uint32_t i = tree->first_slice[node]; i < tree->first_slice[node + 1]; i++) {
		if (largest < tree->slices[i].amount)
			largest = tree->slices[i].amount;
	}
	return largest <= TREE_WEIGHT_MAX ? 1 : (largest - 1) / TREE_WEIGHT_MAX + 1;
}

/*
 * The slices of a node with their weights, of which none is 0. What is lost by rounding one slice is
 * made up for in the next, so that no range of slices is wrong by more than a unit. Returns how many.
 */
static size_t weigh_slices(const struct tree *tree, size_t node, struct tree_slice *ret_weights)
{
	int64_t unit = weight_unit(tree, node), passed = unit / 2, given = 0;
	size_t count = 0;

	for (uint32_t i = tree->first_slice[node]; i < tree->first_slice[node + 1]; i++) {
		const struct tree_slice *slice = &tree->slices[i];
		int64_t weight = slice->weight; /* all of a node's are known, or none */

		passed += slice->amount;
		if (!weight)
			weight = passed / unit - given;
		given += weight;
		if (weight)
			ret_weights[count++] = (struct tree_slice){slice->slice, 0, weight};
	}
	return count;
}

/* One of the three columns of the slices: how many a node has, which they are, their weights. */
enum slice_column { SLICE_COUNTS, SLICE_PLACES, SLICE_WEIGHTS };

static void write_node_slices(struct block *block, enum slice_column column,
			      const struct tree_slice *weights, size_t count)
{
	uint32_t next = 0;

	if (column == SLICE_COUNTS)
		packer_number(block->packer, count);
	for (size_t i = 0; i < count && column == SLICE_PLACES; i++) {
		packer_number(block->packer, weights[i].slice - next);
		next = weights[i].slice + 1;
	}
	/* A single one has all of the value. */
	for (size_t i = 0; i < count && column == SLICE_WEIGHTS && count > 1; i++)
		packer_number(block->packer, (uint64_t)weights[i].amount);
}

static int write_slices(struct block *block)
{
	const struct tree *tree = block->tree;
	struct tree_slice *weights = calloc(tree->nr_slices, sizeof(*weights));

	if (!weights)
		return -ENOMEM;
	for (int column = SLICE_COUNTS; column <= SLICE_WEIGHTS; column++) {
		for (size_t node = 0; node < tree->nr_nodes; node++) {
			if (slices_of(tree, node))
				write_node_slices(block, (enum slice_column)column, weights,
						  weigh_slices(tree, node, weights));
		}
	}
	free(weights);
	return 0;
}

/* ---- comparisons ---- */

/* Thousandths of a point; no interval is as wide as what does not fit. */
static int64_t thousandths(double points)
{
	return fabs(points) < 1e15 ? llround(points * 1000) : points < 0 ? INT64_MIN / 2 : INT64_MAX / 2;
}

/* Verdicts, then both ends of the intervals of those that were tested. */
static void write_changes(struct block *block, const struct change *changes)
{
	for (uint32_t i = 0; i < block->frames.used; i++)
		packer_number(block->packer, changes[block->frames.ids[i]].verdict);
	for (int end = 0; end < 2; end++) {
		for (uint32_t i = 0; i < block->frames.used; i++) {
			const struct change *change = &changes[block->frames.ids[i]];

			if (change->verdict != VERDICT_UNTESTED)
				packer_signed(block->packer,
					      thousandths(end ? change->high : change->low));
		}
	}
}

static void write_path_changes(struct block *block, const struct path_change *paths)
{
	size_t nr_nodes = block->tree->nr_nodes;

	for (size_t node = 0; node < nr_nodes; node++)
		packer_number(block->packer, paths[node].verdict);
	for (int end = 0; end < 2; end++) {
		for (size_t node = 0; node < nr_nodes; node++) {
			const struct path_change *path = &paths[node];

			if (path->verdict != VERDICT_UNTESTED)
				packer_signed(block->packer,
					      thousandths(end ? path->high : path->low));
		}
	}
}

static void write_comparison(struct block *block, const struct comparison *comparison)
{
	write_changes(block, comparison->self);
	write_changes(block, comparison->total);
	write_path_changes(block, comparison->total_paths);
	write_path_changes(block, comparison->self_paths);
}

static int write_all(struct block *block, const struct render_input *input)
{
	size_t nr_values = input->tree->nr_values;
	uint64_t factors[VALUE_TYPES_MAX];
	int err;

	assert(input->about->nr_values == nr_values);
	number_all(block);
	for (size_t value = 0; value < nr_values; value++)
		factors[value] = common_factor(input->tree, value);
	err = write_about(block, input, factors);
	if (err)
		return err;
	write_strings(block);
	packer_numbers_follow(block->packer);
	write_frames(block);
	write_depths(block);
	write_nodes(block);
	for (size_t value = 0; value < nr_values; value++)
		write_values(block, value, factors[value]);
	if (input->comparison)
		write_comparison(block, input->comparison);
	return input->tree->nr_slices ? write_slices(block) : 0;
}

int block_write(const struct render_input *input, FILE *out)
{
	const struct tree *tree = input->tree;
	struct block block = {.tree = tree};
	int err = -ENOMEM, close_err;

	if (numbering_init(&block.frames, tree->nr_frames) ||
	    numbering_init(&block.strings, strings_count(tree->strings)))
		goto out;
	block.packer = packer_open(out, effort(tree));
	if (!block.packer)
		goto out;
	err = write_all(&block, input);
	close_err = packer_close(block.packer);
	if (!err)
		err = close_err;
out:
	numbering_fini(&block.strings);
	numbering_fini(&block.frames);
	return err;
}
