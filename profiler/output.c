// SPDX-License-Identifier: GPL-2.0-or-later
/* Planning and writing output files; see output.h. */
#include "profiler/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/output_file.h"
#include "profiler/say.h"

#define LINKS_MAX   40	 /* as many as the kernel follows */
#define LEAST_BYTES 4096 /* any file takes */

/* What a link that holds `target` leads to; the caller frees. NULL without memory. */
static char *link_target(const char *link, const char *target)
{
	const char *slash = strrchr(link, '/');
	int folder_len = slash && target[0] != '/' ? (int)(slash - link) + 1 : 0;
	char *path;

	return asprintf(&path, "%.*s%s", folder_len, link, target) < 0 ? NULL : path;
}

/*
 * The file behind symbolic links, so that a rename replaces the file and not the link; also where
 * it is yet to be made. Other things, such as /dev/stdout, are opened by the name they have.
 */
static char *resolve(const char *path)
{
	char *file = strdup(path);
	struct stat st;

	for (int links = 0; file && links < LINKS_MAX; links++) {
		char target[PATH_MAX];
		ssize_t len;
		char *next;

		if (output_is_stdout(file) || (!stat(file, &st) && !S_ISREG(st.st_mode)))
			break;
		len = readlink(file, target, sizeof(target) - 1);
		if (len < 0)
			break;
		target[len] = '\0';
		next = link_target(file, target);
		free(file);
		file = next;
	}
	return file;
}

/* What would keep the file from being written; 0 when nothing would. Leaves nothing behind. */
static int try_path(const char *path)
{
	struct stat st;
	char *name;
	int fd, err;

	if (output_is_stdout(path))
		return 0;
	if (!stat(path, &st)) {
		if (S_ISDIR(st.st_mode))
			return -EISDIR;
		/* A rename would replace a file that must not be written to. */
		if (access(path, W_OK))
			return -errno;
		if (!S_ISREG(st.st_mode))
			return 0;
	} else if (errno != ENOENT) {
		return -errno;
	}
	fd = output_open_beside(path, &name);
	if (fd < 0)
		return fd;
	/* A full disk lets files be made, of no length. */
	err = fallocate(fd, 0, 0, LEAST_BYTES) && errno == ENOSPC ? -ENOSPC : 0;
	close(fd);
	unlink(name);
	output_forget_beside(name);
	return err;
}

static void say_formats(void)
{
	for (const struct render_format *format = render_formats; format->name; format++)
		say_more("  %-14s %-10s %s", format->suffixes, format->name, format->about);
}

/* The format of a file, by --format or its suffix; says what is wrong when it has none. */
static const struct render_format *choose_format(const struct options *options, const char *path)
{
	const struct render_format *format;

	if (options->format)
		format = render_format_by_name(options->format);
	else
		format = output_is_stdout(path) ? render_format_by_name("folded")
					 : render_format_by_suffix(path);
	if (format)
		return format;
	if (options->format)
		say_error("--format %s: no such format; these can be written:", options->format);
	else
		say_error("--output %s: the suffix names no format; use one of these, or --format:",
			  path);
	say_formats();
	return NULL;
}

static bool is_planned(const struct output_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (!strcmp(plan->outputs[i].path, path))
			return true;
	}
	return false;
}

static int plan_format(struct output_plan *plan, const struct render_format *format,
		       enum view_id view, const char *path)
{
	struct output output = {.view = view, .format = format};
	int err;

	output.path = resolve(path);
	if (output.path && is_planned(plan, output.path)) {
		free(output.path);
		say_error("--output %s: that file is written already; each needs its own", path);
		return EXIT_USAGE;
	}
	err = output.path ? try_path(output.path) : -ENOMEM;
	if (err) {
		free(output.path);
		say_error("cannot write %s: %s", path, strerror(-err));
		return EXIT_FAILED;
	}
	if (ARRAY_RESERVE(plan->outputs, plan->cap, plan->count + 1)) {
		free(output.path);
		say_error("out of memory");
		return EXIT_FAILED;
	}
	plan->outputs[plan->count++] = output;
	return 0;
}

int output_plan_add(struct output_plan *plan, const struct render_format *format, const char *path)
{
	return plan_format(plan, format, plan->view, path);
}

static int plan_one(struct output_plan *plan, const struct options *options, enum view_id view,
		    const char *path)
{
	const struct render_format *format = choose_format(options, path);

	return format ? plan_format(plan, format, view, path) : EXIT_USAGE;
}

/* The view of "VIEW:FILE"; VIEW_PLAIN of what has none. */
static enum view_id text_view(const char *text)
{
	size_t len = strcspn(text, ":");

	return text[len] ? view_find(text, len) : VIEW_PLAIN;
}

unsigned int output_views(const struct options *options, enum view_id view)
{
	unsigned int set = VIEW_BIT(view) | push_views(options, view);

	for (size_t i = 0; i < options->outputs.count; i++) {
		enum view_id named = text_view(options->outputs.texts[i]);

		if (named != VIEW_PLAIN)
			set |= VIEW_BIT(named);
	}
	return set;
}

/* Whether a file's name begins as if it were a view's, which there is none of. */
static bool is_mistyped_view(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz");

	return len && text[len] == ':';
}

/* Plans "[VIEW:]FILE". */
static int plan_text(struct output_plan *plan, const struct options *options, const char *text)
{
	enum view_id view = text_view(text);
	const char *path;

	if (view == VIEW_PLAIN && plan->view != VIEW_PLAIN && is_mistyped_view(text)) {
		say_error("--output %s: there is no view of that name; if the file is called so, "
			  "write ./%s", text, text);
		return EXIT_USAGE;
	}
	if (view == VIEW_PLAIN)
		return plan_one(plan, options, plan->view, text);
	path = strchr(text, ':') + 1;
	if (plan->view == VIEW_PLAIN) {
		say_error("--output %s: only captures have views; if the file is called so, write "
			  "./%s", text, text);
		return EXIT_USAGE;
	}
	if (!*path) {
		say_error("--output %s: there is no file after the view", text);
		return EXIT_USAGE;
	}
	return plan_one(plan, options, view, path);
}

int output_plan(struct output_plan *plan, const struct options *options, enum view_id view,
		const char *default_path)
{
	int status;

	*plan = (struct output_plan){.view = view, .views = output_views(options, view)};
	status = push_plan(&plan->push, options, view);
	if (status)
		return status;
	if (!options->outputs.count && !default_path)
		return 0;
	if (!options->outputs.count)
		return plan_one(plan, options, view, default_path);
	for (size_t i = 0; i < options->outputs.count && !status; i++)
		status = plan_text(plan, options, options->outputs.texts[i]);
	return status;
}

const char *output_pprof_path(const struct output_plan *plan, enum view_id view)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct output *output = &plan->outputs[i];

		if (output->written && output->view == view && !output_is_stdout(output->path) &&
		    output->format == render_format_by_name("pprof"))
			return output->path;
	}
	return NULL;
}

bool output_wants_lines(const struct output_plan *plan)
{
	if (plan->push.endpoint)
		return true;
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->outputs[i].format->holds & RENDER_LINES)
			return true;
	}
	return false;
}

bool output_wants_tree(const struct output_plan *plan, enum view_id view)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->outputs[i].view == view &&
		    !(plan->outputs[i].format->holds & RENDER_SAMPLES))
			return true;
	}
	return false;
}

void output_plan_fini(struct output_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		free(plan->outputs[i].path);
	free(plan->outputs);
	push_plan_fini(&plan->push);
	*plan = (struct output_plan){0};
}

/*
 * A reader that has gone away, or a limit on file sizes, is an error like others while files are
 * written: it must not end the program with a half-written one and the next ones not begun.
 */
static void ignore_signals(bool ignore)
{
	static const int numbers[] = {SIGPIPE, SIGXFSZ};
	static struct sigaction before[ARRAY_LEN(numbers)];

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (ignore)
			sigaction(numbers[i], &(struct sigaction){.sa_handler = SIG_IGN},
				  &before[i]);
		else
			sigaction(numbers[i], &before[i], NULL);
	}
}

/* Says that a file was not written, and where it is instead. */
static void say_failure(const struct output *output, int err, const char *elsewhere)
{
	const char *path = output_is_stdout(output->path) ? "standard output" : output->path;

	if (elsewhere)
		say_error("cannot write %s: %s; it is in %s", path, strerror(-err), elsewhere);
	else
		say_error("cannot write %s: %s", path, strerror(-err));
}

/* What was captured cannot be captured again: it is kept elsewhere. Returns 0 or -errno. */
static int write_safely(const struct output_plan *plan, const struct output *output,
			const struct render_input *input)
{
	int err = output_file_write(output, input);
	char *elsewhere = NULL;

	if (!err)
		return 0;
	if (plan->view != VIEW_PLAIN && !plan->series && output_file_is_worth_another(err))
		elsewhere = output_file_write_elsewhere(output, input);
	say_failure(output, err, elsewhere);
	free(elsewhere);
	return err;
}

int output_write(struct output_plan *plan, enum view_id view, const struct render_input *input)
{
	int status = EXIT_DONE;

	ignore_signals(true);
	for (size_t i = 0; i < plan->count; i++) {
		struct output *output = &plan->outputs[i];

		if (output->view != view)
			continue;
		output->fresh = plan->series;
		output->written = !write_safely(plan, output, input);
		if (!output->written)
			status = EXIT_FAILED;
	}
	ignore_signals(false);
	return status;
}
