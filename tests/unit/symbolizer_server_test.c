// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Debug files from debuginfod servers: one on loopback that behaves, and others that do not. What
 * they do may cost names, never the rest, and no more time than they are given.
 */
#include "tests/unit/symbolizer_stripped.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static pid_t server;
static unsigned int port;

/* ---- the server ------------------------------------------------------------------------------ */

static int start_server(void **state)
{
	int ends[2];
	FILE *output;

	if (fixture_setup(state) || pipe(ends))
		return -1;
	server = fork();
	if (!server) {
		/* It must not outlive a test that was ended. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execlp("python3", "python3", "tests/unit/debug_server.py", fixture_dir, NULL);
		_exit(127);
	}
	close(ends[1]);
	output = fdopen(ends[0], "r");
	if (!output || fscanf(output, "%u", &port) != 1)
		return -1;
	fclose(output);
	setenv("DEBUGINFOD_CACHE_PATH", in_dir("cache"), 1);
	unsetenv("DEBUGINFOD_VERBOSE");
	unsetenv("SUDO_UID");
	return 0;
}

static int end_server(void **state)
{
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return fixture_teardown(state);
}

/* From here on the server behaves so, nothing is cached, and it has not been asked. */
static int behaving(const char *mode)
{
	char url[64];

	make_stripped("0x" ID);
	run("rm -rf cache requests *.debug.* && mv prog.debug " ID ".debug");
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/%s", port, mode);
	setenv("DEBUGINFOD_URLS", url, 1);
	setenv("DEBUGINFOD_TIMEOUT", "2", 1);
	unsetenv("DEBUGINFOD_MAXSIZE");
	return 0;
}

/* How many requests there were. */
static int asked(void)
{
	FILE *output = output_of("cat requests 2>/dev/null | wc -l");
	int count = -1;

	assert_int_equal(fscanf(output, "%d", &count), 1);
	pclose(output);
	return count;
}

static bool is_cached(void)
{
	return !access(in_dir("cache/" ID "/debuginfo"), F_OK);
}

/* ---- asking it ------------------------------------------------------------------------------- */

static char shown[256];

static void keep_progress(void *data, const char *line)
{
	snprintf(shown, sizeof(shown), "%s", line ? line : "");
	*(int *)data += line != NULL;
}

static int nr_shown;

static struct symbolizer *new_asking_for(bool only_symbols)
{
	struct symbolizer_options options = {
		.no_inline = only_symbols,
		.debug_root = in_dir("debug"),
		.debuginfod = true,
		.progress = keep_progress,
		.progress_data = &nr_shown,
	};
	struct symbolizer *symbolizer = symbolizer_new(&options);

	assert_non_null(symbolizer);
	return symbolizer;
}

static struct symbolizer *new_asking(void)
{
	return new_asking_for(true);
}

static int add_worth(struct symbolizer *symbolizer, const char *name, bool worth)
{
	struct symbol_file file = {.path = in_dir(name), .root_fd = -1, .servers = worth};
	int source;

	file.fd = open(file.path, O_RDONLY | O_CLOEXEC);
	source = symbolizer_add_file(symbolizer, &file);
	close(file.fd);
	return source;
}

static bool is_named(const char *wanted_notice)
{
	struct symbolizer *symbolizer = new_asking();
	bool found =
		finds_hidden(symbolizer, add_worth(symbolizer, "prog.so", true), wanted_notice);

	symbolizer_free(symbolizer);
	return found;
}

static void file_is_fetched_and_kept(void **state)
{
	behaving("good");
	assert_true(is_named(""));
	assert_int_equal(asked(), 1);
	assert_true(is_cached());
	/* From the cache; and there also while no server is to be had. */
	assert_true(is_named(""));
	run("mv cache cache.kept");
	behaving("close");
	run("mv cache.kept cache");
	assert_true(is_named(""));
	assert_int_equal(asked(), 0);
}

static void is_asked_only_when_it_may_be(void **state)
{
	struct symbolizer *symbolizer;

	behaving("good");
	symbolizer = new_symbolizer(false);
	assert_false(finds_hidden(symbolizer, add_worth(symbolizer, "prog.so", true), ""));
	symbolizer_free(symbolizer);
	symbolizer = new_asking();
	assert_false(finds_hidden(symbolizer, add_worth(symbolizer, "prog.so", false), ""));
	symbolizer_free(symbolizer);
	setenv("DEBUGINFOD_URLS", " ", 1);
	assert_false(is_named(""));
	unsetenv("DEBUGINFOD_URLS");
	assert_false(is_named(""));
	assert_int_equal(asked(), 0);
	/* A file that is here is not asked for. */
	behaving("good");
	run("mkdir -p debug/.build-id/de && cp " ID ".debug debug/.build-id/de/" ID_REST ".debug");
	assert_true(is_named(""));
	assert_int_equal(asked(), 0);
}

static void is_asked_once_for_each_file(void **state)
{
	struct symbolizer *symbolizer = new_asking();

	behaving("good");
	run("rm " ID ".debug");
	for (int i = 0; i < 3; i++)
		assert_false(finds_hidden(symbolizer, add_worth(symbolizer, "prog.so", true), ""));
	assert_int_equal(asked(), 1);
	symbolizer_free(symbolizer);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + now.tv_nsec / 1e9;
}

/* It is given up within the time, said so, and nobody is asked again. */
static void assert_given_up(const char *mode)
{
	struct symbolizer *symbolizer;
	double started;

	behaving(mode);
	symbolizer = new_asking();
	started = now_s();
	nr_shown = 0;
	assert_false(
		finds_hidden(symbolizer, add_worth(symbolizer, "prog.so", true),
			     "prog.so is not fetched, nor any other: the servers let 2 s pass"));
	assert_true(now_s() - started < 8);
	assert_true(nr_shown > 1);
	assert_string_equal(shown, "");
	run("gcc -shared -nostdlib -o other.so prog.o -Wl,--build-id=0x" OTHER_ID " -s");
	resolve(symbolizer, add_worth(symbolizer, "other.so", true), text_off() + 64);
	assert_int_equal(asked(), 1);
	symbolizer_free(symbolizer);
	/* And it is not kept that there is none. */
	assert_false(is_cached());
}

static void server_that_hangs(void **state)
{
	assert_given_up("hang");
}

static void server_that_is_slow(void **state)
{
	assert_given_up("drip");
}

static void garbage_is_refused_and_not_kept(void **state)
{
	struct symbolizer *symbolizer = new_asking();

	behaving("garbage");
	for (int i = 0; i < 2; i++)
		assert_false(finds_hidden(symbolizer, add_worth(symbolizer, "prog.so", true),
					  "debug file from http://127.0.0.1"));
	assert_non_null(strstr(notices_of(symbolizer), "prog.so is not used: not an ELF file"));
	assert_int_equal(asked(), 1);
	symbolizer_free(symbolizer);
	assert_false(is_cached());
}

static void other_build_id_is_refused(void **state)
{
	behaving("good");
	run("gcc -shared -nostdlib -o other.so prog.o -Wl,--build-id=0x" OTHER_ID " && "
	    "objcopy --only-keep-debug other.so " ID ".debug");
	assert_false(is_named("is not used: its build id is another"));
	assert_int_equal(asked(), 1);
	assert_false(is_cached());
}

static void too_large_is_refused(void **state)
{
	static const char *const modes[] = {"endless", "huge"};

	for (size_t i = 0; i < 2; i++) {
		behaving(modes[i]);
		setenv("DEBUGINFOD_MAXSIZE", "3000000", 1);
		assert_false(is_named("prog.so is not fetched: it is too large"));
		assert_false(is_cached());
		run("test $(du -s cache | cut -f 1) -lt 100");
	}
}

static void server_that_is_not_there(void **state)
{
	/* For libdebuginfod this is a server that does not have it. */
	behaving("close");
	assert_false(is_named(""));
	behaving("good");
	setenv("DEBUGINFOD_URLS", "http://127.0.0.1:1/", 1);
	assert_false(is_named("prog.so is not fetched, nor any other: "));
	assert_false(is_cached());
}

/* An interrupt that waits for this process, as one during a capture does, ends the waiting. */
static void interrupt_ends_it(void **state)
{
	sigset_t held;
	int signal;
	double started = now_s();

	behaving("hang");
	setenv("DEBUGINFOD_TIMEOUT", "60", 1);
	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigprocmask(SIG_BLOCK, &held, NULL);
	run("(sleep 1; kill -INT %d) >/dev/null 2>&1 &", (int)getpid());
	assert_false(is_named("prog.so is not fetched, nor any other: interrupted"));
	assert_true(now_s() - started < 10);
	assert_int_equal(sigwait(&held, &signal), 0);
	sigprocmask(SIG_UNBLOCK, &held, NULL);
	assert_false(is_cached());
}

/* What dwz moved to a file of its own is asked for by that file's id. */
static void shared_file_is_fetched(void **state)
{
	struct symbolizer *symbolizer;
	struct symbol symbols[256];
	uint64_t addr, off, addrs[256];
	size_t found = 0;

	if (system("command -v dwz >/dev/null 2>&1"))
		skip();
	behaving("good");
	write_file("shared.c", "#include <stdlib.h>\n"
			       "static inline unsigned inlined_by_both(unsigned a)\n"
			       "{ for (unsigned i = 0; i < a; i++) a ^= a * rand(); return a; }\n"
			       "int main(int c, char **v) { return inlined_by_both(c); }\n");
	run("gcc -O2 -g -o one shared.c && cp one two && dwz -m shared.debug one two && "
	    "id=$(readelf -n shared.debug | sed -n 's/.*Build ID: //p') && mv shared.debug "
	    "$id.debug");
	find_section("one", ".text", &addr, &off);
	for (size_t i = 0; i < 256; i++)
		addrs[i] = off + i;
	symbolizer = new_asking_for(false);
	assert_int_equal(symbolizer_resolve(symbolizer, add_worth(symbolizer, "one", true), addrs,
					    256, symbols),
			 0);
	for (size_t i = 0; i < 256; i++)
		found += symbols[i].count > 1 &&
			 !strcmp(symbols[i].frames[0].function, "inlined_by_both");
	assert_true(found > 5);
	assert_string_equal(notices_of(symbolizer), "");
	assert_int_equal(asked(), 1);
	symbolizer_free(symbolizer);
}

/* As root for somebody else, what is kept is theirs, and they can remove it again. */
static void cache_is_of_the_calling_user(void **state)
{
	struct stat st;

	if (geteuid() != 0)
		skip();
	behaving("good");
	run("chmod 755 . && mkdir cache && chown 12345:23456 cache");
	setenv("SUDO_UID", "12345", 1);
	setenv("SUDO_GID", "23456", 1);
	assert_true(is_named(""));
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	assert_int_equal(stat(in_dir("cache/" ID "/debuginfo"), &st), 0);
	assert_int_equal(st.st_uid, 12345);
	assert_int_equal(st.st_gid, 23456);
	assert_int_equal(stat(in_dir("cache/" ID), &st), 0);
	assert_int_equal(st.st_uid, 12345);
}

static void cache_is_of_whom_the_home_belongs_to(void **state)
{
	char *home = getenv("HOME") ? strdup(getenv("HOME")) : NULL;
	struct stat st;

	if (geteuid() != 0)
		skip();
	behaving("good");
	run("rm -rf home && mkdir home && chown 12345:23456 home");
	unsetenv("DEBUGINFOD_CACHE_PATH");
	unsetenv("XDG_CACHE_HOME");
	setenv("HOME", in_dir("home"), 1);
	assert_true(is_named(""));
	setenv("DEBUGINFOD_CACHE_PATH", in_dir("cache"), 1);
	assert_int_equal(stat(in_dir("home/.cache/debuginfod_client/" ID "/debuginfo"), &st), 0);
	assert_int_equal(st.st_uid, 12345);
	if (home)
		setenv("HOME", home, 1);
	free(home);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_is_fetched_and_kept),
		cmocka_unit_test(is_asked_only_when_it_may_be),
		cmocka_unit_test(is_asked_once_for_each_file),
		cmocka_unit_test(server_that_hangs),
		cmocka_unit_test(server_that_is_slow),
		cmocka_unit_test(garbage_is_refused_and_not_kept),
		cmocka_unit_test(other_build_id_is_refused),
		cmocka_unit_test(too_large_is_refused),
		cmocka_unit_test(server_that_is_not_there),
		cmocka_unit_test(interrupt_ends_it),
		cmocka_unit_test(shared_file_is_fetched),
		cmocka_unit_test(cache_is_of_the_calling_user),
		cmocka_unit_test(cache_is_of_whom_the_home_belongs_to),
	};

	return cmocka_run_group_tests(tests, start_server, end_server);
}
