// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of graphs: what is drawn is read back and drawn again as the same
 * bytes, whatever is in it; several are added up. What it refuses is in graph_refused_test.c.
 */
#include "tests/unit/graph_reading.h"

#include <errno.h>
#include <inttypes.h>

#include "tests/unit/render_fixture.h"

static char *draw(struct profile *profile, const char *format, bool annotate)
{
	struct symbols symbols;
	struct tree_quality quality;
	struct tree *tree;
	char *text;

	profile_seal(profile);
	assert_null(profile_check(profile));
	assert_int_equal(symbols_init(&symbols, profile), 0);
	tree = tree_build(profile, &symbols, GROUP_THREAD, &views[VIEW_PLAIN]);
	assert_non_null(tree);
	tree_measure(tree, &quality);
	struct render_input input = {
		.tree = tree, .about = &profile->about, .quality = &quality, .annotate = annotate};
	text = fixture_render(&input, format);
	tree_free(tree);
	symbols_fini(&symbols);
	return text;
}

static void same_again(const struct render_input *input, const char *format)
{
	char *first = fixture_render(input, format), *second, *wanted, *folded;
	struct profile *profile = profile_new();
	struct told told;

	assert_int_equal(read_graph(profile, first, strlen(first), &told), 0);
	assert_string_equal(told.line, "");
	second = draw(profile, format, false);
	assert_string_equal(second, first);
	folded = draw(profile, "folded", false);
	wanted = fixture_render(input, "folded");
	assert_string_equal(folded, wanted);
	free(folded);
	free(wanted);
	free(second);
	free(first);
	profile_free(profile);
}

static void check_again(struct fixture *f)
{
	fixture_finish(f);
	same_again(&f->input, "svg");
	same_again(&f->input, "html");
	fixture_free(f);
}

/* ---- parse(print(x)) = x ---- */

/* A graph with slices of every kind: nodes with one, with several, and without any weight. */
static char *sliced_graph(void)
{
	struct fixture *f = fixture_new("samples count cpu nanoseconds");
	struct slices *slices = &f->profile->slices;
	struct slices_plan plan = {
		.width_ns = 1000000, .count_max = 3, .ends = true, .shares_max = 1000};
	char *graph;

	fixture_stack(f, "main;a", 3, 30);
	fixture_stack(f, "main;b", 127, 1270);
	fixture_stack(f, "main", 1000, 10000);
	assert_int_equal(slices_begin(slices, &plan), 0);
	while (slices->count < 3)
		slices_turn(slices, slices_due_ns(slices));
	assert_int_equal(slices_add(slices, 0, 2000000, 2000000, 3), 0);
	assert_int_equal(slices_add(slices, 1, 0, 0, 1), 0);
	assert_int_equal(slices_add(slices, 1, 2000000, 2000000, 126), 0);
	assert_int_equal(slices_seal(slices, f->profile->nr_samples, 3000400), 0);
	fixture_finish(f);
	graph = fixture_render(&f->input, "svg");
	fixture_free(f);
	return graph;
}

static void slices_come_back(void **state)
{
	struct profile *profile = profile_new();
	char *graph = sliced_graph(), *again;
	const struct slices *slices = &profile->slices;
	int64_t amounts[3] = {0};
	struct told told;

	assert_int_equal(read_graph(profile, graph, strlen(graph), &told), 0);
	assert_string_equal(told.line, "");
	assert_int_equal(slices->count, 3);
	assert_int_equal(slices_end_ns(slices, 0), 1000000);
	assert_int_equal(slices_end_ns(slices, 2), 3000000);
	/* In preorder: "main", which is even all over, "a" and "b". */
	slices_share_out(slices, 2, 127, amounts);
	assert_int_equal(amounts[0], 1);
	assert_int_equal(amounts[1], 0);
	assert_int_equal(amounts[2], 126);
	again = draw(profile, "svg", false);
	assert_string_equal(again, graph);
	free(again);
	free(graph);
	profile_free(profile);
}

/* Whatever there is of a value in a slice, and however it was rounded. */
static void random_slices(void **state)
{
	uint64_t random = 11;

	for (int round = 0; round < 60; round++) {
		struct fixture *f =
			fixture_new(round % 2 ? "time nanoseconds waits count" : "samples count");
		struct slices *slices = &f->profile->slices;
		size_t count = 2 + random_below(&random, round % 3 ? 20 : SLICES_MAX - 2);
		struct slices_plan plan = {.width_ns = 1 + random_below(&random, 100000),
					   .count_max = count,
					   .ends = true,
					   .shares_max = 1 << 20};
		/* A part of it, all of it, or several times as much, as time that was scaled. */
		uint64_t scale = 1 + random_below(&random, 3);

		assert_int_equal(slices_begin(slices, &plan), 0);
		while (slices->count < count)
			slices_turn(slices, slices_due_ns(slices) + random_below(&random, 2000));
		for (uint32_t i = 0; i < 40; i++) {
			int64_t value =
				(int64_t)(random_u64(&random) >> (14 + random_below(&random, 50)));
			uint64_t rest = (uint64_t)value;
			char stack[32];

			snprintf(stack, sizeof(stack), "main;a%d;b%d", i % 7, i);
			fixture_stack(f, stack, value, 1);
			for (size_t k = 0; k < count / 2 && rest && i % 5; k++) {
				uint64_t ns = random_u64(&random) % slices->begins_ns[count - 1];
				uint64_t part = rest / 2 + 1;

				assert_int_equal(slices_add(slices, i, ns, ns, part / scale), 0);
				rest -= part;
			}
		}
		f->profile->samples[0].activity = ACTIVITY_BLOCKED; /* see profile_check() */
		assert_int_equal(slices_seal(slices, f->profile->nr_samples, 1 << 30), 0);
		check_again(f);
	}
}

static void everything_comes_back(void **state)
{
	struct fixture *f = fixture_new(FIXTURE_WAITS);
	struct circumstances *about = &f->profile->about;

	fixture_waits(f, "web|group;main;read|library|libc.so.6;[waits: pipe]|waiting", 3, 20, 40);
	fixture_waits(f, "web|group;main;read|library|libz.so.1;[run queue]|run queue", 2, 10, 11);
	fixture_waits(f, "web|group;[woken by]|marker;x|waker;[unknown]|unnamed", 1, 5, 5);
	fixture_sample(f, NULL, 0, (int64_t[]){7, 0, 0, 0});
	fixture_describe(about);
	fixture_text(&about->title, "a title: \"\\ \xe2\x82\xac \xf0\x9f\x98\x80\n\x01");
	fixture_text(&about->note, "");
	fixture_text(&about->command, "offcpu");
	fixture_text(&about->host, "h\xff");
	about->start_unix_ns = 1764151234567890123;
	about->duration_ns = UINT64_MAX;
	about->cpus = UINT32_MAX;
	about->fired = 1234;
	about->events[0] = (struct event_count){"lost", "for people", 3, 1};
	about->events[1] = (struct event_count){"idle", "", UINT64_MAX, 0};
	about->nr_events = 2;
	about->books = (struct time_books){2, 100, 60, 30, 0, 10};
	about->residuals[0] =
		(struct thread_residual){"sixteen-bytes-in", UINT32_MAX, 50, INT64_MIN};
	about->residuals[1] = (struct thread_residual){"", 7, 50, 2};
	about->nr_residuals = 2;
	about->sampling = (struct wait_sampling){10000, 0, 4, 9};
	f->profile->part_of_events = true;
	check_again(f);
}

static void empty_graphs(void **state)
{
	check_again(fixture_new("samples count"));
}

/* Names of any bytes and any order; values that leave no room; both encodings. */
static void random_trees(void **state)
{
	uint64_t random = 7;

	for (int round = 0; round < 60; round++) {
		struct fixture *f =
			fixture_new(round % 2 ? "samples count cpu nanoseconds" : "samples count");
		uint32_t stacks = round % 3 ? random_below(&random, 12) : 300;

		for (uint32_t i = 0; i < stacks; i++) {
			uint32_t frames[40], depth = random_below(&random, 40);

			for (uint32_t d = 0; d < depth; d++) {
				char name[8];
				size_t len = 1 + random_below(&random, 3);

				for (size_t k = 0; k < len; k++)
					name[k] = (char)(round < 20 ? 'a' + random_below(&random, 3)
								    : random_below(&random, 256));
				frames[d] = fixture_frame(
					f, name, len, random_below(&random, 4) ? NULL : "lib.so",
					(enum frame_kind)random_below(&random, FRAME_KIND_COUNT));
			}
			fixture_sample(f, frames, depth,
				       (int64_t[]){random_below(&random, 3),
						   (int64_t)(random_u64(&random) >> 20) * 1000});
		}
		check_again(f);
	}
}

static void deep_graphs(void **state)
{
	enum { DEPTH = 100000 };
	struct fixture *f = fixture_new("samples count");
	uint32_t *frames = malloc(DEPTH * sizeof(*frames));

	frames[0] = fixture_frame(f, "again", 5, NULL, FRAME_USER);
	for (int i = 1; i < DEPTH; i++)
		frames[i] = frames[0];
	fixture_sample(f, frames, DEPTH, (int64_t[]){INT64_MAX});
	free(frames);
	check_again(f);
}

/* ---- several files ---- */

static char *graph_of(const char *values, const char *stack, int64_t first, int64_t second)
{
	struct fixture *f = fixture_new(values);
	char *text;

	fixture_stack(f, stack, first, second);
	f->profile->about.host = strdup("host");
	f->profile->about.event = strdup(stack);
	f->profile->about.duration_ns = 5;
	f->profile->about.events[0] = (struct event_count){"lost", "", 3, 1};
	f->profile->about.nr_events = 1;
	f->profile->about.fired = (uint64_t)first + 3;
	text = fixture_render(fixture_finish(f), "svg");
	fixture_free(f);
	return text;
}

static void graphs_add_up(void **state)
{
	struct told told;
	struct profile *profile = profile_new();
	char *a = graph_of("samples count cpu nanoseconds", "a;b", 3, 300);
	char *b = graph_of("samples count waits count", "a;c", 4, 400);
	char *c = graph_of("time nanoseconds", "a", 1, 0);
	char *d = graph_of("samples count", "d", INT64_MAX - 6, 0), *folded;

	assert_int_equal(read_graph(profile, a, strlen(a), &told), 0);
	assert_int_equal(profile->about.nr_values, 2);
	assert_int_equal(read_graph(profile, b, strlen(b), &told), 0);
	assert_int_equal(profile->about.nr_values, 1); /* what both have */
	assert_int_equal(profile->totals[0], 7);
	assert_string_equal(profile->about.host, "host");
	assert_null(profile->about.event);
	assert_int_equal(profile->about.duration_ns, 10);
	assert_int_equal(profile->about.nr_events, 1);
	assert_int_equal(profile->about.events[0].count, 6);
	assert_int_equal(profile->about.fired, 13);
	assert_int_equal(profile->slices.count, 0);
	assert_int_equal(read_graph(profile, c, strlen(c), &told), -EBADMSG);
	assert_string_equal(told.line,
			    "its values are time (nanoseconds), those read before it samples "
			    "(count); these cannot be added up");
	assert_int_equal(read_graph(profile, d, strlen(d), &told), -EBADMSG);
	assert_string_equal(told.line, "all counts together are too large");
	folded = draw(profile, "folded", false);
	assert_string_equal(folded, "a;b 3\na;c 4\n");
	free(folded);
	free(a);
	free(b);
	free(c);
	free(d);
	profile_free(profile);
}

/* Slices are of one capture: with what is of other times there are none, in whatever order. */
static void slices_do_not_add_up(void **state)
{
	struct profile *profile = profile_new();
	char *sliced = sliced_graph(), *plain = graph_of("samples count", "main;a", 4, 0);
	struct told told;

	assert_int_equal(read_graph(profile, sliced, strlen(sliced), &told), 0);
	assert_int_equal(profile->slices.count, 3);
	assert_int_equal(read_graph(profile, plain, strlen(plain), &told), 0);
	assert_int_equal(profile->slices.count, 0);
	assert_int_equal(read_graph(profile, sliced, strlen(sliced), &told), 0);
	assert_int_equal(profile->slices.count, 0);
	assert_int_equal(profile->totals[0], 2 * 1130 + 4);
	profile_seal(profile);
	assert_null(profile_check(profile));
	free(sliced);
	free(plain);
	profile_free(profile);
}

static void circumstances_that_do_not_fit(void **state)
{
	struct circumstances a = {.duration_ns = UINT64_MAX, .host = strdup("x")};
	struct circumstances b = {.duration_ns = 1};

	assert_int_equal(circumstances_add(&a, &b), -EOVERFLOW);
	assert_string_equal(a.host, "x");
	a.duration_ns = 0;
	for (size_t i = 0; i < EVENT_COUNTS_MAX; i++)
		snprintf(a.events[i].name, sizeof(a.events[i].name), "event %zu", i);
	a.nr_events = EVENT_COUNTS_MAX;
	strcpy(b.events[0].name, "other");
	b.nr_events = 1;
	assert_int_equal(circumstances_add(&a, &b), -E2BIG);
	strcpy(b.events[0].name, "event 3");
	b.events[0].count = 2;
	assert_int_equal(circumstances_add(&a, &b), 0);
	assert_int_equal(a.events[3].count, 2);
	assert_int_equal(a.duration_ns, 0);
	assert_null(a.host);
	circumstances_fini(&a);
}

/* The worst threads of all, in either order. */
static void books_add_up(void **state)
{
	struct circumstances a = {.books = {1, 10, 5, 5, 0, 0}, .nr_residuals = 2};
	struct circumstances b = {.books = {2, 20, 9, 9, 1, 1}, .nr_residuals = 3}, none = {0};

	a.residuals[0] = (struct thread_residual){"a", 1, 5, -9};
	a.residuals[1] = (struct thread_residual){"b", 2, 5, 1};
	b.residuals[0] = (struct thread_residual){"c", 3, 5, 10};
	b.residuals[1] = (struct thread_residual){"d", 4, 5, 5};
	b.residuals[2] = (struct thread_residual){"e", 5, 5, 4};
	assert_int_equal(circumstances_add(&a, &b), 0);
	assert_int_equal(a.books.threads, 3);
	assert_int_equal(a.books.queued_ns, 1);
	assert_int_equal(a.nr_residuals, 3);
	assert_int_equal(a.residuals[0].tid, 3);
	assert_int_equal(a.residuals[1].tid, 1);
	assert_int_equal(a.residuals[2].tid, 4);
	assert_int_equal(circumstances_add(&a, &none), 0);
	assert_int_equal(a.books.threads, 0);
	assert_int_equal(a.nr_residuals, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_comes_back),
		cmocka_unit_test(slices_come_back),
		cmocka_unit_test(random_slices),
		cmocka_unit_test(empty_graphs),
		cmocka_unit_test(random_trees),
		cmocka_unit_test(deep_graphs),
		cmocka_unit_test(graphs_add_up),
		cmocka_unit_test(slices_do_not_add_up),
		cmocka_unit_test(circumstances_that_do_not_fit),
		cmocka_unit_test(books_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
