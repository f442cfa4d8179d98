// SPDX-License-Identifier: GPL-2.0-or-later
/* One profile drawn as several views, and the report of waiting time. */
#include "tests/unit/view_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include "profiler/present.h"
#include "profiler/say.h"

static char folder[] = "/tmp/bolometer-present-XXXXXX";
static char said[16384];

static int make_folder(void **state)
{
	return mkdtemp(folder) ? chdir(folder) : -1;
}

static int remove_folder(void **state)
{
	unlink("own.folded");
	unlink("cpu.folded");
	unlink("wakers.svg");
	return chdir("/") || rmdir(folder);
}

static const char *text_of(const char *path)
{
	static char text[1 << 17];
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

struct request {
	struct profile *profile;
	struct options options;
	struct output_plan plan;
	enum view_id view;
};

static int run(struct request *request)
{
	struct symbols symbols;
	int status;

	assert_int_equal(
		output_plan(&request->plan, &request->options, request->view, "own.folded"), 0);
	profile_seal(request->profile);
	assert_int_equal(symbols_init(&symbols, request->profile), 0);
	status = present(request->profile, &symbols, &request->options, &request->plan, true);
	symbols_fini(&symbols);
	output_plan_fini(&request->plan);
	return status;
}

/* Presents the profile with these outputs; what was said is in `said`. */
static int present_as(enum view_id view, struct profile *profile, const char **outputs,
		      size_t count)
{
	struct request request = {.profile = profile, .view = view};
	FILE *file = tmpfile();
	int stderr_before = dup(STDERR_FILENO), status;

	options_init(&request.options);
	request.options.group.key = GROUP_NONE;
	request.options.outputs = (struct text_list){outputs, count, 0};
	dup2(fileno(file), STDERR_FILENO);
	status = run(&request);
	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	rewind(file);
	said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
	fclose(file);
	profile_free(profile);
	return status;
}

#define SAYS(words)                                                          \
	do {                                                                 \
		if (!strstr(said, words))                                    \
			fail_msg("\"%s\" does not say \"%s\"", said, words); \
	} while (0)
#define SAYS_NOT(words) assert_null(strstr(said, words))

static void each_output_has_its_view(void **state)
{
	const char *outputs[] = {"own.folded", "cpu:cpu.folded", "wakeup:wakers.svg"};

	assert_int_equal(present_as(VIEW_OFFCPU, busy_profile(), outputs, 3), EXIT_DONE);
	assert_string_equal(text_of("cpu.folded"), "main;work 1\n");
	assert_non_null(strstr(text_of("own.folded"), "main;load;[waits: disk] "));
	assert_null(strstr(text_of("own.folded"), "work"));
	/* Each is told as what it is. */
	assert_non_null(strstr(text_of("wakers.svg"), "demo (pid 7) wakers"));
	assert_non_null(strstr(text_of("wakers.svg"), "boss"));
	assert_null(strstr(text_of("wakers.svg"), "at 99 Hz"));
	SAYS("wrote own.folded\nwrote cpu.folded\nwrote wakers.svg\n");
}

static void report_tells_what_was_waited_for(void **state)
{
	assert_int_equal(present_as(VIEW_OFFCPU, busy_profile(), NULL, 0), EXIT_DONE);
	SAYS("        time    share       waits     average     longest  waited for\n"
	     "      4.00 s   80.0 %           2      2.00 s      3.00 s  [waits: futex]\n"
	     "      900 ms   18.0 %           1      900 ms      900 ms  [waits: disk]\n"
	     "      100 ms    2.0 %                              100 ms  [run queue]\n");
	/* Functions by what passed through them, without the scheduler. */
	SAYS("      4.10 s   82.0 %  lock\n"
	     "      900 ms   18.0 %  load\n");
	SAYS_NOT("schedule");
	SAYS_NOT("hottest by self");
	SAYS("3 waits, 5.00 s in all, in 5.00 s on 2 CPUs\n");
}

static void runq_tells_who_ran(void **state)
{
	assert_int_equal(present_as(VIEW_RUNQ, busy_profile(), NULL, 0), EXIT_DONE);
	SAYS("      100 ms    100 %           1      100 ms      100 ms  [run queue]\n");
	SAYS("  while this ran\n"
	     "      100 ms    100 %           1      100 ms      100 ms  [ran instead: make]\n");
}

static void wall_tells_the_rest(void **state)
{
	assert_int_equal(present_as(VIEW_WALL, busy_profile(), NULL, 0), EXIT_DONE);
	SAYS("        time    share  waited for\n"
	     "      4.00 s   80.0 %  [waits: futex]\n");
	SAYS("     1.00 ms   0.02 %  on the CPU\n");
	SAYS("5.00 s of the threads' time in 5.00 s on 2 CPUs, sampled at 99 Hz of ?\n");
}

static void books_are_shown(void **state)
{
	struct profile *profile = busy_profile();
	struct circumstances *about = &profile->about;

	about->books = (struct time_books){.threads = 2,
					   .lifetime_ns = 5001000000,
					   .cpu_ns = 1000000,
					   .blocked_ns = 4900000000,
					   .queued_ns = 99500000,
					   .residual_ns = 500000};
	about->residuals[0] =
		(struct thread_residual){"all\nsixteen\x1b[31m", 7, 1000000000, 500000};
	about->residuals[1] = (struct thread_residual){"none", 8, 1000000000, 0};
	about->nr_residuals = 2;
	about->sampling = (struct wait_sampling){30000, 1234, 8, 2500000000};
	about->fired = 6;
	about->events[0] = (struct event_count){"wait_lost", "the table was full", 1, 1};
	about->nr_events = 1;
	assert_int_equal(present_as(VIEW_OFFCPU, profile, NULL, 0), EXIT_DONE);
	SAYS("books: 2 threads lived 5.00 s = 0.00 s on the CPU + 4.90 s blocked + 0.10 s waiting "
	     "for a CPU; residual 0.010 %\n"
	     "  residual of all?sixteen?[31m (tid 7): 0.050 %\n");
	SAYS_NOT("none");
	SAYS("estimated: 1,234 waits, to stay below 3 % of the CPUs' time; at the most one in 8 "
	     "was");
	SAYS("not walked: 2.50 s of waits");
	/* Unscaled events, not the waits that the view has. */
	SAYS("events: 6 fired = 5 recorded + 1 lost");
}

static void plain_profiles_have_no_waits(void **state)
{
	const char *outputs[] = {"offcpu:own.folded", "cpu.folded"};
	const struct value_type samples = {"samples", "count", VALUE_AMOUNT};
	struct sample sample = {.task = TASK_NONE, .cpu = CPU_NONE};
	struct profile *profile = profile_new();

	assert_int_equal(profile_add_value_type(profile, &samples), 0);
	sample.stack = stack_of(profile, "main;work");
	assert_int_equal(profile_add_sample(profile, &sample, (int64_t[]){3}), 0);
	unlink("own.folded");
	assert_int_equal(present_as(VIEW_CPU, profile, outputs, 2), EXIT_FAILED);
	SAYS("bolometer: the profile has nothing that the view offcpu shows\n");
	SAYS("hottest by self:\n");
	assert_string_equal(text_of("cpu.folded"), "main;work 3\n");
	assert_int_equal(access("own.folded", F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_output_has_its_view),
		cmocka_unit_test(report_tells_what_was_waited_for),
		cmocka_unit_test(runq_tells_who_ran),
		cmocka_unit_test(wall_tells_the_rest),
		cmocka_unit_test(books_are_shown),
		cmocka_unit_test(plain_profiles_have_no_waits),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
