// SPDX-License-Identifier: GPL-2.0-or-later
/* See read_file.h. */
#include "profiler/read_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "profiler/commands.h"
#include "profiler/say.h"

static void keep(void *data, const char *line)
{
	struct file_reading *reading = data;

	snprintf(reading->lines[reading->complaints.count - 1], FILE_COMPLAINT_BYTES, "%s", line);
}

static void keep_remark(void *data, const char *line)
{
	struct file_reading *reading = data;

	if (reading->nr_remarks < FILE_REMARKS_KEPT)
		snprintf(reading->remarks[reading->nr_remarks++], FILE_COMPLAINT_BYTES, "%s", line);
}

int read_file_check(const struct options *options)
{
	if (!options->from || file_format_by_name(options->from))
		return 0;
	say_error("--from %s: no such format; these can be read:", options->from);
	for (const struct file_format *format = file_formats; format->name; format++)
		say_more("  %-10s %s", format->name, format->about);
	return EXIT_USAGE;
}

void file_reading_run(struct file_reading *reading)
{
	int64_t before = reading->profile->totals[0];
	const struct options *options = reading->options;
	const struct file_format *from =
		options->from ? file_format_by_name(options->from) : NULL;

	reading->complaints = (struct file_complaints){
		.tell = keep, .remark = keep_remark, .data = reading, .explain = options->verbose,
		.options = {.event = options->read_event,
			    .addrs = options->addrs,
			    .group = options->group.key}};
	reading->nr_remarks = 0;
	reading->err = file_read(reading->path, from, reading->profile, &reading->complaints);
	reading->is_empty = !reading->err && reading->profile->totals[0] == before;
}

int file_reading_end(const struct file_reading *reading)
{
	const char *name = strcmp(reading->path, "-") ? reading->path : "standard input";
	uint64_t complaints = reading->complaints.count;
	int err = reading->err;

	for (size_t i = 0; i < reading->nr_remarks; i++)
		say_note("%s: %s", name, reading->remarks[i]);
	for (uint64_t i = 0; i < complaints && i < FILE_COMPLAINTS_TOLD; i++)
		say_error("%s: %s", name, reading->lines[i]);
	if (complaints > FILE_COMPLAINTS_TOLD)
		say_error("%s: and %llu more lines that were not used", name,
			  (unsigned long long)complaints - FILE_COMPLAINTS_TOLD);
	if (reading->is_empty && complaints) {
		say_error("%s: no line could be used", name);
		return EXIT_FAILED;
	}
	if (reading->is_empty)
		say_note("%s: no samples in it", name);
	else if (err == -EINVAL)
		say_error("%s: not a profile that bolometer reads; it reads pprof and speedscope "
			  "profiles, folded stacks, what perf script, bpftrace and tools of bcc "
			  "print, and its own graphs", name);
	else if (err && err != -EBADMSG) /* that is said */
		say_error("cannot read %s: %s", name, strerror(-err));
	return err ? EXIT_FAILED : 0;
}

int read_file(const char *path, const struct options *options, struct profile *profile)
{
	struct file_reading reading = {.path = path, .options = options, .profile = profile};

	file_reading_run(&reading);
	return file_reading_end(&reading);
}
