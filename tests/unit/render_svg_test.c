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

#include "tests/unit/render_fixture.h"
#include "tests/unit/svg_reading.h"

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
