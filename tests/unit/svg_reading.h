/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the SVG read it with: the data block by docs/FORMAT.md, compared with a tree value by
 * value, and XML's rules. It knows nothing of the program's own reader.
 */
#ifndef BOLOMETER_TESTS_SVG_READING_H
#define BOLOMETER_TESTS_SVG_READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>

#include "profiler/model/utf8.h"
#include "tests/unit/render_fixture.h"
#include "tests/unit/tree_depth.h"

/* ---- a reader of the block, written from docs/FORMAT.md -------------------------------------- */

struct reader {
	unsigned char *bytes;
	size_t len, at;
};

static inline size_t decode_base64(const char *text, size_t len, unsigned char *bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	size_t written = 0;
	int have = 0;

	for (size_t i = 0; i < len && text[i] != '='; i++) {
		const char *digit = strchr(digits, text[i]);

		assert_non_null(digit);
		bits = bits << 6 | (uint32_t)(digit - digits);
		have += 6;
		if (have >= 8) {
			have -= 8;
			bytes[written++] = (unsigned char)(bits >> have);
		}
	}
	return written;
}

static inline void inflate_all(struct reader *reader)
{
	size_t room = 64 << 20;
	z_stream stream = {.next_in = reader->bytes, .avail_in = (unsigned int)reader->len};
	unsigned char *inflated = malloc(room);

	stream.next_out = inflated;
	stream.avail_out = (unsigned int)room;
	assert_int_equal(inflateInit2(&stream, -15), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.avail_in, 0);
	inflateEnd(&stream);
	free(reader->bytes);
	reader->bytes = inflated;
	reader->len = stream.total_out;
}

static inline struct reader open_block(const char *svg)
{
	const char *element = strstr(svg, "<metadata id=\"bolometer\" data-version=\"2\" ");
	const char *text = element ? strchr(element, '>') : NULL;
	struct reader reader = {0};
	size_t len;

	assert_non_null(text);
	len = strcspn(++text, "<");
	reader.bytes = malloc(len + 1);
	reader.len = decode_base64(text, len, reader.bytes);
	if (strncmp(strstr(element, "data-encoding="), "data-encoding=\"deflate-raw\"", 27) == 0)
		inflate_all(&reader);
	return reader;
}

static inline uint64_t number(struct reader *reader)
{
	uint64_t value = 0;
	int shift = 0;
	unsigned char byte;

	do {
		assert_true(reader->at < reader->len);
		byte = reader->bytes[reader->at++];
		value |= (uint64_t)(byte & 127) << shift;
		shift += 7;
	} while (byte & 128);
	return value;
}

static inline int64_t signed_number(struct reader *reader)
{
	uint64_t value = number(reader);

	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* The number behind "KEY": in the JSON head, from `from` on. */
static inline uint64_t json_number(const char *json, const char *key)
{
	const char *at = strstr(json, key);

	assert_non_null(at);
	return strtoull(at + strlen(key), NULL, 10);
}

struct decoded {
	char *json;
	size_t nr_strings, nr_frames, nr_nodes;
	char **strings;
	size_t *lengths;
	struct tree_frame *frames;
	uint32_t *depth, *frame;
	int64_t *self[VALUE_TYPES_MAX];
	size_t nr_slices;
	uint32_t *slice_counts;	     /* by node */
	struct tree_slice **weights; /* by node */
};

/* As many as there are numbers in the array behind "ends_us". */
static inline size_t count_slices(const char *json)
{
	const char *at = strstr(json, "\"slices\":{\"value\":0,\"ends_us\":[");
	size_t count = 1;

	if (!at)
		return 0;
	for (at = strchr(at, '['); *at != ']'; at++)
		count += *at == ',';
	return count;
}

static inline void decode_slices(struct reader *reader, struct decoded *d)
{
	d->slice_counts = calloc(d->nr_nodes, sizeof(*d->slice_counts));
	d->weights = calloc(d->nr_nodes, sizeof(*d->weights));
	d->nr_slices = count_slices(d->json);
	for (size_t i = 0; i < d->nr_nodes && d->nr_slices; i++)
		d->slice_counts[i] = d->self[0][i] ? (uint32_t)number(reader) : 0;
	for (size_t i = 0; i < d->nr_nodes; i++) {
		uint32_t next = 0;

		d->weights[i] = calloc(d->slice_counts[i] + 1, sizeof(**d->weights));
		for (size_t s = 0; s < d->slice_counts[i]; s++) {
			d->weights[i][s].slice = next + (uint32_t)number(reader);
			next = d->weights[i][s].slice + 1;
		}
		assert_true(next <= d->nr_slices);
	}
	for (size_t i = 0; i < d->nr_nodes; i++) {
		for (size_t s = 0; s < d->slice_counts[i]; s++)
			d->weights[i][s].amount =
				d->slice_counts[i] > 1 ? (int64_t)number(reader) : 1;
	}
}

static inline struct decoded *decode(const char *svg, size_t nr_values)
{
	struct decoded *d = calloc(1, sizeof(*d));
	struct reader reader = open_block(svg);
	size_t len = number(&reader);
	const char *factor;

	d->json = strndup((char *)reader.bytes + reader.at, len);
	reader.at += len;
	d->nr_strings = json_number(d->json, "\"strings\":");
	d->nr_frames = json_number(d->json, "\"frames\":");
	d->nr_nodes = json_number(d->json, "\"nodes\":");
	d->strings = calloc(d->nr_strings, sizeof(*d->strings));
	d->lengths = calloc(d->nr_strings, sizeof(*d->lengths));
	d->frames = calloc(d->nr_frames, sizeof(*d->frames));
	d->depth = calloc(d->nr_nodes, sizeof(*d->depth));
	d->frame = calloc(d->nr_nodes, sizeof(*d->frame));
	for (size_t i = 0; i < d->nr_strings; i++)
		d->lengths[i] = number(&reader);
	for (size_t i = 0; i < d->nr_strings; i++) {
		d->strings[i] = malloc(d->lengths[i] + 1);
		memcpy(d->strings[i], reader.bytes + reader.at, d->lengths[i]);
		reader.at += d->lengths[i];
	}
	for (size_t i = 0; i < d->nr_frames; i++) {
		d->frames[i].name = (uint32_t)number(&reader);
		d->frames[i].module = (uint32_t)number(&reader);
		d->frames[i].kind = (uint8_t)number(&reader);
	}
	for (size_t i = 1; i < d->nr_nodes; i++)
		d->depth[i] = d->depth[i - 1] + 1 - (uint32_t)number(&reader);
	for (size_t i = 0; i < d->nr_nodes; i++)
		d->frame[i] = (uint32_t)number(&reader);
	factor = d->json;
	for (size_t v = 0; v < nr_values; v++) {
		factor = strstr(factor + 1, "\"factor\":");
		d->self[v] = calloc(d->nr_nodes, sizeof(int64_t));
		for (size_t i = 0; i < d->nr_nodes; i++) {
			d->self[v][i] = signed_number(&reader) *
					(int64_t)json_number(factor, "\"factor\":");
		}
	}
	decode_slices(&reader, d);
	assert_int_equal(reader.at, reader.len);
	free(reader.bytes);
	return d;
}

static inline void decoded_free(struct decoded *d)
{
	for (size_t i = 0; i < d->nr_strings; i++)
		free(d->strings[i]);
	for (size_t v = 0; v < VALUE_TYPES_MAX; v++)
		free(d->self[v]);
	for (size_t i = 0; i < d->nr_nodes; i++)
		free(d->weights[i]);
	free(d->weights);
	free(d->slice_counts);
	free(d->strings);
	free(d->lengths);
	free(d->frames);
	free(d->depth);
	free(d->frame);
	free(d->json);
	free(d);
}

static inline void check_string(const struct decoded *d, uint32_t got,
				const struct strings *strings, uint32_t wanted)
{
	assert_true(got < d->nr_strings);
	assert_int_equal(d->lengths[got], strings_len(strings, wanted));
	assert_memory_equal(d->strings[got], strings_text(strings, wanted), d->lengths[got]);
}

/*
 * What the slices from the first up to any one have of a node, by its weights, is what they have in
 * the tree to one part in 127 of the node's largest slice; small counts are exact.
 */
static inline void check_slices(const struct tree *tree, const struct decoded *d, uint32_t node)
{
	const struct tree_slice *slices = tree->slices + tree->first_slice[node];
	size_t count = tree->first_slice[node + 1] - tree->first_slice[node], s = 0;
	int64_t sum = 0, largest = 0, passed = 0, self = tree_self(tree, node, 0);
	double wanted = 0, allowed;

	for (size_t i = 0; i < count; i++)
		largest = slices[i].amount > largest ? slices[i].amount : largest;
	for (size_t i = 0; i < d->slice_counts[node]; i++)
		sum += d->weights[node][i].amount;
	assert_true(!self == !sum && d->slice_counts[node] <= count);
	allowed = largest <= 127 ? 0.001 : (double)largest / 127 + 2;
	for (uint32_t slice = 0; slice < tree->nr_slices && self; slice++) {
		double got;

		for (size_t i = 0; i < count; i++)
			wanted += slices[i].slice == slice ? (double)slices[i].amount : 0;
		if (s < d->slice_counts[node] && d->weights[node][s].slice == slice)
			passed += d->weights[node][s++].amount;
		got = (double)self * (double)passed / (double)sum;
		assert_true(got >= wanted - allowed && got <= wanted + allowed);
	}
}

/* Everything in the tree is in the file, bytes of names included. */
static inline void check_block(const struct fixture *f, const char *svg)
{
	const struct tree *tree = f->tree;
	struct decoded *d = decode(svg, tree->nr_values);

	assert_int_equal(d->nr_nodes, tree->nr_nodes);
	for (uint32_t node = 0; node < tree->nr_nodes; node++) {
		const struct tree_frame *frame = &tree->frames[tree->nodes[node].frame];

		assert_int_equal(d->depth[node], tree_depth(tree, node));
		assert_true(d->frame[node] < d->nr_frames);
		check_string(d, d->frames[d->frame[node]].name, tree->strings, frame->name);
		check_string(d, d->frames[d->frame[node]].module, tree->strings, frame->module);
		assert_int_equal(d->frames[d->frame[node]].kind, frame->kind);
		for (size_t v = 0; v < tree->nr_values; v++)
			assert_int_equal(d->self[v][node], tree_self(tree, node, v));
		if (tree->nr_slices)
			check_slices(tree, d, node);
	}
	assert_int_equal(d->nr_slices, tree->nr_slices);
	decoded_free(d);
}

/* ---- well-formedness ------------------------------------------------------------------------- */

/* Skips a section from `at`, which must end; returns what follows it. */
static const char *skip_past(const char *at, const char *end)
{
	at = strstr(at, end);
	assert_non_null(at);
	return at + strlen(end);
}

/* Tags nest, attributes are quoted, every character may stand in XML. */
static inline void check_xml(const char *svg)
{
	const char *open[64], *at = svg;
	size_t depth = 0, len = strlen(svg);

	for (size_t i = 0; i < len;) {
		uint32_t c;

		i += utf8_decode(svg + i, len - i, &c);
		assert_true(c != UINT32_MAX && (c >= 0x20 || c == '\n' || c == '\t'));
		assert_true(c != 0xfffe && c != 0xffff);
	}
	at = skip_past(at, "?>");
	while ((at = strpbrk(at, "<&"))) {
		if (*at == '&') {
			size_t entity = strcspn(at, ";");

			assert_true(entity <= 5 &&
				    strspn(at + 1, "abcdefghijklmnopqrstuvwxyz") == entity - 1);
			at++;
		} else if (strncmp(at, "<![CDATA[", 9) == 0) {
			at = skip_past(at, "]]>");
		} else if (at[1] == '/') {
			assert_true(depth > 0);
			depth--;
			assert_memory_equal(at + 2, open[depth], strcspn(at + 2, ">"));
			at++;
		} else {
			size_t tag = 1;

			for (; at[tag] != '>'; tag++) {
				assert_true(at[tag] && at[tag] != '<');
				if (at[tag] == '"')
					tag += 1 + strcspn(at + tag + 1, "\"<");
			}
			assert_true(depth < 64);
			if (at[tag - 1] != '/')
				open[depth++] = at + 1;
			at += tag;
		}
	}
	assert_int_equal(depth, 0);
}

#endif
