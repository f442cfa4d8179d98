// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of graphs: what is drawn is read back and drawn again as the same
 * bytes, whatever is in it; what is wrong is one line, and nothing of it is read.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "profiler/file/file.h"
#include "profiler/file/graph.h"
#include "tests/unit/render_fixture.h"

/* ---- reading bytes, and drawing what was read ---- */

struct told {
	char line[512];
	struct file_complaints complaints;
};

static void tell(void *data, const char *line)
{
	snprintf(((struct told *)data)->line, sizeof(((struct told *)data)->line), "%s", line);
}

/* Reads len bytes, of which file_read() would have read the first ones. */
static int read_graph(struct profile *profile, const char *text, size_t len, struct told *told)
{
	size_t head = len < FILE_HEAD_BYTES ? len : FILE_HEAD_BYTES;
	int fd = memfd_create("graph", MFD_CLOEXEC), err;

	*told = (struct told){.complaints = {.tell = tell, .data = told}};
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, (off_t)head, SEEK_SET), head);
	assert_true(graph_looks_like(text, head));
	err = graph_read(fd, text, head, profile, &told->complaints);
	close(fd);
	return err;
}

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
	about->title = strdup("a title: \"\\ \xe2\x82\xac \xf0\x9f\x98\x80\n\x01");
	about->note = strdup("");
	about->command = strdup("offcpu");
	about->target = strdup("web (pid 7)");
	about->host = strdup("h\xff");
	about->kernel = strdup("Linux");
	about->event = strdup("cpu-clock");
	about->tool_version = strdup("bolometer 0");
	about->start_unix_ns = 1764151234567890123;
	about->duration_ns = UINT64_MAX;
	about->frequency_hz = 99;
	about->cpus = UINT32_MAX;
	about->fired = 1234;
	about->own_cpu_ns = 1;
	about->own_rss_bytes = 2;
	about->map_bytes = 3;
	about->own_program_ns = 4;
	about->own_program_runs = 5;
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

/* ---- what is wrong ---- */

/* A block put together byte by byte. */
struct bytes {
	unsigned char at[1 << 16];
	size_t len;
};

static void put(struct bytes *bytes, const void *data, size_t len)
{
	memcpy(bytes->at + bytes->len, data, len);
	bytes->len += len;
}

static char *encode(const struct bytes *bytes, const char *attributes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fprintf(out, "<svg>\n<metadata %s>", attributes);
	for (size_t i = 0; i < bytes->len; i += 3) {
		size_t have = bytes->len - i < 3 ? bytes->len - i : 3;
		uint32_t triple = (uint32_t)bytes->at[i] << 16 |
				  (have > 1 ? (uint32_t)bytes->at[i + 1] << 8 : 0) |
				  (have > 2 ? bytes->at[i + 2] : 0);

		fprintf(out, "%c%c%c%c", digits[triple >> 18], digits[triple >> 12 & 63],
			have > 1 ? digits[triple >> 6 & 63] : '=',
			have > 2 ? digits[triple & 63] : '=');
	}
	fputs("</metadata>\n</svg>\n", out);
	fclose(out);
	return text;
}

#define VERSION(n) "id=\"bolometer\" data-version=\"" n "\" data-encoding="
#define PLAIN	   VERSION("2") "\"plain\""
#define DEFLATED   VERSION("2") "\"deflate-raw\""
#define HEAD                                                                                       \
	"{\"version\":2,\"strings\":3,\"frames\":2,\"nodes\":3,\"values\":[{\"name\":\"samples\"," \
	"\"unit\":\"count\",\"factor\":1}]}"
/* Three strings, "", "all", "f"; two frames; "all" and, twice above it, "f", with 1 and 2. */
#define GOOD "\0\3\1allf\1\0\6\2\0\1\0\1\0\1\1\0\2\4"

static void block(struct bytes *bytes, const char *head, const char *rest, size_t len)
{
	size_t head_len = strlen(head);

	bytes->len = 0;
	if (head_len >= 0x80)
		bytes->at[bytes->len++] = (unsigned char)(head_len | 0x80);
	bytes->at[bytes->len++] = (unsigned char)(head_len >= 0x80 ? head_len >> 7 : head_len);
	put(bytes, head, strlen(head));
	put(bytes, rest, len);
}

/* One line with these words, and nothing of it in the profile; NULL: it is read. */
static void expect_text(const char *text, size_t len, const char *words)
{
	struct profile *profile = profile_new();
	struct told told;
	int err = read_graph(profile, text, len, &told);

	if (words) {
		if (err != -EBADMSG || !strstr(told.line, words))
			fail_msg("%d: %s (wanted %s)", err, told.line, words);
		assert_int_equal(told.complaints.count, 1);
		assert_int_equal(profile->nr_samples, 0);
		assert_int_equal(profile->about.nr_values, 0);
		assert_int_equal(strings_count(profile->strings), 2);
	} else {
		assert_string_equal(told.line, "");
		assert_int_equal(err, 0);
		assert_null(profile_check(profile));
	}
	profile_free(profile);
}

static void expect(const struct bytes *bytes, const char *attributes, const char *words)
{
	char *text = encode(bytes, attributes);

	expect_text(text, strlen(text), words);
	free(text);
}

static void expect_block(const char *head, const char *rest, size_t len, const char *words)
{
	struct bytes *bytes = calloc(1, sizeof(*bytes));

	block(bytes, head, rest, len);
	expect(bytes, PLAIN, words);
	free(bytes);
}
#define EXPECT(rest, words) expect_block(HEAD, rest, sizeof(rest) - 1, words)

static void wrong_blocks(void **state)
{
	EXPECT(GOOD, NULL);
	EXPECT(GOOD "\0", "something follows");
	EXPECT("", "too early");
	EXPECT("\1\3\1xallf", "the first name is not empty");
	EXPECT("\0\3\xff\xff\xff\x7f", "a name is too long");
	EXPECT("\0\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a name is too long");
	EXPECT("\0\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "longer than 64 bits");
	EXPECT("\0\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "longer than 64 bits");
	EXPECT("\0\3\x81\x00", "longer than it need be");
	EXPECT("\0\3\1allf\3\0\6\2\0\1\0\1\0\1\1\0\2\4", "a name that does not exist");
	EXPECT("\0\3\1allf\1\3\6\2\0\1\0\1\0\1\1\0\2\4", "a name that does not exist");
	EXPECT("\0\3\1allf\0\0\6\2\0\1\0\1\0\1\1\0\2\4", "a frame has no name");
	EXPECT("\0\3\1allf\1\0\x7f\2\0\1\0\1\0\1\1\0\2\4", "a kind that does not exist");
	EXPECT("\0\3\1allf\1\0\6\2\0\1\1\0\0\1\1\0\2\4", "outside of the root");
	EXPECT("\0\3\1allf\1\0\6\2\0\1\0\2\0\1\1\0\2\4", "outside of the root");
	EXPECT("\0\3\1allf\1\0\6\2\0\1\0\1\0\2\1\0\2\4", "a frame that does not exist");
	EXPECT("\0\3\1allf\1\0\6\2\0\1\0\1\0\1\1\0\2\3", "negative values");
	EXPECT("\0\3\1allf\1\0\6\2\0\1\0\1\0\1\1\0\2\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
	       "the values are too large");
	for (size_t len = 0; len < sizeof(GOOD) - 1; len++)
		expect_block(HEAD, GOOD, len, "too early");
}

#define HEAD_WITH(members) "{\"version\":2," members "}"
#define COUNTS(s, f, n)	   "\"strings\":" s ",\"frames\":" f ",\"nodes\":" n
#define VALUES(more)	   ",\"values\":[{\"name\":\"samples\",\"unit\":\"count\",\"factor\":1" more "}]"

static void wrong_heads(void **state)
{
	static const struct {
		const char *head, *words;
	} heads[] = {
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("")), NULL},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"new\":[{},[],null,true,-1.5e3]")),
		 NULL},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"role\":\"squares\"")), NULL},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"role\":\"other\"")),
		 "role that is not known"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"factor\":0")), "factor"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"factor\":9223372036854775808")),
		 "factor"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"factor\":9223372036854775807")),
		 "the values are too large"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"name\":\"\"")), "no name"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"name\":\"123456789012345678901234\"")),
		 "too long"},
		{HEAD_WITH(COUNTS("3", "2", "3")), "no value is declared"},
		{HEAD_WITH(COUNTS("3", "2", "3") ",\"values\":[]"), "no value is declared"},
		{HEAD_WITH(COUNTS("3", "2", "0") VALUES("")), "no root"},
		{HEAD_WITH(COUNTS("0", "2", "3") VALUES("")), "no root"},
		{HEAD_WITH(COUNTS("3", "2", "1") VALUES("")), "nothing can use"},
		{HEAD_WITH(COUNTS("6", "2", "3") VALUES("")), "nothing can use"},
		{HEAD_WITH(COUNTS("3", "2", "99999999") VALUES("")), "more nodes than can be"},
		{HEAD_WITH(COUNTS("3", "2", "18446744073709551616") VALUES("")),
		 "a number is too large"},
		{HEAD_WITH(COUNTS("3", "2", "3.0") VALUES("")), "a whole number is missing"},
		{HEAD_WITH(COUNTS("3", "2", "03") VALUES("")), "a whole number is missing"},
		{HEAD_WITH(COUNTS("3", "2", "-3") VALUES("")), "a whole number is missing"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"title\":\"a\\u0000b\""), "NUL"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"title\":\"a\nb\""),
		 "control character"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"title\":\"\\x\""), "wrong escape"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"title\":\"\xff\""), "not UTF-8"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"title\":7"), "a string is missing"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"title\":\"a\",\"title\":\"b\""),
		 NULL},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"cpus\":4294967296"), "too large"},
		{HEAD_WITH(COUNTS("3", "2", "3")
				   VALUES("") ",\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["),
		 "nested too deep"},
		{"{\"version\":1," COUNTS("3", "2", "3") VALUES("") "}", "two versions"},
		{HEAD "x", "something follows its end"},
		{"{\"version\":2", "a comma or a closing bracket is missing"},
		{"[]", "an object is missing"},
		{"", "an object is missing"},
	};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		expect_block(heads[i].head, GOOD, sizeof(GOOD) - 1, heads[i].words);
}

#define SLICES(ends) ",\"slices\":{\"value\":0,\"ends_us\":[" ends "]}"
#define SLICED(ends) HEAD_WITH(COUNTS("3", "2", "3") VALUES("") SLICES(ends))
#define EXPECT_SLICES(rest, words) \
	expect_block(SLICED("10,20,30"), GOOD rest, sizeof(GOOD rest) - 1, words)

/* Three slices of two nodes: how many each has, which, and their weights. */
static void wrong_slices(void **state)
{
	EXPECT_SLICES("\1\2\2\0\1\1\1", NULL);
	EXPECT_SLICES("\1\2\2\0\1\1\1\0", "something follows");
	EXPECT_SLICES("", "too early");
	EXPECT_SLICES("\1\2\2\0\1\1", "too early");
	EXPECT_SLICES("\0\2\0\1\1\1", "more slices than there are, or none");
	EXPECT_SLICES("\1\4\2\0\0\0\0\1\1\1\1", "more slices than there are, or none");
	EXPECT_SLICES("\1\2\3\0\1\1\1", "a slice that does not exist");
	EXPECT_SLICES("\1\2\0\1\1\1\1", "a slice that does not exist");
	EXPECT_SLICES("\1\2\0\2\0\1\1", "a slice that does not exist");
	EXPECT_SLICES("\1\2\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1\1",
		      "a slice that does not exist");
	EXPECT_SLICES("\1\2\2\0\1\0\1", "a weight that cannot be");
	EXPECT_SLICES("\1\2\2\0\1\x80\1\1", "a weight that cannot be");
	EXPECT_SLICES("\1\2\2\0\1\1\2", "more than there is of it");
	for (size_t len = sizeof(GOOD) - 1; len < sizeof(GOOD "\1\2\2\0\1\1\1") - 1; len++)
		expect_block(SLICED("10,20,30"), GOOD "\1\2\2\0\1\1\1", len, "too early");
	/* A single slice says nothing, and is not kept. */
	expect_block(SLICED("10"), GOOD "\1\1\0\0", sizeof(GOOD "\1\1\0\0") - 1, NULL);
	expect_block(SLICED(""), GOOD, sizeof(GOOD) - 1, NULL);
	expect_block(SLICED("10,20,20"), GOOD, sizeof(GOOD) - 1, "an end that cannot be");
	expect_block(SLICED("0,20"), GOOD, sizeof(GOOD) - 1, "an end that cannot be");
	expect_block(SLICED("20,10"), GOOD, sizeof(GOOD) - 1, "an end that cannot be");
	expect_block(SLICED("1,18446744073709552"), GOOD, sizeof(GOOD) - 1,
		     "an end that cannot be");
	expect_block(SLICED("1,x"), GOOD, sizeof(GOOD) - 1, "whole number");
	expect_block(HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"slices\":{\"value\":1}"), GOOD,
		     sizeof(GOOD) - 1, "a value that does not exist");
}

/* Nodes that have nothing of the value that is sliced would be everywhere: those are not kept. */
static void slices_of_another_value(void **state)
{
	static const char head[] = HEAD_WITH(
		COUNTS("3", "2", "3") ",\"values\":[{\"name\":\"samples\",\"unit\":\"count\",\"factor\":1},"
		"{\"name\":\"cpu\",\"unit\":\"nanoseconds\",\"factor\":1}]"
		",\"slices\":{\"value\":1,\"ends_us\":[10,20,30]}");
	static const char rest[] = GOOD "\0\0\6" "\2\1\0\1\2";
	struct bytes *bytes = calloc(1, sizeof(*bytes));
	struct profile *profile = profile_new();
	struct told told;
	char *text;

	block(bytes, head, rest, sizeof(rest) - 1);
	text = encode(bytes, PLAIN);
	assert_int_equal(read_graph(profile, text, strlen(text), &told), 0);
	assert_string_equal(told.line, "");
	assert_int_equal(profile->totals[1], 3);
	assert_int_equal(profile->slices.count, 0);
	free(text);
	free(bytes);
	profile_free(profile);
}

static void too_many_slices(void **state)
{
	char *head;
	size_t len;
	FILE *out = open_memstream(&head, &len);

	fputs("{\"version\":2," COUNTS("3", "2", "3") VALUES("") ",\"slices\":{\"ends_us\":[", out);
	for (int i = 1; i <= SLICES_MAX + 1; i++)
		fprintf(out, "%s%d", i > 1 ? "," : "", i);
	fputs("]}}", out);
	fclose(out);
	expect_block(head, GOOD, sizeof(GOOD) - 1, "more slices than there can be");
	free(head);
}

static void wrong_elements(void **state)
{
	static const char *const others[] = {
		"<svg></svg>", "<svg><metadata id=\"x\"></metadata>", "<html>",
		"<?xml",       "<svg><metadata id=\"bolometer",
	};
	struct bytes *bytes = calloc(1, sizeof(*bytes));
	char *text;

	block(bytes, HEAD, GOOD, sizeof(GOOD) - 1);
	expect(bytes, "data-encoding='plain' data-version='2'\n\tid='bolometer'", NULL);
	expect(bytes, VERSION("3") "\"plain\"", "give the files that were compared");
	expect(bytes, VERSION("4") "\"plain\"", "newer bolometer: its data have version 4");
	expect(bytes, VERSION("0") "\"plain\"", "version is missing");
	expect(bytes, VERSION("x") "\"plain\"", "version is missing");
	expect(bytes, VERSION("99999999999999999999") "\"plain\"", "version is missing");
	expect(bytes, VERSION("2") "\"zip\"", "encoding is not known");
	expect(bytes, VERSION("2") "\"deflate-raw\"", "inflated");
	expect(bytes, "xid=\"bolometer\" data-id=\"bolometer\"",
	       "not a graph that bolometer wrote");
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		expect_text(others[i], strlen(others[i]), "not a graph that bolometer wrote");

	/* Cut off anywhere; with anything in it. */
	text = encode(bytes, PLAIN);
	for (size_t len = 0; text[len + strlen("</metadata>\n</svg>\n")]; len++) {
		if (len >= 6)
			expect_text(text, len, "");
	}
	*strstr(text, "</meta") = '=';
	expect_text(text, strlen(text), "not base64");
	free(text);
	free(bytes);
}

/* A version 1 block: its last kind is the last one of today. */
static void version_1(void **state)
{
	static const char head[] = "{\"version\":1,\"strings\":3,\"frames\":2,\"nodes\":3,"
				   "\"values\":[{\"name\":\"samples\","
				   "\"unit\":\"count\",\"factor\":1}]}";
	struct bytes *bytes = calloc(1, sizeof(*bytes));
	struct profile *profile = profile_new();
	struct told told;
	char *text;

	block(bytes, head, "\0\3\1allf\1\0\6\2\0\10\0\1\0\1\1\0\2\4", sizeof(GOOD) - 1);
	text = encode(bytes, VERSION("1") "\"plain\"");
	assert_int_equal(read_graph(profile, text, strlen(text), &told), 0);
	assert_int_equal(profile->locations[profile->nr_locations - 1].kind, FRAME_UNNAMED);
	free(text);
	profile_free(profile);
	block(bytes, head, "\0\3\1allf\1\0\6\2\0\11\0\1\0\1\1\0\2\4", sizeof(GOOD) - 1);
	expect(bytes, VERSION("1") "\"plain\"", "a kind that does not exist");
	free(bytes);
}

/* Deflated zeros: nodes without end, and names. */
static void bombs(void **state)
{
	static const char *const heads[] = {
		HEAD_WITH(COUNTS("3", "2", "67108864") VALUES("")),
		HEAD_WITH(COUNTS("100000001", "50000000", "60000000") VALUES("")),
	};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		struct bytes *bytes = calloc(1, sizeof(*bytes)),
			     *deflated = calloc(1, sizeof(*bytes));
		size_t zeros = 200 << 20, room = sizeof(deflated->at);
		z_stream stream = {0};
		unsigned char *chunk = calloc(1, 1 << 20);
		double start = cpu_seconds();

		/* As much as fits is the bomb: its end is never reached. */
		block(bytes, heads[i], "\0\3\1allf\1\0\6\2\0\1", i ? 1 : 13);
		assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, 0), Z_OK);
		stream.next_out = deflated->at;
		stream.avail_out = (unsigned int)room;
		stream.next_in = bytes->at;
		stream.avail_in = (unsigned int)bytes->len;
		while (stream.avail_out && zeros) {
			deflate(&stream, Z_NO_FLUSH);
			if (!stream.avail_in) {
				stream.next_in = chunk;
				stream.avail_in = 1 << 20;
				zeros -= 1 << 20;
			}
		}
		deflated->len = room - stream.avail_out;
		deflateEnd(&stream);
		expect(deflated, DEFLATED, "");
		assert_true(cpu_seconds() - start < 20);
		free(chunk);
		free(bytes);
		free(deflated);
	}
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
		cmocka_unit_test(wrong_blocks),
		cmocka_unit_test(wrong_heads),
		cmocka_unit_test(wrong_slices),
		cmocka_unit_test(too_many_slices),
		cmocka_unit_test(slices_of_another_value),
		cmocka_unit_test(wrong_elements),
		cmocka_unit_test(version_1),
		cmocka_unit_test(bombs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
