// SPDX-License-Identifier: GPL-2.0-or-later
/* `render`: profiles from files, added up and written in any format. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/commands.h"
#include "profiler/file/file.h"
#include "profiler/output.h"
#include "profiler/present.h"
#include "profiler/read_file.h"
#include "profiler/say.h"

static void tell(void *path, const char *line)
{
	say_error("%s: %s", (const char *)path, line);
}

int read_file(const char *path, struct profile *profile)
{
	const char *name = strcmp(path, "-") ? path : "standard input";
	struct file_complaints complaints = {.tell = tell, .data = (void *)name};
	int64_t before = profile->totals[0];
	int err = file_read(path, profile, &complaints);

	if (complaints.count > FILE_COMPLAINTS_TOLD)
		say_error("%s: and %llu more lines that were not used", name,
			  (unsigned long long)complaints.count - FILE_COMPLAINTS_TOLD);
	if (!err && profile->totals[0] == before && complaints.count) {
		say_error("%s: no line could be used", name);
		return EXIT_FAILED;
	}
	if (!err && profile->totals[0] == before)
		say_note("%s: no samples in it", name);
	else if (err == -EINVAL)
		say_error("%s: not a profile that bolometer reads; it reads folded stacks and its own "
			  "graphs", name);
	else if (err && err != -EBADMSG) /* that is said */
		say_error("cannot read %s: %s", name, strerror(-err));
	return err ? EXIT_FAILED : 0;
}

/* "dir/name.folded" becomes "dir/name.svg"; a dot that a name begins with is no suffix. */
static char *default_path(const char *input)
{
	const char *slash = strrchr(input, '/');
	const char *name = slash ? slash + 1 : input;
	const char *dot = strrchr(name, '.');
	int len = (int)(dot && dot != name ? (size_t)(dot - input) : strlen(input));
	char *path;

	if (!strcmp(input, "-"))
		return strdup("bolometer.svg");
	return asprintf(&path, "%.*s.svg", len, input) < 0 ? NULL : path;
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
	path = default_path(options->operands.texts[0]);
	profile = profile_new();
	if (!path || !profile) {
		say_error("out of memory");
		goto out;
	}
	/* It may be a capture's, which holds more than what is read here. */
	if (!options->outputs.count && !access(path, F_OK)) {
		say_error("without -o the graph would replace %s; say where it should go", path);
		status = EXIT_USAGE;
		goto out;
	}
	status = output_plan(&plan, options, command->view, path);
	for (size_t i = 0; i < options->operands.count && !status; i++)
		status = read_file(options->operands.texts[i], profile);
	if (!status)
		status = present_named(profile, options, &plan);
out:
	output_plan_fini(&plan);
	profile_free(profile);
	free(path);
	return status;
}
