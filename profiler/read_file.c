// SPDX-License-Identifier: GPL-2.0-or-later
/* See read_file.h. */
#include "profiler/read_file.h"

#include <errno.h>
#include <string.h>

#include "profiler/commands.h"
#include "profiler/file/file.h"
#include "profiler/say.h"

static void tell(void *path, const char *line)
{
	say_error("%s: %s", (const char *)path, line);
}

static void remark(void *path, const char *line)
{
	say_note("%s: %s", (const char *)path, line);
}

int read_file(const char *path, const struct options *options, struct profile *profile)
{
	const char *name = strcmp(path, "-") ? path : "standard input";
	struct file_complaints complaints = {
		.tell = tell,
		.remark = remark,
		.data = (void *)name,
		.options = {.event = options->read_event,
			    .addrs = options->addrs,
			    .group = options->group},
	};
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
		say_error("%s: not a profile that bolometer reads; it reads folded stacks, what perf "
			  "script prints, and its own graphs", name);
	else if (err && err != -EBADMSG) /* that is said */
		say_error("cannot read %s: %s", name, strerror(-err));
	return err ? EXIT_FAILED : 0;
}
