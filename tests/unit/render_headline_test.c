// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands above a graph: titles of samples and of waits, and when the trust line warns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "render/headline.h"
#include "tests/unit/render_fixture.h"

/* Of a capture with this command that took 30 s. */
static void describe(struct fixture *f, const char *command)
{
	f->profile->about.target = strdup("web");
	f->profile->about.command = strdup(command);
	f->profile->about.duration_ns = 30000000000;
	f->profile->about.frequency_hz = 99;
}

static void check_title(struct fixture *f, const char *wanted)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	headline_write_title(out, fixture_finish(f));
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
	fixture_free(f);
}

static struct fixture *waits(const char *command)
{
	struct fixture *f = fixture_new(FIXTURE_WAITS);

	describe(f, command);
	fixture_values(f, "main;[waits: futex]|waiting",
		       (int64_t[]){4260000000000, 12345, 9000000000, 7});
	return f;
}

static void test_title_of_samples(void **state)
{
	struct fixture *f = fixture_new("samples count cpu nanoseconds");

	describe(f, "cpu");
	fixture_stack(f, "main", 2970, 30000000000);
	check_title(f, "web  ·  on-CPU  ·  30.0 s at 99 Hz  ·  2,970 samples  ·  30.0 s cpu");
}

static void test_titles_of_waits(void **state)
{
	check_title(waits("offcpu"),
		    "web  ·  off-CPU  ·  30.0 s  ·  1 h 11 min off-CPU time  ·  12,345 waits");
	check_title(waits("offwake"), "web  ·  off-CPU with wakers  ·  30.0 s  ·  1 h 11 min "
				      "off-CPU time  ·  12,345 waits");
	check_title(waits("runq"),
		    "web  ·  waiting for a CPU  ·  30.0 s  ·  1 h 11 min of waiting  "
		    "·  12,345 waits");
	check_title(waits("wall"), "web  ·  all time, on and off the CPU  ·  30.0 s at 99 Hz  ·  "
				   "1 h 11 min thread time  ·  12,345 waits");
	check_title(waits("new"),
		    "web  ·  new  ·  30.0 s at 99 Hz  ·  1 h 11 min  ·  12,345 waits");
}

/* What is no amount is never told as one, wherever it stands. */
static void test_title_skips_what_is_no_amount(void **state)
{
	struct fixture *f = fixture_new("time nanoseconds longest nanoseconds/longest waits count");

	describe(f, "offcpu");
	fixture_values(f, "main", (int64_t[]){1500000, 900000, 4});
	check_title(f, "web  ·  off-CPU  ·  30.0 s  ·  1.50 ms off-CPU time  ·  4 waits");
}

/* ---- trust ------------------------------------------------------------------------------- */

/* The item whose text begins like this; frees the fixture. NULL text: there is none. */
static struct trust_item trust_of(struct fixture *f, const char *begin)
{
	struct trust_item items[TRUST_ITEMS_MAX], found = {0};
	size_t count = headline_trust(fixture_finish(f), items);

	for (size_t i = 0; i < count; i++) {
		if (!strncmp(items[i].text, begin, strlen(begin)))
			found = items[i];
	}
	fixture_free(f);
	return found;
}

static struct trust_item residual(uint64_t residual_ns, uint64_t lifetime_ns)
{
	struct fixture *f = waits("offcpu");

	f->profile->about.books = (struct time_books){
		.threads = 3, .lifetime_ns = lifetime_ns, .residual_ns = residual_ns};
	return trust_of(f, "residual");
}

static void test_residual(void **state)
{
	static const struct {
		uint64_t residual_ns, lifetime_ns;
		const char *wanted;
		bool warn;
	} cases[] = {
		{0, 90000000000, "residual 0.000 %", false},
		{1, 90000000000, "residual < 0.001 %", false},
		{450000, 90000000000, "residual 0.001 %", false},
		{90000000, 90000000000, "residual 0.100 %", false},
		{90090000, 90000000000, "residual 0.100 %", true},
		{90900000, 90000000000, "residual 0.101 %", true},
		{180000000000, 90000000000, "residual 200.000 %", true},
		{1, 0, "", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trust_item item = residual(cases[i].residual_ns, cases[i].lifetime_ns);

		assert_string_equal(item.text, cases[i].wanted);
		assert_int_equal(item.warn, cases[i].warn);
		if (*item.text)
			assert_non_null(strstr(item.about, "Checked for 3 threads."));
		assert_int_equal(!strstr(item.about, "Time is missing"), !item.warn);
	}
	assert_string_equal(trust_of(waits("offcpu"), "residual").text, "");
}

static struct trust_item sampled(struct wait_sampling sampling, const char *begin)
{
	struct fixture *f = waits("offcpu");

	f->profile->about.sampling = sampling;
	return trust_of(f, begin);
}

static void test_estimates(void **state)
{
	struct trust_item item;

	item = sampled((struct wait_sampling){10000, 1234567, 64, 2500000000}, "waits");
	assert_string_equal(item.text, "waits estimated 1 in 64");
	assert_true(item.warn);
	assert_non_null(strstr(item.about, "For 1,234,567 of them no stack was taken"));
	assert_non_null(strstr(item.about, "2.50 s of long waits is counted exactly"));
	assert_non_null(strstr(item.about, "--max-overhead 0 looks at every wait"));
	item = sampled((struct wait_sampling){10000, 0, 1, 2500000000}, "not walked");
	assert_string_equal(item.text, "not walked 2.50 s");
	assert_true(item.warn);
	assert_non_null(strstr(item.about, "--max-overhead 0"));
	item = sampled((struct wait_sampling){10000, 0, 1, 0}, "waits");
	assert_string_equal(item.text, "");
	item = sampled((struct wait_sampling){0}, "waits");
	assert_string_equal(item.text, "");
}

/* As many entries as there can be, each within its room. */
static void test_everything_at_once(void **state)
{
	struct fixture *f = waits("offcpu");
	struct circumstances *about = &f->profile->about;
	struct trust_item items[TRUST_ITEMS_MAX];
	char stack[128];
	size_t count;

	for (int i = 0; i < TREE_REASONS_MAX; i++) {
		snprintf(stack, sizeof(stack), "[incomplete: reason %d %070d]|marker;a", i, i);
		fixture_values(f, stack, (int64_t[]){1000000000, 1, 1, 1});
	}
	fixture_values(f, "[truncated]|marker;a", (int64_t[]){1000000000, 1, 1, 1});
	fixture_values(f, "[no stack]|marker", (int64_t[]){1000000000, 1, 1, 1});
	fixture_values(f, "main;0x1234|unnamed", (int64_t[]){1000000000, 1, 1, 1});
	about->fired = UINT64_MAX;
	about->own_cpu_ns = 1;
	about->books = (struct time_books){
		.threads = UINT64_MAX, .lifetime_ns = 1, .residual_ns = UINT64_MAX};
	about->sampling = (struct wait_sampling){UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
	count = headline_trust(fixture_finish(f), items);
	assert_int_equal(count, 9);
	for (size_t i = 0; i < count; i++) {
		assert_true(strlen(items[i].text) > 0);
		assert_true(strlen(items[i].about) > 20);
	}
	fixture_free(f);
}

/* A profile with so many samples of a known function, and one of each unnamed frame. */
static void check_unknown(const char *const *frames, size_t count, int64_t known,
			  const char *wanted)
{
	struct fixture *f = fixture_new("samples count");
	char stack[128];

	fixture_values(f, "main", (int64_t[]){known});
	for (size_t i = 0; i < count; i++) {
		snprintf(stack, sizeof(stack), "main;%s|unnamed", frames[i]);
		fixture_values(f, stack, (int64_t[]){1});
	}
	assert_string_equal(trust_of(f, "unknown").text, wanted);
}

#define UNKNOWN(known, wanted, ...)                                                       \
	do {                                                                              \
		static const char *const frames[] = {__VA_ARGS__};                        \
		check_unknown(frames, sizeof(frames) / sizeof(frames[0]), known, wanted); \
	} while (0)

static void test_what_to_do_about_unknown(void **state)
{
	UNKNOWN(5, "unknown 37.5 %: most of it in libpq.so.5: install its debug symbols",
		"[libpq.so.5]+0x10", "[libz.so.1]+0x20", "[libpq.so.5]+0x30");
	UNKNOWN(9,
		"unknown 10.0 %: most of it in generated code: have its runtime write a perf map",
		"[jit]");
	UNKNOWN(9, "unknown 10.0 %: most of it at addresses outside of any file", "[unknown]");
	UNKNOWN(9,
		"unknown 10.0 %: most of it in the kernel: its symbols can be read as root, with "
		"kernel.kptr_restrict 0 or 1",
		"[kernel]");
	/* In no place is half of it; it is little; other tools' addresses say nothing of their file. */
	UNKNOWN(7, "unknown 30.0 %", "[a.so]", "[b.so]+0x1", "[c.so]");
	UNKNOWN(99, "unknown 1.0 %", "[libpq.so.5]");
	UNKNOWN(7, "unknown 30.0 %", "0x1234", "0x5678", "0x9abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_title_of_samples),
		cmocka_unit_test(test_titles_of_waits),
		cmocka_unit_test(test_title_skips_what_is_no_amount),
		cmocka_unit_test(test_residual),
		cmocka_unit_test(test_estimates),
		cmocka_unit_test(test_everything_at_once),
		cmocka_unit_test(test_what_to_do_about_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
