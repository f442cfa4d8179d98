// SPDX-License-Identifier: GPL-2.0-or-later
/* The SVG: the data block read back and compared value by value; well-formed whatever is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

static size_t decode_base64(const char *text, size_t len, unsigned char *bytes)
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

static void inflate_all(struct reader *reader)
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

static struct reader open_block(const char *svg)
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

static uint64_t number(struct reader *reader)
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

static int64_t signed_number(struct reader *reader)
{
	uint64_t value = number(reader);

	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* The number behind "KEY": in the JSON head, from `from` on. */
static uint64_t json_number(const char *json, const char *key)
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
	uint32_t *slice_counts;		/* by node */
	struct tree_slice **weights; /* by node */
};

/* As many as there are numbers in the array behind "ends_us". */
static size_t count_slices(const char *json)
{
	const char *at = strstr(json, "\"slices\":{\"value\":0,\"ends_us\":[");
	size_t count = 1;

	if (!at)
		return 0;
	for (at = strchr(at, '['); *at != ']'; at++)
		count += *at == ',';
	return count;
}

static void decode_slices(struct reader *reader, struct decoded *d)
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

static struct decoded *decode(const char *svg, size_t nr_values)
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

static void decoded_free(struct decoded *d)
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

static void check_string(const struct decoded *d, uint32_t got, const struct strings *strings,
			 uint32_t wanted)
{
	assert_true(got < d->nr_strings);
	assert_int_equal(d->lengths[got], strings_len(strings, wanted));
	assert_memory_equal(d->strings[got], strings_text(strings, wanted), d->lengths[got]);
}

/*
 * What the slices from the first up to any one have of a node, by its weights, is what they have in
 * the tree to one part in 127 of the node's largest slice; small counts are exact.
 */
static void check_slices(const struct tree *tree, const struct decoded *d, uint32_t node)
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
static void check_block(const struct fixture *f, const char *svg)
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
static void check_xml(const char *svg)
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

static void check_graph(struct fixture *f)
{
	char *svg = fixture_render(fixture_finish(f), "svg");
	char *again = fixture_render(&f->input, "svg");

	check_xml(svg);
	check_block(f, svg);
	assert_string_equal(svg, again);
	free(svg);
	free(again);
	fixture_free(f);
}

static void test_small(void **state)
{
	struct fixture *f = fixture_new("samples count cpu nanoseconds");

	fixture_stack(f, "main;a|library|a.so", 3, 30303030);
	fixture_stack(f, "main;b|kernel", 300, 3030303000);
	check_graph(f);
}

static void test_empty(void **state)
{
	struct fixture *f = fixture_new("samples count");
	char *svg = fixture_render(fixture_finish(f), "svg");

	assert_non_null(strstr(svg, "There are no samples"));
	free(svg);
	fixture_free(f);
	check_graph(fixture_new("samples count"));
}

/* Every byte in a name, and what would end an element, a CDATA section or a script. */
static void test_hostile_names(void **state)
{
	static const char *const texts[] = {
		"]]>", "</script>", "</metadata>",  "<!--",	    "-->",
		"&",   "\"'>",	    "\xef\xbf\xbe", "\xed\xa0\x80", "\xf4\x90\x80\x80"};
	struct fixture *f = fixture_new("samples count");
	static char longest[65536];
	uint32_t frame;

	for (int byte = 0; byte < 256; byte++) {
		char name[] = {'<', (char)byte, '>'};

		frame = fixture_frame(f, name, sizeof(name), NULL, FRAME_USER);
		fixture_sample(f, &frame, 1, (int64_t[]){1});
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		frame = fixture_frame(f, texts[i], strlen(texts[i]), texts[i], FRAME_KERNEL);
		fixture_sample(f, &frame, 1, (int64_t[]){500});
	}
	memset(longest, 0xe7, sizeof(longest));
	frame = fixture_frame(f, longest, sizeof(longest), NULL, FRAME_JIT);
	fixture_sample(f, &frame, 1, (int64_t[]){5000});
	f->profile->about.title = strdup("]]></title><script>x</script>\xff\x01");
	f->profile->about.note = strdup("\"line\nline\\\x7f");
	f->profile->about.host = strdup("\xe2\x80\xae<&>");
	check_graph(f);
}

/* Large, negative and odd values; more nodes than the plain encoding is for. */
static void test_values(void **state)
{
	struct fixture *f = fixture_new("time nanoseconds waits count longest nanoseconds");
	char name[32];

	srand(11);
	for (int i = 0; i < 3000; i++) {
		int64_t values[VALUE_TYPES_MAX] = {(int64_t)rand() * 1000003, i & 1 ? 0 : i,
						   INT64_MAX / 4000};
		uint32_t frames[12];
		size_t depth = 1 + (size_t)rand() % 12;

		for (size_t k = 0; k < depth; k++) {
			int len = snprintf(name, sizeof(name), "function_%d", rand() % 50);

			frames[k] = fixture_frame(f, name, (size_t)len, NULL, FRAME_USER);
		}
		fixture_sample(f, frames, depth, values);
	}
	fixture_finish(f);
	for (size_t i = 0; i < f->tree->nr_nodes; i += 7)
		f->tree->self[i * 3] = -f->tree->self[i * 3];
	char *svg = fixture_render(&f->input, "svg");

	check_xml(svg);
	check_block(f, svg);
	free(svg);
	fixture_free(f);
}

static void check_json(struct fixture *f, const char *const *wanted, const char *const *unwanted)
{
	char *svg = fixture_render(fixture_finish(f), "svg");
	struct decoded *d = decode(svg, f->tree->nr_values);

	for (; *wanted; wanted++)
		assert_non_null(strstr(d->json, *wanted));
	for (; *unwanted; unwanted++)
		assert_null(strstr(d->json, *unwanted));
	decoded_free(d);
	check_xml(svg);
	check_block(f, svg);
	free(svg);
	fixture_free(f);
}

/* Only what is not an amount has a role; what is not known is not there. */
static void test_roles(void **state)
{
	static const char *const wanted[] = {
		"\"values\":[{\"name\":\"time\",\"unit\":\"nanoseconds\",\"factor\":5000},",
		"{\"name\":\"waits\",\"unit\":\"count\",\"factor\":1},",
		"{\"name\":\"longest wait\",\"unit\":\"nanoseconds\",\"role\":\"longest\","
		"\"factor\":1000},",
		"{\"name\":\"squares\",\"unit\":\"e-8 seconds^2\",\"role\":\"squares\","
		"\"factor\":1}]",
		"\"version\":2",
		NULL};
	static const char *const unwanted[] = {"books", "sampling", NULL};
	struct fixture *f = fixture_new(FIXTURE_WAITS);

	fixture_values(f, "a;[waits: x]|waiting", (int64_t[]){10000, 3, 8000, 1});
	fixture_values(f, "b;[run queue]|run queue", (int64_t[]){15000, 4, 9000, 2});
	check_json(f, wanted, unwanted);
}

/* Numbers with their zeros; names of threads are any 16 bytes, with or without an end. */
static void test_books(void **state)
{
	static const char *const wanted[] = {
		"\"books\":{\"threads\":2,\"lifetime_ns\":100,\"cpu_ns\":60,\"blocked_ns\":30,"
		"\"queued_ns\":0,\"residual_ns\":10,\"worst\":["
		"{\"name\":\"sixteen-bytes-in\",\"tid\":4294967295,\"lifetime_ns\":50,\"residual_"
		"ns\":-8},"
		"{\"name\":\"\\\"</"
		"\\u0001\xef\xbf\xbd\",\"tid\":7,\"lifetime_ns\":50,\"residual_ns\":2}]}",
		"\"sampling\":{\"max_overhead_ppm\":10000,\"estimated_waits\":0,\"one_in\":1,"
		"\"unwalked_ns\":0}",
		NULL};
	static const char *const unwanted[] = {"lifetime_ns\":99", NULL};
	struct fixture *f = fixture_new(FIXTURE_WAITS);
	struct circumstances *about = &f->profile->about;

	about->books = (struct time_books){2, 100, 60, 30, 0, 10};
	about->residuals[0] = (struct thread_residual){"sixteen-bytes-in", UINT32_MAX, 50, -8};
	about->residuals[1] = (struct thread_residual){"\"</\x01\xff", 7, 50, 2};
	about->residuals[2].lifetime_ns = 99;
	about->nr_residuals = 2;
	about->sampling = (struct wait_sampling){.max_overhead_ppm = 10000, .one_in = 1};
	check_json(f, wanted, unwanted);
}

static void begin_slices(struct fixture *f, size_t count)
{
	struct slices_plan plan = {
		.width_ns = 1000000, .count_max = count, .ends = true, .shares_max = 1000000};

	assert_int_equal(slices_begin(&f->profile->slices, &plan), 0);
	while (f->profile->slices.count < count)
		slices_turn(&f->profile->slices, slices_due_ns(&f->profile->slices));
}

static void end_slices(struct fixture *f)
{
	assert_int_equal(slices_seal(&f->profile->slices, f->profile->nr_samples,
				     f->profile->slices.plan.count_max * 1000000 + 400), 0);
}

/* The boundaries are in the head; of a node its slices, and weights where there are several. */
static void test_slices(void **state)
{
	static const char *const wanted[] = {
		"\"version\":2", "\"slices\":{\"value\":0,\"ends_us\":[1000,2000,3000]}", NULL};
	static const char *const unwanted[] = {NULL};
	struct fixture *f = fixture_new("samples count cpu nanoseconds");

	fixture_stack(f, "main;a", 3, 30);
	fixture_stack(f, "main;b", 127, 1270);
	fixture_stack(f, "main", 1000, 10000);
	begin_slices(f, 3);
	assert_int_equal(slices_add(&f->profile->slices, 0, 2000000, 2000000, 3), 0);
	assert_int_equal(slices_add(&f->profile->slices, 1, 0, 0, 1), 0);
	assert_int_equal(slices_add(&f->profile->slices, 1, 2000000, 2000000, 126), 0);
	assert_int_equal(slices_add(&f->profile->slices, 2, 1, 1, 900), 0);
	assert_int_equal(slices_add(&f->profile->slices, 2, 1000001, 1000001, 100), 0);
	end_slices(f);
	check_json(f, wanted, unwanted);
}

static void test_many_slices(void **state)
{
	enum { SLICES = 100, STACKS = 3000 };
	struct fixture *f = fixture_new(FIXTURE_WAITS);
	uint64_t values[STACKS], ends_ns = SLICES * 1000000ULL;
	char name[32];

	srand(3);
	for (uint32_t i = 0; i < STACKS; i++) {
		values[i] = i % 7 ? (uint64_t)rand() * (uint64_t)(rand() % 1000) : (uint64_t)i;
		snprintf(name, sizeof(name), "main;f%u", i / 2);
		fixture_values(f, i % 2 ? name : "main;again",
			       (int64_t[]){(int64_t)values[i], 1, 1, 1});
	}
	begin_slices(f, SLICES);
	for (uint32_t id = 0; id < f->profile->nr_samples; id++) {
		uint64_t left = (uint64_t)f->profile->values[id * f->profile->about.nr_values];

		for (int i = 0; i < 5; i++) {
			uint64_t from = (uint64_t)rand() % ends_ns, part = i < 4 ? left / 3 : left;
			uint64_t to = from + (uint64_t)rand() % ends_ns;

			left -= part;
			assert_int_equal(slices_add(&f->profile->slices, id, from,
						    i % 2 ? from : to, part), 0);
		}
	}
	end_slices(f);
	assert_null(profile_check(f->profile));
	check_graph(f);
}

/* A capture with slices costs little more: of many stacks few are in more than a slice or two. */
static void test_size_of_slices(void **state)
{
	struct fixture *f = fixture_new("samples count");
	char *with, *without, name[32];
	size_t nodes, len_with, len_without;

	srand(6);
	begin_slices(f, 100);
	for (int i = 0; i < 20000; i++) {
		uint64_t when = (uint64_t)rand() % 100000000;
		uint32_t frames[30], nr_samples = (uint32_t)f->profile->nr_samples;

		for (size_t k = 0; k < 30; k++) {
			int text = snprintf(name, sizeof(name), "f%d", rand() % (k < 3 ? 3 : 2000));

			frames[k] = fixture_frame(f, name, (size_t)text, NULL, FRAME_USER);
		}
		fixture_sample(f, frames, 30, (int64_t[]){1});
		assert_int_equal(slices_add(&f->profile->slices, nr_samples, when, when, 1), 0);
	}
	end_slices(f);
	with = fixture_render(fixture_finish(f), "svg");
	nodes = f->tree->nr_nodes;
	len_with = strlen(with);
	f->tree->nr_slices = 0;
	without = fixture_render(&f->input, "svg");
	len_without = strlen(without);
	assert_true(len_with > len_without && (len_with - len_without) * 2 < nodes);
	free(with);
	free(without);
	fixture_free(f);
}

static void test_deep(void **state)
{
	enum { DEPTH = 10000 };
	struct fixture *f = fixture_new("samples count");
	static uint32_t frames[DEPTH];

	frames[0] = fixture_frame(f, "again", 5, NULL, FRAME_USER);
	for (int i = 1; i < DEPTH; i++)
		frames[i] = frames[0];
	fixture_sample(f, frames, DEPTH, (int64_t[]){1});
	check_graph(f);
}

/* The static part does not grow with the tree, and a frame costs few bytes. */
static void test_size(void **state)
{
	struct fixture *f = fixture_new("samples count");
	char *svg, name[32];
	size_t len, block;

	srand(5);
	for (int i = 0; i < 20000; i++) {
		uint32_t frames[30];

		for (size_t k = 0; k < 30; k++) {
			int text = snprintf(name, sizeof(name), "f%d", rand() % (k < 3 ? 3 : 2000));

			frames[k] = fixture_frame(f, name, (size_t)text, NULL, FRAME_USER);
		}
		fixture_sample(f, frames, 30, (int64_t[]){rand() % 100});
	}
	svg = fixture_render(fixture_finish(f), "svg");
	len = strlen(svg);
	block = strcspn(strstr(strstr(svg, "<metadata"), ">"), "<");
	assert_true(block < 5 * f->tree->nr_nodes);
	assert_true(len - block < 300000);
	free(svg);
	fixture_free(f);
}

static void test_look_ups(void **state)
{
	assert_string_equal(render_format_by_name("svg")->name, "svg");
	assert_null(render_format_by_name("SVG"));
	assert_string_equal(render_format_by_suffix("out/a.b.svg")->name, "svg");
	assert_string_equal(render_format_by_suffix("a.folded")->name, "folded");
	assert_string_equal(render_format_by_suffix("a.txt")->name, "folded");
	assert_null(render_format_by_suffix("svg"));
	assert_null(render_format_by_suffix(".svg"));
	assert_null(render_format_by_suffix("a.svg.png"));
	assert_null(render_format_by_suffix(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),	      cmocka_unit_test(test_empty),
		cmocka_unit_test(test_hostile_names), cmocka_unit_test(test_values),
		cmocka_unit_test(test_deep),	      cmocka_unit_test(test_size),
		cmocka_unit_test(test_look_ups),      cmocka_unit_test(test_roles),
		cmocka_unit_test(test_books),	      cmocka_unit_test(test_slices),
		cmocka_unit_test(test_many_slices),   cmocka_unit_test(test_size_of_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
