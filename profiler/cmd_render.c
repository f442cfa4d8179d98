// SPDX-License-Identifier: GPL-2.0-or-later
/* `render`: profiles from files, added up and written in any format. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/commands.h"
#include "profiler/memory.h"
#include "profiler/output.h"
#include "profiler/present.h"
#include "profiler/read_file.h"
#include "profiler/say.h"

/*
 * "dir/name.folded" and "dir/name.pb.gz" become "dir/name.svg"; a dot that a name begins with is no
 * suffix.
 */
static char *default_path(const char *input)
{
	static const char packed[] = ".pb.gz";
	const char *slash = strrchr(input, '/');
	const char *name = slash ? slash + 1 : input;
	const char *dot = strrchr(name, '.');
	size_t name_len = strlen(name);
	int len = (int)(dot && dot != name ? (size_t)(dot - input) : strlen(input));
	char *path;

	if (name_len > strlen(packed) && !strcmp(name + name_len - strlen(packed), packed))
		len = (int)(strlen(input) - strlen(packed));

	if (!strcmp(input, "-"))
		return strdup("bolometer.svg");
	return asprintf(&path, "%.*s.svg", len, input) < 0 ? NULL : path;
}

/* A capture of nothing is something to be drawn; files that say nothing at all are not. */
static bool has_nothing(const struct profile *profile)
{
	return !profile->nr_samples && !profile->about.command;
}

int cmd_render(const struct command *command, const struct options *options)
{
	struct profile *profile = NULL;
	struct output_plan plan = {0};
	char *path = NULL;
	int status = EXIT_FAILED;

	if (!options->operands.count) {
		say_error("render needs a file to read, or - for standard input");
		return EXIT_USAGE;
	}
	if (read_file_check(options))
		return EXIT_USAGE;
	memory_hold_to(memory_ceiling(options));
	path = default_path(options->operands.texts[0]);
	profile = profile_new();
	if (!path || !profile) {
		say_error("out of memory");
		goto out;
	}
	/* It may be a capture's, which holds more than what is read here. */
	if (!options->outputs.count && !options->pushes.count && !access(path, F_OK)) {
		say_error("without -o the graph would replace %s; say where it should go", path);
		status = EXIT_USAGE;
		goto out;
	}
	status = output_plan(&plan, options, command->view,
			     options->pushes.count ? NULL : path);
	for (size_t i = 0; i < options->operands.count && !status; i++)
		status = read_file(options->operands.texts[i], options, profile);
	if (!status && has_nothing(profile)) {
		say_error("there is nothing to draw, and nothing is written");
		status = EXIT_FAILED;
	}
	if (!status)
		status = present_named(profile, options, &plan);
out:
	output_plan_fini(&plan);
	profile_free(profile);
	free(path);
	return status;
}
