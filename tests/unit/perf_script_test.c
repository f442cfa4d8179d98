// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole files of `perf script`: which samples there are, of which stacks, threads, events and times;
 * what is not understood is named by its line. However the bytes arrive.
 */
#include <errno.h>

#include "profiler/file/perf_script.h"
#include "tests/unit/file_fixture.h"

static struct profile *read_as(const char *text, size_t len, size_t head, struct told *told)
{
	struct profile *profile = profile_new();

	assert_int_equal(read_memory(perf_script_read, profile, text, len, head, told), 0);
	profile_seal(profile);
	assert_null(profile_check(profile));
	return profile;
}

/* Reads a text in several ways, and compares samples and complaints. */
static void expect(const char *text, const struct file_options *options, const char *wanted,
		   const char *complaints)
{
	size_t len = strlen(text), heads[] = {0, len / 2, len};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		struct told *told = told_new();
		struct profile *profile;
		char *got;

		if (options)
			told->complaints.options = *options;
		profile = read_as(text, len, heads[i], told);
		got = dump(profile, true);
		assert_string_equal(got, wanted);
		assert_string_equal(told->lines, complaints);
		free(got);
		free(told);
		profile_free(profile);
	}
}
#define EXPECT(text, wanted, complaints) expect(text, NULL, wanted, complaints)

#define NOT_UNDERSTOOD ": neither a sample nor a part of one; not used\n"

static void samples_and_their_periods(void **state)
{
	EXPECT("a 1 1.0: 10 cycles:u:\n\t  12 f+0x1 (/bin/p)\n\t  34 main+0x2 (/bin/p)\n\n"
	       "a 1 2.0: 20 cycles:u:\n\t  13 f+0x2 (/bin/p)\n\t  34 main+0x2 (/bin/p)\n\n",
	       "main{user p};f{user p} 2 30\n", "");
	EXPECT("a 1 1.0: cycles:\n\t  12 f (/bin/p)\n\n", "f{user p} 1\n", "");
	EXPECT("a 1 1.0: cycles:\r\n\t  12 f (/bin/p)\r\n\r\n", "f{user p} 1\n", "");
	EXPECT("", "", "");
	EXPECT("# ========\n# captured on: x\n#\n", "", "");
}

/* FlameGraph's and inferno's tools drop some of these. */
static void nothing_is_lost(void **state)
{
	/* the last sample, without an empty line behind it or even a newline */
	EXPECT("a 1 1.0: e:\n\t  12 f (/p)\n\na 1 2.0: e:\n\t  13 g (/p)",
	       "f{user p} 1\ng{user p} 1\n", "");
	/* no empty line between */
	EXPECT("a 1 1.0: e:\n\t  12 f (/p)\na 1 2.0: e:\n\t  13 g (/p)\n",
	       "f{user p} 1\ng{user p} 1\n", "");
	/* no stack */
	EXPECT("a 1 1.0: e:\n\nb 1 2.0: e:\n", "[no stack]{marker} 1\n[no stack]{marker} 1\n", "");
	/* parentheses at the beginning of a name, and within */
	EXPECT("a 1 1.0: e:\n\t  12 (anonymous namespace)::f(int (*)(char)) (/p)\n\n",
	       "(anonymous namespace)::f(int (*)(char)){user p} 1\n", "");
	EXPECT("a 1 1.0: e:\n\t  12 f(int)+0x1 (/p)\n\t  12 f(char)+0x1 (/p)\n\n",
	       "f(char){user p};f(int){user p} 1\n", "");
	/* a name with semicolons */
	EXPECT("a 1 1.0: e:\n\t  12 Lorg/x;::y (/tmp/perf-1.map)\n\n", "Lorg/x;::y{jit} 1\n", "");
}

static void one_line_samples(void **state)
{
	EXPECT("     a 1 1.0: 5 e:  12 f+0x1 (/p)\n     b 1 1.0: 5 e:  12 f+0x1 (/p)\n",
	       "f{user p} 1 5\nf{user p} 1 5\n", "");
	/* threads that are called like addresses, and behind a sample without a frame */
	EXPECT("   add 1 1.0: e: \n   bad 2 1.0: e: \n",
	       "[no stack]{marker} 1\n[no stack]{marker} 1\n", "");
	/* the text of a tracepoint is no frame */
	EXPECT("a 1 1.0: sched:sched_switch: add (/p)\n", "[no stack]{marker} 1\n", "");
	/* nor is an address of data before a stack */
	EXPECT("a 1 1.0: mem-loads:  7fff12345678\n\t  12 f (/p)\n\t  34 main (/p)\n\n",
	       "main{user p};f{user p} 1\n", "");
}

static void names_alone(void **state)
{
	EXPECT("thread 1\n\t  12 f\n\nb\n\t  12 f\n\n", "f{user} 1\nf{user} 1\n", "");
	EXPECT("\n\t  12 f\n\t  34 main\n\n\n\t  12 f\n", "f{user} 1\nmain{user};f{user} 1\n", "");
	EXPECT("\n\tffffffff81000000 f\n", "f{kernel} 1\n", "");
}

static void kinds(void **state)
{
	EXPECT("a 1 1.0: e:\n"
	       "\tffffffff81000000 k+0x1 ([kernel.kallsyms])\n"
	       "\tffffffff81000000 m+0x1 ([ext4])\n"
	       "\t  12 Interpreter (/tmp/perf-1.map)\n"
	       "\t  12 in+0x1 (inlined)\n"
	       "\t  12 out+0x1 (/usr/lib/libx.so.1)\n"
	       "\t  12 [unknown] (/usr/lib/libx.so.1)\n"
	       "\t  12 [unknown] ([kernel.kallsyms])\n"
	       "\t  12 [unknown] (/tmp/perf-1.map)\n"
	       "\tffffffffffffffff [unknown] ([unknown])\n\n",
	       "[unknown]{unnamed};[jit]{unnamed};[kernel]{unnamed};[libx.so.1]{unnamed};"
	       "out{library libx.so.1};in{inlined};Interpreter{jit};m{kernel ext4};"
	       "k{kernel kernel} 1\n",
	       "");
}

static void inlined_by_jits(void **state)
{
	EXPECT("a 1 1.0: e:\n\t  12 La;::x->Lb;::y->Lc;::z (/tmp/perf-1.map)\n\t 13 main (/p)\n\n",
	       "main{user p};La;::x{jit};Lb;::y{inlined};Lc;::z{inlined} 1\n", "");
	EXPECT("a 1 1.0: e:\n\t  12 T::operator->() (/p)\n\t 13 f->g (/p)\n\n",
	       "f->g{user p};T::operator->(){user p} 1\n", "");
}

static void what_stands_between(void **state)
{
	/* -F +srcline,brstack,srccode */
	EXPECT("a 1 1.0: e: \n\t  12 f+0x1\n  a.c:12 (inlined)\n\t  12 g+0x1 (/p)\n  a.c:13\n"
	       "|13    add (1);\n\t  34 [unknown] ([unknown])\n 0x12/0x34/P/-/-/0 \n\n",
	       "[unknown]{unnamed};g{user p};f{inlined} 1\n", "");
	/* --show-mmap-events */
	EXPECT("a 1 0.5: PERF_RECORD_COMM: a:1/1\n     a 1 0.7: PERF_RECORD_EXIT(1:1)\n"
	       "a 1 1.0: PERF_RECORD_MMAP2 1/1: [0x1(0x2) @ 0]: r-xp /p\n"
	       "a 1 1.0: e:\n\t  12 f (/p)\n\n",
	       "f{user p} 1\n", "");
	/* blanks that were lost */
	EXPECT("a 1 e:\nffffffff81 f ([kernel.kallsyms])\n12 main (/p)\n\n",
	       "main{user p};f{kernel kernel} 1\n", "");
}

/* "FRAME FILE:LINE" of each location that has a place in the source. */
static void expect_places(const char *text, const char *wanted)
{
	struct told *told = told_new();
	struct profile *profile = read_as(text, strlen(text), 0, told);
	char got[512] = "";

	for (size_t i = 0; i < profile->nr_locations; i++) {
		size_t count;
		const struct given_frame *given =
			profile_given(profile, profile->locations[i].given, &count);

		for (size_t g = 0; g < count; g++)
			sprintf(got + strlen(got), "%s %s:%u\n",
				strings_text(profile->strings, given[g].name),
				strings_text(profile->strings, given[g].place.file),
				given[g].place.line);
	}
	assert_string_equal(got, wanted);
	assert_string_equal(told->lines, "");
	profile_free(profile);
	free(told);
}

static void lines_of_the_source(void **state)
{
	/* One function at two lines, and a line that two functions have. */
	expect_places("a 1 1.0: e: \n\t  12 f+0x1\n  /s/a.c:12 (inlined)\n\t  12 g+0x1 (/p)\n  b.c:13\n\n"
		      "a 1 2.0: e: \n\t  12 g+0x1 (/p)\n  b.c:14\n\t  12 h+0x1 (/p)\n  b.c:14\n\n"
		      "a 1 3.0: e: \n\t  12 g+0x1 (/p)\n  b.c:14\n\n",
		      "f /s/a.c:12\ng b.c:13\ng b.c:14\nh b.c:14\n");
	/* Without -g. */
	expect_places("     a 1 1.0: 5 e:  12 f+0x1 (/p)\n  b.c:2\n"
		      "     a 1 2.0: 5 e:  12 f+0x1 (/p)\n  b.c:2\n",
		      "f b.c:2\n");
	/* What is not known, not directly below, or below functions that one line names. */
	expect_places("a 1 1.0: e: \n\t  12 f+0x1 (/p)\n  ??:0\n\t  13 g (/p)\n|13  x\n  b.c:2\n"
		      "\t  12 x->y (/tmp/perf-1.map)\n  b.c:3\n\n",
		      "");
	/* A path that no memory is kept of. */
	expect_places("a 1 1.0: e: \n\t  12 f (/p)\n  "
		      "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		      "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		      "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		      "/aaaaaaaaaaaaaaa.c:1\n\n",
		      "f /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		      "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		      "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		      "/aaaaaaaaaaaaaaa.c:1\n");
}

static void what_is_wrong_is_named(void **state)
{
	EXPECT("nonsense\na 1 1.0: e:\n\t  12 f (/p)\n\n  more\n", "f{user p} 1\n",
	       "line 1" NOT_UNDERSTOOD "line 5" NOT_UNDERSTOOD);
	EXPECT("a 1 1.0: 9223372036854775807 e:\n\t  12 f (/p)\n\n"
	       "a 1 1.0: 9223372036854775807 e:\n\t  12 f (/p)\n\n"
	       "a 1 1.0: 9223372036854775808 e:\n\t  12 f (/p)\n\n",
	       "f{user p} 1 9223372036854775807\n",
	       "line 4: the periods of all samples together are too large; not used\n"
	       "line 7: the periods of all samples together are too large; not used\n");
}

static void addresses(void **state)
{
	struct file_options options = {.addrs = true};

	expect("a 1 1.0: e:\n\t  12 [unknown] (/p.so)\n\t  34 [unknown] ([unknown])\n\t 5 f "
	       "(/p)\n\n",
	       &options, "f{user p};[unknown <34>]{unnamed};[p.so <12>]{unnamed} 1\n", "");
}

static const char two_events[] = "a 1 1.0: 10 cycles:u:\n\t  12 f (/p)\n\n"
				 "a 1 1.0: 5 instructions:\n\t  12 g (/p)\n\n"
				 "a 1 2.0: 20 cycles:u:\n\t  12 f (/p)\n\n";

static void events_are_chosen(void **state)
{
	struct file_options options = {.event = "instructions"};
	struct told *told = told_new();
	struct profile *profile = read_as(two_events, sizeof(two_events) - 1, 0, told);

	assert_string_equal(told->remarks, "samples of cycles:u (2) are read, and not those of "
					   "instructions (1); --event chooses\n");
	assert_string_equal(profile->about.event, "cycles:u");
	assert_string_equal(profile->about.values[1].name, "cycles");
	profile_free(profile);
	EXPECT(two_events, "f{user p} 2 30\n", "");
	expect(two_events, &options, "g{user p} 1 5\n", "");
	options.event = "cycles";
	expect(two_events, &options, "f{user p} 2 30\n", "");

	profile = profile_new();
	*told->lines = '\0';
	told->complaints.options.event = "branches";
	assert_int_equal(
		read_memory(perf_script_read, profile, two_events, sizeof(two_events) - 1, 0, told),
		-EBADMSG);
	assert_string_equal(told->lines, "no samples of branches; there are those of cycles:u (2), "
					 "instructions (1)\n");
	profile_free(profile);
	free(told);
}

static void threads_and_cpus(void **state)
{
	static const char text[] = "a b 17/17 [002] 1.0: e:\n\t  12 f (/p)\n\n"
				   "c 17/18 [003] 1.0: e:\n\t  12 f (/p)\n\n"
				   "d 19 [003] 1.0: e:\n\t  12 f (/p)\n\n";
	struct told *told = told_new();
	struct profile *profile;

	told->complaints.options.group = GROUP_CPU;
	profile = read_as(text, sizeof(text) - 1, 0, told);
	assert_int_equal(profile->nr_samples, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct task *task = &profile->tasks[profile->samples[i].task];

		assert_int_equal(profile->samples[i].cpu, i ? 3 : 2);
		assert_int_equal(task->tid, 17 + i);
		assert_int_equal(task->tgid, i < 2 ? 17 : TASK_ID_UNKNOWN);
		assert_string_equal(strings_text(profile->strings, task->thread_name),
				    i == 0   ? "a b"
				    : i == 1 ? "c"
					     : "d");
		/* The process of both is called like its first thread. */
		assert_string_equal(strings_text(profile->strings, task->process_name),
				    i < 2 ? "a b" : "");
	}
	profile_free(profile);
	free(told);
}

static void circumstances(void **state)
{
	static const char text[] =
		"# ========\n# captured on    : Thu Nov 26 21:08:13 2026\n# hostname : vm\n"
		"# os release : 6.1.0-18-amd64\n# arch : x86_64\n# nrcpus online : 2\n"
		"# event : name = cpu-clock:ppp, , id = { 1, 2 }, type = 1, { sample_period, "
		"sample_freq } = 99, read_format = ID, freq = 1, enable_on_exec = 1\n# "
		"========\n#\n"
		"a 1 10.5: 10101010 cpu-clock:ppp:\n\t  12 f (/p)\n\n"
		"a 1 12.0: 10101010 cpu-clock:ppp:\n\t  12 f (/p)\n\n";
	struct told *told = told_new();
	struct profile *profile = read_as(text, sizeof(text) - 1, 100, told);
	const struct circumstances *about = &profile->about;

	assert_string_equal(about->host, "vm");
	assert_string_equal(about->kernel, "Linux 6.1.0-18-amd64 x86_64");
	assert_string_equal(about->event, "cpu-clock:ppp");
	assert_int_equal(about->cpus, 2);
	assert_int_equal(about->frequency_hz, 99);
	assert_int_equal(about->duration_ns, 1500000000);
	assert_string_equal(about->values[1].name, "cpu-clock");
	assert_string_equal(about->values[1].unit, "nanoseconds");
	assert_int_equal(profile->totals[1], 20202020);
	profile_free(profile);
	free(told);
}

/* --show-lost-events */
static void losses(void **state)
{
	static const char text[] = "a 1 1.0: e:\n\t  12 f (/p)\n\n"
				   "a 1 1.5: PERF_RECORD_LOST lost 17\n"
				   "a 1 1.6: PERF_RECORD_LOST_SAMPLES lost 3\n"
				   "a 1 2.0: e:\n\t  12 f (/p)\n\n";
	struct told *told = told_new();
	struct profile *profile = read_as(text, sizeof(text) - 1, 0, told);

	assert_int_equal(profile->totals[0], 2);
	assert_int_equal(circumstances_lost(&profile->about), 20);
	profile_free(profile);
	free(told);
}

/* When samples were: each is in the slice of its time, whatever the slices have become by then. */
static void slices_of_time(void **state)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct told *told = told_new();
	int64_t amounts[1000] = {0};
	struct profile *profile;

	/* f from 100 s on, g from 130 to 160 s; a second apart. */
	for (int i = 0; i < 60; i++)
		fprintf(out, "a 1 %d.25: e:\n\t  12 %s (/p)\n\n", 100 + i, i < 30 ? "f" : "g");
	fclose(out);
	profile = read_as(text, len, 0, told);
	assert_int_equal(profile->nr_samples, 2);
	assert_in_range(profile->slices.count, 100, 200);
	slices_share_out(&profile->slices, 1, 30, amounts);
	for (size_t i = 0; i < profile->slices.count; i++) {
		if (slices_end_ns(&profile->slices, i) < 29900000000)
			assert_int_equal(amounts[i], 0);
	}
	profile_free(profile);
	free(text);
	/* One without a time cannot be in any of them. */
	text = strdup("a 1 1.0: e:\n\t 1 f\n\na 1 e:\n\t 1 f\n\na 1 2.0: e:\n\t 1 f\n");
	profile = read_as(text, strlen(text), 0, told);
	assert_int_equal(profile->slices.count, 0);
	assert_int_equal(profile->about.duration_ns, 1000000000);
	profile_free(profile);
	free(text);
	free(told);
}

/* Of several files there is what both have: samples, and durations that add up. */
static void files_are_added_up(void **state)
{
	static const char one[] =
		"a 1 1.0: 5 e:\n\t  12 f (/p)\n\na 1 2.0: 5 e:\n\t  12 f (/p)\n\n";
	static const char two[] = "b 1 5.0: e:\n\t  12 f (/p)\n\nb 1 7.0: e:\n\t  12 f (/p)\n\n";
	struct profile *profile = profile_new();
	struct told *told = told_new();

	assert_int_equal(read_memory(perf_script_read, profile, one, strlen(one), 0, told), 0);
	assert_int_equal(read_memory(perf_script_read, profile, two, strlen(two), 0, told), 0);
	profile_seal(profile);
	assert_null(profile_check(profile));
	assert_int_equal(profile->about.nr_values, 1);
	assert_int_equal(profile->totals[0], 4);
	assert_int_equal(profile->about.duration_ns, 3000000000);
	assert_int_equal(profile->slices.count, 0);
	profile_free(profile);
	free(told);
}

/* More frames than are kept: as many as there may be, and a mark at the root. */
static void endless_stacks(void **state)
{
	char *text, *got;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct told *told = told_new();
	struct profile *profile;
	uint32_t depth = 0, stack;

	fprintf(out, "a 1 1.0: e:\n");
	for (int i = 0; i < 70000; i++)
		fprintf(out, "\t  %x f (/p)\n", i % 100);
	fclose(out);
	profile = read_as(text, len, 4096, told);
	for (stack = profile->samples[0].stack;
	     stack_callers(&profile->stacks, stack) != STACK_EMPTY;
	     stack = stack_callers(&profile->stacks, stack))
		depth++;
	assert_int_equal(depth, 65536);
	got = (char *)strings_text(profile->strings,
				   profile->locations[stack_leaf(&profile->stacks, stack)].name);
	assert_string_equal(got, "[truncated]");
	profile_free(profile);
	free(text);
	free(told);
}

static bool looks(const char *text)
{
	return perf_script_looks_like(text, strlen(text));
}

static void telling(void **state)
{
	assert_true(looks("a 1 1.0: 10 cycles:u:\n\t  12 f+0x1 (/bin/p)\n"));
	assert_true(looks("\n\n   a 1 1.0: 10 cycles:u:  12 f+0x1 (/bin/p)\n"));
	assert_true(looks("# ========\n# captured on    : x\n"));
	assert_true(looks("# hostname : x\n#\n\na b 1 1.0: e:\n"));
	assert_true(looks("\t  12 f+0x1 (/bin/p)\n"));
	assert_true(looks("comm\n\t  12 f+0x1 (/bin/p)\n"));
	assert_true(looks("java 19983 cycles:\n"));
	assert_false(looks("main;work 5\n"));
	assert_false(looks("main 5\nwork 6\n"));
	assert_false(looks("a;thread 1 5: 7\n"));
	assert_false(looks(""));
	assert_false(looks("# only a remark\n"));
	assert_false(perf_script_looks_like("a 1 1.0: e:\n\0", 13));
	assert_false(looks("@[\n    main+5\n]: 1\n"));
	assert_false(looks("@[\n\t7f12 main+5 (/p)\n]: 1\n"));
	assert_false(looks("\n    read_zero\n    main\n        1\n"));
	assert_false(perf_data_looks_like("PERFILE", 7));
	assert_true(perf_data_looks_like("PERFILE2\0\0", 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_and_their_periods),
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(one_line_samples),
		cmocka_unit_test(names_alone),
		cmocka_unit_test(kinds),
		cmocka_unit_test(inlined_by_jits),
		cmocka_unit_test(what_stands_between),
		cmocka_unit_test(lines_of_the_source),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(addresses),
		cmocka_unit_test(events_are_chosen),
		cmocka_unit_test(threads_and_cpus),
		cmocka_unit_test(circumstances),
		cmocka_unit_test(losses),
		cmocka_unit_test(slices_of_time),
		cmocka_unit_test(files_are_added_up),
		cmocka_unit_test(endless_stacks),
		cmocka_unit_test(telling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
