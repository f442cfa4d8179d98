// SPDX-License-Identifier: GPL-2.0-or-later
/* Files appear whole or not at all, where links lead, and with the permissions they should have. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/output.h"
#include "profiler/say.h"

/* ---- formats that behave as told ---- */

#define LARGE_BYTES (300 * 1024)

static int write_whole(const struct render_input *input, FILE *out)
{
	fputs("new\n", out);
	return 0;
}

static int write_large(const struct render_input *input, FILE *out)
{
	for (int i = 0; i < LARGE_BYTES; i++)
		fputc('x', out);
	return 0;
}

static int write_and_fail(const struct render_input *input, FILE *out)
{
	write_large(input, out);
	return -ENOMEM;
}

static int write_and_look(const struct render_input *input, FILE *out)
{
	write_large(input, out);
	return ferror(out) ? -EIO : 0;
}

static const struct render_format vague = {"vague", ".vague", "", write_and_look};
static const struct render_format whole = {"whole", ".whole", "", write_whole};
static const struct render_format large = {"large", ".large", "", write_large};
static const struct render_format failing = {"failing", ".failing", "", write_and_fail};

/* ---- a folder of our own, and what is said ---- */

static char folder[] = "/tmp/bolometer-output-XXXXXX";
static char said[4096];

static int make_folder(void **state)
{
	return mkdtemp(folder) && !chmod(folder, 0777) && !chdir(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	return chdir("/") || rmdir(folder);
}

static void put(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void expect_text(const char *path, const char *wanted)
{
	char text[64] = "";
	FILE *in = fopen(path, "r");

	assert_non_null(in);
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	assert_string_equal(text, wanted);
}

/* The folder holds these, separated by blanks, and nothing else; they are removed. */
static void expect_files(const char *wanted)
{
	struct dirent *entry;
	char names[256], *rest = names, *name;
	size_t count = 0, found = 0;
	DIR *dir = opendir(".");

	while ((entry = readdir(dir)))
		count += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(dir);
	snprintf(names, sizeof(names), "%s", wanted);
	while ((name = strsep(&rest, " ")))
		found += *name && !remove(name);
	assert_int_equal(found, count);
}

/* Runs a function and returns its result, with what it said in `said`. */
static int listen_to(int (*run)(void *data), void *data)
{
	FILE *file = tmpfile();
	int stderr_before = dup(STDERR_FILENO), result;

	dup2(fileno(file), STDERR_FILENO);
	result = run(data);
	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	rewind(file);
	said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
	fclose(file);
	return result;
}

static int run_write(void *data)
{
	return output_write(data, VIEW_PLAIN, &(struct render_input){0});
}

static int write_to(const char *path, const struct render_format *format)
{
	struct output output = {.path = (char *)path, .format = format};
	struct output_plan plan = {.outputs = &output, .count = 1};

	return listen_to(run_write, &plan);
}

struct request {
	struct options options;
	struct output_plan plan;
	const char *default_path;
	enum view_id view;
};

static int run_plan(void *data)
{
	struct request *request = data;

	return output_plan(&request->plan, &request->options, request->view,
			   request->default_path);
}

static int plan(struct request *request, const char *path, const char *format)
{
	static const char *texts[1];

	texts[0] = path;
	*request = (struct request){.default_path = "default.svg"};
	request->options.format = format;
	request->options.outputs = (struct text_list){texts, path ? 1 : 0, 0};
	return listen_to(run_plan, request);
}

static void expect_plan(const char *path, const char *format, int status, const char *words)
{
	struct request request;

	assert_int_equal(plan(&request, path, format), status);
	if (!strstr(said, words))
		fail_msg("%s: \"%s\" does not say \"%s\"", path, said, words);
	assert_int_equal(request.plan.count, status ? 0 : 1);
	output_plan_fini(&request.plan);
}

/* What only another user than root can see: the function runs in a process of that user's. */
static void as_nobody(void (*run)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		/* Root that may not change its user has no privileges to give up either. */
		if (!getuid() && (setgid(65534) || setuid(65534)) && errno != EPERM)
			_exit(2);
		run();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* ---- writing ---- */

static void files_are_replaced_whole(void **state)
{
	assert_int_equal(write_to("a.svg", &whole), EXIT_DONE);
	expect_text("a.svg", "new\n");
	put("b.svg", "a longer text from before\n");
	assert_int_equal(write_to("b.svg", &whole), EXIT_DONE);
	expect_text("b.svg", "new\n");
	assert_string_equal(said, "");
	expect_files("a.svg b.svg");
}

static void failure_leaves_what_was_there(void **state)
{
	put("old.svg", "old\n");
	assert_int_equal(write_to("old.svg", &failing), EXIT_FAILED);
	assert_string_equal(said, "bolometer: cannot write old.svg: Cannot allocate memory\n");
	expect_text("old.svg", "old\n");
	assert_int_equal(write_to("new.svg", &failing), EXIT_FAILED);
	expect_files("old.svg");
}

static void write_under_limit(void)
{
	struct output output = {.path = (char *)"old.svg", .format = &large};
	struct output_plan plan = {.outputs = &output, .count = 1};

	if (!freopen("/dev/null", "w", stderr))
		_exit(4);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){LARGE_BYTES / 2, LARGE_BYTES / 2});
	if (output_write(&plan, VIEW_PLAIN, &(struct render_input){0}) != EXIT_FAILED)
		_exit(3);
}

/* The limit also sends a signal, which must not end the program with its work half done. */
static void files_too_large_for_the_limit(void **state)
{
	put("old.svg", "old\n");
	as_nobody(write_under_limit);
	expect_text("old.svg", "old\n");
	expect_files("old.svg");
}

static void full_devices_are_said(void **state)
{
	assert_int_equal(write_to("/dev/full", &whole), EXIT_FAILED);
	assert_string_equal(said, "bolometer: cannot write /dev/full: No space left on device\n");
	/* Also when the format saw it first, and knows no better than that something failed. */
	assert_int_equal(write_to("/dev/full", &vague), EXIT_FAILED);
	assert_string_equal(said, "bolometer: cannot write /dev/full: No space left on device\n");
	assert_int_equal(write_to("/dev/null", &vague), EXIT_DONE);
}

static void one_failure_does_not_stop_the_others(void **state)
{
	struct output outputs[] = {{.path = (char *)"no/such/folder.svg", .format = &whole},
				   {.path = (char *)"/dev/full", .format = &whole},
				   {.path = (char *)"good.svg", .format = &whole}};
	struct output_plan both = {.outputs = outputs, .count = 3};

	assert_int_equal(listen_to(run_write, &both), EXIT_FAILED);
	assert_string_equal(said, "bolometer: cannot write no/such/folder.svg: No such file or "
				  "directory\n"
				  "bolometer: cannot write /dev/full: No space left on device\n");
	expect_text("good.svg", "new\n");
	expect_files("good.svg");
}

static void readers_that_left_are_an_error(void **state)
{
	int ends[2], stdout_before = dup(STDOUT_FILENO), status, again;

	fflush(stdout);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	status = write_to("-", &large);
	again = write_to("-", &large); /* standard output is still open */
	dup2(stdout_before, STDOUT_FILENO);
	close(stdout_before);
	assert_int_equal(status, EXIT_FAILED);
	assert_int_equal(again, EXIT_FAILED);
	assert_string_equal(said, "bolometer: cannot write standard output: Broken pipe\n");
}

static void permissions(void **state)
{
	static const struct {
		mode_t mask, wanted;
	} masks[] = {{022, 0644}, {077, 0600}, {0, 0666}};
	mode_t before = umask(022);
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
		umask(masks[i].mask);
		assert_int_equal(write_to("a.svg", &whole), EXIT_DONE);
		assert_int_equal(stat("a.svg", &st), 0);
		assert_int_equal(st.st_mode & 07777, masks[i].wanted);
		expect_files("a.svg");
	}
	umask(before);
	/* A file keeps those it had. */
	put("a.svg", "old");
	assert_int_equal(chmod("a.svg", 0640), 0);
	assert_int_equal(write_to("a.svg", &whole), EXIT_DONE);
	assert_int_equal(stat("a.svg", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	expect_files("a.svg");
}

/* ---- links ---- */

static void write_planned(const char *path)
{
	struct request request;

	assert_int_equal(plan(&request, path, NULL), 0);
	request.plan.outputs[0].format = &whole;
	assert_int_equal(listen_to(run_write, &request.plan), EXIT_DONE);
	output_plan_fini(&request.plan);
}

static bool is_link(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISLNK(st.st_mode);
}

static void links_are_followed(void **state)
{
	mkdir("real", 0755);
	put("real/old.svg", "old\n");
	assert_int_equal(symlink("real/old.svg", "link.svg"), 0);
	assert_int_equal(symlink("real/new.svg", "dangling.svg"), 0);
	assert_int_equal(symlink("../dangling.svg", "real/chain.svg"), 0);
	write_planned("link.svg");
	expect_text("real/old.svg", "new\n");
	write_planned("real/chain.svg");
	expect_text("real/new.svg", "new\n");
	assert_true(is_link("link.svg") && is_link("dangling.svg") && is_link("real/chain.svg"));
	remove("real/old.svg"), remove("real/new.svg"), remove("real/chain.svg");
	expect_files("real link.svg dangling.svg");
}

static void links_that_lead_nowhere(void **state)
{
	assert_int_equal(symlink("b.svg", "a.svg"), 0);
	assert_int_equal(symlink("a.svg", "b.svg"), 0);
	assert_int_equal(symlink("no/such/folder.svg", "c.svg"), 0);
	expect_plan("a.svg", NULL, EXIT_FAILED, "cannot write a.svg: Too many levels");
	expect_plan("c.svg", NULL, EXIT_FAILED, "cannot write c.svg: No such file or directory");
	expect_files("a.svg b.svg c.svg");
}

/* The folder that counts is the one the file is in, not the one of the link. */
static void plan_locked_folder(void)
{
	expect_plan("link.svg", NULL, EXIT_FAILED, "cannot write link.svg: Permission denied");
	expect_plan("locked/new.svg", NULL, EXIT_FAILED, "Permission denied");
	expect_plan("read-only.svg", NULL, EXIT_FAILED, "Permission denied");
	expect_plan("own.svg", NULL, 0, "");
}

static void what_cannot_be_written_is_found_early(void **state)
{
	mkdir("locked", 0755);
	assert_int_equal(chmod("locked", 0555), 0);
	assert_int_equal(symlink("locked/file.svg", "link.svg"), 0);
	put("read-only.svg", "kept\n");
	assert_int_equal(chmod("read-only.svg", 0444), 0);
	as_nobody(plan_locked_folder);
	expect_text("read-only.svg", "kept\n");
	expect_files("locked link.svg read-only.svg");
}

/* ---- planning ---- */

static void plans(void **state)
{
	char long_name[300];
	struct request request;

	mkdir("folder.svg", 0755);
	expect_plan("folder.svg", NULL, EXIT_FAILED, "cannot write folder.svg: Is a directory");
	expect_plan("no/such/x.svg", NULL, EXIT_FAILED, "No such file or directory");
	expect_plan("/dev/null/x.svg", NULL, EXIT_FAILED, "Not a directory");
	memset(long_name, 'n', sizeof(long_name));
	strcpy(long_name + sizeof(long_name) - 5, ".svg");
	expect_plan(long_name, NULL, EXIT_FAILED, "File name too long");
	expect_plan("x.png", NULL, EXIT_USAGE, "the suffix names no format");
	expect_plan("svg", NULL, EXIT_USAGE, "the suffix names no format");
	expect_plan("x.svg", "png", EXIT_USAGE, "--format png: no such format");
	for (const struct render_format *format = render_formats; format->name; format++)
		assert_non_null(strstr(said, format->suffixes));
	expect_plan("x.png", "svg", 0, "");
	expect_plan("/dev/null", "svg", 0, "");
	/* Without -o the default; "-" is folded unless told otherwise. */
	assert_int_equal(plan(&request, NULL, NULL), 0);
	assert_string_equal(request.plan.outputs[0].path, "default.svg");
	output_plan_fini(&request.plan);
	assert_int_equal(plan(&request, "-", NULL), 0);
	assert_string_equal(request.plan.outputs[0].path, "-");
	assert_string_equal(request.plan.outputs[0].format->name, "folded");
	output_plan_fini(&request.plan);
	assert_int_equal(plan(&request, "-", "svg"), 0);
	assert_string_equal(request.plan.outputs[0].format->name, "svg");
	output_plan_fini(&request.plan);
	/* Trying leaves nothing behind. */
	expect_files("folder.svg");
}

/* Plans with a capture's own view, and returns the view of the file. */
static int plan_view(struct request *request, const char *path)
{
	const char *texts[] = {path};

	*request = (struct request){.default_path = "default.svg", .view = VIEW_WALL};
	request->options.outputs = (struct text_list){texts, 1, 0};
	return listen_to(run_plan, request);
}

static void views_stand_before_files(void **state)
{
	static const struct {
		const char *text;
		enum view_id view;
		const char *path;
	} good[] = {
		{"x.svg", VIEW_WALL, "x.svg"},
		{"offcpu:x.svg", VIEW_OFFCPU, "x.svg"},
		{"cpu:-", VIEW_CPU, "-"},
		{"runq:a:b.svg", VIEW_RUNQ, "a:b.svg"},
		{"./cpu:x.svg", VIEW_WALL, "./cpu:x.svg"},
		{"./cpus:x.svg", VIEW_WALL, "./cpus:x.svg"},
		{":x.svg", VIEW_WALL, ":x.svg"},
	};
	struct request request;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(plan_view(&request, good[i].text), 0);
		assert_int_equal(request.plan.outputs[0].view, good[i].view);
		assert_string_equal(request.plan.outputs[0].path, good[i].path);
		/* The command's own is drawn for the report, whatever the files are. */
		assert_int_equal(request.plan.view, VIEW_WALL);
		assert_int_equal(request.plan.views, VIEW_BIT(good[i].view) | VIEW_BIT(VIEW_WALL));
		output_plan_fini(&request.plan);
	}
	assert_int_equal(plan_view(&request, "cpu:"), EXIT_USAGE);
	assert_string_equal(said, "bolometer: --output cpu:: there is no file after the view\n");
	output_plan_fini(&request.plan);
	assert_int_equal(plan_view(&request, "cpus:x.svg"), EXIT_USAGE);
	assert_string_equal(said, "bolometer: --output cpus:x.svg: there is no view of that name; if "
				  "the file is called so, write ./cpus:x.svg\n");
	output_plan_fini(&request.plan);
	/* Files have no views to choose from. */
	expect_plan("cpu:x.svg", NULL, EXIT_USAGE, "--output cpu:x.svg: only captures have views");
	expect_plan("./cpu:x.svg", NULL, 0, "");
}

static void each_file_is_written_once(void **state)
{
	static const char *const texts[] = {"cpu:x.svg", "wall:x.svg"};
	struct request request = {.default_path = "default.svg", .view = VIEW_WALL};

	request.options.outputs = (struct text_list){(const char **)texts, 2, 0};
	assert_int_equal(listen_to(run_plan, &request), EXIT_USAGE);
	assert_string_equal(said, "bolometer: --output x.svg: that file is written already; each needs "
				  "its own\n");
	output_plan_fini(&request.plan);
}

static void only_files_of_the_view_are_written(void **state)
{
	struct output outputs[] = {
		{.path = (char *)"wall.svg", .format = &whole, .view = VIEW_WALL},
		{.path = (char *)"plain.svg", .format = &whole, .view = VIEW_PLAIN}};
	struct output_plan both = {.outputs = outputs, .count = 2};

	assert_int_equal(listen_to(run_write, &both), EXIT_DONE);
	assert_true(outputs[1].written && !outputs[0].written);
	assert_int_equal(access("wall.svg", F_OK), -1);
	unlink("plain.svg");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_replaced_whole),
		cmocka_unit_test(failure_leaves_what_was_there),
		cmocka_unit_test(full_devices_are_said),
		cmocka_unit_test(one_failure_does_not_stop_the_others),
		cmocka_unit_test(readers_that_left_are_an_error),
		cmocka_unit_test(permissions),
		cmocka_unit_test(links_are_followed),
		cmocka_unit_test(links_that_lead_nowhere),
		cmocka_unit_test(what_cannot_be_written_is_found_early),
		cmocka_unit_test(plans),
		cmocka_unit_test(views_stand_before_files),
		cmocka_unit_test(each_file_is_written_once),
		cmocka_unit_test(only_files_of_the_view_are_written),
		cmocka_unit_test(files_too_large_for_the_limit),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
